// Reads the member "accuracy" of a network.json or a catalogue.json.
#pragma once

#include "network/description.hpp"
#include "network/json_object.hpp"

namespace alexnet {

// Returns the accuracy. `json` is the value of the member "accuracy". Throws ModelError.
Accuracy read_accuracy(const JsonObject& json);

}  // namespace alexnet
