#include "evaluate/evaluate_report.hpp"

#include <algorithm>
#include <cstdio>

#include "core/utf8.hpp"
#include "network/class_names.hpp"
#include "print/json.hpp"
#include "run/record.hpp"
#include "run/record_format.hpp"

namespace alexnet::app {
namespace {

using Json = nlohmann::ordered_json;
using Align = Table::Align;

constexpr std::size_t kMaxRows = 10;  // maximum rows of a table of classes or images

std::string count(std::size_t n) { return grouped(static_cast<std::int64_t>(n)); }

std::string hits_of(const Proportion& p) { return count(p.hits) + " of " + count(p.of); }

// Returns the name of the class up to its first comma, truncated to 28 columns so that a table of two names
// fits into 100.
std::string column_name(const Model& model, std::size_t index) {
  constexpr std::size_t kLongest = 28;
  std::string name = escape_for_terminal(short_name(class_name(model, index)));
  if (width(name) <= kLongest) return name;
  std::size_t end = name.size();
  while (width(std::string_view(name).substr(0, end)) > kLongest - 3 ||
         (end > 0 && is_continuation_byte(name[end])))
    --end;
  return name.substr(0, end) + "...";
}

// Returns the proportion with failed images counted as wrong.
Proportion of_all(const Proportion& p, std::size_t failures) { return {p.hits, p.of + failures}; }

Comparison compare(const EvaluateResult& result) {
  Comparison both;
  for (std::size_t i = 0; i < result.truth.size(); ++i)
    both.add(result.truth[i], result.model.records[i].predictions, result.other->records[i].predictions);
  return both;
}

// ---- text -------------------------------------------------------------------------------------------------

std::string figures_text(const EvaluateResult& result, const Style& style) {
  Table table({{"model"}, {""}, {"share", Align::right, Tint::bold}, {"95 % interval"}, {"images"}});
  const auto add = [&](const ModelEvaluation& m) {
    const Evaluation& e = m.evaluation;
    for (const auto& [name, p] : {std::pair{"top-1", e.top1}, {"top-5", e.top5}}) {
      const ConfidenceInterval i = wilson(p);
      table.add({escape_for_terminal(m.name), name, percent(p.share()),
                 percent(i.low) + " to " + percent(i.high), hits_of(p)});
    }
    if (e.failures > 0)
      for (const auto& [name, p] : {std::pair{"top-1 of all", e.top1}, {"top-5 of all", e.top5}})
        table.add({escape_for_terminal(m.name), name, percent(of_all(p, e.failures).share()), "",
                   hits_of(of_all(p, e.failures))});
    table.add({escape_for_terminal(m.name), "calibration error", percent(e.calibration_error()), "", ""});
  };
  add(result.model);
  if (result.other) add(*result.other);
  return table.text(style);
}

std::string confused_text(const ModelEvaluation& m, const Style& style) {
  const std::vector<ConfusionCell> cells = m.evaluation.confused();
  if (cells.empty()) return "";
  Table table({{"most confused"}, {"taken for"}, {"images", Align::right}, {"of the class", Align::right}});
  for (std::size_t i = 0; i < std::min(cells.size(), kMaxRows); ++i) {
    const Proportion part{cells[i].images, m.evaluation.classes[cells[i].truth].top1.of};
    table.add({column_name(*m.model, cells[i].truth), column_name(*m.model, cells[i].answer),
               count(part.hits), percent(part.share())});
  }
  return "\n" + table.text(style);
}

std::string class_table(const ModelEvaluation& m, const std::string& title,
                        const std::vector<std::size_t>& classes, const Style& style) {
  const std::vector<ConfusionCell> confused = m.evaluation.confused();
  Table table({{"class", Align::right, Tint::dim},
               {title},
               {"images", Align::right},
               {"top-1", Align::right},
               {"top-5", Align::right},
               {"most often taken for"}});
  for (const std::size_t c : classes) {
    const Evaluation::Class& scores = m.evaluation.classes[c];
    const auto wrong = std::ranges::find(confused, c, &ConfusionCell::truth);
    table.add({std::to_string(c), column_name(*m.model, c), count(scores.top1.of),
               percent(scores.top1.share()), percent(scores.top5.share()),
               wrong == confused.end() ? "" : column_name(*m.model, wrong->answer)});
  }
  return "\n" + table.text(style);
}

std::string classes_text(const ModelEvaluation& m, bool every_class, const Style& style) {
  const std::vector<Evaluation::Class>& scores = m.evaluation.classes;
  std::vector<std::size_t> classes;
  for (std::size_t c = 0; c < scores.size(); ++c)
    if (scores[c].top1.of > 0) classes.push_back(c);
  if (classes.empty()) return "";
  std::ranges::stable_sort(classes, {}, [&](std::size_t c) {
    return std::pair{scores[c].top1.share(), scores[c].top5.share()};
  });
  if (every_class || classes.size() <= 2 * kMaxRows) return class_table(m, "each class", classes, style);
  return class_table(m, "known least", {classes.begin(), classes.begin() + kMaxRows}, style) +
         class_table(m, "known best", {classes.rbegin(), classes.rbegin() + kMaxRows}, style);
}

std::string comparison_text(const EvaluateResult& result, const Style& style) {
  const ModelEvaluation& other = *result.other;
  const Comparison both = compare(result);
  char p_value[32];
  std::snprintf(p_value, sizeof p_value, "%.2g", both.p_value());
  std::string text = "\nthe same best prediction for " + hits_of(both.agree) + " images (" +
                     percent(both.agree.share()) + "); the first model alone is wrong about " +
                     count(both.fixed) + ",\nthe second alone about " + count(both.broken) +
                     " (McNemar's test: p = " + p_value + ")\n";
  if (both.changed.empty()) return text;
  Table table(
      {{"truth"}, {escape_for_terminal(result.model.name)}, {escape_for_terminal(other.name)}, {"changed"}});
  for (std::size_t i = 0; i < std::min(both.changed.size(), kMaxRows); ++i) {
    const std::size_t image = both.changed[i];
    table.add({column_name(*result.model.model, result.truth[image]),
               column_name(*result.model.model, result.model.records[image].predictions[0].index),
               column_name(*result.model.model, other.records[image].predictions[0].index),
               escape_for_terminal(result.model.records[image].path)});
  }
  text += "\n" + table.text(style);
  if (both.changed.size() > kMaxRows)
    text += "and " + count(both.changed.size() - kMaxRows) + " more, which --json has\n";
  return text;
}

// ---- JSON -------------------------------------------------------------------------------------------------

Json proportion_json(const Proportion& p) {
  const ConfidenceInterval i = wilson(p);
  return {{"share", p.share()}, {"low", i.low}, {"high", i.high}, {"right", p.hits}};
}

Json classes_json(const ModelEvaluation& m) {
  Json classes = Json::array();
  for (std::size_t c = 0; c < m.evaluation.classes.size(); ++c) {
    const Evaluation::Class& scores = m.evaluation.classes[c];
    const Label* label = label_of(*m.model, c);
    classes.push_back({{"index", c},
                       {"id", label == nullptr || label->id.empty() ? Json() : Json(label->id)},
                       {"label", label == nullptr ? Json() : Json(label->text)},
                       {"images", scores.top1.of},
                       {"top1", scores.top1.hits},
                       {"top5", scores.top5.hits}});
  }
  return classes;
}

Json calibration_json(const Evaluation& e) {
  Json bins = Json::array();
  for (const CalibrationBin& bin : e.bins) {
    const auto mean = [&](double sum) {
      return bin.images == 0 ? Json() : Json(sum / static_cast<double>(bin.images));
    };
    bins.push_back({{"images", bin.images},
                    {"probability", mean(bin.probability)},
                    {"accuracy", mean(static_cast<double>(bin.right))}});
  }
  return {{"error", e.calibration_error()}, {"bins", bins}};
}

Json model_json(const ModelEvaluation& m) {
  const Evaluation& e = m.evaluation;
  Json confused = Json::array();
  for (const ConfusionCell& cell : e.confused())
    confused.push_back({{"truth", cell.truth}, {"answer", cell.answer}, {"images", cell.images}});
  Json failures = Json::array();
  for (const Record& record : m.records)
    if (record.failed()) failures.push_back(Json::parse(record_json(record, *m.model)));
  return {{"model", m.name},
          {"read", e.top1.of},
          {"failed", e.failures},
          {"top1", proportion_json(e.top1)},
          {"top5", proportion_json(e.top5)},
          {"of_all",
           {{"top1", of_all(e.top1, e.failures).share()}, {"top5", of_all(e.top5, e.failures).share()}}},
          {"calibration", calibration_json(e)},
          {"classes", classes_json(m)},
          {"confused", confused},
          {"failures", failures}};
}

Json comparison_json(const EvaluateResult& result) {
  const std::vector<Record>& first = result.model.records;
  const std::vector<Record>& second = result.other->records;
  const Comparison both = compare(result);
  Json changed = Json::array();
  for (const std::size_t image : both.changed) {
    Json json = path_json(first[image].path);
    json["truth"] = result.truth[image];
    json["first"] = first[image].predictions[0].index;
    json["second"] = second[image].predictions[0].index;
    changed.push_back(std::move(json));
  }
  return {{"images", both.agree.of}, {"agree", both.agree.hits},  {"fixed", both.fixed},
          {"broken", both.broken},   {"p_value", both.p_value()}, {"changed", changed}};
}

}  // namespace

std::string evaluate_text(const EvaluateResult& result, bool every_class, const Style& style) {
  const Evaluation& e = result.model.evaluation;
  std::string text = escape_for_terminal(result.path) + ": " +
                     counted(static_cast<std::int64_t>(result.truth.size()), "image", "images") + ", " +
                     count(e.failures) + " failed; the figures are of those that were read\n\n" +
                     figures_text(result, style);
  if (result.other) text += comparison_text(result, style);
  return text + confused_text(result.model, style) + classes_text(result.model, every_class, style);
}

std::string evaluate_json(const EvaluateResult& result) {
  Json json = path_json(result.path);
  json["images"] = result.truth.size();
  json.update(model_json(result.model));
  if (result.other) {
    json["other"] = model_json(*result.other);
    json["comparison"] = comparison_json(result);
  }
  return dump(json);
}

}  // namespace alexnet::app
