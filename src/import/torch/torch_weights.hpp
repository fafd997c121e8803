// The tensors of a file that torch.save wrote.
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

// Returns true if the file is a zip archive or a legacy stream.
bool is_saved_by_torch(std::string_view text);

// Reads a state dict, alone or as "state_dict", "model_state_dict" or "model" of a checkpoint; the prefix "module." of
// all names, which DataParallel puts there, is left out. The tensors are mapped. Throws ModelError.
StateDict open_state_dict(const std::filesystem::path& path);

}  // namespace alexnet::torch
