// decode [--fill BYTE] [--background R,G,B] [--changes N]: decodes each file named in a line of standard
// input. Prints "image WIDTH HEIGHT", a newline and the pixels, or "refused STAGE: REASON" and a newline.
// --changes: also decode N altered copies of each file, the same in every run. --fill: value of the pixels
// before they are written.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "alexnet/error.hpp"
#include "core/module.hpp"
#include "image/decoders.hpp"

using namespace alexnet;

namespace {

using FileBytes = std::vector<std::uint8_t>;

FileBytes bytes_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot open " + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

void show(const FileBytes& bytes, std::optional<image::Rgb> background) {
  try {
    const image::Image image = image::decode(bytes, background);
    std::cout << "image " << image.width << ' ' << image.height << '\n';
    std::cout.write(reinterpret_cast<const char*>(image.rgb.data()),
                    static_cast<std::streamsize>(image.rgb.size()));
  } catch (const ImageError& error) {
    std::cout << "refused " << to_string(error.stage()) << ": " << error.what() << '\n';
  }
  std::cout.flush();  // if this process crashes, the reader knows the file
}

void show_altered(const FileBytes& bytes, int copies, std::optional<image::Rgb> background) {
  std::mt19937 random(static_cast<unsigned>(bytes.size()));
  for (int copy = 0; copy < copies; ++copy) {
    FileBytes altered = bytes;
    for (int change = 0; change < 3; ++change) {
      altered[random() % altered.size()] = static_cast<std::uint8_t>(random());
    }
    show(altered, background);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::optional<image::Rgb> background;
  int changes = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    if (option == "--fill") {
      image::unwritten_byte = static_cast<std::uint8_t>(std::atoi(argv[i + 1]));
      *module<image::ImgcodecsModule>("imgcodecs").unwritten_byte = image::unwritten_byte;
      *module<image::GifModule>("gif").unwritten_byte = image::unwritten_byte;
      *module<image::HeifModule>("heif").unwritten_byte = image::unwritten_byte;
      *module<image::TiffModule>("tiff").unwritten_byte = image::unwritten_byte;
    }
    if (option == "--changes") changes = std::atoi(argv[i + 1]);
    int r = 0, g = 0, b = 0;
    if (option == "--background" && std::sscanf(argv[i + 1], "%d,%d,%d", &r, &g, &b) == 3) {
      background = image::Rgb{static_cast<std::uint8_t>(r), static_cast<std::uint8_t>(g),
                              static_cast<std::uint8_t>(b)};
    }
  }
  for (std::string file; std::getline(std::cin, file);) {
    const FileBytes bytes = bytes_of(file);
    show(bytes, background);
    show_altered(bytes, changes, background);
  }
}
