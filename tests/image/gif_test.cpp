#include <doctest/doctest.h>

#include "written_gif.hpp"

using namespace alexnet;
using namespace alexnet::image;
using namespace std::string_literals;

namespace {

constexpr Rgb kBlack{0, 0, 0}, kRed{200, 0, 0}, kGreen{0, 200, 0}, kBlue{0, 0, 200};
const std::vector<Rgb> kFour{kBlack, kRed, kGreen, kBlue};

std::vector<Rgb> pixels(const Image& image) {
  std::vector<Rgb> found;
  for (std::size_t i = 0; i < image.rgb.size(); i += 3)
    found.push_back({image.rgb[i], image.rgb[i + 1], image.rgb[i + 2]});
  return found;
}

GifPicture picture(int width, int height, const GifFrame& frame, int background = 0) {
  return {width, height, kFour, background, {frame}};
}

using Pixels = std::vector<Rgb>;

}  // namespace

TEST_CASE("a GIF is read with the colours of its palette, or of its first frame's own") {
  GifFrame frame{.width = 2, .height = 2, .indices = {0, 1, 2, 3}};
  CHECK(pixels(decode(written_gif(picture(2, 2, frame)))) == Pixels{kBlack, kRed, kGreen, kBlue});
  frame.palette = {kBlue, kBlue, kRed, kBlack};
  CHECK(pixels(decode(written_gif(picture(2, 2, frame)))) == Pixels{kBlue, kBlue, kRed, kBlack});
  const GifPicture grey{2, 2, {}, 0, {{.width = 2, .height = 2, .indices = {0, 7, 100, 255}}}};
  CHECK(pixels(decode(written_gif(grey))) ==
        Pixels{kBlack, Rgb{7, 7, 7}, Rgb{100, 100, 100}, Rgb{255, 255, 255}});
}

TEST_CASE("the first frame of an animated GIF is read") {
  GifPicture animated = picture(1, 2, {.width = 1, .height = 2, .indices = {1, 2}});
  animated.frames.push_back({.width = 1, .height = 2, .indices = {3, 3}});
  CHECK(pixels(decode(written_gif(animated))) == Pixels{kRed, kGreen});
  const FileBytes file = written_gif(animated);
  // The bytes after the first frame are not read.
  CHECK(pixels(decode(cut(file, file.size() - 8))) == Pixels{kRed, kGreen});
  CHECK(decode(fixture("animated.gif")).width == 12);
}

TEST_CASE("the rows of an interlaced GIF are put in their order") {
  // Rows 0 and 8, then 4, then 2 and 6, then the odd ones.
  GifFrame frame{.width = 1, .height = 9, .indices = {0, 8, 4, 2, 6, 1, 3, 5, 7}, .interlaced = true};
  for (int i = 0; i < 16; ++i) frame.palette.push_back({static_cast<std::uint8_t>(i), 0, 0});
  Pixels expected;
  for (std::uint8_t i = 0; i < 9; ++i) expected.push_back({i, 0, 0});
  CHECK(pixels(decode(written_gif(picture(1, 9, frame)))) == expected);
}

TEST_CASE("a GIF's frame lies on the background, and a larger frame enlarges the picture") {
  const GifFrame frame{.left = 1, .top = 1, .width = 2, .height = 1, .indices = {3, 2}};
  const Image on_red = decode(written_gif(picture(4, 3, frame, 1)));
  CHECK(on_red.width == 4);
  CHECK(on_red.height == 3);
  Pixels expected(12, kRed);
  expected[5] = kBlue;
  expected[6] = kGreen;
  CHECK(pixels(on_red) == expected);
  const Image larger = decode(written_gif(picture(1, 1, frame)));
  CHECK(larger.width == 3);
  CHECK(larger.height == 2);
  CHECK(pixels(larger) == Pixels{kBlack, kBlack, kBlack, kBlack, kBlue, kGreen});
}

TEST_CASE("a GIF's transparent pixels and its empty background are blended, or keep their colour") {
  const GifFrame frame{.left = 1, .width = 2, .height = 1, .indices = {2, 3}, .transparent = 2};
  const FileBytes file = written_gif(picture(4, 1, frame, 1));
  CHECK(pixels(decode(file)) == Pixels{kGreen, kGreen, kBlue, kGreen});
  CHECK(pixels(decode(file, kWhite)) == Pixels{kWhite, kWhite, kBlue, kWhite});
  const GifFrame opaque{.width = 1, .height = 1, .indices = {2}};
  CHECK(pixels(decode(written_gif(picture(2, 1, opaque, 1)), kWhite)) == Pixels{kGreen, kRed});
}

TEST_CASE("a truncated or corrupt GIF is refused") {
  GifFrame frame{.width = 16, .height = 16, .indices = FileBytes(256, 1)};
  const FileBytes file = written_gif(picture(16, 16, frame));
  CHECK(decode(file).height == 16);
  CHECK(decode(cut(file, file.size() - 1)).height == 16);  // without the trailer
  for (const std::size_t size :
       {file.size() - 3, file.size() / 2, std::size_t{30}, std::size_t{20}, std::size_t{8}}) {
    CAPTURE(size);
    CHECK(refusal(cut(file, size)).starts_with("decode: GIF: "));
  }
  CHECK(refusal(cut(file, file.size() / 2)) == "decode: GIF: truncated");
  frame.indices.resize(100);
  CHECK(refusal(written_gif(picture(16, 16, frame))) == "decode: GIF: truncated");
  frame.indices.assign(256, 4);
  CHECK(refusal(written_gif(picture(16, 16, frame))) ==
        "decode: GIF: corrupt: a pixel has a colour that the palette does not have");
  CHECK(refusal(written_gif({4, 4, kFour, 0, {}})) == "decode: GIF: it has no image");
  CHECK(refusal(patched(file, 25, {'x'})).starts_with("decode: GIF: corrupt: "));
}

TEST_CASE("a GIF of a huge size is refused before memory is allocated") {
  GifFrame frame{.width = 65535, .height = 65535, .indices = {1}};
  CHECK(refusal(written_gif(picture(1, 1, frame))) ==
        "decode: GIF: its size is 65535 x 65535; an image may have 268435456 pixels at most");
  frame = {.width = 1, .height = 1, .indices = {1}};
  CHECK(refusal(written_gif(picture(65535, 65535, frame))) ==
        "decode: GIF: its size is 65535 x 65535; an image may have 268435456 pixels at most");
  frame = {.width = 16000, .height = 16000, .indices = {1}};
  CHECK(refusal(written_gif(picture(1, 1, frame))) == "decode: GIF: truncated");
  frame = {.width = 0, .height = 1, .indices = {}};
  CHECK(refusal(written_gif(picture(4, 4, frame))) ==
        "decode: GIF: its size is 0 x 1, or its header is truncated");
}
