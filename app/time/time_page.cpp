#include "time/time_page.hpp"

#include <cmath>

#include "print/html.hpp"
#include "print/svg.hpp"
#include "time/comparison.hpp"
#include "time/counters_text.hpp"
#include "time/time_changes.hpp"
#include "time/time_figures.hpp"

namespace alexnet::app {
namespace {

constexpr const char* kStyle = R"(
svg { display: block; width: 100%; height: auto; }
.lead { color: var(--faint); margin-top: -0.5rem; } .cards { display: flex; flex-wrap: wrap; gap: 0.8rem; margin: 1.5rem 0; }
.card { background: var(--panel); border: 1px solid var(--line); border-radius: 0.6rem; padding: 0.7rem 1.1rem; flex: 0 1 auto; min-width: 9rem; }
.card b { display: block; font-size: 1.7rem; line-height: 1.2; font-variant-numeric: tabular-nums; } .card span { color: var(--faint); }
.pair { display: flex; flex-wrap: wrap; gap: 0 3rem; align-items: center; } .pair figure { flex: 1 1 22rem; min-width: 0; }
figure.drawing { margin: 0.5rem 0 1.5rem; } figcaption { font-size: 0.9rem; max-width: 60rem; }
table.layers { font-size: 0.85rem; } table.layers th, table.layers td { white-space: nowrap; padding-right: 0.65rem; }
td.r, th.r { text-align: right; } td.k::before { content: ""; display: inline-block; width: 0.7em; height: 0.7em; margin-right: 0.5em;
  border-radius: 2px; background: var(--kind); } tr.fused td { color: var(--faint); } tfoot td { font-weight: 600; }
th button { all: unset; cursor: pointer; font-weight: 600; } th button:focus-visible { outline: 2px solid var(--blue); }
th[aria-sort] button { text-decoration: underline; } th[aria-sort="ascending"] button::after { content: " \2191"; }
th[aria-sort="descending"] button::after { content: " \2193"; } td.noise { color: var(--faint); }
.facts th { color: var(--faint); font-weight: normal; white-space: nowrap; }
@media print { body { font-size: 10pt; } th button { cursor: auto; } .scroll { overflow: visible; }
  table.layers { font-size: 7pt; } table.layers th, table.layers td { white-space: normal; overflow-wrap: normal; padding-right: 0.3rem; }
  table.layers td.r:not(.noise) { white-space: nowrap; } table.layers :is(td, th):is(:nth-child(1), :nth-child(6)) { overflow-wrap: anywhere; }
  table.all :is(th, td):is(:nth-child(3), :nth-child(4), :nth-child(8), :nth-child(9)) { display: none; } } /* input, output, min, max */
)";

constexpr const char* kScript = R"(document.querySelectorAll('table.layers').forEach(function (table) {
  const body = table.tBodies[0];
  const heads = Array.from(table.tHead.rows[0].cells);
  const rows = Array.from(body.rows);
  const key = function (row, column) {
    const cell = row.cells[column];
    return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
  };
  heads.forEach(function (head, column) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener('click', function () {
      const numbers = rows.some(function (row) { return row.cells[column].dataset.value !== undefined; });
      const was = head.getAttribute('aria-sort');
      const down = was ? was === 'ascending' : numbers;
      heads.forEach(function (other) { other.removeAttribute('aria-sort'); });
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      rows.slice().sort(function (a, b) {
        const x = key(a, column);
        const y = key(b, column);
        if (numbers) {
          if (typeof x !== typeof y) return typeof x === 'number' ? -1 : 1;
          if (typeof x !== 'number') return 0;
          return down ? y - x : x - y;
        }
        return down ? y.localeCompare(x) : x.localeCompare(y);
      }).forEach(function (row) { body.append(row); });
    });
  });
});
)";

