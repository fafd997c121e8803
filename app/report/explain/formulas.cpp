#include <cstdio>

#include "report/explain/layer_facts.hpp"
#include "report/text.hpp"

namespace alexnet::app {
namespace {

std::string elements(const Shape& shape) { return grouped(static_cast<std::int64_t>(shape.count())); }

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

Formula lrn_formula(const Layer& layer, const Lrn& l) {
  constexpr int kPower = 40;  // exp and log, about
  const bool roots = l.beta == 0.75F;
  const int operations = l.size + 3 + (roots ? 4 : kPower);
  const std::string size = std::to_string(l.size);
  const std::string power = roots
                                ? "the power -3/4 is 1 / (sqrt(s) * sqrt(sqrt(s))): two roots and a division"
                                : "the power is exp(-beta * log(s)), some 40 operations";
  return {"each number is divided by a power of what the " + size +
              " channels around it hold at the same place: a strong response dampens its neighbours",
          "y[c] = x[c] * s^-" + lrn_text(l.beta) + ", s = " + lrn_text(l.k) + " + " + lrn_text(l.alpha) +
              " / " + size + " * (x[c - " + std::to_string((l.size - 1) / 2) + "]^2 + ... + x[c + " +
              std::to_string(l.size / 2) + "]^2)",
          "Krizhevsky, Sutskever, Hinton 2012, section 3.3; alpha / size as in Caffe",
          "for each of its " + elements(layer.out) + " numbers: a square, " + std::to_string(l.size - 1) +
              " additions, a multiply-add, a multiplication, and a power, the costly part: " + power +
              ", which take many cycles each where a multiply-add takes half of one. It has no weights and "
              "no sum over "
              "k that would use a number more often than " +
              size + " times, so all of the input and the output pass through memory for " +
              std::to_string(operations) +
              " operations a number: memory is its limit, and a program that calls pow() "
              "for each number, one at a time, waits for that instead"};
}

}  // namespace

Formula formula_of(const Layer& layer) {
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
  if (const auto* l = std::get_if<Lrn>(&params)) return lrn_formula(layer, *l);
  if (const auto* b = std::get_if<BatchNorm>(&params))
    return {"each channel is scaled and shifted to the mean and the spread that training saw",
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

}  // namespace alexnet::app
