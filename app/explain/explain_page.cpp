#include "explain/explain_page.hpp"

#include <algorithm>
#include <array>

#include "explain/explain_figures.hpp"
#include "explain/explain_report.hpp"
#include "explain/layer_explanation.hpp"
#include "layers/layers.hpp"
#include "print/assets.hpp"
#include "print/html.hpp"
#include "print/layer_times.hpp"
#include "print/svg.hpp"
#include "print/text.hpp"

namespace alexnet::app {
namespace {

Markup step(const Explanation& e, Position at, const Markup& figure) {
  Markup text;
  if (e.layer.out.plane() > 1)
    text = element(
        "h3", {},
        "The window for row " + std::to_string(at.y) + ", column " + std::to_string(at.x) + " of the output");
  text += figure;
  return at == e.example->at ? element("section", {{"data-chosen", ""}}, text) : element("section", {}, text);
}

// Returns up to nine positions of the chosen row, around the chosen one.
std::vector<Position> places_of_row(const Explanation& e) {
  constexpr int kPlaces = 9;
  const int width = e.layer.out.width;
  const int count = std::min(kPlaces, width);
  const int first = std::clamp(e.example->at.x - count / 2, 0, width - count);
  std::vector<Position> places;
  for (int x = first; x < first + count; ++x) places.push_back({e.example->at.y, x});
  return places;
}

Markup steps(const Explanation& e) {
  const auto in_steps = [](const Markup& sections) { return element("div", {{"class", "steps"}}, sections); };
  Markup sections;
  if (shows_numbers(e)) {
    for (int y = 0; y < e.layer.out.height; ++y)
      for (int x = 0; x < e.layer.out.width; ++x) sections += step(e, {y, x}, number_figure(e, {y, x}));
    return in_steps(sections);
  }
  const ColourFigures figures(e);
  for (const Position at : places_of_row(e)) sections += step(e, at, figures.figure(at));
  return figures.shared() + in_steps(sections);
}

Markup example(const Explanation& e) {
  const Markup head = element("h2", {}, "One number of the output") +
                      element("p", {}, input_text(e) + " Chosen: " + place_text(e) + ".");
  if (!multiplies(e.layer.params)) {
    std::vector<std::string> lines = worked_lines(e);
    lines.push_back("engine " + e.example->engine + ": " +
                    exact(static_cast<double>(e.example->engine_value(e.layer.out))));
    return head + plain_figure(e) + bullets(lines);
  }
  return head + steps(e) + element("h2", {}, "The chosen number by the program") +
         bullets(sum_lines(e, work_out(e.layer, *e.example, e.example->channel, e.example->at)));
}

}  // namespace

Markup gemm_figure(const Explanation& e) {
  constexpr double kWidth = 620;
  constexpr double kHighest = 280;     // side of the longest matrix
  constexpr double kLargestCell = 16;  // side of a number
  constexpr double kThinnest = 3;
  constexpr double kColumn = 150;  // width of the titles
  constexpr double kOperator = 44;
  constexpr double kTop = 46;
  const auto g = gemm_size(e.layer);
  if (!g) return {};
  const bool conv = std::holds_alternative<Conv>(e.layer.params);
  struct Matrix {
    const char* title;
    std::int64_t rows;
    std::int64_t columns;
  };
  const std::array matrices{Matrix{conv ? "kernels, one per row" : "weights, one row per output", g->m, g->k},
                            Matrix{conv ? "patches, one per column" : "images, one per column", g->k, g->n},
                            Matrix{"output", g->m, g->n}};
  const auto longest = static_cast<double>(std::max({g->m, g->k, g->n}));
  double scale = std::min(kLargestCell, kHighest / longest);
  const auto side = [&](std::int64_t size) { return std::max(kThinnest, static_cast<double>(size) * scale); };
  const auto total = [&] {
    double width = 2 * kOperator;
    for (const Matrix& matrix : matrices) width += std::max(kColumn, side(matrix.columns));
    return width;
  };
  while (total() > kWidth) scale *= 0.98;
  const double height = std::max(side(g->m), side(g->k));
  Markup drawing;
  double x = 0;
  for (const Matrix& matrix : matrices) {
    const double w = side(matrix.columns);
    const double h = side(matrix.rows);
    const double column = std::max(kColumn, w);
    const double middle = x + column / 2;
    if (x > 0)
      drawing += svg_text(x - kOperator / 2, kTop + height / 2 + 8, &matrix == &matrices[1] ? "\u00d7" : "=",
                          "middle", "operator");
    drawing += svg_text(middle, 14, matrix.title, "middle", "title") +
               svg_text(middle, 32, grouped(matrix.rows) + " x " + grouped(matrix.columns), "middle") +
               svg_rect(middle - w / 2, kTop + (height - h) / 2, w, h, "box");
    x += column + kOperator;
  }
  const double width = x - kOperator;
  std::string caption = "Drawn to one scale";
  if (static_cast<double>(std::min({g->m, g->k, g->n})) * scale < kThinnest)
    caption += ", except that the thinnest sides are drawn " + px(kThinnest) + " pixels wide";
  if (g->count > 1) caption += ". There are " + grouped(g->count) + " such products, one for each group";
  return element("figure", {},
                 {element("svg",
                          {{"class", "matrices"},
                           {"role", "img"},
                           {"aria-label", "The product of the matrices"},
                           {"viewBox", "-1 0 " + px(width + 2) + " " + px(kTop + height + 2)},
                           {"style", "max-width: " + px(width) + "px"}},
                          drawing),
                  element("figcaption", {}, caption + ".")});
}

std::string explain_page(const Explanation& e) {
  const std::string title = headline(e);
  std::vector<std::pair<std::string, std::string>> facts;
  for (const Fact& fact : facts_of(e)) facts.emplace_back(fact.title, fact.text);
  Markup body = element("h1", {}, title) + facts_table(facts) + gemm_figure(e);
  if (e.example) body += example(e);
  const bool steps_through = e.example && multiplies(e.layer.params);
  return html_document({title, std::string(assets::explain_css),
                        element("main", {{"class", kind_of(e.layer)}}, body),
                        steps_through ? std::string(assets::explain_js) : ""});
}

}  // namespace alexnet::app