std::string cell(const std::string& text) { return "<td>" + html_escaped(text) + "</td>"; }
std::string cell(double value, const std::string& text, const char* cls = "r") {
  return std::string("<td class=\"") + cls + "\" data-value=\"" + exact_digits(value) + "\">" +
         html_escaped(text) + "</td>";
}
const std::string kEmpty = "<td class=\"r\"></td>";

std::string head(const std::vector<std::pair<std::string, bool>>& titles) {
  std::string text = "<thead><tr>";
  for (const auto& [title, right] : titles)
    text += (right ? R"(<th scope="col" class="r">)" : "<th scope=\"col\">") + html_escaped(title) + "</th>";
  return text + "</tr></thead>\n";
}

std::string card(const std::string& name, double value, const std::string& text, const std::string& note) {
  return R"(<div class="card" data-name=")" + name + "\" data-value=\"" + exact_digits(value) + "\"><span>" +
         name + "</span><b>" + html_escaped(text) + "</b><span>" + html_escaped(note) + "</span></div>\n";
}

std::string cards(const TimeReport& r, const EngineTimes& e) {
  const Stats& plain = e.plain_ms;
  std::string text =
      "<div class=\"cards\">\n" + card("plain pass", plain.median, number(plain.median) + " ms",
                                       "min " + number(plain.min) + ", max " + number(plain.max));
  if (r.batch > 1 && plain.median > 0.0)
    text += card("images/s", 1000.0 * r.batch / plain.median, number(1000.0 * r.batch / plain.median),
                 "batch " + std::to_string(r.batch));
  const double gemm = gemm_share(e.layers);
  text += card("conv + fc", gemm, percent(gemm),
               is_like_alexnet(e.layers) ? "Jia's profile: 89 % on the CPU" : "of the time");
  if (plain.median > 0.0)
    text += card("of the limit", e.limit_ms() / plain.median, whole_percent(e.limit_ms() / plain.median),
                 "all layers' limits: " + number(e.limit_ms()) + " ms");
  if (!r.before.empty()) {
    const Change c = changes(r, static_cast<std::size_t>(&e - r.engines.data())).plain;
    if (const std::string change = change_text(c); !change.empty())
      text += card("since before", c.change(), change,
                   c.cause == Cause::noise     ? "inside the noise"
                   : c.cause == Cause::machine ? "the machine itself changed by more"
                                               : "more than the noise");
  }
  return text + "</div>\n";
}

std::string change_cells(const Change* change) {
  if (change == nullptr) return kEmpty + kEmpty;
  const std::string text = change_text(*change);
  const std::string cause = cause_text(change->cause);
  return cell(change->before_ms, number(change->before_ms)) +
         (text.empty() ? kEmpty
                       : cell(change->change(), text + (cause.empty() ? "" : " (" + cause + ")"),
                              cause.empty() ? "r" : "r noise"));
}

std::string count_cells(const Counts& counts) {
  std::string text;
  for (const auto& figure : count_figures(counts))
    text += figure.second ? cell(*figure.second, count_text(figure)) : kEmpty;
  return text;
}

std::string layer_row(const LayerTime& l) {
  const bool leads = l.fused_into.empty();
  std::string text = "<tr data-layer=\"" + html_escaped(escape_for_terminal(l.name)) + "\"" +
                     (leads ? "" : " class=\"fused\"") + R"(><td class="k" style="--kind: )" +
                     html_color(l.kind) + "\">" + html_escaped(escape_for_terminal(l.name)) + "</td>" +
                     cell(l.kind) + cell(to_string(l.in)) + cell(to_string(l.out)) + cell(gemm_text(l.gemm)) +
                     cell(method_text(l));
  if (!leads) return text + kEmpty + kEmpty + kEmpty + kEmpty + kEmpty + kEmpty + "<td></td>" + kEmpty;
  text += cell(l.ms.median, number(l.ms.median)) + cell(l.ms.min, number(l.ms.min)) +
          cell(l.ms.max, number(l.ms.max)) + cell(l.share, percent(l.share)) +
          (l.gflops > 0.0 ? cell(l.gflops, number(l.gflops)) : kEmpty) +
          (l.gbytes_per_s > 0.0 ? cell(l.gbytes_per_s, number(l.gbytes_per_s)) : kEmpty) +
          cell(to_string(l.limit));
  return text + (l.limit == Limit::none ? kEmpty : cell(l.reached(), reached_text(l)));
}

