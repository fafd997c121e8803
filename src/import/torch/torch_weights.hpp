// Reads the tensors of a file written by torch.save.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "weights/weights.hpp"

namespace alexnet::torch {

struct StateDict {
  std::unique_ptr<Weights> weights;
  std::string format;  // "torch (zip)" or "torch (legacy)"
};

// Returns true if text begins like a zip archive or a legacy stream.
bool is_saved_by_torch(std::string_view text);

// Reads a state dict, alone or as "state_dict", "model_state_dict" or "model" of a checkpoint. Removes the
// prefix "module." if all names have it (DataParallel adds it). The tensors are mapped. Throws ModelError.
StateDict open_state_dict(const std::filesystem::path& path);

}  // namespace alexnet::torch
