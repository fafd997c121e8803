#include "evaluate/confusion_matrix.hpp"
#include "alexnet/analysis.hpp"

#include <doctest/doctest.h>

#include "alexnet/error.hpp"
#include "cli/command.hpp"
#include "evaluate/some_model.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using namespace alexnet::app;

namespace {

// Returns an evaluation of `classes` classes. First class: one image is right, three are taken for the
// second. Second class: two are right.
Evaluation some_evaluation(std::size_t classes) {
  constexpr std::array<std::array<std::size_t, 2>, 6> kTruthAndAnswer{
      {{0, 0}, {0, 1}, {0, 1}, {0, 1}, {1, 1}, {1, 1}}};
  Evaluation evaluation(classes);
  for (const auto& [truth, answer] : kTruthAndAnswer)
    evaluation.add(truth, std::vector<Prediction>{{answer, 0.5F}});
  return evaluation;
}

}  // namespace

TEST_CASE("the confusion matrix as CSV has a row per true class and a column per answer") {
  CHECK(confusion_csv(some_evaluation(2), model_of_classes({{"n00000010", "one"}, {"", "two, \"2\""}}, 2)) ==
        "truth,n00000010,\"two, \"\"2\"\"\"\nn00000010,1,3\n\"two, \"\"2\"\"\",0,2\n");
  CHECK(confusion_csv(some_evaluation(3), model_of_classes({}, 3)) ==
        "truth,0,1,2\n0,1,3,0\n1,0,2,0\n2,0,0,0\n");
}

TEST_CASE("the confusion matrix as PNG shows each cell with the brightness of its share of the row") {
  const cli::TemporaryFolder folder;
  const std::string file = folder.path("matrix.png");
  image::save_png(file, confusion_image(some_evaluation(100), model_of_classes({}, 100), file));
  const image::Image read = image::load(file);
  REQUIRE(read.width == 1000);
  REQUIRE(read.height == 1000);
  constexpr std::size_t kCell = 10;
  std::vector<std::uint8_t> expected;
  for (std::size_t y = 0; y < 1000; ++y)
    for (std::size_t x = 0; x < 1000; ++x) {
      const std::size_t truth = y / kCell;
      const std::size_t answer = x / kCell;
      // 255 * sqrt(1 / 4) = 127.5, 255 * sqrt(3 / 4) = 220.8
      const int grey = truth == 0 && answer == 0   ? 128
                       : truth == 0 && answer == 1 ? 221
                       : truth == 1 && answer == 1 ? 255
                                                   : 0;
      expected.insert(expected.end(), 3, static_cast<std::uint8_t>(grey));
    }
  CHECK((read.rgb == expected));
}

TEST_CASE("a confusion matrix of at most 50 classes has class names on both axes") {
  const image::Image plain = confusion_image(some_evaluation(51), model_of_classes({}, 51), "m.png");
  CHECK(plain.width == 51 * 19);
  const image::Image named = confusion_image(
      some_evaluation(2), model_of_classes({{"", "tabby, tabby cat"}, {"", "crane"}}, 2), "m.png");
  REQUIRE(named.width == named.height);
  const int margin = named.width - 101;
  REQUIRE(margin > 0);
  const auto pixel = [&](int y, int x) {
    return static_cast<int>(named.rgb[(static_cast<std::size_t>(y) * static_cast<std::size_t>(named.width) +
                                       static_cast<std::size_t>(x)) *
                                      3]);
  };
  // Returns the number of dark pixels.
  const auto ink = [&](int top, int left, int bottom, int right) {
    int dark = 0;
    for (int y = top; y < bottom; ++y)
      for (int x = left; x < right; ++x) dark += pixel(y, x) < 128 ? 1 : 0;
    return dark;
  };
  CHECK(ink(0, 0, 22, margin) == 0);
  CHECK(ink(0, margin, 22, named.width) > 0);             // "answer"
  CHECK(ink(margin, 0, named.height, 22) > 0);            // "truth"
  CHECK(ink(margin, 22, margin + 50, margin) > 0);        // "tabby"
  CHECK(ink(margin + 50, 22, named.height, margin) > 0);  // "crane"
  CHECK(ink(22, margin, margin, margin + 50) == ink(margin, 22, margin + 50, margin));
  CHECK(pixel(margin + 25, margin + 25) == 128);
  CHECK(pixel(margin + 25, margin + 75) == 221);
}

TEST_CASE("a confusion picture of many classes has cells of 1 pixel, and too many are refused") {
  const Model model = model_of_classes({}, 2);
  CHECK(confusion_image(some_evaluation(2), model, "m.png").width > 100);
  CHECK(confusion_image(some_evaluation(1500), model, "m.png").width == 1500);
  const Evaluation many = some_evaluation(10001);
  CHECK(message_of<OutputError>([&] { confusion_image(many, model, "m.png"); }) ==
        "m.png: a picture of 10001 classes is too large; use .csv");
}
