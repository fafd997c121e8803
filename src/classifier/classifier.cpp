#include "alexnet/classifier.hpp"

#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/parallel_pipeline.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <mutex>

#include "alexnet/analysis.hpp"
#include "classifier/image_pass.hpp"
#include "classifier/photo_input.hpp"
#include "core/cores.hpp"
#include "network/class_names.hpp"
#include "network/model.hpp"

namespace alexnet {
namespace {

constexpr int kBatch = 16;  // inputs per pass of classify_many()

// Photos that go through the network together.
using Chunk = std::vector<Classified>;

void check(const ClassifierOptions& options) {
  if (options.threads < 0) throw UsageError("threads: must be 0 or more");
  if (options.crops != 1 && options.crops != 10) throw UsageError("crops: must be 1 or 10");
}

}  // namespace

// A network and its idle workspaces, each for kBatch inputs. Workspaces are made when threads need them.
class Runner {
 public:
  Runner(const Model& model, EngineKind engine)
      : network_(make_network(model, std::nullopt, {.engine = engine, .batch = kBatch})) {}

  const Network& network() const { return network_; }

  // Calls work(workspace) with a workspace that no other thread uses.
  template <class Work>
  void with_workspace(const Work& work) const {
    std::unique_ptr<Workspace> workspace = take();
    work(*workspace);
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(workspace));
  }

 private:
  std::unique_ptr<Workspace> take() const {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<Workspace> workspace = std::move(idle_.back());
        idle_.pop_back();
        return workspace;
      }
    }
    return std::make_unique<Workspace>(network_, kBatch);
  }

  Network network_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Workspace>> idle_;
};

struct Classifier::State {
  State(const std::string& name, const ClassifierOptions& how)
      : options(how),
        model(open_model(find_model(name), how.import)),
        classes(model, how.engine),
        arena(how.threads == 0 ? usable_cores() : how.threads) {
    require_classifier(model);
    notes = model.notes;
    if (model.labels.empty()) notes.emplace_back("the model has no labels; its classes are named by index");
    notes.insert(notes.end(), network().notes().begin(), network().notes().end());
  }

  const Network& network() const { return classes.network(); }
  std::size_t crops() const { return static_cast<std::size_t>(options.crops); }
  // Floats of one photo's input.
  std::size_t input_count() const { return network().input_shape().count() * crops(); }
  // Photos per pass.
  std::size_t photos() const { return kBatch / crops(); }

  Reading reading() const { return {options.background, options.crops, options.exact_decode}; }

  image::Image decode(const std::filesystem::path& photo) const {
    return image::load(photo, options.background, decode_size(model.description.input, reading()));
  }

  void prepare(const image::Image& photo, float* out) const {
    make_input(photo, model.description.input, options.crops, out);
  }

  // Returns the output of the runner's network for one photo, averaged over its crops.
  std::vector<float> run(const Runner& runner, const image::Image& photo) {
    std::vector<float> output;
    arena.execute([&] {
      runner.with_workspace([&](Workspace& workspace) {
        prepare(photo, workspace.input().data());
        output = mean_of_rows(runner.network().forward(workspace, options.crops), crops());
      });
    });
    return output;
  }

  std::vector<Prediction> best(std::span<const float> probabilities, std::size_t k) const {
    std::vector<Prediction> top = top_k(probabilities, k);
    for (Prediction& p : top) {
      p.label = class_name(model, p.index);
      if (const Label* const label = label_of(model, p)) p.id = label->id;
    }
    return top;
  }

  // Returns the runner of the network that ends at this layer.
  const Runner& ending_at(const std::string& layer) {
    const std::lock_guard lock(layers_mutex);
    std::unique_ptr<Runner>& runner = layers[layer];
    if (!runner) runner = std::make_unique<Runner>(truncated_after(model, layer), options.engine);
    return *runner;
  }

  // Decodes and classifies the photos of a chunk.
  void classify(Chunk& chunk, std::size_t k) const {
    classes.with_workspace([&](Workspace& workspace) {
      float* const input = workspace.input().data();
      tbb::parallel_for(std::size_t{0}, chunk.size(), [&](std::size_t i) {
        try {
          prepare(decode(chunk[i].photo), input + i * input_count());
        } catch (const ImageError& error) {
          chunk[i].error = error;
        }
      });
      std::vector<std::size_t> good;
      for (std::size_t i = 0; i < chunk.size(); ++i)
        if (!chunk[i].error) good.push_back(i);
      if (good.empty()) return;
      forward_images(network(), workspace, good, options.crops, {},
                     [&](std::size_t i, const auto& output) { chunk[i].predictions = best(output, k); });
    });
  }

