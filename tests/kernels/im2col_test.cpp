#include <doctest/doctest.h>

#include "kernels/im2col.hpp"
#include "layers/layers.hpp"
#include "reference.hpp"

using namespace alexnet;

TEST_CASE("im2col writes each patch as a column") {
  // The article's figure: 3 x 3 x 3 input, 3 x 2 x 2 kernel, 12 x 4 matrix.
  reference::Values in(27);
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<float>(i + 1);
  const kernels::Patches p{3, 3, 3, {2, 2}, {1, 1}, {0, 0}, {1, 1}, 2, 2};
  REQUIRE(p.k() == 12);
  REQUIRE(p.n() == 4);
  reference::Values matrix(48);
  kernels::im2col(p, in.data(), matrix.data());
  const reference::Values expected{1,  2,  4,  5,  2,  3,  5,  6,  4,  5,  7,  8,  5,  6,  8,  9,
                                   10, 11, 13, 14, 11, 12, 14, 15, 13, 14, 16, 17, 14, 15, 17, 18,
                                   19, 20, 22, 23, 20, 21, 23, 24, 22, 23, 25, 26, 23, 24, 26, 27};
  CHECK(matrix == expected);
}

TEST_CASE("im2col agrees with plain loops for odd strides, padding and dilations") {
  struct Case {
    Shape in;
    Conv conv;
  };
  const Case cases[] = {
      {{2, 7, 9}, {.output = 1, .kernel = {3, 2}, .stride = {2, 3}, .pad = {1, 0}}},
      {{1, 5, 5}, {.output = 1, .kernel = {5, 5}, .stride = {1, 1}, .pad = {4, 4}}},
      {{3, 11, 8}, {.output = 1, .kernel = {3, 3}, .stride = {1, 2}, .pad = {2, 3}, .dilation = {2, 3}}},
      {{2, 1, 13}, {.output = 1, .kernel = {1, 4}, .stride = {1, 4}, .pad = {0, 2}}},
      {{1, 3, 3}, {.output = 1, .kernel = {2, 2}, .stride = {5, 5}, .pad = {1, 1}}},
      {{1, 2, 2}, {.output = 1, .kernel = {1, 1}, .stride = {1, 1}, .pad = {3, 3}}},
      {{2, 6, 7}, {.output = 1, .kernel = {3, 2}, .stride = {2, 1}, .pad = {0, 2, 3, 1}}},
  };
  for (const auto& [in, conv] : cases) {
    CAPTURE(to_string(in));
    const Shape out = output_shape(conv, in);
    const kernels::Patches p{in.channels, in.height,     in.width,   conv.kernel, conv.stride,
                             conv.pad,    conv.dilation, out.height, out.width};
    const auto x = reference::noise(in.count(), 3);
    reference::Values matrix(static_cast<std::size_t>(p.k()) * static_cast<std::size_t>(p.n()));
    kernels::im2col(p, x.data(), matrix.data());
    std::size_t i = 0;
    bool same = true;
    for (int c = 0; c < in.channels; ++c)
      for (int ky = 0; ky < conv.kernel.h; ++ky)
        for (int kx = 0; kx < conv.kernel.w; ++kx)
          for (int oy = 0; oy < out.height; ++oy)
            for (int ox = 0; ox < out.width; ++ox, ++i) {
              const int iy = oy * conv.stride.h - conv.pad.top + ky * conv.dilation.h;
              const int ix = ox * conv.stride.w - conv.pad.left + kx * conv.dilation.w;
              const float expected =
                  reference::within(in, iy, ix) ? x[reference::at(in, 0, c, iy, ix)] : 0.0F;
              same = same && matrix[i] == expected;
            }
    CHECK(same);
  }
}
