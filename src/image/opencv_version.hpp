#pragma once

#include <string>

namespace alexnet::image {

// Returns the version of OpenCV at compile time, such as "4.6.0".
std::string opencv_version();

}  // namespace alexnet::image
