// Helpers for the tests of the image folder: files of the repository and edits of their bytes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "alexnet/error.hpp"
#include "alexnet/image.hpp"

namespace alexnet::image {

using FileBytes = std::vector<std::uint8_t>;

inline const std::filesystem::path kRoot = ALEXNET_SOURCE_DIR;
inline const std::filesystem::path kFixtures = kRoot / "tests" / "fixtures" / "images";
inline const std::filesystem::path kPhotos = kRoot / "data" / "photos";

inline constexpr Rgb kWhite{255, 255, 255};

inline FileBytes bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot open " + file.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

inline FileBytes fixture(const std::string& name) { return bytes_of(kFixtures / name); }
inline Image upright() { return decode(fixture("upright.png")); }
inline FileBytes from_text(const std::string& text) { return {text.begin(), text.end()}; }

// Silences std::cerr: OpenCV prints its exceptions there, too.
class Quiet {
 public:
  Quiet() : state_(std::cerr.rdstate()) { std::cerr.setstate(std::ios::failbit); }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
  ~Quiet() { std::cerr.clear(state_); }

 private:
  std::ios::iostate state_;
};

// Returns "stage: reason" if read() throws ImageError, or "" if the image can be read.
template <typename Read>
std::string refusal_by(const Read& read) {
  const Quiet quiet;
  try {
    read();
  } catch (const ImageError& error) {
    return to_string(error.stage()) + ": " + error.what();
  }
  return "";
}
inline std::string refusal(const FileBytes& bytes) {
  return refusal_by([&] { decode(bytes); });
}

inline bool contains(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

// Returns the number of bytes that differ; all of them if the sizes differ.
inline std::size_t differences(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height) return std::max(a.rgb.size(), b.rgb.size());
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.rgb.size(); ++i) count += a.rgb[i] != b.rgb[i] ? 1 : 0;
  return count;
}

}  // namespace alexnet::image
