// Times of layers as text, as classify, batch and time report them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "network/layer_times.hpp"
#include "print/text.hpp"

namespace alexnet::app {

// Returns the table of layers, the sums by kind of layer and the line about conv + fc. If no limit is known,
// the table shows GB/s instead.
std::string layers_text(const std::vector<LayerTime>& layers, const Style& style);

// Returns "68 %", or "" if there is no limit.
std::string reached_text(const LayerTime& layer);
// Returns "in conv1" for a fused layer, and the method for any other.
std::string method_text(const LayerTime& layer);

// Returns m x k x n: "128 x 1200 x 729", with " (x 2)" if the layer does two multiplications; "" if it does
// none.
std::string gemm_text(const std::optional<GemmSize>& gemm);

// Returns the colour of a kind of layer ("conv").
Tint tint_of(std::string_view kind);

}  // namespace alexnet::app
