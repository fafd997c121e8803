// Images that are refused and images that are not, as the command reports them. What each decoder refuses is
// tested with the image folder.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include "command.hpp"
#include "image/byte_edits.hpp"

using namespace alexnet::cli;
using alexnet::image::big_endian;
using alexnet::image::chunk;
using alexnet::image::crc_of;
using alexnet::image::cut;
using alexnet::image::FileBytes;
using alexnet::image::from_text;
using alexnet::image::joined;
using alexnet::image::little_endian;
using alexnet::image::patched;
using alexnet::image::position;
using nlohmann::json;
using namespace std::string_literals;

namespace {

struct ImageCase {
  std::string name;
  FileBytes bytes;
  std::string reason;  // a part of it
};

FileBytes bytes_of(const char* name) { return alexnet::image::fixture(name); }

// The same edits as the decoders' tests make.
std::vector<ImageCase> bad_images() {
  const FileBytes jpeg = bytes_of("orientation1.jpg");
  const FileBytes png = bytes_of("upright.png");
  const FileBytes bmp = bytes_of("rgb24.bmp");
  const std::size_t frame = position(jpeg, "\xff\xc0");
  const std::size_t data = position(png, "IDAT");
  const std::size_t size = std::size_t{png[data - 2]} << 8 | png[data - 1];
  const auto at = [&](std::size_t i) { return png.begin() + static_cast<std::ptrdiff_t>(i); };
  FileBytes bad_crc = png;
  bad_crc[data + 4 + size] ^= 1;
  FileBytes bad_adler = png;
  bad_adler[data + 3 + size] ^= 1;
  bad_adler = patched(bad_adler, data + 4 + size,
                      crc_of({bad_adler.begin() + static_cast<std::ptrdiff_t>(data),
                              bad_adler.begin() + static_cast<std::ptrdiff_t>(data + 4 + size)}));
  const FileBytes no_data = joined({png.begin(), at(data - 4)}, {at(data + 8 + size), png.end()});
  const FileBytes huge_claim =
      joined(joined({png.begin(), at(33)}, joined({0x7f, 0xff, 0xff, 0xff}, from_text("zTXtabc"))),
             {at(33), png.end()});
  return {
      {"01_empty.jpg", {}, "the file is empty"},
      {"02_signature.jpg", from_text("\xff\xd8\xff"), "JPEG: "},
      {"02_signature.png", from_text("\x89PNG\r\n\x1a\n"), "PNG: "},
      {"03_text.jpg", from_text("this is not a picture"), "not an image: it is text"},
      {"05_truncated.jpg", cut(jpeg, jpeg.size() / 2), "JPEG: Premature end of JPEG file"},
      {"06_no_end.jpg", cut(jpeg, jpeg.size() - 2), "JPEG: Premature end of JPEG file"},
      {"08_header.bmp", patched(bmp, 28, {5}), "BMP: 5 bits per pixel"},
      {"08_header.ppm", from_text("P6 3 x 255\n"), "PNM: the height is not a number"},
      {"09_scans.jpg", bytes_of("101_scans.jpg"), "JPEG: more than 100 scans"},
      {"10_bomb.gif", from_text("GIF89a\xff\xff\xff\xff\x80\0\0"s), "GIF images are not supported"},
      {"11_side.png", patched(png, 16, big_endian(65536)), "a side may have 65535 pixels at most"},
      {"12_zero.png", patched(png, 16, big_endian(0)), "PNG: its size is 0 x 32"},
      {"12_zero.jpg", patched(jpeg, frame + 5, {0, 0}), "JPEG: Empty JPEG image"},
      {"13_negative.bmp", patched(bmp, 22, little_endian(0xffffffe0)), "BMP: its height is negative"},
      {"13_huge.bmp", patched(bmp, 22, little_endian(0x7fffffff)), "BMP: its size is 48 x 2147483647"},
      {"15_12bit.jpg", bytes_of("12bit.jpg"), "JPEG: 12 bits per sample are not supported"},
      {"15_16bit.jpg", bytes_of("16bit_lossless.jpg"), "JPEG: Unsupported JPEG process"},
      {"21_crc.png", bad_crc, "PNG: IDAT: CRC error"},
      {"21_adler.png", bad_adler, "PNG: IDAT: incorrect data check"},
      {"22_no_data.png", no_data, "PNG: "},
      {"23_huge_claim.png", huge_claim, "PNG: "},
      {"24_animated.gif", bytes_of("animated.gif"), "GIF images are not supported"},
      {"24_animated.webp", bytes_of("animated.webp"), "WebP: animated images are not supported"},
      {"25_runs.bmp", patched(bytes_of("rle8.bmp"), 62, {0xff, 1}), "BMP: "},
      {"25_palette.png", bytes_of("palette_index_out_of_range.png"), "colour that the palette does not have"},
      {"26_nitf.ntf", from_text("NITF02.10"), "NITF images are not supported"},
      {"26_dicom.dcm", from_text(std::string(128, '\0') + "DICM"), "DICOM images are not supported"},
      {"26_exr.exr", from_text("\x76\x2f\x31\x01\x02\0\0\0"s), "OpenEXR images are not supported"},
      {"26_heic.heic", from_text("\0\0\0\x18"s + "ftypheic"), "HEIC images are not supported"},
      {"26_avif.avif", from_text("\0\0\0\x1c"s + "ftypavif"), "AVIF images are not supported"},
      {"26_jp2.jp2", bytes_of("j2k.jp2"), "JPEG 2000 images are not supported"},
  };
}

std::vector<ImageCase> good_images() {
  const FileBytes png = bytes_of("1x1.png");
  FileBytes huge_chunk = png;
  const FileBytes extra = chunk("tEXt", FileBytes(1 << 20, 'x'));
  huge_chunk.insert(huge_chunk.begin() + 33, extra.begin(), extra.end());
  std::vector<ImageCase> cases{
      {"04_png.jpg", bytes_of("upright.png"), ""},
      {"07_more.jpg", joined(bytes_of("orientation1.jpg"), from_text("and more")), ""},
      {"07_more.png", joined(png, from_text("and more")), ""},
      {"23_huge_chunk.png", huge_chunk, ""},
  };
  for (const char* name :
       {"100_scans.jpg", "cmyk.jpg", "rgb16.png", "grey16.png", "rgba.png", "la.png", "rgb_trns.png",
        "palette_trns.png", "grey1.png", "mono.pbm", "mono1.bmp", "orientation0.jpg", "orientation9.jpg",
        "orientation_broken.jpg", "1x1.png", "alpha.webp", "multipage.tif"})
    cases.push_back({name, bytes_of(name), ""});
  return cases;
}

// Writes the images and lists them.
std::string listed(const TemporaryFolder& folder, const std::vector<ImageCase>& cases) {
  std::string list;
  for (const ImageCase& c : cases)
    list += folder.write(c.name, {reinterpret_cast<const char*>(c.bytes.data()), c.bytes.size()}) + "\n";
  return list;
}

}  // namespace

