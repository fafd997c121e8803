#include "convert/check.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include "alexnet/analysis.hpp"
#include "alexnet/error.hpp"
#include "run/exit_status.hpp"
#include "run/progress.hpp"

namespace alexnet::app {
namespace {

// Classifies one photo after another with one model.
struct OneModel {
  explicit OneModel(Session& model) : session(model), workspace(model.network, 1) {}

  // Returns the probabilities, valid until the next call. Throws ImageError.
  std::span<const float> probabilities(const std::string& photo) {
    session.read_input(photo, Reading(), workspace.input().data());
    const std::span<const float> found = session.network.forward(workspace, 1);
    session.warn_of_nan(top_k(found, found.size()));
    return found;
  }

  Session& session;
  Workspace workspace;
};

// Returns the maximum, or NaN if one of them is NaN.
float worse(float a, float b) { return std::isnan(a) || b <= a ? a : b; }

float largest_difference(std::span<const float> a, std::span<const float> b) {
  float largest = 0.0F;
  for (std::size_t i = 0; i < a.size(); ++i) largest = worse(largest, std::abs(a[i] - b[i]));
  return largest;
}

ListingOptions photos_of(const std::string& folder) {
  ListingOptions options;
  options.paths = {folder};
  options.recursive = true;
  return options;
}

}  // namespace

Check::Check(const ModelChoice& model, std::string folder)
    : folder_(std::move(folder)), list_(photos_of(folder_)), before_(model.open(), EngineOptions()) {
  require_classifier(before_.model);
}

int Check::run(const std::string& converted, Output& out, const Style& error_style) {
  ModelChoice written;
  written.model = converted;
  Session after(written.open(), EngineOptions());
  OneModel left(before_);
  OneModel right(after);
  std::size_t same = 0;
  std::size_t failures = 0;
  float largest = 0.0F;
  Progress progress(list_.total(), error_style);
  while (const std::optional<Record> photo = list_.next()) {
    try {
      if (photo->failed()) throw ImageError(Stage::list, photo->reason);
      const std::span<const float> a = left.probabilities(photo->path);
      const std::span<const float> b = right.probabilities(photo->path);
      if (top_k(a, 1)[0].index == top_k(b, 1)[0].index) ++same;
      largest = worse(largest, largest_difference(a, b));
    } catch (const ImageError& e) {
      ++failures;
      progress.finish();
      print_failure(photo->path, e);
    }
    progress.advance(1, failures);
  }
  progress.finish();
  const auto photos = static_cast<std::int64_t>(*list_.total() - failures);
  std::array<char, 32> difference{};
  std::snprintf(difference.data(), difference.size(), "%.2g", static_cast<double>(largest));
  out.write(escape_for_terminal(folder_) + ": top-1 the same for " +
            grouped(static_cast<std::int64_t>(same)) + " of " + grouped(photos) +
            " photos, probabilities differ by at most " + difference.data() + "\n");
  return failures > 0 ? kImagesFailed : kWell;
}

}  // namespace alexnet::app
