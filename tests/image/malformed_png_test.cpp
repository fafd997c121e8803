// PNG files that are refused.
#include <doctest/doctest.h>

#include "byte_edits.hpp"

using namespace alexnet;
using namespace alexnet::image;
using namespace std::string_literals;

namespace {

// Start (its length field) and end of the image data chunk in upright.png.
struct Extent {
  std::size_t begin, end;
};
Extent image_data(const FileBytes& png) {
  const std::size_t kind = position(png, "IDAT");
  const std::size_t length = std::size_t{png[kind - 2]} << 8 | png[kind - 1];
  return {kind - 4, kind + 4 + length + 4};
}

}  // namespace

TEST_CASE("a PNG with a wrong checksum is refused") {
  const FileBytes png = fixture("upright.png");
  const Extent data = image_data(png);
  FileBytes bad = png;
  bad[data.end - 1] ^= 1;
  CHECK(refusal(bad) == "decode: PNG: IDAT: CRC error");
  // The chunk ends with the checksum of the decompressed pixels.
  bad = png;
  bad[data.end - 5] ^= 1;
  const FileBytes kind_and_data(bad.begin() + static_cast<std::ptrdiff_t>(data.begin) + 4,
                                bad.begin() + static_cast<std::ptrdiff_t>(data.end) - 4);
  CHECK(refusal(patched(bad, data.end - 4, crc_of(kind_and_data))) ==
        "decode: PNG: IDAT: incorrect data check");
}

TEST_CASE("a PNG whose wrong checksum is in a separate chunk is refused") {
  // All pixels are decoded before libpng notices the error, and it only warns.
  const FileBytes png = fixture("upright.png");
  const Extent data = image_data(png);
  const auto at = [&](std::size_t i) { return png.begin() + static_cast<std::ptrdiff_t>(i); };
  const FileBytes before(png.begin(), at(data.begin));
  const FileBytes packed(at(data.begin + 8), at(data.end - 8));
  FileBytes check(at(data.end - 8), at(data.end - 4));
  const FileBytes after(at(data.end), png.end());
  const auto with_check = [&] {
    return joined(joined(joined(before, chunk("IDAT", packed)), chunk("IDAT", check)), after);
  };
  CHECK(refusal(with_check()) == "");
  check[3] ^= 1;
  CHECK(refusal(with_check()) == "decode: PNG: IDAT: incorrect data check");
}

TEST_CASE("a PNG without image data is refused") {
  FileBytes png = fixture("upright.png");
  const Extent data = image_data(png);
  png.erase(png.begin() + static_cast<std::ptrdiff_t>(data.begin),
            png.begin() + static_cast<std::ptrdiff_t>(data.end));
  CHECK(contains(refusal(png), "decode: PNG: "));
}

TEST_CASE("a PNG truncated at any byte is refused") {
  const FileBytes png = fixture("upright.png");
  for (std::size_t size = 8; size < png.size(); size += 13)
    CHECK(contains(refusal(cut(png, size)), "decode: PNG: "));
  CHECK(refusal(cut(png, png.size() - 12)) == "decode: PNG: the file ends too early");
}

TEST_CASE("a huge ancillary chunk is skipped unless it is longer than the file") {
  const FileBytes png = fixture("1x1.png");
  const auto with = [&](const FileBytes& extra) {
    FileBytes bytes = png;
    bytes.insert(bytes.begin() + 33, extra.begin(), extra.end());  // after the header chunk
    return bytes;
  };
  CHECK(decode(with(chunk("tEXt", FileBytes(20 << 20, 'x')))).rgb == FileBytes{10, 20, 30});
  CHECK(contains(refusal(with(joined({0x7f, 0xff, 0xff, 0xff}, from_text("zTXtabc")))), "decode: PNG: "));
}
