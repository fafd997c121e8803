// The text of explain about the size of the patch matrix and about its alternatives.
#include "explain/layer_explanation.hpp"
#include "layers/layers.hpp"

#include <doctest/doctest.h>

#include "inspect/inspect_report.hpp"

using namespace alexnet;
using namespace alexnet::app;

namespace {

Layer layer_of(const Conv& conv, const Shape& in) { return {"conv", conv, in, output_shape(conv, in)}; }

std::string reason(int side, int kernel, int stride, int pad, int dilation = 1) {
  const Conv conv{2, {kernel, kernel}, {stride, stride}, {pad, pad}, {dilation, dilation}};
  return patch_reason(layer_of(conv, {3, side, side}));
}

std::string fact(const Explanation& e, const std::string& title) {
  for (const Fact& fact : facts_of(e))
    if (fact.title == title) return fact.text;
  return "";
}

Model model_of(const Conv& conv, const Shape& in) {
  Model model;
  model.description.name = "n";
  // The first layer's input is channels-first, so the packed engine must copy it; the second layer's is not.
  const Layer first = {"first", Relu{}, in, in};
  model.description.layers = {first, layer_of(conv, in)};
  return model;
}

}  // namespace

TEST_CASE("explain gives the reason for the patch matrix's size") {
  const std::string overlap = "as windows overlap";
  const std::string pad = "as the padding is copied too";
  const std::string both = "as windows overlap and the padding is copied too";
  const std::string skip = "as windows leave pixels out";
  CHECK(reason(4, 2, 2, 0) == "as windows lie side by side");
  CHECK(reason(4, 1, 1, 0) == "as windows lie side by side");
  CHECK(reason(4, 4, 1, 0) == "as windows lie side by side");
  CHECK(reason(3, 2, 1, 0) == overlap);
  CHECK(reason(3, 2, 2, 1) == pad);  // windows at -1 and 1
  CHECK(reason(4, 1, 1, 1) == pad);
  CHECK(reason(4, 3, 1, 1) == both);
  CHECK(reason(4, 1, 2, 0) == skip);
  CHECK(reason(5, 2, 3, 0) == skip);
  CHECK(reason(5, 2, 4, 0) == skip);  // skips the last row and column
  CHECK(reason(4, 3, 2, 0) == skip);  // a single window
  CHECK(reason(8, 3, 2, 0) == overlap + ", though windows leave pixels out");  // 3 x 3 windows, 7 of 8 rows
  CHECK(reason(3, 3, 4, 2) == pad + ", though windows leave pixels out");
  CHECK(reason(4, 2, 3, 1) == "as windows leave out as many pixels as padding adds");
  CHECK(reason(8, 3, 5, 1) == skip + ", though the padding is copied too");
  CHECK(reason(9, 3, 2, 0, 2) == "as windows leave out as many pixels as overlap adds");
  CHECK(reason(5, 2, 1, 0, 3) == skip);                           // rows 0, 3 and 1, 4: no overlap
  CHECK(reason(6, 2, 1, 0, 3) == "as windows lie side by side");  // 0, 3; 1, 4; 2, 5
  CHECK(reason(7, 2, 1, 0, 3) == overlap);                        // row 3 is used twice
}

