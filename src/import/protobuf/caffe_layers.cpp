#include "import/protobuf/caffe_layers.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/is_one_of.hpp"
#include "import/parallel_convs.hpp"
#include "layers/stack.hpp"

namespace alexnet {
namespace {

using namespace std::string_view_literals;

// Returns true if the layer ends a branch and changes nothing.
bool is_idle(const std::string& type) {
  static constexpr std::array kTypes{"Accuracy"sv, "Silence"sv};
  return is_one_of(type, kTypes);
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
  Chain(const CaffeFile& file, const Shape& in, std::span<const caffe::LayerParameter* const> layers)
      : file_(file), stack_(file.path, in) {
    for (std::size_t i = 0; i < layers.size(); ++i)
      for (const std::string& blob : layers[i]->bottom()) last_reader_[blob] = i;
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

  // Reads a layer of those given to the constructor, in their order.
  void add(const caffe::LayerParameter& layer, std::size_t index) {
    if (layer.type() == "Split") {
      require_current(layer);
      current_.insert(layer.top().begin(), layer.top().end());
      return;
    }
    if (layer.type() == "Concat" && !branches_.empty()) {
      join(layer);
      return;
    }
    if (!branches_.empty() ||
        (layer.type() == "Convolution" && reads_current(layer) && is_read_after(index))) {
      add_to_branch(layer);
      return;
    }
    if (layer.type() == "Sigmoid") {
      add_sigmoid(layer);
      return;
    }
    const LayerParams params = read(layer, stack_.out());
    require_current(layer);
    stack_.add(layer.name(), params);
    current_.clear();
    if (!is_loss(layer)) current_.insert(layer.top(0));
  }

  // Throws ModelError if the last layers are branches that no Concat joins.
  void finish() const {
    if (!branches_.empty())
      fail(*branches_.front().source, "top",
           "is joined by no Concat: only networks without branches are supported");
  }

  CaffeLayers result() const { return {stack_.layers(), merged_, sigmoids_}; }

 private:
  // A convolution beside others, and the pointwise layers after it.
  struct Branch {
    const caffe::LayerParameter* source;
    std::vector<Layer> layers;
    std::string top;
  };

  static bool is_loss(const caffe::LayerParameter& layer) { return layer.type() == "SoftmaxWithLoss"; }

  // Returns true if a layer after the one with this index reads the last layer's output.
  bool is_read_after(std::size_t index) const {
    return std::ranges::any_of(current_, [&](const std::string& blob) {
      const auto last = last_reader_.find(blob);
      return last != last_reader_.end() && last->second > index;
    });
  }

  bool reads_current(const caffe::LayerParameter& layer) const {
    return layer.bottom_size() > 0 && current_.contains(layer.bottom(0));
  }

  // Returns the parameters of a layer with one input and one output.
  LayerParams read(const caffe::LayerParameter& layer, const Shape& in) const {
    LayerParams params = caffe_params(file_, layer, in);
    // A loss also reads the true classes; its output is a sum.
    if (!is_loss(layer) && layer.bottom_size() > 1)
      fail(layer, "bottom", "has " + std::to_string(layer.bottom_size()) + " inputs; one is supported");
    if (!is_loss(layer) && layer.top_size() != 1)
      fail(layer, "top", "has " + std::to_string(layer.top_size()) + " outputs; one is supported");
    try {
      output_shape(params, in);
    } catch (const ParameterError& e) {
      throw ModelError(file_.path, layer_place(layer) + "." + caffe_field(e.field), e.what());
    }
    return params;
  }

  // Adds the softmax over 0 and the score, whose second probability is the score's sigmoid.
  void add_sigmoid(const caffe::LayerParameter& layer) {
    refuse_unknown_fields(file_, &layer);
    require_current(layer);
    if (stack_.layers().empty() || stack_.out().count() != 1)
      fail(layer, "type", "'Sigmoid' is supported for one score, as the last layer");
    if (layer.top_size() != 1)
      fail(layer, "top", "has " + std::to_string(layer.top_size()) + " outputs; one is supported");
    stack_.add(layer.name(), FullyConnected{2, false});
    sigmoids_.insert(layer.name());
    stack_.add(layer.name() + "/prob", Softmax{});
    current_ = {layer.top(0)};
  }

  void add_to_branch(const caffe::LayerParameter& layer) {
    if (layer.bottom_size() == 0) fail(layer, "bottom", "is missing");
    auto branch = std::ranges::find(branches_, layer.bottom(0), &Branch::top);
    const bool begins = branch == branches_.end();
    const LayerParams params = read(layer, begins ? stack_.out() : branch->layers.back().out);
    if (begins) {
      if (!reads_current(layer) || !std::holds_alternative<Conv>(params)) fail_branch(layer);
      branches_.push_back({&layer, {}, ""});
      branch = branches_.end() - 1;
    } else if (!is_pointwise(params)) {
      fail_branch(layer);
    }
    const Shape& in = begins ? stack_.out() : branch->layers.back().out;
    branch->layers.push_back({layer.name(), params, in, output_shape(params, in), {}});
    branch->top = layer.top(0);
  }

  void join(const caffe::LayerParameter& layer) {
    refuse_unknown_fields(file_, &layer);
    const caffe::ConcatParameter& p = layer.concat_param();
    if (p.axis() != 1 || p.concat_dim() != 1)
      fail(layer, "axis", "is not 1, the channels, which is not supported");
    std::vector<Conv> convs;
    std::vector<Layer> parts;
    const Branch* first = nullptr;
    for (const std::string& bottom : layer.bottom()) {
      const auto branch = std::ranges::find(branches_, bottom, &Branch::top);
      const auto is_it = [&](const Layer& part) { return part.name == branch->layers.front().name; };
      if (branch == branches_.end() || std::ranges::any_of(parts, is_it)) fail_branch(layer);
      if (first == nullptr) first = &*branch;
      if (!same_pointwise(std::span(branch->layers).subspan(1), std::span(first->layers).subspan(1)))
        fail(layer, "bottom", "joins convolutions that different layers follow, which is not supported");
      parts.push_back(branch->layers.front());
      convs.push_back(std::get<Conv>(parts.back().params));
    }
    if (parts.size() != branches_.size()) fail_branch(layer);
    if (layer.top_size() != 1)
      fail(layer, "top", "has " + std::to_string(layer.top_size()) + " outputs, not one");
    try {
      stack_.add(layer.name(), merge_parallel(convs, stack_.out()));
    } catch (const ParameterError& e) {
      fail(layer, "bottom",
           "joins convolutions that do not fit together: " + caffe_field(e.field) + " " + e.what());
    }
    for (const Layer& after : std::span(first->layers).subspan(1)) stack_.add(after.name, after.params);
    merged_.emplace(layer.name(), std::move(parts));
    branches_.clear();
    current_ = {layer.top(0)};
  }

  [[noreturn]] void fail_branch(const caffe::LayerParameter& layer) const {
    fail(layer, layer.bottom_size() > 0 ? "bottom" : "top",
         "is one of several branches of " + in_quotes(*current_.begin()) +
             ": only networks without branches are supported, except for convolutions that one Concat joins");
  }

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
  std::set<std::string> current_;                   // names of the last layer's output
  std::map<std::string, std::size_t> last_reader_;  // index of the last layer that reads a blob
  std::vector<Branch> branches_;
  std::map<std::string, std::vector<Layer>> merged_;
  std::set<std::string> sigmoids_;
};

// Leaves out a loss beside a softmax of the same scores, which is for training. Caffe copies scores that two
// layers read with a Split.
void leave_out_losses(std::vector<const caffe::LayerParameter*>& layers) {
  std::map<std::string, std::string> copied_from;
  const auto scores_of = [&](const caffe::LayerParameter& layer) {
    const std::string blob = layer.bottom_size() > 0 ? layer.bottom(0) : "";
    const auto from = copied_from.find(blob);
    return from == copied_from.end() ? blob : from->second;
  };
  std::set<std::string> softmaxed;
  for (const caffe::LayerParameter* layer : layers) {
    if (layer->type() == "Split")
      for (const std::string& top : layer->top()) copied_from.emplace(top, scores_of(*layer));
    if (layer->type() == "Softmax") softmaxed.insert(scores_of(*layer));
  }
  std::erase_if(layers, [&](const caffe::LayerParameter* layer) {
    return layer->type() == "SoftmaxWithLoss" && softmaxed.contains(scores_of(*layer));
  });
}

}  // namespace

bool is_in_test_phase(const caffe::LayerParameter& layer, const CaffeFile& file) {
  const auto met = [&](const caffe::NetStateRule& rule) { return is_met(rule, file.net.state()); };
  if (layer.include_size() > 0) return std::ranges::any_of(layer.include(), met);
  return std::ranges::none_of(layer.exclude(), met);
}

bool is_data_layer(const caffe::LayerParameter& layer) {
  static constexpr std::array kTypes{"Data"sv,     "ImageData"sv, "MemoryData"sv,
                                     "HDF5Data"sv, "DummyData"sv, "WindowData"sv};
  return is_one_of(layer.type(), kTypes);
}

std::string layer_place(const caffe::LayerParameter& layer) {
  return "layers." + escape_for_terminal(layer.name(), kExcerpt);
}

CaffeLayers caffe_layers(const CaffeFile& file, const Shape& in) {
  std::vector<const caffe::LayerParameter*> used;
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
      used.push_back(&layer);
  }
  leave_out_losses(used);
  Chain chain(file, in, used);
  for (std::size_t i = 0; i < used.size(); ++i) chain.add(*used[i], i);
  chain.finish();
  CaffeLayers found = chain.result();
  if (found.layers.empty()) throw ModelError(file.path, "layers", "there are none: not a Caffe network");
  refuse_unknown_fields(file, nullptr);
  return found;
}

}  // namespace alexnet
