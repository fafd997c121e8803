#include "run/record_format.hpp"

#include <array>
#include <cstdio>
#include <cstring>

#include "network/class_names.hpp"
#include "print/csv.hpp"
#include "print/json.hpp"

namespace alexnet::app {
namespace {

using Json = nlohmann::ordered_json;

std::string name_of(const Model& model, const Prediction& p) {
  return escape_for_terminal(class_name(model, p.index));
}

}  // namespace

std::string record_json(const Record& record, const Model& model) {
  Json json = path_json(record.path);
  if (record.failed()) {
    json["stage"] = to_string(*record.stage);
    json["reason"] = record.reason;
    return dump(json);
  }
  json["model"] = model.description.name;
  if (record.crops > 1) json["crops"] = record.crops;
  json["decode_scale"] = record.decode_scale;
  Json& predictions = json["predictions"] = Json::array();
  for (const Prediction& p : record.predictions) {
    const Label* label = label_of(model, p);
    predictions.push_back({{"index", p.index},
                           {"id", label == nullptr || label->id.empty() ? Json() : Json(label->id)},
                           {"label", label == nullptr ? Json() : Json(label->text)},
                           {"probability", p.probability}});
  }
  if (!record.sorted_to.empty()) add_path(json, "sorted_to", record.sorted_to);
  return dump(json);
}

std::string csv_header(bool sorted) {
  return std::string("path,rank,index,id,label,probability,stage,reason") + (sorted ? ",sorted_to\n" : "\n");
}

std::string csv_lines(const Record& record, const Model& model, bool sorted) {
  const std::string path = csv_field(record.path);
  const std::string end = (sorted ? "," + csv_field(record.sorted_to) : "") + "\n";
  if (record.failed())
    return path + ",,,,,," + to_string(*record.stage) + "," + csv_field(record.reason) + end;
  if (record.predictions.empty() && !record.sorted_to.empty()) return path + ",,,,,,," + end;
  std::string lines;
  for (std::size_t rank = 0; rank < record.predictions.size(); ++rank) {
    const Prediction& p = record.predictions[rank];
    const Label* label = label_of(model, p);
    std::array<char, 32> probability{};
    std::snprintf(probability.data(), probability.size(), "%.9g", static_cast<double>(p.probability));
    lines += path + "," + std::to_string(rank + 1) + "," + std::to_string(p.index) + "," +
             (label == nullptr ? "" : csv_field(label->id)) + "," +
             (label == nullptr ? "" : csv_field(escape_for_terminal(label->text))) + "," +
             probability.data() + ",," + end;
  }
  return lines;
}

std::string text_line(const Record& record, const Model& model) {
  std::string line = escape_for_terminal(record.path) + ": ";
  if (record.failed())
    return line + to_string(*record.stage) + ": " + escape_for_terminal(record.reason, Backslash::kept) +
           "\n";
  for (std::size_t i = 0; i < record.predictions.size(); ++i) {
    const Prediction& p = record.predictions[i];
    line += (i == 0 ? "" : ", ") + short_name(name_of(model, p)) + " " +
            percent(static_cast<double>(p.probability));
  }
  if (!record.sorted_to.empty())
    line += (record.predictions.empty() ? "-> " : " -> ") + escape_for_terminal(record.sorted_to);
  return line + "\n";
}

std::string text_block(const Record& record, const Model& model, const Style& style, bool with_bar) {
  constexpr int kBarWidth = 12;
  std::string text = tinted(style, Tint::bold, escape_for_terminal(record.path)) + "\n";
  for (std::size_t i = 0; i < record.predictions.size(); ++i) {
    const Prediction& p = record.predictions[i];
    const auto share = static_cast<double>(p.probability);
    std::array<char, 32> figures{};
    std::snprintf(figures.data(), figures.size(), "%3zu  %5.1f %%  ", i + 1, share * 100);
    text += figures.data();
    if (with_bar) {
      const std::string drawn = bar(style, share, kBarWidth);
      text += tinted(style, Tint::green, drawn) + std::string(kBarWidth + 1 - width(drawn), ' ');
    }
    const std::string indent(std::strlen(figures.data()) + (with_bar ? kBarWidth + 1 : 0), ' ');
    const std::string name = wrapped(name_of(model, p), style.columns, indent);
    text += (i == 0 ? tinted(style, Tint::bold, name) : name) + "\n";
  }
  return text;
}

}  // namespace alexnet::app
