// The command `alexnet features`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "print/text.hpp"
#include "run/session.hpp"

namespace alexnet::app {

struct FeaturesOptions {
  std::string image;
  ModelChoice model;
  std::optional<std::uint64_t> seed;
  Reading reading;
  std::string layer;
  std::optional<int> maps;
  int zoom = 0;
  std::string output;
  bool json = false;
  int threads = 0;
};

// Lists the feature maps of the layer and draws them. Returns the exit status. Throws ModelError, UsageError
// and OutputError.
int run_features(const FeaturesOptions& options, ColorMode color);

}  // namespace alexnet::app
