#include "time/time_page.hpp"

#include <array>
#include <functional>
#include <map>

#include "print/assets.hpp"
#include "print/html.hpp"
#include "print/layer_times.hpp"
#include "print/svg.hpp"
#include "time/comparison.hpp"
#include "time/counters_text.hpp"
#include "time/time_changes.hpp"
#include "time/time_figures.hpp"

namespace alexnet::app {
namespace {

Markup cell(const std::string& text, const char* cls = "") { return element("td", {{"class", cls}}, text); }
Markup cell(double value, const std::string& text, const char* cls = "r") {
  return element("td", {{"class", cls}, {"data-value", exact_digits(value)}}, text);
}

struct Title {
  std::string text;
  const char* cls = "r";
};

// Returns a table of layers that can be sorted, in a box that scrolls. cls: further classes.
Markup sortable(const std::string& id, const char* cls, const std::vector<Title>& titles,
                const Markup& rows) {
  Markup head;
  for (const Title& title : titles)
    head += element("th", {{"scope", "col"}, {"class", title.cls}}, title.text);
  return element("div", {{"class", "scroll"}},
                 element("table", {{"class", std::string("layers") + cls}, {"id", id}},
                         {element("thead", {}, element("tr", {}, head)), element("tbody", {}, rows)}));
}

Markup card(const std::string& name, double value, const std::string& text, const std::string& note) {
  return element("div", {{"class", "card"}, {"data-name", name}, {"data-value", exact_digits(value)}},
                 {element("span", {}, name), element("b", {}, text), element("span", {}, note)});
}

Markup cards(const TimeReport& r, const EngineTimes& e) {
  const Stats& plain = e.plain_ms;
  Markup text = card("plain pass", plain.median, number(plain.median) + " ms",
                     "min " + number(plain.min) + ", max " + number(plain.max));
  if (r.batch > 1 && plain.median > 0.0)
    text += card("images/s", 1000.0 * r.batch / plain.median, number(1000.0 * r.batch / plain.median),
                 "batch " + std::to_string(r.batch));
  const double gemm = gemm_share(e.layers);
  text += card("conv + fc", gemm, percent(gemm),
               is_like_alexnet(e.layers) ? "Jia's profile: 89 % on the CPU" : "of the time");
  if (plain.median > 0.0)
    text += card("of the limit", e.limit_ms() / plain.median, whole_percent(e.limit_ms() / plain.median),
                 "the limits of all layers: " + number(e.limit_ms()) + " ms");
  if (!r.before.empty()) {
    const Change c = changes(r, static_cast<std::size_t>(&e - r.engines.data())).plain;
    if (const std::string change = change_text(c); !change.empty())
      text += card("since before", c.change(), change,
                   c.cause == Cause::noise     ? "inside the noise"
                   : c.cause == Cause::machine ? "the machine itself changed by more"
                                               : "more than the noise");
  }
  return element("div", {{"class", "cards"}}, text);
}

Markup name_cell(const std::string& name, const std::string& kind) {
  return element("td", {{"class", "k name " + kind}}, name);
}

struct Column {
  Title title;
  std::function<Markup(std::size_t layer)> cell;
};

// Returns the columns of a table of layers: times and their changes first, so that they are on the screen;
// sizes last.
std::vector<Column> columns_of(const TimeReport& r, std::size_t engine) {
  const std::vector<LayerTime>& layers = r.engines[engine].layers;
  std::vector<Column> columns;
  const auto text = [&](const char* title, const char* cls, auto text_of) {
    columns.push_back({{title, cls}, [=, &layers](std::size_t i) { return cell(text_of(layers[i]), cls); }});
  };
  // A cell is empty in fused layers and for values that are not positive.
  const auto figure = [&](const char* title, const char* cls, auto value_of, auto format) {
    columns.push_back({{title, cls}, [=, &layers](std::size_t i) {
                         const double value = value_of(layers[i]);
                         return layers[i].fused_into.empty() && value >= 0.0 ? cell(value, format(value), cls)
                                                                             : cell("", cls);
                       }});
  };
  const auto if_any = [](double value) { return value > 0.0 ? value : -1.0; };
  columns.push_back({{"layer", "name"}, [&](std::size_t i) {
                       return name_cell(escape_for_terminal(layers[i].name), layers[i].kind);
                     }});
  text("type", "", [](const LayerTime& l) { return l.kind; });
  figure(
      "ms", "r", [](const LayerTime& l) { return l.ms.median; }, number);
  if (!r.before.empty()) {
    std::map<std::size_t, Change> by_layer;
    for (const Change& change : changes(r, engine).layers) by_layer[change.first] = change;
    columns.push_back({{"before ms"}, [=](std::size_t i) {
                         const auto at = by_layer.find(i);
                         return at == by_layer.end()
                                    ? cell("", "r")
                                    : cell(at->second.before_ms, number(at->second.before_ms));
                       }});
    columns.push_back({{"change"}, [=](std::size_t i) {
                         const auto at = by_layer.find(i);
                         if (at == by_layer.end() || change_text(at->second).empty()) return cell("", "r");
                         const std::string cause = cause_text(at->second.cause);
                         return cell(at->second.change(),
                                     change_text(at->second) + (cause.empty() ? "" : " (" + cause + ")"),
                                     cause.empty() ? "r" : "r noise");
                       }});
  }
  figure(
      "share", "r", [](const LayerTime& l) { return l.share; }, percent);
  text("limit", "", [](const LayerTime& l) { return l.fused_into.empty() ? to_string(l.limit) : ""; });
  figure(
      "reached", "r", [](const LayerTime& l) { return l.limit == Limit::none ? -1.0 : l.reached(); },
      whole_percent);
  figure(
      "GFLOP/s", "r", [=](const LayerTime& l) { return if_any(l.gflops); }, number);
  figure(
      "GB/s", "r", [=](const LayerTime& l) { return if_any(l.gbytes_per_s); }, number);
  figure(
      "min", "r screen", [](const LayerTime& l) { return l.ms.min; }, number);
  figure(
      "max", "r screen", [](const LayerTime& l) { return l.ms.max; }, number);
  if (has_counts(r)) {
    const std::array titles{"cycles", "instructions", "IPC", "cache misses"};
    for (std::size_t count = 0; count < titles.size(); ++count)
      columns.push_back({{titles[count]}, [=, &layers](std::size_t i) {
                           const auto figures = count_figures(layers[i].counts);
                           return figures[count].second
                                      ? cell(*figures[count].second, count_text(figures[count]))
                                      : cell("", "r");
                         }});
  }
  text("input", "screen", [](const LayerTime& l) { return to_string(l.in); });
  text("output", "screen", [](const LayerTime& l) { return to_string(l.out); });
  text("m x k x n", "", [](const LayerTime& l) { return gemm_text(l.gemm); });
  text("method", "method", [](const LayerTime& l) { return method_text(l); });
  return columns;
}

Markup layers_table(const TimeReport& r, std::size_t engine, const std::string& id) {
  const std::vector<LayerTime>& layers = r.engines[engine].layers;
  const std::vector<Column> columns = columns_of(r, engine);
  std::vector<Title> titles;
  titles.reserve(columns.size());
  for (const Column& column : columns) titles.push_back(column.title);
  Markup rows;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    Markup cells;
    for (const Column& column : columns) cells += column.cell(i);
    rows += element("tr",
                    {{"data-layer", escape_for_terminal(layers[i].name)},
                     {"class", layers[i].fused_into.empty() ? "" : "fused"}},
                    cells);
  }
  return sortable(id + "-layers", " all", titles, rows);
}

Markup engines_table(const TimeReport& r) {
  const EngineTimes& a = r.engines[0];
  const EngineTimes& b = r.engines[1];
  Markup rows;
  const auto row = [&](const std::string& name, const std::string& kind, double x, double y) {
    rows += element("tr", {},
                    {name_cell(name, kind), cell(x, number(x)), cell(y, number(y)),
                     y > 0.0 ? cell(x / y, number(x / y)) : cell("", "r")});
  };
  for (const Block& block : compare(a.layers, b.layers)) {
    const std::string last =
        block.last > block.first ? " to " + escape_for_terminal(a.layers[block.last].name) : "";
    row(escape_for_terminal(a.layers[block.first].name) + last, a.layers[block.first].kind, block.first_ms,
        block.second_ms);
  }
  row("plain pass", "", a.plain_ms.median, b.plain_ms.median);
  return element("h2", {}, "Side by side") +
         sortable("engines", "",
                  {{"layers", ""}, {a.engine + " ms"}, {b.engine + " ms"}, {a.engine + " / " + b.engine}},
                  rows);
}

Markup run_section(const TimeReport& r) {
  const auto spread = [](const Stats& s) {
    return number(s.median) + " ms; middle half " + number(s.q1) + " to " + number(s.q3) + ", min " +
           number(s.min) + ", max " + number(s.max);
  };
  std::vector<std::pair<std::string, std::string>> facts{
      {"model", escape_for_terminal(r.model) + ", batch " + std::to_string(r.batch) +
                    (r.decode_ms ? ", a photo" : ", made-up numbers as input")},
      {"weights", weights_text(r)},
      {"convolutions", "--conv " + r.conv},
      {"date", r.environment.date},
      {"CPU", r.environment.cpu + ", " + r.environment.cpu_level + ", threads " + std::to_string(r.threads)},
      {"measured limits", number(r.peak.gflops) + " GFLOP/s of float32 arithmetic, " +
                              number(r.peak.read_gbytes_per_s) + " GB/s of memory read"},
      {"program", "alexnet " + r.environment.version + ", Eigen " + r.environment.eigen + ", OpenCV " +
                      r.environment.opencv},
      {"runs", std::to_string(r.runs) + " plain and " + std::to_string(r.runs) + " profiled in turn, after " +
                   std::to_string(r.warmup) + " that were not measured"}};
  if (r.counters_refusal)
    facts.emplace_back("hardware counters", has_counts(r) ? "all threads, outside the kernel"
                                                          : escape_for_terminal(*r.counters_refusal));
  for (const EngineTimes& e : r.engines) {
    const std::string of = r.engines.size() > 1 ? ", " + e.engine : "";
    facts.emplace_back("plain pass" + of, spread(e.plain_ms));
    facts.emplace_back("profiled pass" + of, spread(e.profiled_ms));
  }
  return element("h2", {}, "The run") + facts_table(facts);
}

Markup before_section(const TimeReport& r) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < r.engines.size(); ++i)
    lines.push_back(r.engines[i].engine + ": " + verdict(r, i));
  for (const std::string& difference : differences(r)) lines.push_back("Differs: " + difference);
  for (const std::string& change : machine_changes(r)) lines.push_back(change);
  return element("h2", {}, "Since before") +
         element("p", {}, "Before: " + before_text(r.before.front()) + ".") + bullets(lines);
}

