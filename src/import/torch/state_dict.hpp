// Finds the weights in an object that torch.save wrote: a state dict, a checkpoint that holds one, or a whole
// module, whose parameters are read as data.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "import/torch/pickle.hpp"

namespace alexnet::torch {

struct NamedTensors {
  std::map<std::string, const Tensor*> tensors;  // by name, such as "features.0.weight"
  std::vector<std::string> notes;                // assumptions, one sentence each
};

// Returns the weights in `object`, whose place in errors is `place`.
//
// In a checkpoint, takes the entry "state_dict", "model_state_dict", "model", "model_state", "net", "network"
// or the like; else the averaged weights (EMA), if there are no others; else the only entry with weights. A
// note says which entry was taken if another one has weights, too.
//
// Leaves out the counters of thop and of AveragedModel. Removes "module." (DataParallel) and "_orig_mod."
// (torch.compile) at any depth, and "model." and the like at the beginning, if all names at that place begin
// with it. Keeps the names of the file if more of them are in `wanted`, the names of the network's tensors.
//
// Throws ModelError if there are no weights, or several and none is the plain choice.
NamedTensors find_weights(const Pickle& object, const std::string& place,
                          const std::set<std::string>& wanted);

}  // namespace alexnet::torch
