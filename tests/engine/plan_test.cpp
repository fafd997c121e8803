// The facts that a plan states about its steps.
#include <doctest/doctest.h>

#include "engine/networks.hpp"
#include "kernels/packed/kernels.hpp"

using namespace alexnet;

namespace {

std::vector<Step> steps_of(const std::vector<Layer>& layers, EngineKind engine,
                           ConvMethod conv = ConvMethod::automatic) {
  return plan(layers, {.engine = engine, .conv = conv});
}

}  // namespace

TEST_CASE("the runs of a window contain each element once, and windows are one stride apart") {
  const Conv whole{.output = 8, .kernel = {3, 5}, .stride = {1, 2}, .pad = {1, 1}};
  Conv groups = whole;
  groups.group = 2;
  Conv dilated = whole;
  dilated.dilation = {2, 2};
  for (const Conv& conv : {whole, groups, dilated}) {
    const auto layers = test::stack({4, 12, 12}, {Relu{}, conv});
    const Step step = steps_of(layers, EngineKind::packed).back();
    REQUIRE(step.direct);
    CHECK(!step.winograd);
    const DirectGemm& d = *step.direct;
    CHECK(d.runs_h * d.runs_w * d.run == gemm_size(layers[1])->k);
    CHECK((d.runs_w == 1) == (conv.group == 1 && conv.dilation.w == 1));
    CHECK(d.distance == 2 * 4);
    CHECK(d.pads);
    CHECK(!d.interleaves);
  }
  const Step first =
      steps_of(test::stack({4, 12, 12}, {Conv{.output = 8, .kernel = {3, 3}}}), EngineKind::packed).front();
  CHECK(first.direct->interleaves);
  CHECK(!first.direct->pads);
}

TEST_CASE("Winograd's tiles cover the output and perform the multiplications of the step") {
  Conv conv{.output = 64, .kernel = {3, 3}, .pad = {1, 1}};
  conv.group = 2;
  const auto layers = test::stack({64, 13, 10}, {Relu{}, conv});
  const Step step = steps_of(layers, EngineKind::packed, ConvMethod::winograd).back();
  REQUIRE(step.winograd);
  CHECK(!step.direct);
  const WinogradTiles& w = *step.winograd;
  CHECK(w.size == w.tile + 2);
  CHECK(w.tiles_h * w.tile >= 13);
  CHECK((w.tiles_h - 1) * w.tile < 13);
  CHECK(w.tiles_w * w.tile >= 10);
  CHECK((w.tiles_w - 1) * w.tile < 10);
  CHECK(w.gemm.count == 2 * w.size * w.size);
  CHECK(w.gemm.m * w.gemm.k * w.gemm.n * w.gemm.count == step.multiply_adds);
}

TEST_CASE("packed avoids the patch matrix that eigen uses as scratch") {
  Conv conv{.output = 8, .kernel = {3, 3}, .pad = {1, 1}};
  conv.group = 4;
  const auto layers = test::stack({16, 9, 9}, {Relu{}, conv, FullyConnected{5}});
  const std::vector<Step> packed = steps_of(layers, EngineKind::packed);
  const std::vector<Step> eigen = steps_of(layers, EngineKind::eigen);
  CHECK(packed[1].patch_bytes == 4 * 9 * 81 * 4);
  CHECK(eigen[1].patch_bytes == packed[1].patch_bytes);
  CHECK(eigen[1].scratch_bytes == eigen[1].patch_bytes);
  CHECK(packed[0].patch_bytes == 0);
  CHECK(packed[2].rows_at_a_time == kernels::packed::kRowsOfOneImage);
  CHECK(packed[1].rows_at_a_time == 0);
}

TEST_CASE("a plan states how an LRN computes its power") {
  for (const EngineKind engine : {EngineKind::eigen, EngineKind::packed})
    for (const auto& [beta, roots, operations] : {std::tuple{0.75F, true, 12}, {0.5F, false, 48}}) {
      const Step step = steps_of(test::stack({4, 2, 2}, {Lrn{.size = 5, .beta = beta}}), engine).back();
      REQUIRE(step.lrn);
      CHECK(step.lrn->roots == roots);
      CHECK(step.lrn->operations == operations);
    }
  CHECK(!steps_of(test::stack({4, 2, 2}, {Relu{}}), EngineKind::packed).back().lrn);
}
