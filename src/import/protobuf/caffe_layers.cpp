#include "import/protobuf/caffe_layers.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "layers/stack.hpp"

namespace alexnet {
namespace {

using namespace std::string_view_literals;

bool is_one_of(std::span<const std::string_view> types, const std::string& type) {
  return std::ranges::find(types, type) != types.end();
}

// Returns true if the layer ends a branch and changes nothing.
bool is_idle(const std::string& type) {
  static constexpr std::array kTypes{"Accuracy"sv, "Silence"sv};
  return is_one_of(kTypes, type);
}

// Returns true if the rule fits phase TEST and the state that the file gives the network.
bool is_met(const caffe::NetStateRule& rule, const caffe::NetState& state) {
  const auto is_on = [&](const std::string& stage) {
    return std::ranges::find(state.stage(), stage) != state.stage().end();
  };
  return (!rule.has_phase() || rule.phase() == caffe::TEST) &&
         (!rule.has_min_level() || state.level() >= rule.min_level()) &&
         (!rule.has_max_level() || state.level() <= rule.max_level()) &&
         std::ranges::all_of(rule.stage(), is_on) && std::ranges::none_of(rule.not_stage(), is_on);
}

// Follows the blobs from layer to layer.
class Chain {
 public:
  Chain(const CaffeFile& file, const Shape& in) : file_(file), stack_(file.path, in) {
    for (const std::string& input : file.net.input()) current_.insert(input);
    for (const caffe::LayerParameter& layer : file.net.layer())
      if ((layer.type() == "Input" || is_data_layer(layer)) && is_in_test_phase(layer, file) &&
          layer.top_size() > 0)
        current_.insert(layer.top(0));
    if (current_.size() > 1)
      throw ModelError(file.path, "input",
                       "there are " + std::to_string(current_.size()) + ", " + in_quotes(*current_.begin()) +
                           " and " + in_quotes(*current_.rbegin()) + "; a network for photos has one");
  }

  void add(const caffe::LayerParameter& layer) {
    if (layer.type() == "Split") {
      require_current(layer);
      current_.insert(layer.top().begin(), layer.top().end());
      return;
    }
    const LayerParams params = caffe_params(file_, layer, stack_.out());
    require_current(layer);
    const bool loss = layer.type() == "SoftmaxWithLoss";  // also reads the true classes; its output is a sum
    if (!loss && layer.bottom_size() != 1)
      fail(layer, "bottom", "has " + std::to_string(layer.bottom_size()) + " inputs; one is supported");
    if (!loss && layer.top_size() != 1)
      fail(layer, "top", "has " + std::to_string(layer.top_size()) + " outputs; one is supported");
    try {
      output_shape(params, stack_.out());
    } catch (const ParameterError& e) {
      throw ModelError(file_.path, layer_place(layer) + "." + caffe_field(e.field), e.what());
    }
    stack_.add(layer.name(), params);
    current_.clear();
    if (!loss) current_.insert(layer.top(0));
  }

  const std::vector<Layer>& layers() const { return stack_.layers(); }

 private:
  void require_current(const caffe::LayerParameter& layer) {
    if (layer.bottom_size() == 0) fail(layer, "bottom", "is missing");
    if (stack_.layers().empty() && current_.empty())
      current_.insert(layer.bottom(0));  // no declared input: the first layer's input is the network's
    if (current_.contains(layer.bottom(0))) return;
    fail(layer, "bottom",
         "is " + in_quotes(layer.bottom(0)) + ", not " +
             (current_.empty() ? "left by the loss before it" : in_quotes(*current_.begin())) +
             ": only networks without branches are supported");
  }

  [[noreturn]] void fail(const caffe::LayerParameter& layer, const char* field,
                         const std::string& reason) const {
    throw ModelError(file_.path, layer_place(layer) + "." + field, reason);
  }

  const CaffeFile& file_;
  LayerStack stack_;
  std::set<std::string> current_;  // names of the last layer's output
};

}  // namespace

bool is_in_test_phase(const caffe::LayerParameter& layer, const CaffeFile& file) {
  const auto met = [&](const caffe::NetStateRule& rule) { return is_met(rule, file.net.state()); };
  if (layer.include_size() > 0) return std::ranges::any_of(layer.include(), met);
  return std::ranges::none_of(layer.exclude(), met);
}

bool is_data_layer(const caffe::LayerParameter& layer) {
  static constexpr std::array kTypes{"Data"sv,     "ImageData"sv, "MemoryData"sv,
                                     "HDF5Data"sv, "DummyData"sv, "WindowData"sv};
  return is_one_of(kTypes, layer.type());
}

std::string layer_place(const caffe::LayerParameter& layer) {
  return "layers." + escape_for_terminal(layer.name(), kExcerpt);
}

std::vector<Layer> caffe_layers(const CaffeFile& file, const Shape& in) {
  Chain chain(file, in);
  int index = 0;
  for (const caffe::LayerParameter& layer : file.net.layer()) {
    if (layer.name().empty())
      throw ModelError(file.path, "layers[" + std::to_string(index) + "].name", "is missing");
    ++index;
    if (layer.include_size() > 0 && layer.exclude_size() > 0)
      throw ModelError(file.path, layer_place(layer) + ".exclude",
                       "stands beside include; Caffe takes one of them");
    if (is_in_test_phase(layer, file) && layer.type() != "Input" && !is_data_layer(layer) &&
        !is_idle(layer.type()))
      chain.add(layer);
  }
  if (chain.layers().empty()) throw ModelError(file.path, "layers", "there are none: not a Caffe network");
  refuse_unknown_fields(file, nullptr);
  return chain.layers();
}

}  // namespace alexnet
