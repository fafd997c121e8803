// Images that are refused and images that are only unusual: for the tests of the command. What each decoder refuses is tested
// beside it.
#pragma once

#include "image_files.hpp"

namespace alexnet::image {

struct OddImage {
  std::string name;
  FileBytes bytes;
  std::string reason;  // a part of it; "" where the image can be read
};

std::vector<OddImage> bad_images();
std::vector<OddImage> good_images();

}  // namespace alexnet::image
