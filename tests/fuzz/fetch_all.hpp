// Fetches every tensor of a file, as a network would.
#pragma once

#include "alexnet/error.hpp"
#include "weights/weights.hpp"

inline void fetch_all(alexnet::Weights& weights) {
  float sum = 0;
  for (const auto& [name, dims] : weights.shapes()) {
    try {
      for (const float value : weights.fetch({name, dims})) sum += value;
      const alexnet::StoredView view = weights.view({name, dims});
      for (const float scale : view.scales) sum += scale;
    } catch (const alexnet::ModelError&) {  // unsupported tensor type
    }
  }
  [[maybe_unused]] volatile float used = sum;
}
