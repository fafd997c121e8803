#include <doctest/doctest.h>

#include "layers/layers.hpp"

using namespace alexnet;

namespace {

std::string failure(const LayerParams& params, const Shape& in) {
  try {
    output_shape(params, in);
  } catch (const ParameterError& e) {
    return e.field + ": " + e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("convolution rounds its output size down") {
  CHECK(output_shape(Conv{.output = 96, .kernel = {11, 11}, .stride = {4, 4}}, {3, 227, 227}) ==
        Shape{96, 55, 55});
  CHECK(output_shape(Conv{.output = 64, .kernel = {11, 11}, .stride = {4, 4}, .pad = {2, 2}},
                     {3, 224, 224}) == Shape{64, 55, 55});
}

TEST_CASE("pooling rounds its output size down or up, as its parameter says") {
  CHECK(output_shape(MaxPool{{{3, 3}, {2, 2}, {0, 0}, false}}, {1, 56, 56}) == Shape{1, 27, 27});
  CHECK(output_shape(MaxPool{{{3, 3}, {2, 2}, {0, 0}, true}}, {1, 56, 56}) == Shape{1, 28, 28});
}

TEST_CASE("a last window that would start in the trailing padding is dropped") {
  // 4 + 2 * 1 - 2 = 4, 4 / 3 rounds up to 2, so 3 windows at -1, 2 and 5: the last one starts at 4 + 1.
  CHECK(output_shape(MaxPool{{{2, 2}, {3, 3}, {1, 1}, true}}, {1, 4, 4}) == Shape{1, 2, 2});
}

TEST_CASE("dilation widens the window") {
  CHECK(output_shape(Conv{.output = 1, .kernel = {3, 3}, .dilation = {2, 3}}, {1, 9, 9}) == Shape{1, 5, 3});
}

TEST_CASE("invalid parameters are refused by name") {
  const Shape in{4, 5, 5};
  CHECK(failure(Conv{.output = 0, .kernel = {1, 1}}, in).starts_with("output: is 0"));
  CHECK(failure(Conv{.output = 4, .kernel = {0, 1}}, in).starts_with("kernel: is 0"));
  CHECK(failure(Conv{.output = 4, .kernel = {1, 1}, .stride = {1, 0}}, in).starts_with("stride: is 0"));
  CHECK(failure(Conv{.output = 4, .kernel = {1, 1}, .pad = {-1, 0}}, in).starts_with("pad: is -1"));
  CHECK(
      failure(Conv{.output = 4, .kernel = {6, 6}}, in) ==
      "kernel: a window of 6 x 6 does not fit the input of 5 x 5 with pad 0 x 0: the output would be empty");
  CHECK(failure(Conv{.output = 4, .kernel = {1, 1}, .group = 3}, in) ==
        "group: 3 does not divide the 4 input channels");
  CHECK(failure(Conv{.output = 6, .kernel = {1, 1}, .group = 4}, in) ==
        "group: 4 does not divide the 6 output channels");
  CHECK(failure(Conv{.output = 4, .kernel = {1, 1}, .group = 0}, in).starts_with("group: is 0"));
  CHECK(failure(MaxPool{{{2, 2}, {1, 1}, {2, 0}, false}}, in).starts_with("pad: is 2 x 0"));
  CHECK(failure(FullyConnected{-3}, in).starts_with("output: is -3"));
  CHECK(failure(Lrn{.size = 0}, in).starts_with("size: is 0"));
  CHECK(failure(Dropout{1.0}, in).starts_with("ratio: "));
}

TEST_CASE("sizes that overflow are refused") {
  CHECK(failure(Conv{.output = 2000000000, .kernel = {1, 1}}, {1, 1000, 1000}).starts_with("output: "));
  CHECK(failure(Conv{.output = 65535, .kernel = {65535, 65535}, .pad = {65535, 65535}}, {1, 10, 10})
            .find("elements") != std::string::npos);
  CHECK(failure(FullyConnected{2000000000}, {1000, 100, 100}).starts_with("output: a weight matrix"));
}

TEST_CASE("AlexNet's conv2 is two multiplications of 128 x 1200 x 729 per image") {
  const Layer conv2{
      "conv2", Conv{.output = 256, .kernel = {5, 5}, .pad = {2, 2}, .group = 2}, {96, 27, 27}, {256, 27, 27}};
  const GemmSize g = *gemm_size(conv2);
  CHECK(g.m == 128);
  CHECK(g.k == 1200);
  CHECK(g.n == 729);
  CHECK(g.count == 2);
  CHECK(cost(conv2).multiply_adds == 2LL * 128 * 1200 * 729);
  CHECK(cost(conv2, 3).multiply_adds == 3 * cost(conv2).multiply_adds);
  CHECK(parameter_count(conv2) == 256 * 48 * 25 + 256);
  CHECK(cost(conv2).bytes == 4 * (96 * 27 * 27 + 256 * 27 * 27 + 256 * 48 * 25 + 256));
}

TEST_CASE("a layer requests its weights by name and shape") {
  const Layer conv{"c", Conv{.output = 8, .kernel = {3, 2}, .group = 2}, {4, 9, 9}, {8, 7, 8}};
  const auto specs = weight_specs(conv);
  REQUIRE(specs.size() == 2);
  CHECK(specs[0].name == "c.weight");
  CHECK(specs[0].dims == Dims{8, 2, 3, 2});
  CHECK(specs[0].fan_in == 12);
  CHECK(specs[1].name == "c.bias");
  CHECK(specs[1].dims == Dims{8});
  CHECK(weight_specs({"f", FullyConnected{5, false}, {2, 3, 4}, {5, 1, 1}}).size() == 1);
  CHECK(weight_specs({"r", Relu{}, {2, 3, 4}, {2, 3, 4}}).empty());
}
