// Images that are refused and images that are only unusual, for the tests of the command. The tests of each
// decoder cover its own refusals.
#pragma once

#include "image_files.hpp"

namespace alexnet::image {

struct OddImage {
  std::string name;
  FileBytes bytes;
  std::string reason;  // substring of the reason; "" if the image can be read
};

std::vector<OddImage> bad_images();
std::vector<OddImage> good_images();

}  // namespace alexnet::image