TEST_CASE("each bad image is one record with a stage and a reason, and the run goes on") {  // 1 to 26
  const TemporaryFolder folder;
  std::vector<ImageCase> cases = bad_images();
  cases.push_back({"last.png", bytes_of("upright.png"), ""});
  const Result result = run({"batch", "--json", "--files-from", "-"}, listed(folder, cases));
  CHECK(result.status == 1);
  CHECK(lines(result.err).size() == 1);
  CHECK(contains(result.err, "32 images, 31 failed"));
  const std::vector<json> records = json_lines(result.out);
  REQUIRE(records.size() == cases.size());
  for (std::size_t i = 0; i + 1 < cases.size(); ++i) {
    CAPTURE(records[i].dump());
    CHECK(records[i].size() == 3);
    CHECK(records[i].at("path") == folder.path(cases[i].name));
    CHECK(records[i].at("stage") == (cases[i].bytes.empty() ? "read" : "decode"));
    CHECK(contains(records[i].at("reason").get<std::string>(), cases[i].reason));
  }
  CHECK(records.back().at("predictions").size() == 5);
}

TEST_CASE("classify says the same of a bad image on standard error") {
  const TemporaryFolder folder;
  const std::vector<ImageCase> cases = bad_images();
  std::vector<std::string> args = lines(listed(folder, cases));
  args.insert(args.begin(), "classify");
  const Result result = run(args);
  CHECK(result.status == 1);
  CHECK(result.out == "");
  const std::vector<std::string> said = lines(result.err);
  REQUIRE(said.size() == cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i) {
    CAPTURE(said[i]);
    CHECK(said[i].starts_with("alexnet: " + args[i + 1] +
                              (cases[i].bytes.empty() ? ": read: " : ": decode: ")));
    CHECK(contains(said[i], cases[i].reason));
  }
}

