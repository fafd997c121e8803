#include "explain/explain_report.hpp"
#include "layers/layers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>

#include "explain/layer_explanation.hpp"
#include "print/layer_times.hpp"

namespace alexnet::app {
namespace {

constexpr std::size_t kWholeColumn = 64;    // maximum length of a column that is printed
constexpr std::size_t kWholeChannels = 16;  // maximum number of input channels that are all printed

std::string brief(double value) { return formatted("%.4g", value); }

// Returns the width for prose: at most 100 columns, because longer lines are hard to read.
std::size_t prose_columns(const Style& style) {
  constexpr std::size_t kMaxColumns = 100;
  return style.columns == 0 ? kMaxColumns : std::min(kMaxColumns, style.columns);
}

std::string facts_text(const std::vector<Fact>& facts, const Style& style) {
  constexpr std::size_t kTitle = 12;
  std::string text;
  for (const Fact& fact : facts)
    text += tinted(style, Tint::dim, fact.title) + std::string(kTitle - fact.title.size(), ' ') +
            wrapped(fact.text, prose_columns(style), std::string(kTitle, ' ')) + "\n";
  return text;
}

std::string pair(Position p) { return std::to_string(p.y) + ", " + std::to_string(p.x); }

std::string value_of(const Tap& tap, bool whole) {
  return tap.pad ? "0 (pad)"
         : whole ? exact(static_cast<double>(tap.value))
                 : brief(static_cast<double>(tap.value));
}

// Returns a table of every number: the patch as a column, the kernel as another, and their products.
std::string column_table(const WorkedOut& worked, const Style& style, bool conv) {
  using enum Table::Align;
  Table table({{"row", right},
               {"channel", right},
               {"in kernel"},
               {"in input"},
               {conv ? "patch" : "input", right},
               {conv ? "kernel" : "weight", right},
               {"product", right}});
  for (std::size_t i = 0; i < worked.column.size(); ++i) {
    const Tap& tap = worked.column[i];
    table.add({std::to_string(i), std::to_string(tap.channel), pair(tap.in_window),
               tap.pad ? "outside" : pair(tap.in_input), value_of(tap, true),
               exact(static_cast<double>(worked.row[i])),
               exact(static_cast<double>(tap.value) * static_cast<double>(worked.row[i]))});
  }
  return table.text(style);
}

std::string factor(double value) { return value < 0 ? "(" + brief(value) + ")" : brief(value); }

// Returns a channel's products, "a * b + ... + c * d": all if there are at most four, else the first and the
// last.
std::string products(const WorkedOut& worked, std::size_t first, std::size_t count) {
  constexpr std::size_t kFew = 4;
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    if (count > kFew && i > 0 && i + 1 < count) {
      if (i == 1) text += " + ... ";
      continue;
    }
    const Tap& tap = worked.column[first + i];
    text += (i == 0                ? ""
             : text.ends_with(' ') ? "+ "
                                   : " + ") +
            factor(static_cast<double>(worked.row[first + i])) + " * " +
            (tap.pad ? "0 (pad)" : factor(static_cast<double>(tap.value)));
  }
  return text;
}

// Returns a table with a line for each input channel. If there are more than kWholeChannels, it has the
// channels with the largest absolute sums and one line for the others.
std::string channels_text(const WorkedOut& worked, const Style& style, bool conv) {
  constexpr std::size_t kGreatest = 12;
  const std::vector<double>& sums = worked.product.channels;
  const std::size_t length = worked.column.size() / sums.size();
  std::vector<std::size_t> shown(sums.size());
  std::iota(shown.begin(), shown.end(), 0);
  if (shown.size() > kWholeChannels) {
    std::ranges::stable_sort(
        shown, [&](std::size_t a, std::size_t b) { return std::abs(sums[a]) > std::abs(sums[b]); });
    shown.resize(kGreatest);
    std::ranges::sort(shown);
  }
  double rest = worked.product.sum;
  Table table({{"input channel", Table::Align::right},
               {conv ? "kernel * patch" : "weights * input"},
               {std::ranges::any_of(worked.column, &Tap::pad) ? "pads" : "", Table::Align::right},
               {"sum", Table::Align::right}});
  for (const std::size_t c : shown) {
    const auto taps = std::span(worked.column).subspan(c * length, length);
    const auto pads = std::ranges::count_if(taps, &Tap::pad);
    table.add({std::to_string(taps.front().channel), products(worked, c * length, length),
               pads == 0 ? "" : std::to_string(pads), exact(sums[c])});
    rest -= sums[c];
  }
  if (shown.size() < sums.size())
    table.add({"others",
               "the " + std::to_string(sums.size() - shown.size()) + " others, whose sums are smaller", "",
               exact(rest)});
  return table.text(style);
}

std::string channel_sums(const WorkedOut& worked) {
  if (worked.product.channels.size() == 1) return "";
  std::string text;
  for (const double sum : worked.product.channels)
    text += (text.empty() ? exact(sum) : (sum < 0 ? " - " : " + ") + exact(std::abs(sum)));
  return text + " = ";
}

std::string gemm_example(const Explanation& e, const Style& style) {
  const WorkedExample& example = *e.example;
  const WorkedOut worked = work_out(e.layer, example, example.channel, example.at);
  const bool whole = worked.column.size() <= kWholeColumn;
  const auto pads = std::ranges::count_if(worked.column, &Tap::pad);
  const bool conv = std::holds_alternative<Conv>(e.layer.params);
  std::string text = std::string(conv ? "The patch there, " : "The input, ") +
                     grouped(std::ssize(worked.column)) + " numbers";
  if (pads > 0) text += ", of which " + grouped(pads) + " are zeros of the pad";
  text += std::string(conv ? ", and the kernel of channel " : ", and the weights of output ") +
          std::to_string(example.channel);
  if (!whole) text += "; --json has every number";
  text = wrapped(text + ".", prose_columns(style)) + "\n\n";
  if (whole) text += column_table(worked, style, conv) + "\n";
  text += channels_text(worked, style, conv) + "\n";
  for (const std::string& line : sum_lines(e, worked)) text += wrapped(line, style.columns) + "\n";
  return text;
}

// Describes the example of a layer that is not a matrix multiplication: its inputs, its formula and the
// engine's value.
std::string plain_example(const Explanation& e, const Style& style) {
  constexpr std::size_t kShown = 12;
  const WorkedExample& example = *e.example;
  const std::vector<Tap> taps = taps_of(e.layer, example.in, example.channel, example.at);
  std::string text = "made from " + grouped(std::ssize(taps)) + (taps.size() == 1 ? " number:" : " numbers:");
  for (std::size_t i = 0; i < std::min(kShown, taps.size()); ++i)
    text += " " + brief(static_cast<double>(taps[i].value));
  if (taps.size() > kShown) text += " ...";
  text = wrapped(text, prose_columns(style)) + "\n";
  for (const std::string& line : worked_lines(e)) text += wrapped(line, style.columns) + "\n";
  return text + "engine " + example.engine + ": " +
         exact(static_cast<double>(example.engine_value(e.layer.out))) + "\n";
}

}  // namespace