TEST_CASE("the reason is true for every kernel, stride, padding and dilation") {
  for (int side = 1; side <= 7; ++side)
    for (int kernel = 1; kernel <= 4; ++kernel)
      for (int stride = 1; stride <= 5; ++stride)
        for (int pad = 0; pad <= 3; ++pad)
          for (int dilation = 1; dilation <= 3; ++dilation) {
            const int span = (kernel - 1) * dilation + 1;
            if (side + 2 * pad < span) continue;
            const int out = (side + 2 * pad - span) / stride + 1;
            std::vector<int> times(static_cast<std::size_t>(side + 2 * pad));
            for (int window = 0; window < out; ++window)
              for (int tap = 0; tap < kernel; ++tap)
                ++times[static_cast<std::size_t>(window * stride + tap * dilation)];
            bool again = false;
            bool padded = false;
            bool skips = false;
            for (int i = 0; i < side + 2 * pad; ++i) {
              const int count = times[static_cast<std::size_t>(i)];
              const bool inside = i >= pad && i < pad + side;
              again = again || (inside && count > 1);
              skips = skips || (inside && count == 0);
              padded = padded || (!inside && count > 0);
            }
            const std::string text = reason(side, kernel, stride, pad, dilation);
            CAPTURE(side);
            CAPTURE(kernel);
            CAPTURE(stride);
            CAPTURE(pad);
            CAPTURE(dilation);
            CAPTURE(text);
            const auto says = [&](const char* word) { return text.find(word) != std::string::npos; };
            CHECK(says("overlap") == again);
            CHECK(says("padding") == padded);
            CHECK(says("leave") == skips);
            const int matrix = out * kernel;
            if (matrix > side)
              CHECK((text.starts_with("as windows overlap") || text.starts_with("as the pad")));
            if (matrix < side) CHECK(text.starts_with("as windows leave pixels out"));
          }
}

TEST_CASE("the two axes of a window can have different reasons") {
  Conv conv{2, {3, 1}, {1, 1}};
  CHECK(patch_reason(layer_of(conv, {1, 4, 4})) == "as windows overlap");
  conv = {2, {3, 1}, {1, 2}, {1, 0}};
  CHECK(patch_reason(layer_of(conv, {1, 4, 4})) ==
        "as windows overlap and the padding is copied too, though windows leave pixels out");
}

TEST_CASE("a scratch that is larger than the patch matrix is not described as smaller") {
  // Each channel is its own group: eigen holds the matrix of one group, 9 x 64 values of 4 bytes.
  Conv depthwise{64, {3, 3}, {1, 1}, {1, 1}};
  depthwise.group = 64;
  const Model model = model_of(depthwise, {64, 8, 8});
  const Explanation e = explain_structure(model, "conv");
  REQUIRE(e.step);
  CHECK(e.step->patch_bytes == 9 * 64 * 4);
  CHECK(e.step->scratch_bytes > e.step->patch_bytes);
  CHECK(fact(e, "packed").find(", more than the 2.3 kB of a group's matrix") != std::string::npos);
  CHECK(fact(e, "eigen") == "makes that matrix, one group at a time, and Eigen multiplies");
  const std::string table = model_text(model, {});
  const std::string row = table.substr(table.rfind("\nconv "));
  CHECK(row.find("2.3 kB") != std::string::npos);
  CHECK(row.find('%') == std::string::npos);

  const Explanation plain = explain_structure(model_of({64, {3, 3}, {1, 1}, {1, 1}}, {3, 8, 8}), "conv");
  CHECK(fact(plain, "packed").find(" instead of the 6.9 kB of the matrix") != std::string::npos);
  CHECK(fact(plain, "eigen") == "makes that matrix, and Eigen multiplies");
}

TEST_CASE("explain names the method and the number of operations of an LRN as its engine states them") {
  const Shape in{4, 2, 2};
  const Conv padded{.output = 4, .kernel = {1, 1}, .pad = {1, 1}};
  for (const float beta : {0.75F, 0.5F}) {
    Model model;
    model.description.name = "n";
    model.description.layers = {{"norm", Lrn{.size = 3, .beta = beta}, in, in}};
    // The engine `packed` refuses a padded convolution after Flatten.
    for (const bool packed : {true, false}) {
      if (!packed) {
        model.description.layers.push_back({"flat", Flatten{}, in, {16, 1, 1}});
        model.description.layers.push_back({"conv", padded, {16, 1, 1}, {4, 3, 3}});
      }
      const Explanation e = explain_structure(model, "norm");
      CHECK(e.packed == packed);
      const std::string operations = fact(e, "operations");
      CHECK_MESSAGE(operations.find(beta == 0.75F ? "some 10 in all" : "some 46 in all") != std::string::npos,
                    operations);
      CHECK_MESSAGE(operations.find(beta == 0.75F ? "two roots" : "exp(-beta") != std::string::npos,
                    operations);
    }
  }
}
