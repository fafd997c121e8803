#include "explain/layer_explanation.hpp"

#include <algorithm>
#include <array>

#include "inspect/inspect_report.hpp"
#include "layers/layers.hpp"
#include "print/layer_times.hpp"

namespace alexnet::app {
namespace {

constexpr std::int64_t kFloat = sizeof(float);

std::string size_of(std::int64_t floats) { return bytes(static_cast<double>(floats * kFloat)); }
std::string range(int first, int count) {
  return count == 1 ? std::to_string(first)
                    : std::to_string(first) + " to " + std::to_string(first + count - 1);
}
std::string ratio(std::int64_t a, std::int64_t b) {
  return number(static_cast<double>(a) / static_cast<double>(b));
}

std::string kernel_text(const Layer& layer, const Conv& c) {
  const int in = layer.in.channels / c.group;
  const int out = c.output / c.group;
  std::string text =
      std::to_string(c.output) + " of " + std::to_string(in) + " x " + window_text(c.kernel, c.stride, c.pad);
  if (c.dilation != Size2{1, 1}) text += ", dilation " + text_of(c.dilation);
  if (c.group > 1)
    text += "; " + std::to_string(c.group) + " groups: output channels " + range(0, out) +
            " see input channels " + range(0, in) + ", the next " + std::to_string(out) + " the next " +
            std::to_string(in);
  return text + (c.bias ? "; a bias for each" : "; no bias");
}

void add_sizes(const Layer& layer, std::vector<Fact>& facts) {
  const GemmSize g = *gemm_size(layer);
  const auto size = [](std::int64_t value) { return grouped(value); };
  if (const auto* c = std::get_if<Conv>(&layer.params)) {
    const bool groups = c->group > 1;
    facts.push_back(
        {"m", size(g.m) + ": output channels" + (groups ? " of a group" : "") + "; a kernel each, a row"});
    facts.push_back(
        {"k", size(g.k) + ": numbers of a kernel, and of a patch: " +
                  alexnet::to_string(Dims{layer.in.channels / c->group, c->kernel.h, c->kernel.w})});
    facts.push_back({"n", size(g.n) + ": positions of the output, " +
                              alexnet::to_string(Dims{layer.out.height, layer.out.width}) +
                              "; a patch each, a column"});
  } else {
    facts.push_back({"m", size(g.m) + ": outputs; a row of weights each"});
    facts.push_back(
        {"k", size(g.k) + ": numbers of the input, " + to_string(layer.in) + " one after the other"});
    facts.push_back({"n", size(g.n) + ": images at a time; a batch of 16 would have 16 columns"});
  }
  std::string product = "(" + size(g.m) + " x " + size(g.k) + ") * (" + size(g.k) + " x " + size(g.n) +
                        ") = " + size(g.m) + " x " + size(g.n);
  if (g.count > 1) product += ", " + std::to_string(g.count) + " times: once for each group";
  facts.push_back({"product", product});
}

// How the windows use one axis of the input.
struct AxisUse {
  bool again = false;  // a pixel is in more than one window
  bool pad = false;    // a window reaches into the padding
  bool skips = false;  // a pixel is in no window
};

AxisUse use_of_axis(int in, int out, int kernel, int stride, int dilation, int before) {
  AxisUse use;
  std::vector<bool> seen(static_cast<std::size_t>(in));
  for (std::int64_t window = 0; window < out; ++window)
    for (std::int64_t tap = 0; tap < kernel; ++tap) {
      const std::int64_t at = window * stride - before + tap * dilation;
      if (at < 0 || at >= in) {
        use.pad = true;
      } else if (seen[static_cast<std::size_t>(at)]) {
        use.again = true;
      } else {
        seen[static_cast<std::size_t>(at)] = true;
      }
    }
  use.skips = std::ranges::find(seen, false) != seen.end();
  return use;
}

// Returns "128 B instead of the 192 B of the matrix", or that it is as much or more.
std::string compared(std::int64_t scratch, std::int64_t matrix, int groups) {
  const std::string of = groups > 1 ? " of a group's matrix" : " of the matrix";
  const std::string text = bytes(static_cast<double>(scratch));
  const std::string other = bytes(static_cast<double>(matrix));
  if (text == other) return text + ", as much as" + of.substr(3);
  return text + (scratch < matrix ? " instead of the " : ", more than the ") + other + of;
}

void add_costs(const Explanation& e, std::vector<Fact>& facts) {
  const Layer& layer = e.layer;
  const Cost c = cost(layer);
  const auto in = static_cast<std::int64_t>(layer.in.count());
  const auto out = static_cast<std::int64_t>(layer.out.count());
  const std::string multiply_adds = grouped(c.multiply_adds);
  if (multiplies(layer.params))
    facts.push_back({"operations", multiply_adds + " multiply-adds (m * k * n" +
                                       (gemm_size(layer)->count > 1 ? " * groups" : "") + "), " +
                                       grouped(2 * c.multiply_adds) + " FLOP"});
  facts.push_back(
      {"memory",
       (parameter_count(layer) > 0 ? "weights " + size_of(parameter_count(layer)) + " as float32, " : "") +
           "input " + size_of(in) + ", output " + size_of(out) +
           (c.bytes == 0 ? "; nothing of it is moved"
                         : "; each once: " + bytes(static_cast<double>(c.bytes)))});
  if (!multiplies(layer.params)) return;
  facts.back().text += ", " + ratio(2 * c.multiply_adds, c.bytes) + " FLOP for each byte";
  if (std::holds_alternative<FullyConnected>(layer.params)) {
    facts.push_back(
        {"limit",
         "memory: each weight is read for one multiply-add, 2 FLOP for the 4 bytes of a float32, and a "
         "processor computes many more in the time that these take. A batch of images shares the reading"});
    return;
  }
  const std::int64_t patches = im2col_elements(layer);
  facts.push_back({"im2col", grouped(patches) + " numbers (k * n" +
                                 (gemm_size(layer)->count > 1 ? " * groups" : "") + "), " + size_of(patches) +
                                 ": " + ratio(patches, in) + " times the " + elements(layer.in) +
                                 " of the input, " + patch_reason(layer)});
}

// Describes the method GEMM: the memory layout, and what is copied.
std::string direct_text(const Step& step, const DirectGemm& d, int groups) {
  std::string text = "GEMM that reads the windows directly; no patch matrix is built. ";
  if (step.scratch_bytes > 0) {
    text += std::string("The input is copied once") +
            (d.interleaves ? ", with the channels of a pixel side by side" : "") +
            (d.pads ? ", with its padding of zeros" : "") + ": " +
            compared(step.scratch_bytes, step.patch_bytes, groups);
  } else {
    text += "The input has no padding, so it is read where it is: " + compared(0, step.patch_bytes, groups);
  }
  return text + ". A pixel's channels lie side by side, so a window is " +
         counted(std::int64_t{d.runs_h} * d.runs_w, "range", "ranges") + " of " +
         counted(d.run, "number", "numbers") + "; the next window begins " + std::to_string(d.distance) +
         " further. The weights were packed once, into panels that are read in order";
}

std::string winograd_text(const Step& step, const WinogradTiles& w, const Layer& layer, int groups) {
  const std::int64_t plain = cost(layer).multiply_adds;
  const auto size = [](std::int64_t rows, std::int64_t columns) {
    return "(" + std::to_string(rows) + " x " + std::to_string(columns) + ")";
  };
  return step.method + ": the output is cut into " + std::to_string(w.tiles_h) + " x " +
         std::to_string(w.tiles_w) + " tiles of " + alexnet::to_string(Dims{w.tile, w.tile}) + ". The " +
         alexnet::to_string(Dims{w.size, w.size}) +
         " pixels that a tile needs and the kernels are transformed by a few additions, and each of the " +
         std::to_string(w.gemm.count / groups) + " positions is a multiplication over channels, " +
         size(w.gemm.m, w.gemm.k) + " * " + size(w.gemm.k, w.gemm.n) + (groups > 1 ? " for each group" : "") +
         ". " + grouped(step.multiply_adds) + " multiply-adds, " +
         (step.multiply_adds < plain ? ratio(plain, step.multiply_adds) + " times fewer"
                                     : "no fewer than the product's") +
         "; the transformed weights take " + bytes(static_cast<double>(step.weight_bytes)) + ", scratch " +
         compared(step.scratch_bytes, step.patch_bytes, groups);
}

// Returns "eight"; digits from 13 on.
std::string in_words(int count) {
  constexpr std::array kWords{"zero",  "one",   "two",  "three", "four",   "five",  "six",
                              "seven", "eight", "nine", "ten",   "eleven", "twelve"};
  const auto i = static_cast<std::size_t>(count);
  return i < kWords.size() ? kWords[i] : std::to_string(count);
}

}  // namespace

std::string patch_reason(const Layer& layer) {
  const auto& c = std::get<Conv>(layer.params);
  const Shape& in = layer.in;
  const Shape& out = layer.out;
  const AxisUse rows = use_of_axis(in.height, out.height, c.kernel.h, c.stride.h, c.dilation.h, c.pad.top);
  const AxisUse columns = use_of_axis(in.width, out.width, c.kernel.w, c.stride.w, c.dilation.w, c.pad.left);
  const bool again = rows.again || columns.again;
  const bool pad = rows.pad || columns.pad;
  const bool skips = rows.skips || columns.skips;
  const std::int64_t patches = im2col_elements(layer);
  const auto pixels = static_cast<std::int64_t>(in.count());
  const std::string more = std::string(again ? "windows overlap" : "") + (again && pad ? " and " : "") +
                           (pad ? "the padding is copied too" : "");
  if (patches > pixels) return "as " + more + (skips ? ", though windows leave pixels out" : "");
  if (patches < pixels) return "as windows leave pixels out" + (more.empty() ? "" : ", though " + more);
  if (!skips) return "as windows lie side by side";
  return std::string("as windows leave out as many pixels as ") + (again ? "overlap" : "") +
         (again && pad ? " and " : "") + (pad ? "padding" : "") + (again && pad ? " add" : " adds");
}

std::string elements(const Shape& shape) { return grouped(static_cast<std::int64_t>(shape.count())); }

std::string window_text(Size2 kernel, Size2 stride, const Pad& pad) {
  return alexnet::to_string(Dims{kernel.h, kernel.w}) + ", stride " + text_of(stride) + ", pad " +
         text_of(pad);
}

std::string headline(const Explanation& e) {
  const std::string name = escape_for_terminal(e.layer.name) + " of " + escape_for_terminal(e.model);
  if (std::holds_alternative<Conv>(e.layer.params))
    return name + ": a convolution, as a matrix multiplication";
  if (std::holds_alternative<FullyConnected>(e.layer.params))
    return name + ": a fully-connected layer, as a matrix multiplication";
  return name + ": " + kind_of(e.layer) + ", which is no matrix multiplication";
}

std::string packed_text(const Explanation& e) {
  if (!e.packed) return "does not run this network; eigen does";
  if (!e.step)
    return "runs in the step of " + escape_for_terminal(e.step_of) +
           ", on results that are still in registers";
  const Step& step = *e.step;
  std::string text = "a pixel's channels lie side by side: it takes vectors of channels";
  if (const auto* c = std::get_if<Conv>(&e.layer.params))
    text = step.direct ? direct_text(step, *step.direct, c->group)
                       : winograd_text(step, *step.winograd, e.layer, c->group);
  if (step.rows_at_a_time > 0)
    text = "streams the weights as the file has them, " + in_words(step.rows_at_a_time) +
           " rows at a time, asked for before they are needed; F16, BF16 or I8 weights are fewer bytes, and "
           "become float32 in a register";
  if (step.lrn) text += ", and computes each square once";
  if (cost(e.layer).bytes == 0) text = "nothing";
  for (const std::string& fused : e.fused)
    text += ". " + escape_for_terminal(fused) + " runs in the same step";
  return text;
}

std::vector<Fact> facts_of(const Explanation& e) {
  std::vector<Fact> facts{{"input", to_string(e.layer.in)}, {"output", to_string(e.layer.out)}};
  if (!multiplies(e.layer.params)) {
    const Formula f = formula_of(e);
    facts.push_back({"what", f.what});
    facts.push_back({"formula", f.formula});
    facts.push_back({"source", f.source});
    facts.push_back({"operations", f.cost});
    if (!f.limit.empty()) facts.push_back({"limit", f.limit});
    add_costs(e, facts);
  } else {
    if (const auto* c = std::get_if<Conv>(&e.layer.params))
      facts.push_back({"kernels", kernel_text(e.layer, *c)});
    add_sizes(e.layer, facts);
    add_costs(e, facts);
    facts.push_back({"eigen", std::holds_alternative<Conv>(e.layer.params)
                                  ? std::string("makes that matrix") +
                                        (gemm_size(e.layer)->count > 1 ? ", one group at a time" : "") +
                                        ", and Eigen multiplies"
                                  : "multiplies as it stands, with Eigen"});
  }
  facts.push_back({"packed", packed_text(e)});
  return facts;
}

}  // namespace alexnet::app
