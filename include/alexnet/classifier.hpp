// Names what is in a photo.
//
//   const alexnet::Classifier classifier("tiny-alexnet", {.threads = 2});
//   for (const alexnet::Prediction& p : classifier.classify("cat.jpg", 5))
//     std::cout << p.label << ' ' << p.probability << '\n';
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <vector>

#include "alexnet/error.hpp"
#include "alexnet/image.hpp"
#include "alexnet/model.hpp"
#include "alexnet/network.hpp"

#pragma GCC visibility push(default)
namespace alexnet {

struct ClassifierOptions {
  int threads = 0;  // 0: all cores that this process may use
  int crops = 1;  // crops per photo, 1 or 10 (see image::resize_and_ten_crops()); probabilities are averaged
  // Colour that transparent pixels are blended over; empty: the alpha channel is dropped.
  std::optional<image::Rgb> background = std::nullopt;
  bool exact_decode = false;  // decode a large JPEG at full size, even if a reduced size is enough
  ImportOptions import = {};  // what files of other programs lack
  EngineKind engine = default_engine();
};

// The predictions for one photo of classify_many().
struct Classified {
  std::filesystem::path photo;
  std::vector<Prediction> predictions;  // empty if the photo failed
  std::optional<ImageError> error;      // why the photo failed
};

// A model, its network and the threads to run it. Immutable: several threads may use one Classifier at the
// same time. A photo gets the same probabilities, bit for bit, from every function and number of threads.
//
// Except classify_many(), every function that takes a photo throws ImageError if it cannot be used, and
// UsageError if there is not enough memory for a pass.
class Classifier {
 public:
  // Opens a model by path or by the name by which find_model() finds it. Throws ModelError if it cannot be
  // opened or does not end in a softmax over at least two classes, and UsageError if an option is out of
  // range.
  explicit Classifier(const std::string& model = kDefaultModel, const ClassifierOptions& options = {});
  Classifier(const Classifier&) = delete;
  Classifier& operator=(const Classifier&) = delete;
  Classifier(Classifier&& other) noexcept;
  Classifier& operator=(Classifier&& other) noexcept;
  ~Classifier();

  // Returns the k most probable classes of a photo, or all if there are fewer, most probable first.
  std::vector<Prediction> classify(const std::filesystem::path& photo, std::size_t k = 5) const;
  // The same for the bytes of an image file.
  std::vector<Prediction> classify(std::span<const std::uint8_t> file, std::size_t k = 5) const;
  // The same for pixels.
  std::vector<Prediction> classify(const image::Image& photo, std::size_t k = 5) const;

  // Returns the probability of every class, in the order of the model's classes.
  std::vector<float> probabilities(const image::Image& photo) const;

  // Returns the output of the layer of this name, C x H x W, averaged over the crops. The first call for a
  // layer makes a network that ends there, so that no later layer is fused with it. Throws ModelError if
  // there is no such layer.
  std::vector<float> features(const std::filesystem::path& photo, const std::string& layer) const;
  // The same for pixels.
  std::vector<float> features(const image::Image& photo, const std::string& layer) const;

  // Classifies the paths of a range on all threads and calls sink() for each photo, in the order of the range
  // and from one thread at a time. Reads the range lazily, from one thread at a time. A photo that fails
  // does not end the run: its Classified, valid during the call, has the error. Rethrows what the range or
  // sink() throws, and throws UsageError if there is not enough memory for a pass.
  template <std::ranges::input_range Photos>
  void classify_many(Photos&& photos, const std::function<void(const Classified&)>& sink,
                     std::size_t k = 5) const {
    auto next = std::ranges::begin(photos);
    classify_each(
        [&]() -> std::optional<std::filesystem::path> {
          if (next == std::ranges::end(photos)) return std::nullopt;
          std::filesystem::path photo(*next);
          ++next;
          return photo;
        },
        sink, k);
  }

  // Return the model and its network. The Classifier owns them.
  const Model& model() const;
  const Network& network() const;
  // Returns the assumptions about the model, one sentence each: those of its import, missing labels, and a
  // fallback to another engine.
  const std::vector<std::string>& notes() const;

 private:
  void classify_each(const std::function<std::optional<std::filesystem::path>()>& next,
                     const std::function<void(const Classified&)>& sink, std::size_t k) const;

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace alexnet
#pragma GCC visibility pop
