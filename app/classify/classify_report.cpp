#include "classify/classify_report.hpp"

#include "network/class_names.hpp"
#include "print/json.hpp"
#include "print/text.hpp"
#include "run/record_format.hpp"

namespace alexnet::app {
namespace {

nlohmann::ordered_json occlusion_json(const Occlusion& why, const Record& record, const Model& model) {
  const Squares& s = why.squares;
  const Label* const label = label_of(model, record.predictions.front());
  nlohmann::ordered_json json{{"index", why.index},
                              {"label", nullptr},
                              {"probability", why.probability},
                              {"square", s.side},
                              {"stride", s.stride},
                              {"first", {s.top, s.left}},
                              {"drops", nlohmann::ordered_json::array()}};
  if (label != nullptr) json["label"] = utf8(label->text);
  const auto columns = static_cast<std::size_t>(s.columns);
  for (std::size_t i = 0; i < why.drops.size(); i += columns)
    json["drops"].push_back(std::vector<float>(why.drops.begin() + static_cast<std::ptrdiff_t>(i),
                                               why.drops.begin() + static_cast<std::ptrdiff_t>(i + columns)));
  return json;
}

}  // namespace

std::string occlusion_text(const Occlusion& why, const std::string& file, const Record& record,
                           const Model& model, std::size_t columns) {
  const Squares& s = why.squares;
  const Prediction& top = record.predictions.front();
  const std::string name = escape_for_terminal(short_name(class_name(model, top.index)));
  const auto line = [&](const std::string& text) {
    return "  why: " + wrapped(escape_for_terminal(file) + "; " + text, columns, "       ") + "\n";
  };
  if (why.has_nan()) return line("the photo alone, as the probabilities are not numbers");
  const std::string before = percent(static_cast<double>(why.probability));
  const std::string side = std::to_string(s.side);
  const std::string square = "grey square of " + side + " x " + side + " pixels";
  const std::string squares = why.drops.size() == 1 ? "; 1 square"
                                                    : "; " + std::to_string(why.drops.size()) + " squares, " +
                                                          std::to_string(s.stride) + " apart";
  const auto largest = why.largest_drop();
  if (!largest) return line("no " + square + " lowers the " + before + " of " + name + squares);
  const std::string after = percent(static_cast<double>(why.probability - why.drops[*largest]));
  const auto at = static_cast<int>(*largest);
  const int y = s.top + at / s.columns * s.stride + s.side / 2;
  const int x = s.left + at % s.columns * s.stride + s.side / 2;
  return line(name + " falls from " + before +
              (after == before ? " by less than 0.1 points" : " to " + after) + " when a " + square +
              " hides row " + std::to_string(y) + ", column " + std::to_string(x) + squares);
}

std::string classify_json(const Record& record, const Model& model, const Occlusion* why, double ms,
                          const std::vector<LayerTime>& layers) {
  std::string text = record_json(record, model);
  const auto add = [&](const char* key, const nlohmann::ordered_json& value) {
    text = with_member(std::move(text), key, dump(value));
  };
  if (why != nullptr) add("why", occlusion_json(*why, record, model));
  if (!record.failed()) add("ms", ms);
  if (!layers.empty()) add("layers", layers_json(layers));
  return text;
}

}  // namespace alexnet::app
