#include "kernels/peak.hpp"

#include <doctest/doctest.h>

#include <hwy/targets.h>
#include <cmath>
#include <vector>

using namespace alexnet::kernels;

TEST_CASE("the peak measurements run with every kind of vectors of this CPU") {
  std::size_t widest = 0;
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    CAPTURE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    widest = std::max(widest, float_lanes());
    for (const std::size_t steps : {0U, 1U, 2U, 10U})
      CHECK(multiply_add(steps) ==
            doctest::Approx(1.0 + (kChains - 3.0) / 2.0 * std::pow(0.5, steps)).epsilon(1e-6));
    for (const std::size_t count : {0U, 1U, 63U, 64U, 65U, 1000U}) {
      std::vector<float> values(count + 1);
      for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i + 1);
      values[count] = 1e6F;  // past the end
      CHECK(sum({values.data(), count}) == static_cast<float>(count * (count + 1) / 2));
    }
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  CHECK(float_lanes() == widest);
}

TEST_CASE("the measured peak and bandwidth are positive") {
  const Peak peak = measure_peak();
  CHECK(peak.gflops > 0.0);
  CHECK(peak.read_gbytes_per_s > 0.0);
  CHECK(std::isfinite(peak.gflops));
  CHECK(std::isfinite(peak.read_gbytes_per_s));
}
