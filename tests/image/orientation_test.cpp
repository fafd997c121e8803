// Sources of a PNG's orientation, in Pillow's order: EXIF, its hexadecimal text, XMP.
#include <doctest/doctest.h>
#include <zlib.h>

#include "byte_edits.hpp"
#include "image/exif.hpp"
#include "image/format.hpp"
#include "image/png_metadata.hpp"

using namespace alexnet;
using namespace alexnet::image;
using namespace std::string_literals;

namespace {

FileBytes exif(std::uint8_t orientation) {
  return from_text("MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"s + static_cast<char>(orientation) +
                   "\0\0\0\0\0\0"s);
}

std::string profile(std::uint8_t orientation) {
  std::string text = "\nexif\n      32\n";
  for (const std::uint8_t byte : joined(from_text("Exif\0\0"s), exif(orientation))) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789ABCDEF"[byte & 15];
    if (text.size() % 37 == 0) text += '\n';
  }
  return text + "\n";
}

std::string xmp(char orientation) {
  return "<x:xmpmeta><rdf:Description tiff:Orientation=\""s + orientation + "\"/></x:xmpmeta>";
}

std::string packed(const std::string& text) {
  std::string out(compressBound(text.size()), '\0');
  uLongf size = out.size();
  compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(text.data()),
           text.size());
  out.resize(size);
  return out;
}

// Returns a text chunk in each of its four forms.
std::vector<FileBytes> texts(const std::string& name, const std::string& text) {
  const std::string key = name + '\0';
  return {chunk("tEXt", from_text(key + text)), chunk("zTXt", from_text(key + '\0' + packed(text))),
          chunk("iTXt", from_text(key + "\0\0en\0name\0"s + text)),
          chunk("iTXt", from_text(key + "\x01\0\0\0"s + packed(text)))};
}

FileBytes with(const std::vector<FileBytes>& chunks, const FileBytes& after = {}) {
  FileBytes png = fixture("1x1.png");
  FileBytes all;
  for (const FileBytes& extra : chunks) all = joined(all, extra);
  png.insert(png.end() - 12, after.begin(), after.end());  // before the end chunk
  png.insert(png.begin() + 33, all.begin(), all.end());    // after the header chunk
  return png;
}

int orientation(const FileBytes& png) { return orientation_of(recognise(png), png); }

const std::string kProfile = "Raw profile type exif";
const std::string kXmp = "XML:com.adobe.xmp";

}  // namespace

TEST_CASE("a PNG's orientation may be in a text chunk with EXIF in hexadecimal digits") {
  for (std::uint8_t value = 1; value <= 8; ++value)
    for (const FileBytes& text : texts(kProfile, profile(value))) CHECK(orientation(with({text})) == value);
  CHECK(orientation(with({}, texts(kProfile, profile(6)).front())) == 6);  // after the image data
  // Rotated by 180 degrees: black below white becomes white below black.
  const Image turned = decode(fixture("png-raw-profile-exif3.png"));
  CHECK(turned.width == 8);
  CHECK(FileBytes(turned.rgb.begin(), turned.rgb.begin() + 3) == FileBytes{0, 0, 0});
  CHECK(FileBytes(turned.rgb.end() - 3, turned.rgb.end()) == FileBytes{255, 255, 255});
}

TEST_CASE("a PNG's orientation may be in XMP, as an attribute or as an element") {
  for (char value = '1'; value <= '8'; ++value) {
    for (const FileBytes& text : texts(kXmp, xmp(value))) CHECK(orientation(with({text})) == value - '0');
    for (const FileBytes& text : texts(kXmp, "<tiff:Orientation>"s + value + "</tiff:Orientation>"))
      CHECK(orientation(with({text})) == value - '0');
  }
  const auto of = [](const std::string& text) { return orientation(with({texts(kXmp, text).front()})); };
  CHECK(of("tiff:Orientation='6' tiff:Orientation=\"\" tiff:Orientation=\"3\" tiff:Orientation=\"8\"") == 3);
  CHECK(of("tiff:Orientation=\"9\"") == 1);
  CHECK(of("tiff:Orientation=\"") == 1);
  CHECK(of("tiff:Orientation") == 1);
  CHECK(of("") == 1);
}

