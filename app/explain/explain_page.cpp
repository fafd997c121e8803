#include "explain/explain_page.hpp"

#include <algorithm>
#include <cmath>

#include "explain/explain_figures.hpp"
#include "explain/explain_report.hpp"
#include "explain/layer_explanation.hpp"
#include "layers/layers.hpp"
#include "print/html.hpp"
#include "print/layer_times.hpp"
#include "print/text.hpp"

namespace alexnet::app {
namespace {

constexpr const char* kStyle = R"(
:root { --window: #d81b60; }
.facts th { color: var(--faint); font-weight: normal; white-space: nowrap; }
.cell { fill: var(--paper); stroke: var(--line); } .cell.in { fill: color-mix(in srgb, var(--kind) 30%, var(--paper)); stroke: var(--kind); }
.cell.kernel { fill: color-mix(in srgb, var(--green) 18%, var(--paper)); } .cell.out { fill: color-mix(in srgb, var(--red) 35%, var(--paper)); stroke: var(--red); }
.cell.pad { fill: #ffe680; } .box { fill: var(--panel); stroke: var(--kind); }
svg text.number { text-anchor: middle; } svg text.title { fill: var(--faint); }
.shared { position: absolute; } image, img { image-rendering: pixelated; }
.plane { width: 8.5rem; background: #ffe680; vertical-align: top; } .row .plane { width: 16rem; } .row .part { width: 9rem; }
.window { fill: none; stroke: var(--window); stroke-width: 2; vector-effect: non-scaling-stroke; }
.point { fill: none; stroke: var(--window); stroke-width: 2; vector-effect: non-scaling-stroke; }
.part { width: 5rem; min-height: 1rem; border: 1px solid var(--line); } .strip { display: block; width: 100%; min-height: 1.2rem; border: 1px solid var(--line); }
.row { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; } .row figure { margin: 0; }
.steps section { border-top: 1px solid var(--line); padding-top: 0.5rem; }
.stepper { display: flex; gap: 0.8rem; align-items: center; } .stepper input { width: 20rem; max-width: 50vw; }
.stepper button { font: inherit; padding: 0.3rem 1rem; }
@media screen { .steps.on section { display: none; } .steps.on section.here { display: block; } }
@media print { .stepper { display: none; } .scroll { overflow: visible; } .scroll > svg { max-width: 100%; height: auto; }
  .channels { font-size: 0.8rem; } .plane { width: 5.5rem; } .part { width: 4rem; } }
)";

// The script has no < and &, so that the page is well-formed XML.
constexpr const char* kScript = R"(document.querySelectorAll('.steps').forEach(function (steps) {
  const all = Array.from(steps.querySelectorAll('section'));
  if (all.length === 1) return;
  let at = Math.max(0, all.findIndex(function (s) { return s.hasAttribute('data-chosen'); }));
  const bar = document.createElement('div');
  bar.className = 'stepper';
  const button = function (text, move) {
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = text;
    made.addEventListener('click', function () { show((at + move + all.length) % all.length); });
    return made;
  };
  const slider = document.createElement('input');
  slider.type = 'range';
  slider.min = 0;
  slider.max = all.length - 1;
  slider.setAttribute('aria-label', 'position of the window');
  slider.addEventListener('input', function () { show(Number(slider.value)); });
  const show = function (i) {
    at = i;
    slider.value = i;
    all.forEach(function (s, j) { s.classList.toggle('here', j === i); });
  };
  bar.append(button('Back', -1), slider, button('Next', 1));
  steps.prepend(bar);
  steps.classList.add('on');
  show(at);
});
)";

std::string facts_table(const Explanation& e) {
  std::string text = "<table class=\"facts\">\n";
  for (const Fact& fact : facts_of(e))
    text += "<tr><th>" + html_escaped(fact.title) + "</th><td>" + html_escaped(fact.text) + "</td></tr>\n";
  return text + "</table>\n";
}

std::string step(const Explanation& e, Place at, const std::string& figure) {
  std::string text = at == e.example->at ? "<section data-chosen=\"\">\n" : "<section>\n";
  if (e.layer.out.plane() > 1)
    text += "<h3>The window for row " + std::to_string(at.y) + ", column " + std::to_string(at.x) +
            " of the output</h3>\n";
  return text + figure + "</section>\n";
}

// Returns up to nine positions of the chosen row, around the chosen one.
std::vector<Place> places_of_row(const Explanation& e) {
  constexpr int kPlaces = 9;
  const int width = e.layer.out.width;
  const int count = std::min(kPlaces, width);
  const int first = std::clamp(e.example->at.x - count / 2, 0, width - count);
  std::vector<Place> places;
  for (int x = first; x < first + count; ++x) places.push_back({e.example->at.y, x});
  return places;
}

std::string steps(const Explanation& e) {
  std::string text;
  if (shows_numbers(e)) {
    for (int y = 0; y < e.layer.out.height; ++y)
      for (int x = 0; x < e.layer.out.width; ++x) text += step(e, {y, x}, number_figure(e, {y, x}));
    return "<div class=\"steps\">\n" + text + "</div>\n";
  }
  const ColourFigures figures(e);
  for (const Place at : places_of_row(e)) text += step(e, at, figures.figure(at));
  return figures.shared() + "<div class=\"steps\">\n" + text + "</div>\n";
}

std::string example(const Explanation& e) {
  std::string text = "<h2>One number of the output</h2>\n<p>" + html_escaped(input_text(e)) +
                     " Chosen: " + html_escaped(place_text(e)) + ".</p>\n";
  if (!multiplies(e.layer.params)) {
    text += plain_figure(e) + "<ul>\n";
    for (const std::string& line : worked_lines(e)) text += "<li>" + html_escaped(line) + "</li>\n";
    return text + "<li>engine " + e.example->engine + ": " +
           exact(static_cast<double>(e.example->engine_value(e.layer.out))) + "</li>\n</ul>\n";
  }
  text += steps(e) + "<h2>The chosen number by the program</h2>\n<ul>\n";
  for (const std::string& line :
       sum_lines(e, work_out(e.layer, *e.example, e.example->channel, e.example->at)))
    text += "<li>" + html_escaped(line) + "</li>\n";
  return text + "</ul>\n";
}

}  // namespace