TEST_CASE("a bad image on standard input says so") {
  for (const auto& [input, reason] : {std::pair{""s, "the file is empty"}, {"no image"s, "it is text"}}) {
    const Result result = run({"classify", "-"}, input);
    CHECK(result.status == 1);
    CHECK(result.out == "");
    CHECK(result.err.starts_with("alexnet: -: decode: "));
    CHECK(contains(result.err, reason));
  }
}

TEST_CASE("an odd image is classified") {  // 4, 7, 14, 16 to 18, 20, 23, 27
  const TemporaryFolder folder;
  const std::vector<ImageCase> cases = good_images();
  const Result result = run({"batch", "--json", "--files-from", "-"}, listed(folder, cases));
  CHECK(result.status == 0);
  const std::vector<json> records = json_lines(result.out);
  REQUIRE(records.size() == cases.size());
  for (const json& record : records) {
    CAPTURE(record.dump());
    CHECK(record.at("predictions").size() == 5);
  }
}

TEST_CASE("a photo is classified the same whichever way up it is stored") {
  std::string list;
  for (const char* end : {".jpg", ".tif"})
    for (int i = 1; i <= 8; ++i) list += fixture("orientation" + std::to_string(i) + end) + "\n";
  const Result result = run({"batch", "--json", "--files-from", "-", "-k", "1"}, list);
  CHECK(result.status == 0);
  const std::vector<json> records = json_lines(result.out);
  REQUIRE(records.size() == 16);
  for (const json& record : records)
    CHECK(record.at("predictions").at(0).at("index") == records.at(0).at("predictions").at(0).at("index"));
}

TEST_CASE("an image that claims to be huge is refused before it takes memory") {
  constexpr std::uint64_t kMemory = std::uint64_t{2} << 30;
  // A sanitizer's shadow alone is larger, and 2^28 pixels would take 768 MB beside what they are decoded
  // into.
  if (run(Call{.args = {"classify", photo("cat.png")}, .memory_bytes = kMemory}).status != 0) {
    MESSAGE("skipped: the command itself needs more memory here");
    return;
  }
  const FileBytes png = bytes_of("upright.png");
  const FileBytes bmp = bytes_of("rgb24.bmp");
  FileBytes plausible = patched(png, 16, joined(big_endian(16384), big_endian(16384)));
  plausible = patched(plausible, 29, crc_of({plausible.begin() + 12, plausible.begin() + 29}));
  const std::vector<ImageCase> cases{
      {"65536.png", patched(png, 16, joined(big_endian(65536), big_endian(65536))), "65535 pixels at most"},
      {"65535.png", patched(png, 16, joined(big_endian(65535), big_endian(65535))),
       "268435456 pixels at most"},
      {"16384.png", plausible, "too short for 16384 x 16384 pixels"},
      {"65536.bmp", patched(bmp, 18, joined(little_endian(65536), little_endian(65536))),
       "65535 pixels at most"},
      {"65535.ppm", from_text("P6 65535 65535 255\n"), "268435456 pixels at most"},
      {"16384.ppm", from_text("P6 16384 16384 255\n"), "PNM: truncated"},
  };
  const TemporaryFolder folder;
  const Result result = run(Call{.args = {"batch", "--json", "--files-from", "-", "--threads", "2"},
                                 .input = listed(folder, cases),
                                 .memory_bytes = kMemory});
  CHECK(result.status == 1);
  const std::vector<json> records = json_lines(result.out);
  REQUIRE(records.size() == cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i) {
    CAPTURE(records[i].dump());
    CHECK(contains(records[i].at("reason").get<std::string>(), cases[i].reason));
  }
}

TEST_CASE("a FIFO or a device where an image should be does not block") {
  const TemporaryFolder folder;
  REQUIRE(mkfifo(folder.path("fifo.jpg").c_str(), 0600) == 0);
  const Result result =
      run({"batch", "--json", folder.path(), "/dev/zero", "/dev/tty", folder.path("fifo.jpg")});
  CHECK(result.status == 1);
  const std::vector<json> records = json_lines(result.out);
  REQUIRE(records.size() == 3);
  CHECK(records.at(0) ==
        json{{"path", folder.path("fifo.jpg")}, {"stage", "read"}, {"reason", "it is a FIFO"}});
  CHECK(records.at(1).at("reason") == "it is a character device");
  CHECK(!records.at(2).at("reason").get<std::string>().empty());  // there may be no terminal
}
