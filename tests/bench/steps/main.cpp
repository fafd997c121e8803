// steps [--markdown]: runs layers of torchvision's AlexNet on one thread, from plain loops to the engine's
// kernels. Checks the result of each step before timing it.
#include <oneapi/tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <exception>
#include <fstream>
#include <limits>

#include "core/parallel.hpp"
#include "kernels/packed/kernels.hpp"
#include "kernels/peak.hpp"
#include "layers/layers.hpp"
#include "some_floats.hpp"
#include "steps/steps.hpp"
#include "weights/float_buffer.hpp"

namespace alexnet::bench {

std::shared_ptr<float[]> floats(std::size_t count) {
  constexpr std::size_t kSlack = 64;
  std::shared_ptr<float[]> all = allocate_floats(count + kSlack);
  std::fill_n(all.get(), count + kSlack, 0.0F);
  return all;
}

std::vector<float> bias_of(const Layer& layer) {
  return some_floats(static_cast<std::size_t>(layer.out.channels), 11);
}

namespace {

using Row = std::vector<std::string>;

std::string number(const char* format, double value) {
  char text[32];
  static_cast<void>(std::snprintf(text, sizeof text, format, value));
  return text;
}

std::string digits(double value) {
  return number(value >= 99.95 ? "%.0f" : value >= 9.995 ? "%.1f" : value >= 0.9995 ? "%.2f" : "%.3f", value);
}

void print(const std::vector<Row>& rows, bool markdown) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const int width = static_cast<int>(widths[i]);
      std::printf(markdown ? "%s%*s |" : "%s%*s", markdown ? (i == 0 ? "| " : " ") : (i == 0 ? "" : "  "),
                  i == 0 ? -width : width, row[i].c_str());
    }
    std::printf("\n");
    if (!markdown || &row != &rows.front()) continue;
    for (std::size_t i = 0; i < row.size(); ++i) std::printf(i == 0 ? "|---|" : "---:|");
    std::printf("\n");
  }
}

Problem problem(const std::string& name, LayerParams params, const Shape& in) {
  const Shape out = output_shape(params, in);
  Problem p{{name, std::move(params), in, out}, some_floats(in.count()), {}};
  const auto parameters =
      static_cast<std::size_t>(parameter_count(p.layer)) - static_cast<std::size_t>(out.channels);
  p.w = some_floats(parameters, 7);
  return p;
}

// Returns the step's maximum difference from the expected output, relative to its maximum magnitude.
double difference(const Step& step, const Layer& layer, std::vector<float> expected) {
  const std::vector<float> bias = bias_of(layer);
  const std::vector<float> answer = step.answer();
  float most = 0;
  float worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (step.relu) expected[i] = std::max(0.0F, expected[i] + bias[i / layer.out.plane()]);
    most = std::max(most, std::abs(expected[i]));
    const float wrong = std::abs(answer[i] - expected[i]);
    if (!(wrong <= worst)) worst = std::isnan(wrong) ? std::numeric_limits<float>::infinity() : wrong;
  }
  return static_cast<double>(worst / most);
}

// Returns the median processor time of some runs, so that time slices of other programs do not count. Before
// each run other data pass through the caches, as other layers' data do in a network.
double median_ms(const std::function<void()>& run) {
  constexpr std::size_t kMost = 51;
  constexpr std::size_t kFewest = 3;
  constexpr double kEnough_ms = 500;
  std::vector<double> all;
  const std::vector<int> others(std::size_t{32} << 20);
  for (double sum = 0; all.size() < kFewest || (all.size() < kMost && sum < kEnough_ms); sum += all.back()) {
    for (std::size_t i = 0; i < others.size(); i += 16)
      static_cast<void>(*const_cast<const volatile int*>(&others[i]));
    const std::clock_t began = std::clock();
    run();
    all.push_back(1e3 * static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC);
  }
  std::ranges::nth_element(all, all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2));
  return all[all.size() / 2];
}

// Returns false if a result is wrong.
bool measure(const Problem& p, const std::vector<Step>& steps, const kernels::Peak& limits, bool markdown) {
  const bool fc = std::holds_alternative<FullyConnected>(p.layer.params);
  std::vector<Row> rows{{"step", "ms", "GFLOP/s", fc ? "GB/s" : "of the peak", "times faster", "difference"}};
  if (fc) rows[0].insert(rows[0].begin() + 4, "of the bandwidth");
  std::vector<float> expected;
  bool right = true;
  double before = 0;
  for (const Step& step : steps) {
    step.run();
    if (expected.empty()) expected = step.answer();
    const double wrong = difference(step, p.layer, expected);
    if (!(wrong <= step.tolerance)) {
      std::fprintf(stderr, "steps: %s, %s: differs by %.1e\n", p.layer.name.c_str(), step.idea.c_str(),
                   wrong);
      right = false;
      continue;
    }
    const double ms = median_ms(step.run);
    const double gflops = 2e-6 * static_cast<double>(cost(p.layer).multiply_adds) / ms;
    const double gb_per_s = 1e-6 * step.bytes_a_weight * static_cast<double>(p.w.size()) / ms;
    Row row{step.idea, digits(ms), digits(gflops)};
    if (fc) row.push_back(digits(gb_per_s));
    const double percent = 100 * (fc ? gb_per_s / limits.read_gbytes_per_s : gflops / limits.gflops);
    row.push_back(number(percent < 10 ? "%.1f %%" : "%.0f %%", percent));
    row.push_back(before > 0 ? number("%.2f", before / ms) : "");
    row.push_back(&step == &steps.front() ? "" : number("%.0e", wrong));
    rows.push_back(row);
    before = ms;
  }
  std::printf("\n%s: %s -> %s\n\n", p.layer.name.c_str(), to_string(p.layer.in).c_str(),
              to_string(p.layer.out).c_str());
  print(rows, markdown);
  return right;
}

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "CPU";
}

}  // namespace
}  // namespace alexnet::bench

int main(int argc, char** argv) try {
  using namespace alexnet;
  using namespace alexnet::bench;
  const bool markdown = argc == 2 && std::strcmp(argv[1], "--markdown") == 0;
  if (argc > 1 && !markdown) {
    std::fprintf(stderr, "usage: steps [--markdown]\n");
    return 2;
  }
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 1);
  const FlushDenormals flush;
  const kernels::Peak limits = kernels::measure_peak();
  std::printf("One thread of %s, %s: float32 %.0f GFLOP/s, reading %.1f GB/s\n", cpu_name().c_str(),
              std::string(kernels::packed::best().level).c_str(), limits.gflops, limits.read_gbytes_per_s);
  bool right = true;
  for (const Problem& p :
       {problem("conv2", Conv{.output = 192, .kernel = {5, 5}, .pad = {2, 2, 2, 2}}, {64, 27, 27}),
        problem("conv3", Conv{.output = 384, .kernel = {3, 3}, .pad = {1, 1, 1, 1}}, {192, 13, 13})})
    right = measure(p, conv_steps(p), limits, markdown) && right;
  const Problem fc6 = problem("fc6", FullyConnected{.output = 4096}, {256, 6, 6});
  right = measure(fc6, fc_steps(fc6), limits, markdown) && right;
  return right ? 0 : 1;
} catch (const std::exception& e) {
  std::fprintf(stderr, "steps: %s\n", e.what());
  return 1;
}
