// The confusion matrix as a file: a row for each class that images are of, a column for each that they were taken for.
#pragma once

#include <filesystem>
#include <string>

#include "evaluate/accuracy.hpp"
#include "image/image.hpp"
#include "network/model.hpp"

namespace alexnet::app {

// Counts of images. The first line and the first column hold the classes' ids, or where they have none their labels, or
// where there are none their indices.
std::string confusion_csv(const Evaluation& evaluation, const Model& model);

// A square of pixels for each cell, larger the fewer classes there are. Its grey is 255 times the square root of its
// share of the row's images: on a screen, whose light grows with about the square, brightness is the share, and a rare
// confusion can still be seen. `file` is named where there are too many classes. Throws OutputError.
image::Image confusion_image(const Evaluation& evaluation, const std::filesystem::path& file);

}  // namespace alexnet::app