std::string gemm_figure(const Explanation& e) {
  const auto g = gemm_size(e.layer);
  if (!g) return "";
  const auto side = [](std::int64_t size) {
    return 24 + static_cast<int>(std::lround(11 * std::log2(static_cast<double>(size))));
  };
  const auto number = [](int value) { return std::to_string(value); };
  std::string drawing;
  int x = 1;
  const auto box = [&](const std::string& title, std::int64_t rows, std::int64_t columns) {
    const int w = side(columns);
    drawing += "<text x=\"" + number(x) + R"(" y="14">)" + title + "</text><text x=\"" + number(x) +
               R"(" y="30" class="title">)" + grouped(rows) + " x " + grouped(columns) +
               R"(</text><rect class="box" x=")" + number(x) + R"(" y="38" width=")" + number(w) +
               "\" height=\"" + number(side(rows)) + "\"/>";
    x += std::max(w, 130) + 14;
  };
  const auto sign = [&](const char* text) {
    drawing += "<text x=\"" + number(x) + R"(" y="60">)" + text + "</text>";
    x += 24;
  };
  const bool conv = std::holds_alternative<Conv>(e.layer.params);
  box(conv ? "kernels, a row each" : "weights, a row each", g->m, g->k);
  sign("*");
  box(conv ? "patches, a column each" : "images, a column each", g->k, g->n);
  sign("=");
  box("output", g->m, g->n);
  const int height = 44 + std::max(side(g->m), side(g->k));
  return R"(<figure class="scroll"><svg role="img" aria-label="The product of the matrices" viewBox="0 0 )" +
         number(x) + " " + number(height) + "\" style=\"width: " + number(x) + "px\">" + drawing +
         "</svg><figcaption>Sides grow with the logarithm of the sizes" +
         (g->count > 1 ? "; " + grouped(g->count) + " such products, one for each group" : "") +
         ".</figcaption></figure>\n";
}

std::string explain_page(const Explanation& e) {
  const std::string title = headline(e);
  Page page{title, kStyle, "", ""};
  page.body = "<main style=\"--kind: " + html_color(kind_of(e.layer)) +
              "\">\n<h1 style=\"color: var(--kind)\">" + html_escaped(title) + "</h1>\n" + facts_table(e) +
              gemm_figure(e);
  if (e.example) {
    page.body += example(e);
    if (multiplies(e.layer.params)) page.script = kScript;
  }
  page.body += "</main>\n";
  return html_document(page);
}

}  // namespace alexnet::app
