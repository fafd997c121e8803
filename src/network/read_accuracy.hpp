// The member "accuracy", which a network.json and a catalogue.json may have.
#pragma once

#include "network/description.hpp"
#include "network/json_object.hpp"

namespace alexnet {

// Throws ModelError.
Accuracy read_accuracy(const JsonObject& json);

}  // namespace alexnet
