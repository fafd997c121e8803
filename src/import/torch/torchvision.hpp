// torchvision's networks, known again by the names and shapes of their tensors.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "layers/layers.hpp"

namespace alexnet::torch {

// AlexNet (Krizhevsky 2014, "One weird trick", as in torchvision.models.alexnet) and VGG 11, 13, 16 and 19 with and
// without batch normalisation (Simonyan and Zisserman 2014, torchvision.models.vgg), whose last layer may have any number
// of outputs. These are torchvision's names of the networks.
std::vector<std::string> torchvision_names();

struct KnownNetwork {
  std::string name;  // "vgg16_bn"
  std::vector<Layer> layers;
};

// The network whose tensors these are, all of them: a network with tensors beside those is another one. Batch
// normalisation's num_batches_tracked may be there and is not looked at. For an input of 3 x 224 x 224; the layers have
// torchvision's names and end in the scores.
std::optional<KnownNetwork> find_torchvision(const std::map<std::string, Dims>& shapes);

}  // namespace alexnet::torch
