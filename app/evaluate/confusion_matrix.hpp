// The confusion matrix as a file. Rows are the true classes, columns the model's predictions; both have every
// class.
#pragma once

#include <filesystem>
#include <string>

#include "alexnet/analysis.hpp"
#include "alexnet/image.hpp"
#include "network/model.hpp"

namespace alexnet::app {

// Returns the counts of images as CSV. The header line and the first column have the classes' ids; labels if
// a class has no id, indices if the model has no labels.
std::string confusion_csv(const Evaluation& evaluation, const Model& model);

// Draws each cell as a square of pixels; fewer classes make it larger. Its grey value is 255 times the square
// root of its share of the row's images. A screen's light grows with about the square of the grey value, so
// the brightness is the share, and rare confusions remain visible. If cells are large enough for text, at
// most 50 classes, the axes have titles and the classes' names. Throws OutputError, which names `file`, if
// there are more than 10000 classes.
image::Image confusion_image(const Evaluation& evaluation, const Model& model,
                             const std::filesystem::path& file);

}  // namespace alexnet::app