std::string layers_table(const TimeReport& r, std::size_t engine, const std::string& id) {
  const EngineTimes& e = r.engines[engine];
  std::vector<std::pair<std::string, bool>> titles{
      {"layer", false},  {"type", false}, {"input", false}, {"output", false}, {"m x k x n", false},
      {"method", false}, {"ms", true},    {"min", true},    {"max", true},     {"share", true},
      {"GFLOP/s", true}, {"GB/s", true},  {"limit", false}, {"reached", true}};
  if (has_counts(r))
    titles.insert(titles.end(),
                  {{"cycles", true}, {"instructions", true}, {"IPC", true}, {"cache misses", true}});
  Changes since;
  if (!r.before.empty()) {
    titles.insert(titles.end(), {{"before ms", true}, {"change", true}});
    since = changes(r, engine);
  }
  std::string text = R"(<div class="scroll"><table class="layers all" id=")" + id + "-layers\">\n" +
                     head(titles) + "<tbody>\n";
  auto change = since.layers.begin();
  for (std::size_t i = 0; i < e.layers.size(); ++i) {
    text += layer_row(e.layers[i]);
    if (has_counts(r)) text += count_cells(e.layers[i].counts);
    if (!r.before.empty()) {
      const bool here = change != since.layers.end() && change->first == i;
      text += change_cells(here ? &*change : nullptr);
      if (here) ++change;
    }
    text += "</tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

std::string engines_table(const TimeReport& r) {
  const EngineTimes& a = r.engines[0];
  const EngineTimes& b = r.engines[1];
  std::string text =
      "<h2>Side by side</h2>\n<div class=\"scroll\"><table class=\"layers\" id=\"engines\">\n" +
      head({{"layers", false},
            {a.engine + " ms", true},
            {b.engine + " ms", true},
            {a.engine + " / " + b.engine, true}}) +
      "<tbody>\n";
  const auto row = [&](const std::string& name, const std::string& kind, double x, double y) {
    text += R"(<tr><td class="k" style="--kind: )" + html_color(kind) + "\">" + html_escaped(name) + "</td>" +
            cell(x, number(x)) + cell(y, number(y)) + (y > 0.0 ? cell(x / y, number(x / y)) : kEmpty) +
            "</tr>\n";
  };
  for (const Block& block : compare(a.layers, b.layers)) {
    const std::string last =
        block.last > block.first ? " to " + escape_for_terminal(a.layers[block.last].name) : "";
    row(escape_for_terminal(a.layers[block.first].name) + last, a.layers[block.first].kind, block.first_ms,
        block.second_ms);
  }
  row("plain pass", "", a.plain_ms.median, b.plain_ms.median);
  return text + "</tbody></table></div>\n";
}

