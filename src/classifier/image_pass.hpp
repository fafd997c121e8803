// A pass of the network over several images, some of which may have failed before.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "alexnet/network.hpp"

namespace alexnet {

// Receives the output of an image, averaged over its crops.
using TakeOutput = std::function<void(std::size_t image, std::vector<float> output)>;

// Runs the network once on the images with these indices, in ascending order, and calls take() for each. The
// input of image i, `crops` x C x H x W, lies at this index in workspace.input(); the inputs are moved
// together first. `images` must not be empty.
void forward_images(const Network& network, Workspace& workspace, std::span<const std::size_t> images,
                    int crops, const Observer& observer, const TakeOutput& take);

}  // namespace alexnet
