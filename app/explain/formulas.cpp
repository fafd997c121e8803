#include "explain/layer_explanation.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "explain/explain_report.hpp"
#include "print/text.hpp"

namespace alexnet::app {
namespace {

std::string pool_text(const Layer& layer, const Pool& p) {
  return "a window of " + window_text(p.kernel, p.stride, p.pad) +
         (p.ceil ? ", output size rounded up" : "") +
         " slides over each channel by itself: " + elements(layer.out) + " windows";
}

std::string pool_cost(const Pool& p, const char* operation) {
  const int numbers = p.kernel.h * p.kernel.w;
  return std::to_string(numbers - 1) + " " + operation + " for each output, on " + std::to_string(numbers) +
         " numbers that are read for them: it is done as fast as the input comes from memory";
}

std::string lrn_text(float value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", static_cast<double>(value));
  return text;
}

Formula lrn_formula(const Layer& layer, const Lrn& l, const LrnMethod& method) {
  const std::string size = std::to_string(l.size);
  const std::string operations = std::to_string(method.operations);
  const std::string power = method.roots
                                ? "the power -3/4 is 1 / (sqrt(s) * sqrt(sqrt(s))): two roots and a division"
                                : "the power is exp(-beta * log(s)), some 40 operations";
  return {"each number is divided by a power of what the " + size +
              " channels around it have at its position: a strong response dampens its neighbours",
          "y[c] = x[c] * s^-" + lrn_text(l.beta) + ", s = " + lrn_text(l.k) + " + " + lrn_text(l.alpha) +
              " / " + size + " * (x[c - " + std::to_string((l.size - 1) / 2) + "]^2 + ... + x[c + " +
              std::to_string(l.size / 2) + "]^2)",
          "Krizhevsky, Sutskever, Hinton 2012, section 3.3; alpha / size as in Caffe",
          "for each of its " + elements(layer.out) + " numbers: a square, " + std::to_string(l.size - 1) +
              " additions, a multiply-add, a power and a multiplication by it, some " + operations +
              " in all. The power is the costly part: " + power,
          "memory, if many numbers are computed at a time: there are no weights, no number is used "
          "more than " +
              size + " times, and 8 bytes pass through memory for some " + operations +
              " operations. With a call of pow() for each number in turn it is arithmetic. alexnet time "
              "shows what it comes to"};
}

}  // namespace

Formula formula_of(const Explanation& e) {
  const Layer& layer = e.layer;
  const LayerParams& params = layer.params;
  if (const auto* p = std::get_if<MaxPool>(&params))
    return {pool_text(layer, *p), "y = the greatest x of the window; a pad never wins",
            "Krizhevsky, Sutskever, Hinton 2012, section 3.4 (windows that overlap)",
            pool_cost(*p, "comparisons")};
  if (const auto* p = std::get_if<AveragePool>(&params))
    return {pool_text(layer, *p),
            std::string("y = the sum of the window's x / their count, ") +
                (p->count_include_pad ? "with the pad's zeros" : "without the pad"),
            "LeCun, Bottou, Bengio, Haffner 1998, section II (sub-sampling)", pool_cost(*p, "additions")};
  if (std::holds_alternative<GlobalAveragePool>(params))
    return {
        "each channel becomes its mean", "y[c] = the sum of channel c / " + std::to_string(layer.in.plane()),
        "Lin, Chen, Yan 2013, section 3.2", "an addition for each number that is read: memory is its limit"};
  if (std::holds_alternative<Relu>(params))
    return {
        "negative numbers become 0", "y = max(x, 0)",
        "Nair, Hinton 2010; Krizhevsky, Sutskever, Hinton 2012, section 3.1",
        "a comparison for each number; as a layer of its own it would read and write every number for that"};
  if (const auto* c = std::get_if<Clip>(&params))
    return {"numbers are kept within limits",
            "y = min(max(x, " + lrn_text(c->min) + "), " + lrn_text(c->max) + ")", "ONNX, operator Clip",
            "two comparisons for each number"};
  if (const auto* l = std::get_if<Lrn>(&params)) return lrn_formula(layer, *l, *e.lrn);
  if (const auto* b = std::get_if<BatchNorm>(&params))
    return {
        "each channel is scaled and shifted to the mean and the standard deviation that training measured",
        "y = (x - running_mean) / sqrt(running_var + " + lrn_text(b->epsilon) + ") * weight + bias",
        "Ioffe, Szegedy 2015, algorithm 2",
        "a multiply-add for each number; after a conv or fc nothing, as its weights take it over when "
        "the model is "
        "loaded"};
  if (std::holds_alternative<Dropout>(params))
    return {"in training, numbers are left out at random; inference passes everything on", "y = x",
            "Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov 2014", "nothing"};
  if (std::holds_alternative<Flatten>(params))
    return {"channels, rows and columns are seen as one vector; no number moves",
            "y[(c * height + y) * width + x] = x[c][y][x]", "a change of names, not of numbers", "nothing"};
  return {"scores become probabilities that add up to 1", "y[c] = exp(x[c]) / (exp(x[0]) + exp(x[1]) + ...)",
          "Bridle 1990; the greatest x is taken off every x first, so that exp does not overflow",
          "an exponential for each number, some 20 operations, and few numbers"};
}

std::vector<std::string> worked_lines(const Explanation& e) {
  const WorkedExample& example = *e.example;
  const std::vector<Tap> taps = taps_of(e.layer, example.in, example.channel, example.at);
  if (std::holds_alternative<MaxPool>(e.layer.params))
    return {"y = the greatest of them = " +
            exact(static_cast<double>(std::ranges::max(taps, {}, &Tap::value).value))};
  const auto* l = std::get_if<Lrn>(&e.layer.params);
  if (l == nullptr) return {};
  std::string squares;
  double sum = 0.0;
  double x = 0.0;
  for (const Tap& tap : taps) {
    const auto value = static_cast<double>(tap.value);
    squares += (squares.empty() ? "" : " + ") + exact(value) + "^2";
    sum += value * value;
    if (tap.channel == example.channel) x = value;
  }
  const double s = static_cast<double>(l->k) + static_cast<double>(l->alpha) / l->size * sum;
  return {"s = " + lrn_text(l->k) + " + " + lrn_text(l->alpha) + " / " + std::to_string(l->size) + " * (" +
              squares + ") = " + exact(s),
          "y = " + exact(x) + " * " + exact(s) + "^-" + lrn_text(l->beta) + " = " +
              exact(x * std::pow(s, -static_cast<double>(l->beta)))};
}

}  // namespace alexnet::app