TEST_CASE("the orientation of a PNG comes from EXIF, else from its text, else from XMP") {
  const FileBytes block = chunk("eXIf", exif(8));
  const FileBytes text = texts(kProfile, profile(6)).front();
  const FileBytes meta = texts(kXmp, xmp('3')).front();
  CHECK(orientation(with({meta, text, block})) == 8);
  CHECK(orientation(with({meta, text}, block)) == 8);
  CHECK(orientation(with({meta, text})) == 6);
  CHECK(orientation(with({meta})) == 3);
  CHECK(orientation(with({chunk("eXIf", exif(9)), text, meta})) == 1);  // EXIF is invalid but present
  // If EXIF has no orientation, XMP is used, but not the other EXIF.
  CHECK(orientation(with({chunk("eXIf", from_text("II*\0\x08\0\0\0\0\0\0\0\0\0"s)), text, meta})) == 3);
  CHECK(orientation(with({text, texts(kProfile, profile(5)).back()})) == 5);
  CHECK(orientation(with(
            {block, chunk("tEXt",
                          from_text("exif\0Exif\0\0"s +
                                    std::string(reinterpret_cast<const char*>(exif(7).data()), 26)))})) == 7);
}

TEST_CASE("unreadable metadata of a PNG is ignored") {
  const auto of = [](const std::string& kind, const std::string& data) {
    return orientation(with({chunk(kind, from_text(data))}));
  };
  const std::string key = kProfile + '\0';
  const std::string good = profile(6);
  CHECK(of("tEXt", key + good) == 6);
  CHECK(of("tEXt", key + good.substr(0, good.size() - 2)) == 1);  // half a byte
  CHECK(of("tEXt", key + good.substr(0, 30)) == 1);               // truncated
  CHECK(of("tEXt", key + "\nexif\n32") == 1);
  CHECK(of("tEXt", key + "\nexif\n32\nnone") == 1);
  CHECK(of("tEXt", kProfile) == 1);
  CHECK(of("zTXt", key + '\x01' + packed(good)) == 1);  // an unknown compression
  CHECK(of("zTXt", key + '\0' + packed(good).substr(0, 20)) == 1);
  CHECK(of("zTXt", key + '\0' + "no zlib stream") == 1);
  CHECK(of("iTXt", key + "\0\0en\0name"s) == 1);
  CHECK(of("iTXt", key) == 1);
  CHECK(of("xTXt", key + good) == 1);
}

TEST_CASE("a compressed text of a PNG is decompressed up to 1 MiB") {
  const std::string filler(std::size_t{1} << 20, ' ');
  CHECK(orientation(with({texts(kXmp, xmp('6') + filler + filler)[1]})) == 6);
  CHECK(orientation(with({texts(kXmp, filler + xmp('6'))[1]})) == 1);
  CHECK(png_metadata(with({texts(kXmp, filler + filler)[1]})).xmp.size() == std::size_t{1} << 20);
  CHECK(decode(with({texts(kXmp, filler + filler)[1]})).rgb == FileBytes{10, 20, 30});
}

TEST_CASE("XMP is ignored in formats other than PNG") {  // as in Pillow 9.4
  const FileBytes jpeg = fixture("grey.jpg");
  const FileBytes data = from_text("http://ns.adobe.com/xap/1.0/\0"s + xmp('6'));
  const FileBytes segment = joined({0xff, 0xe1, 0, static_cast<std::uint8_t>(data.size() + 2)}, data);
  const FileBytes turned = joined(joined(cut(jpeg, 2), segment), {jpeg.begin() + 2, jpeg.end()});
  CHECK(differences(decode(turned), decode(jpeg)) == 0);
}
