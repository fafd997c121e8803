// Our network against OpenCV's cv::dnn, in one run and in turn: the same layers, the same weights, the same
// input. Prints the machine's limits, the GEMMs' share of the peak, and the medians with their ratio.
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <opencv2/dnn.hpp>

#include "kernels/gemm.hpp"
#include "network/model.hpp"
#include "peak.hpp"

using namespace alexnet;

namespace {

double milliseconds(const std::function<void()>& work) {
  const auto began = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
}

double median(std::vector<double> v) {
  std::ranges::nth_element(v, v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2));
  return v[v.size() / 2];
}

cv::Mat blob(std::span<const float> values, const std::vector<int>& shape) {
  return cv::Mat(shape, CV_32F, const_cast<float*>(values.data())).clone();
}

// One of our layers as cv::dnn describes it.
void add_layer(cv::dnn::Net& net, const Layer& layer, Weights& weights) {
  cv::dnn::LayerParams p;
  p.name = layer.name;
  const auto window = [&p](Size2 kernel, Size2 stride, const Pad& pad) {
    p.set("kernel_h", kernel.h);
    p.set("kernel_w", kernel.w);
    p.set("stride_h", stride.h);
    p.set("stride_w", stride.w);
    p.set("pad_h", pad.top);
    p.set("pad_w", pad.left);
  };
  for (const WeightSpec& spec : weight_specs(layer)) {
    std::vector<int> shape(spec.dims.begin(), spec.dims.end());
    if (shape.size() == 1) shape.insert(shape.begin(), 1);
    p.blobs.push_back(blob(weights.fetch(spec), shape));
  }
  if (const auto* c = std::get_if<Conv>(&layer.params)) {
    p.type = "Convolution";
    window(c->kernel, c->stride, c->pad);
    p.set("num_output", c->output);
    p.set("group", c->group);
    p.set("bias_term", c->bias);
  } else if (const auto* f = std::get_if<FullyConnected>(&layer.params)) {
    p.type = "InnerProduct";
    p.set("num_output", f->output);
    p.set("bias_term", f->bias);
  } else if (const auto* m = std::get_if<MaxPool>(&layer.params)) {
    p.type = "Pooling";
    p.set<std::string>("pool", "max");
    window(m->kernel, m->stride, m->pad);
    p.set("ceil_mode", m->ceil);
  } else if (const auto* l = std::get_if<Lrn>(&layer.params)) {
    p.type = "LRN";
    p.set("local_size", l->size);
    p.set("alpha", static_cast<double>(l->alpha));
    p.set("beta", static_cast<double>(l->beta));
    p.set("bias", static_cast<double>(l->k));
  } else if (std::holds_alternative<Relu>(layer.params)) {
    p.type = "ReLU";
  } else if (std::holds_alternative<Softmax>(layer.params)) {
    p.type = "Softmax";
  } else {
    return;  // dropout
  }
  net.addLayerToPrev(p.name, p.type, p);
}

void compare(const std::string& name, int batch, int runs) {
  Model model = load_model(find_model(name));
  const Network network = make_network(model, 1);
  const Shape in = network.input_shape();
  const auto weights = random_weights(1);
  const auto input = random_weights(1);
  const auto values = input->fetch({"input", {batch, in.channels, in.height, in.width}, 6});
  Workspace workspace(network, batch);
  const auto ours = [&] {
    std::ranges::copy(values, workspace.input().begin());
    return network.forward(workspace, batch);
  };
  cv::dnn::Net net;
  for (const Layer& layer : network.layers()) add_layer(net, layer, *weights);
  net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
  net.setInput(blob(values, {batch, in.channels, in.height, in.width}));
  cv::Mat theirs_out;
  const auto theirs = [&] { theirs_out = net.forward(); };

  theirs();  // verified before it is timed
  const auto mine = ours();
  double worst = 0;
  for (std::size_t i = 0; i < mine.size(); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(mine[i] - theirs_out.ptr<float>()[i])));
  std::vector<double> ours_ms;
  std::vector<double> theirs_ms;
  for (int i = 0; i < runs; ++i) {
    ours_ms.push_back(milliseconds([&] { ours(); }));
    theirs_ms.push_back(milliseconds(theirs));
  }
  std::printf(
      "%-20s batch %-3d alexnet %7.2f ms   cv::dnn %7.2f ms   ratio %.2f   (largest difference of a "
      "probability %.1e)\n",
      name.c_str(), batch, median(ours_ms), median(theirs_ms), median(ours_ms) / median(theirs_ms), worst);
}

void gemm_shares(int runs) {
  const double peak = bench::peak_gflops(1);
  struct Size {
    const char* name;
    int m, k, n;
  };
  for (const auto& [name, m, k, n] :
       {Size{"conv1", 96, 363, 3025}, {"conv2", 128, 1200, 729}, {"conv3", 384, 2304, 169}}) {
    const std::vector<float> a(static_cast<std::size_t>(m * k), 0.5F);
    const std::vector<float> b(static_cast<std::size_t>(k * n), 0.25F);
    std::vector<float> c(static_cast<std::size_t>(m * n));
    std::vector<double> ms;
    for (int i = 0; i < runs; ++i)
      ms.push_back(milliseconds([&, m = m, k = k, n = n] {
        kernels::gemm({m, n, k, a.data(), k, b.data(), n, c.data(), n});
      }));
    const double gflops = 2e-6 * m * k * n / median(ms);
    std::printf("GEMM %s %d x %d x %d, 1 thread: %.0f GFLOP/s, %.0f %% of the peak\n", name, m, k, n, gflops,
                100 * gflops / peak);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 2;
  constexpr int kRuns = 31;
  std::printf("threads %d; peak %.0f GFLOP/s on 1, %.0f on %d; reading memory %.0f GB/s on 1, %.0f on %d\n",
              threads, bench::peak_gflops(1), bench::peak_gflops(threads), threads,
              bench::read_gbytes_per_s(1), bench::read_gbytes_per_s(threads), threads);
  gemm_shares(kRuns);
  cv::setNumThreads(threads);
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(threads));
  tbb::task_arena arena(threads);
  arena.execute([] {
    for (const char* name : {"alexnet", "alexnet-torchvision"}) {
      compare(name, 1, kRuns);
      compare(name, 16, 7);
    }
  });
  return 0;
}
