// odd_images FOLDER: writes FOLDER/bad/NAME and FOLDER/good/NAME.
#include <filesystem>
#include <fstream>

#include "image/odd_images.hpp"

namespace fs = std::filesystem;
using namespace alexnet::image;

namespace {

void write(const fs::path& folder, const std::vector<OddImage>& images) {
  fs::create_directories(folder);
  for (const OddImage& image : images) {
    std::ofstream out(folder / image.name, std::ios::binary);
    out.exceptions(std::ios::failbit | std::ios::badbit);
    out.write(reinterpret_cast<const char*>(image.bytes.data()),
              static_cast<std::streamsize>(image.bytes.size()));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  write(fs::path(argv[1]) / "bad", bad_images());
  write(fs::path(argv[1]) / "good", good_images());
  return 0;
}