std::string facts_table(const TimeReport& r) {
  std::string text = "<h2>The run</h2>\n<table class=\"facts\">\n";
  const auto row = [&](const std::string& name, const std::string& value) {
    text += "<tr><th scope=\"row\">" + name + "</th><td>" + html_escaped(value) + "</td></tr>\n";
  };
  const auto spread = [](const Stats& s) {
    return number(s.median) + " ms; middle half " + number(s.q1) + " to " + number(s.q3) + ", min " +
           number(s.min) + ", max " + number(s.max);
  };
  row("model", escape_for_terminal(r.model) + ", batch " + std::to_string(r.batch) +
                   (r.decode_ms ? ", a photo" : ", made-up numbers as input"));
  row("weights", weights_text(r));
  row("convolutions", "--conv " + r.conv);
  row("date", r.facts.date);
  row("CPU", r.facts.cpu + ", " + r.facts.cpu_level + ", threads " + std::to_string(r.threads));
  row("measured limits", number(r.peak.gflops) + " GFLOP/s of float32 arithmetic, " +
                             number(r.peak.read_gbytes_per_s) + " GB/s of memory read");
  row("program", "alexnet " + r.facts.version + ", Eigen " + r.facts.eigen + ", OpenCV " + r.facts.opencv);
  row("runs", std::to_string(r.runs) + " plain and " + std::to_string(r.runs) + " profiled in turn, after " +
                  std::to_string(r.warmup) + " that were not measured");
  if (r.counters_refusal)
    row("hardware counters",
        has_counts(r) ? "all threads, outside the kernel" : escape_for_terminal(*r.counters_refusal));
  for (const EngineTimes& e : r.engines) {
    const std::string of = r.engines.size() > 1 ? ", " + e.engine : "";
    row("plain pass" + of, spread(e.plain_ms));
    row("profiled pass" + of, spread(e.profiled_ms));
  }
  return text + "</table>\n";
}

std::string before_section(const TimeReport& r) {
  std::string text =
      "<h2>Since before</h2>\n<p>Before: " + html_escaped(before_text(r.before.front())) + ".</p>\n<ul>\n";
  for (std::size_t i = 0; i < r.engines.size(); ++i)
    text += "<li>" + html_escaped(r.engines[i].engine + ": " + verdict(r, i)) + "</li>\n";
  for (const std::string& difference : differences(r))
    text += "<li>Differs: " + html_escaped(difference) + "</li>\n";
  for (const std::string& change : machine_changes(r)) text += "<li>" + html_escaped(change) + "</li>\n";
  return text + "</ul>\n";
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

std::string engine_section(const TimeReport& r, std::size_t i) {
  const EngineTimes& e = r.engines[i];
  const std::string id = r.engines.size() > 1 ? e.engine : "time";
  std::string pair;
  for (const Drawing& ring : rings(e, id)) pair += svg_figure(ring);
  if (reads_weights_for_one(r, e))
    pair +=
        "<p>One image alone: fc layers read each weight for one multiply-add, and wait for memory. In a "
        "batch "
        "(--batch 16) the images share the reading, and the convolutions take most of the time.</p>\n";
  return "<section id=\"" + html_escaped(id) + "\">\n" +
         (r.engines.size() > 1 ? "<h2>Engine " + html_escaped(e.engine) + "</h2>\n" : "") + cards(r, e) +
         "<div class=\"pair\">\n" + pair + "</div>\n<h2>Layer by layer</h2>\n" + svg_figure(bars(e, id)) +
         "<h2>Against the machine</h2>\n" + svg_figure(roofline(r, e, id)) + "<h2>From start to end</h2>\n" +
         svg_figure(timeline(r, e, id)) + "<h2>All numbers</h2>\n" + layers_table(r, i, id) + "</section>\n";
}

}  // namespace

std::string time_page(const TimeReport& r) {
  std::string engines = r.engines[0].engine;
  if (r.engines.size() > 1) engines += " and " + r.engines[1].engine;
  Page page{"Where the time goes: " + escape_for_terminal(r.model), std::string(kTimeFigureStyle) + kStyle,
            "", kScript};
  page.body =
      "<main>\n<h1>" + html_escaped(page.title) + "</h1>\n<p class=\"lead\">" +
      html_escaped("alexnet time: engine " + engines + ", threads " + std::to_string(r.threads) + ", batch " +
                   std::to_string(r.batch) + ", runs " + std::to_string(r.runs) + ", on " + r.facts.cpu) +
      "</p>\n";
  if (!r.before.empty()) page.body += before_section(r);
  if (r.engines.size() > 1) page.body += engines_table(r);
  for (std::size_t i = 0; i < r.engines.size(); ++i) page.body += engine_section(r, i);
  page.body += facts_table(r) + "</main>\n";
  return html_document(page);
}

}  // namespace alexnet::app
