// Reads the tensors of a file written by torch.save.
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "weights/weights.hpp"

namespace alexnet::torch {

struct StateDict {
  std::unique_ptr<Weights> weights;
  std::string format;              // "torch (zip)", "torch (legacy)" or "torch (pickle)"
  std::vector<std::string> notes;  // assumptions, one sentence each
};

// Returns true if text begins like a file that open_state_dict() reads or refuses with advice: a zip archive,
// a pickle or a tar archive.
bool is_saved_by_torch(std::string_view text);

// Reads the weights that find_weights() finds in the file. `wanted`: names of the network's tensors, if they
// are known. The tensors are mapped. Throws ModelError.
StateDict open_state_dict(const std::filesystem::path& path, const std::set<std::string>& wanted = {});

}  // namespace alexnet::torch