// Returns true if fc takes more time than conv in a pass of one image. The page explains this, because
// profiles of larger batches show the opposite.
bool reads_weights_for_one(const TimeReport& r, const EngineTimes& e) {
  double fc = 0.0;
  double conv = 0.0;
  for (const LayerTime& l : e.layers) {
    if (l.kind == "fc") fc += l.share;
    if (l.kind == "conv") conv += l.share;
  }
  return r.batch == 1 && fc > conv;
}

Markup engine_section(const TimeReport& r, std::size_t i) {
  const EngineTimes& e = r.engines[i];
  const std::string id = r.engines.size() > 1 ? e.engine : "time";
  Markup pair;
  for (const Drawing& ring : rings(e, id)) pair += svg_figure(ring);
  if (reads_weights_for_one(r, e))
    pair += element("p", {},
                    "This was one image at a time. An fc layer then reads each weight for one multiply-add, "
                    "and waits for memory. In a batch (--batch 16) the images share the reading, and the "
                    "convolutions take most of the time.");
  Markup text;
  if (r.engines.size() > 1) text += element("h2", {}, "Engine " + e.engine);
  text += cards(r, e);
  if (!r.before.empty())
    text += element("h2", {}, "Change of each layer") + svg_figure(change_bars(r, i, id));
  text += element("div", {{"class", "pair"}}, pair) + element("h2", {}, "Layer by layer") +
          svg_figure(bars(e, id)) + element("h2", {}, "Against the machine") +
          svg_figure(roofline(r, e, id)) + element("h2", {}, "From start to end") +
          svg_figure(timeline(r, e, id)) + element("h2", {}, "All numbers") + layers_table(r, i, id);
  return element("section", {{"id", id}}, text);
}

}  // namespace

std::string time_page(const TimeReport& r) {
  std::string engines = r.engines[0].engine;
  if (r.engines.size() > 1) engines += " and " + r.engines[1].engine;
  const std::string title = "Where the time goes: " + escape_for_terminal(r.model);
  Markup body =
      element("h1", {}, title) +
      element("p", {{"class", "lead"}},
              "alexnet time: engine " + engines + ", threads " + std::to_string(r.threads) + ", batch " +
                  std::to_string(r.batch) + ", runs " + std::to_string(r.runs) + ", on " + r.environment.cpu);
  if (!r.before.empty()) body += before_section(r);
  if (r.engines.size() > 1) body += engines_table(r);
  for (std::size_t i = 0; i < r.engines.size(); ++i) body += engine_section(r, i);
  body += run_section(r);
  return html_document({title, std::string(assets::charts_css) + std::string(assets::time_css),
                        element("main", {}, body), std::string(assets::time_js)});
}

}  // namespace alexnet::app
