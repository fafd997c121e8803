// How photos are prepared for a model of another program: presets, and the options that override them.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "alexnet/model.hpp"

namespace alexnet {

// Sets description.input for an input of this size. Uses the preset in the options or, if there is none, the
// preset `fallback`, with a note that the file does not name one. If the network has one channel, photos
// become grey, with mean 0 and std 1. Call it after the layers are set. Throws ModelError.
void set_input(Model& model, const ImportOptions& options, const std::string& fallback, Size2 size);

// Applies the options that override the preparation: channels, scale, std, resize and mean. Throws
// ModelError, also if a number cannot be right for the range of the photo's pixels.
void override_input(Model& model, const ImportOptions& options);

// Sets the mean. Throws ModelError if a value is outside the range of the photo's pixels. Adds a note if the
// channels seem to be in the wrong order.
void use_mean(Model& model, const std::array<double, 3>& mean);

// Adds a note if the mean or std seems to be meant for another pixel range: 0 to 255 instead of 0 to 1, or
// the reverse. Ignores a std that is equal in all channels: it is a scale, as in Caffe's files.
void doubt_input(Model& model);

// Returns the three numbers of "104,117,123" or "104, 117, 123". Returns none for any other text.
std::optional<std::array<double, 3>> parse_mean(const std::string& text);

// Returns the channel order of a mean: "red,green,blue", "blue,green,red" or "grey".
std::string order_of_mean(const image::Preprocess& input);

// Returns true if the name ends in .npy. override_input() reads such a file itself, for every format.
bool is_numpy_file(const std::string& name);

}  // namespace alexnet
