#include "evaluate/confusion_matrix.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "print/csv.hpp"
#include "run/file_marks.hpp"

namespace alexnet::app {
namespace {

std::string class_field(const Model& model, std::size_t index) {
  if (model.labels.empty()) return std::to_string(index);
  const Label& label = model.labels[index];
  return csv_field(escape_for_terminal(label.id.empty() ? label.text : label.id));
}

}  // namespace

std::string confusion_csv(const Evaluation& evaluation, const Model& model) {
  const std::size_t classes = evaluation.classes.size();
  std::string text(kMatrixMark);
  for (std::size_t answer = 0; answer < classes; ++answer)
    text += (answer == 0 ? "" : ",") + class_field(model, answer);
  text += "\n";
  auto cell = evaluation.confusion.begin();
  for (std::size_t truth = 0; truth < classes; ++truth) {
    text += class_field(model, truth);
    for (std::size_t answer = 0; answer < classes; ++answer) {
      const bool here = cell != evaluation.confusion.end() && cell->truth == truth && cell->answer == answer;
      text += "," + std::to_string(here ? (cell++)->images : 0);
    }
    text += "\n";
  }
  return text;
}

image::Image confusion_image(const Evaluation& evaluation, const std::filesystem::path& file) {
  constexpr std::size_t kMostClasses = 10000;  // 300 MB of pixels
  constexpr std::size_t kSide = 1000;          // maximum side in pixels for up to 1000 classes
  constexpr std::size_t kLargestCell = 50;
  const std::size_t classes = evaluation.classes.size();
  if (classes > kMostClasses)
    throw OutputError(file.string(),
                      "a picture of " + std::to_string(classes) + " classes is too large; use .csv");
  const std::size_t cell_side = std::clamp(kSide / classes, std::size_t{1}, kLargestCell);
  const std::size_t side = cell_side * classes;
  image::Image image{static_cast<int>(side), static_cast<int>(side),
                     std::vector<std::uint8_t>(side * side * 3)};
  for (const Cell& cell : evaluation.confusion) {
    const double share = Proportion{cell.images, evaluation.classes[cell.truth].top1.of}.share();
    const auto grey = static_cast<std::uint8_t>(std::lround(255 * std::sqrt(share)));
    for (std::size_t row = 0; row < cell_side; ++row) {
      const std::size_t first = (cell.truth * cell_side + row) * side + cell.answer * cell_side;
      std::fill_n(image.rgb.begin() + static_cast<std::ptrdiff_t>(first * 3), cell_side * 3, grey);
    }
  }
  return image;
}

}  // namespace alexnet::app