  ClassifierOptions options;
  Model model;
  Runner classes;
  std::vector<std::string> notes;
  tbb::task_arena arena;
  std::mutex layers_mutex;
  std::map<std::string, std::unique_ptr<Runner>> layers;
};

Classifier::Classifier(const std::string& model, const ClassifierOptions& options) {
  check(options);
  state_ = std::make_unique<State>(model, options);
}
Classifier::Classifier(Classifier&& other) noexcept = default;
Classifier& Classifier::operator=(Classifier&& other) noexcept = default;
Classifier::~Classifier() = default;

std::vector<Prediction> Classifier::classify(const std::filesystem::path& photo, std::size_t k) const {
  return classify(state_->decode(photo), k);
}

std::vector<Prediction> Classifier::classify(std::span<const std::uint8_t> file, std::size_t k) const {
  const State& s = *state_;
  const std::optional<Size2> size = decode_size(s.model.description.input, s.reading());
  return classify(image::decode(file, s.options.background, size), k);
}

std::vector<Prediction> Classifier::classify(const image::Image& photo, std::size_t k) const {
  return state_->best(probabilities(photo), k);
}

std::vector<float> Classifier::probabilities(const image::Image& photo) const {
  return state_->run(state_->classes, photo);
}

std::vector<float> Classifier::features(const std::filesystem::path& photo, const std::string& layer) const {
  return features(state_->decode(photo), layer);
}

std::vector<float> Classifier::features(const image::Image& photo, const std::string& layer) const {
  return state_->run(state_->ending_at(layer), photo);
}

void Classifier::classify_each(const std::function<std::optional<std::filesystem::path>()>& next,
                               const std::function<void(const Classified&)>& sink, std::size_t k) const {
  State& s = *state_;
  // An exception that left the pipeline would leak chunks in flight, so it is kept until the end.
  std::atomic<bool> failed = false;
  std::exception_ptr failure;
  std::mutex failing;
  const auto keep = [&](const auto& call) {
    try {
      call();
    } catch (...) {
      const std::lock_guard lock(failing);
      if (!failed.exchange(true)) failure = std::current_exception();
    }
  };
  using ChunkPtr = std::shared_ptr<Chunk>;  // TBB copies what passes between filters
  const auto take =
      tbb::make_filter<void, ChunkPtr>(tbb::filter_mode::serial_in_order, [&](tbb::flow_control& control) {
        auto chunk = std::make_shared<Chunk>();
        keep([&] {
          while (!failed && chunk->size() < s.photos()) {
            std::optional<std::filesystem::path> photo = next();
            if (!photo) break;
            chunk->push_back({std::move(*photo), {}, {}});
          }
        });
        if (failed || chunk->empty()) control.stop();
        return chunk;
      });
  const auto work = tbb::make_filter<ChunkPtr, ChunkPtr>(tbb::filter_mode::parallel, [&](ChunkPtr chunk) {
    // Isolated: a thread that waits inside takes no other chunk, so that there is one workspace per thread.
    if (!failed) keep([&] { tbb::this_task_arena::isolate([&] { s.classify(*chunk, k); }); });
    return chunk;
  });
  const auto hand_on =
      tbb::make_filter<ChunkPtr, void>(tbb::filter_mode::serial_in_order, [&](const ChunkPtr& chunk) {
        keep([&] {
          for (const Classified& one : *chunk)
            if (!failed) sink(one);
        });
      });
  s.arena.execute([&] {
    tbb::parallel_pipeline(std::size_t{2} * static_cast<std::size_t>(s.arena.max_concurrency()),
                           take & work & hand_on);
  });
  if (failure) std::rethrow_exception(failure);
}

const Model& Classifier::model() const { return state_->model; }
const Network& Classifier::network() const { return state_->network(); }
const std::vector<std::string>& Classifier::notes() const { return state_->notes; }

}  // namespace alexnet
