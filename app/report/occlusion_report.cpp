#include "report/occlusion_report.hpp"

#include <algorithm>

namespace alexnet::app {

std::string occlusion_text(const Occlusion& why, const std::string& file, const Record& record,
                           const Model& model) {
  const Squares& s = why.squares;
  const Prediction& top = record.predictions.front();
  const Label* const label = label_of(model, top);
  const std::string name =
      label != nullptr ? printable_line(short_name(label->text)) : "class " + std::to_string(top.index);
  const auto most = std::ranges::max_element(why.drops);
  const auto at = static_cast<int>(most - why.drops.begin());
  const int side = s.side;
  const std::string square = std::to_string(side) + " x " + std::to_string(side);
  const int y = s.top + at / s.columns * s.stride + side / 2;
  const int x = s.left + at % s.columns * s.stride + side / 2;
  return "  why: " + printable_line(file) + "; " + name + " falls from " +
         percent(static_cast<double>(why.probability)) + " to " +
         percent(static_cast<double>(why.probability - *most)) + " where a grey square of " + square +
         " pixels hides row " + std::to_string(y) + ", column " + std::to_string(x) + "; " +
         std::to_string(why.drops.size()) + " squares, " + std::to_string(s.stride) + " apart\n";
}

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

}  // namespace alexnet::app
