// The mark in PNG files that this program drew.
#pragma once

#include <cstddef>
#include <string_view>

namespace alexnet::image {

// The tEXt chunk "Software: alexnet", with its length and its checksum.
inline constexpr std::string_view kPngMark("\0\0\0\x10tEXtSoftware\0alexnet\x15\x0b\x8d\xcd", 28);
// Offset of the mark: after the signature and the IHDR chunk.
inline constexpr std::size_t kPngMarkOffset = 33;

}  // namespace alexnet::image
