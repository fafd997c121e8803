// Reads photos like load() and decode() of the public header, and says what is odd about a file that is read.
#pragma once

#include <string>

#include "alexnet/image.hpp"

namespace alexnet::image {

struct NotedImage {
  Image image;
  std::string note = {};  // what is odd about the file, or ""
};

NotedImage load_noted(const std::filesystem::path& file, std::optional<Rgb> background,
                      std::optional<Size2> min_size);
NotedImage decode_noted(std::span<const std::uint8_t> bytes, std::optional<Rgb> background,
                        std::optional<Size2> min_size);

}  // namespace alexnet::image
