#include "image/opencv_version.hpp"

#include <opencv2/core/version.hpp>

#include "alexnet/image.hpp"

namespace alexnet::image {

std::string opencv_version() { return CV_VERSION; }

}  // namespace alexnet::image
