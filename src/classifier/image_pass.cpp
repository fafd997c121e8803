#include "classifier/image_pass.hpp"

#include <algorithm>

#include "network/model.hpp"

namespace alexnet {

void forward_images(const Network& network, Workspace& workspace, std::span<const std::size_t> images,
                    int crops, const Observer& observer, const TakeOutput& take) {
  const std::size_t size = network.input_shape().count() * static_cast<std::size_t>(crops);
  float* const input = workspace.input().data();
  for (std::size_t i = 0; i < images.size(); ++i)
    if (images[i] != i) std::copy_n(input + images[i] * size, size, input + i * size);
  const auto all = network.forward(workspace, static_cast<int>(images.size()) * crops, observer);
  const std::size_t rows = all.size() / images.size();
  for (std::size_t i = 0; i < images.size(); ++i)
    take(images[i], mean_of_rows(all.subspan(i * rows, rows), static_cast<std::size_t>(crops)));
}

}  // namespace alexnet
