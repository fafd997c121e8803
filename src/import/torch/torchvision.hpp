// Recognises torchvision's networks by the names and shapes of their tensors.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "layers/layers.hpp"

namespace alexnet::torch {

// Returns torchvision's names of the known networks: AlexNet (Krizhevsky 2014, "One weird trick",
// torchvision.models.alexnet) and VGG 11, 13, 16 and 19 with and without batch normalisation (Simonyan and
// Zisserman 2014, torchvision.models.vgg). Their last layer may have 1 to 100,000 outputs.
std::vector<std::string> torchvision_names();

struct KnownNetwork {
  std::string name;  // "vgg16_bn"
  std::vector<Layer> layers;
};

// Returns the network that has exactly these tensors, or nullopt. Ignores num_batches_tracked of batch
// normalisation. The input is 3 x 224 x 224. The layers have torchvision's names and end in the scores.
std::optional<KnownNetwork> find_torchvision(const std::map<std::string, Dims>& shapes);

}  // namespace alexnet::torch
