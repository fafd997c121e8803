#include "evaluate/confusion_matrix.hpp"

#include <algorithm>
#include <cmath>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "image/decoders.hpp"
#include "image/draw.hpp"
#include "network/class_names.hpp"
#include "print/csv.hpp"
#include "print/grid.hpp"
#include "print/svg.hpp"
#include "run/file_marks.hpp"

namespace alexnet::app {
namespace {

std::string class_field(const Model& model, std::size_t index) {
  const Label* const label = label_of(model, index);
  if (label == nullptr) return std::to_string(index);
  return csv_field(escape_for_terminal(label->id.empty() ? label->text : label->id));
}

// Returns the class's label up to its first comma, or its index, abridged.
std::string axis_name(const Model& model, std::size_t index) {
  constexpr std::size_t kLongest = 20;
  const Label* const label = label_of(model, index);
  return label == nullptr ? std::to_string(index)
                          : abridged(escape_for_terminal(short_name(label->text)), kLongest);
}

// Returns the text as it reads from bottom to top.
image::Image upward(const std::string& text) {
  constexpr int kHeight = 18;
  constexpr int kBaseline = 13;
  constexpr int kTurnedRight = 8;  // EXIF: turn it left to see it upright
  image::Image flat = white(std::max(1, image::text_width(text)), kHeight);
  image::write(flat, text, 0, kBaseline);
  return image::upright(std::move(flat), kTurnedRight);
}

// Adds a frame, the names of the rows at the left, those of the columns at the top, and the titles of both
// axes.
image::Image with_axes(const image::Image& matrix, int cell, const std::vector<std::string>& names) {
  constexpr int kTitle = 22;  // height of a title
  constexpr int kGap = 6;
  const std::string predicted = "prediction";
  int longest = image::text_width(predicted);
  for (const std::string& name : names) longest = std::max(longest, image::text_width(name));
  const int margin = kTitle + longest + 2 * kGap;
  image::Image frame = white(matrix.width + 2, matrix.height + 2);
  std::ranges::fill(frame.rgb, std::uint8_t{160});
  image::Image all = white(margin + matrix.width + 1, margin + matrix.height + 1);
  paste(all, frame, margin - 1, margin - 1);
  paste(all, matrix, margin, margin);
  const int middle = margin + matrix.width / 2;
  image::write(all, predicted, middle - image::text_width(predicted) / 2, kTitle - kGap);
  const image::Image truth = upward("truth");
  paste(all, truth, 0, middle - truth.height / 2);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const int centre = margin + static_cast<int>(i) * cell + cell / 2;
    image::write(all, names[i], margin - kGap - image::text_width(names[i]), centre + 5);
    const image::Image column = upward(names[i]);
    paste(all, column, centre - column.width / 2, margin - kGap - column.height);
  }
  return all;
}

}  // namespace

std::string confusion_csv(const Evaluation& evaluation, const Model& model) {
  const std::size_t classes = evaluation.classes.size();
  std::string text(kMatrixMark);
  for (std::size_t predicted = 0; predicted < classes; ++predicted)
    text += (predicted == 0 ? "" : ",") + class_field(model, predicted);
  text += "\n";
  const std::vector<ConfusionCell> cells = evaluation.confusion();
  auto cell = cells.begin();
  for (std::size_t truth = 0; truth < classes; ++truth) {
    text += class_field(model, truth);
    for (std::size_t predicted = 0; predicted < classes; ++predicted) {
      const bool here = cell != cells.end() && cell->truth == truth && cell->answer == predicted;
      text += "," + std::to_string(here ? (cell++)->images : 0);
    }
    text += "\n";
  }
  return text;
}

image::Image confusion_image(const Evaluation& evaluation, const Model& model,
                             const std::filesystem::path& file) {
  constexpr std::size_t kMaxClasses = 10000;  // 300 MB of pixels
  constexpr std::size_t kSide = 1000;         // maximum side in pixels for up to 1000 classes
  constexpr std::size_t kLargestCell = 50;
  constexpr std::size_t kCellWithName = 20;
  const std::size_t classes = evaluation.classes.size();
  if (classes > kMaxClasses)
    throw OutputError(file.string(),
                      "a picture of " + std::to_string(classes) + " classes is too large; use .csv");
  const std::size_t cell_side = std::clamp(kSide / classes, std::size_t{1}, kLargestCell);
  const std::size_t side = cell_side * classes;
  image::Image image{static_cast<int>(side), static_cast<int>(side),
                     std::vector<std::uint8_t>(side * side * 3)};
  for (const ConfusionCell& cell : evaluation.confusion()) {
    const double share = Proportion{cell.images, evaluation.classes[cell.truth].top1.of}.share();
    const auto grey = static_cast<std::uint8_t>(std::lround(255 * std::sqrt(share)));
    for (std::size_t row = 0; row < cell_side; ++row) {
      const std::size_t first = (cell.truth * cell_side + row) * side + cell.answer * cell_side;
      std::fill_n(image.rgb.begin() + static_cast<std::ptrdiff_t>(first * 3), cell_side * 3, grey);
    }
  }
  if (cell_side < kCellWithName) return image;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < classes; ++i) names.push_back(axis_name(model, i));
  return with_axes(image, static_cast<int>(cell_side), names);
}

}  // namespace alexnet::app
