// one_thread MODEL BATCH PHOTO...: measures decoding, preprocessing and the network as batch runs them by
// default, but in sequence on one thread and without a pipeline. Prints milliseconds of CPU time per photo as
// JSON.
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>

#include "alexnet/model.hpp"

using namespace alexnet;

namespace {

// Adds this thread's CPU time for work() to `ms`.
template <class Work>
void add_cpu_ms(double& ms, const Work& work) {
  const auto now = [] {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e3 * static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_nsec);
  };
  const double began = now();
  work();
  ms += now() - began;
}

struct Costs {
  double decode_ms = 0, preprocess_ms = 0, network_ms = 0;
};

Costs measure(const Model& model, int batch, std::span<char*> photos) {
  const Network network = make_network(model, std::nullopt, {.batch = batch});
  Workspace workspace(network, batch);
  const image::Preprocess& how = model.description.input;
  const auto pass = [&](std::span<char*> some, Costs& costs) {
    float* input = workspace.input().data();
    for (const char* photo : some) {
      image::Image image;
      add_cpu_ms(costs.decode_ms, [&] { image = image::load(photo, std::nullopt, image::enough_for(how)); });
      add_cpu_ms(costs.preprocess_ms,
                 [&] { image::normalise(image::resize_and_crop(image, how), how, input); });
      input += network.input_shape().count();
    }
    add_cpu_ms(costs.network_ms, [&] { network.forward(workspace, static_cast<int>(some.size())); });
  };
  Costs costs;
  pass(photos.first(std::min(photos.size(), static_cast<std::size_t>(batch))), costs);  // warm-up
  costs = {};
  for (std::size_t i = 0; i < photos.size(); i += static_cast<std::size_t>(batch))
    pass(photos.subspan(i, std::min(photos.size() - i, static_cast<std::size_t>(batch))), costs);
  return costs;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) return 2;
  const Model model = open_model(find_model(argv[1]));
  const int batch = std::atoi(argv[2]);
  const int photos = argc - 3;
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 1);
  Costs costs;
  tbb::task_arena(1).execute([&] {
    costs = measure(model, batch, {argv + 3, static_cast<std::size_t>(photos)});
  });
  std::printf(R"({"decode_ms": %.6f, "preprocess_ms": %.6f, "network_ms": %.6f})"
              "\n",
              costs.decode_ms / photos, costs.preprocess_ms / photos, costs.network_ms / photos);
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "one_thread: %s\n", e.what());
  return 1;
}