std::string exact(double value) {
  constexpr int kDigits = std::numeric_limits<float>::max_digits10;
  for (int digits = 1; digits < kDigits; ++digits) {
    std::string text = formatted(("%." + std::to_string(digits) + "g").c_str(), value);
    if (static_cast<float>(std::strtod(text.c_str(), nullptr)) == static_cast<float>(value) &&
        text.find('e') == std::string::npos)
      return text;
  }
  return formatted("%.9g", value);
}

std::string place_text(const Explanation& e) {
  const WorkedExample& example = *e.example;
  const bool places = e.layer.out.plane() > 1;
  std::string text = places
                         ? "row " + std::to_string(example.at.y) + ", column " +
                               std::to_string(example.at.x) + " of channel " + std::to_string(example.channel)
                         : "channel " + std::to_string(example.channel);
  if (example.chosen_channel && (example.chosen_position || !places)) {
    text += ", the greatest of the layer's output";
  } else if (example.chosen_channel && e.layer.out.channels > 1) {
    text += ", the greatest of the channels there";
  } else if (example.chosen_position && places) {
    text += ", where that channel is greatest";
  }
  return text;
}

std::string input_text(const Explanation& e) {
  const WorkedExample& example = *e.example;
  std::string text = "Input: " + escape_for_terminal(example.input);
  if (example.input_of_model) text += ", which lies beside the model";
  if (example.random_weights)
    text += "; the weights are random (seed " + std::to_string(*example.random_weights) +
            "), so the numbers say nothing of a trained model";
  return text + ".";
}

std::vector<std::string> sum_lines(const Explanation& e, const WorkedOut& worked) {
  const WorkedExample& example = *e.example;
  const auto value = static_cast<double>(example.engine_value(e.layer.out));
  const double difference = value - worked.value();
  const float magnitude = std::abs(static_cast<float>(worked.value()));
  const auto spacing =
      static_cast<double>(std::nextafter(magnitude, std::numeric_limits<float>::infinity()) - magnitude);
  std::vector<std::string> lines;
  lines.push_back("sum of the channels  " +
                  (worked.product.channels.size() <= kWholeChannels ? channel_sums(worked) : "") +
                  exact(worked.product.sum));
  lines.push_back("bias                 " +
                  (example.bias.empty() ? "none" : exact(static_cast<double>(worked.bias))));
  lines.push_back("output               " + exact(worked.value()));
  std::string engine =
      "engine " + example.engine + (e.step && example.engine == "packed" ? " (" + e.step->method + ")" : "");
  lines.push_back(engine + ": " + exact(value) +
                  (std::isnan(difference) ? ", of weights or input that are not numbers"
                   : difference == 0.0    ? ", the same to the bit"
                                          : ", difference " + formatted("%.1e", difference) + " (" +
                                             number(std::abs(difference) / spacing) + " ULP)"));
  return lines;
}

std::string explain_text(const Explanation& e, const Style& style) {
  std::string text =
      tinted(style, tint_of(kind_of(e.layer)), headline(e)) + "\n\n" + facts_text(facts_of(e), style);
  if (!e.example) return text;
  text +=
      "\n" + wrapped(input_text(e) + " The example is " + place_text(e) + ".", prose_columns(style)) + "\n";
  return text + (multiplies(e.layer.params) ? gemm_example(e, style) : plain_example(e, style));
}

}  // namespace alexnet::app
