#include "print/html.hpp"

#include "core/escape_for_terminal.hpp"
#include "image/save.hpp"
#include "print/json.hpp"
#include "print/layer_times.hpp"

namespace alexnet::app {
namespace {

constexpr const char* kStyle = R"(
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1c2025; --faint: #68707a; --line: #d4d9df; --panel: #f4f6f8;
  --blue: #2f6fd0; --green: #2e8b57; --yellow: #b7860b; --magenta: #a04bb5; --red: #cc4b41; --dim: #7a828c; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171b; --ink: #e4e8ec; --faint: #98a1ab; --line: #343b43;
  --panel: #1d2228; --blue: #6ea4f4; --green: #58c48a; --yellow: #dfb24a; --magenta: #cf8be0; --red: #f0837a; --dim: #98a1ab; } }
@media print { :root { color-scheme: light; --paper: #ffffff; --ink: #000000; --faint: #444444; --line: #bbbbbb; --panel: #ffffff;
  --blue: #2f6fd0; --green: #2e8b57; --yellow: #b7860b; --magenta: #a04bb5; --red: #cc4b41; --dim: #666666; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } figure, section, tr { break-inside: avoid; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.2rem; margin-top: 2rem; }
p { max-width: 60rem; } figure { margin: 1rem 0; } figcaption { color: var(--faint); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.2rem 0.8rem 0.2rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
.scroll { overflow-x: auto; } svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
)";

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : escape_for_terminal(text, Backslash::kept)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '-':  // otherwise in_light_colours() would replace "var(--" in text
        out += out.ends_with("var(") ? "&#45;" : "-";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string html_document(const Page& page) {
  std::string text = std::string(kPageMark) +
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>" +
                     html_escaped(page.title) + "</title>\n<style>" + kStyle + page.style +
                     "</style>\n</head>\n<body>\n" + page.body;
  if (!page.script.empty()) text += "<script>\n//<![CDATA[\n" + page.script + "//]]>\n</script>\n";
  return text + "</body>\n</html>\n";
}

std::string html_color(std::string_view kind) {
  switch (tint_of(kind)) {
    case Tint::blue:
      return "var(--blue)";
    case Tint::green:
      return "var(--green)";
    case Tint::yellow:
      return "var(--yellow)";
    case Tint::magenta:
      return "var(--magenta)";
    case Tint::red:
      return "var(--red)";
    default:
      return "var(--dim)";
  }
}

std::string in_light_colours(const std::string& text) {
  constexpr std::string_view kName = "var(--";
  const std::string_view style = kStyle;
  std::string out;
  std::size_t from = 0;
  for (std::size_t at = text.find(kName); at != std::string::npos; at = text.find(kName, from)) {
    const std::size_t end = text.find(')', at);
    const std::string set = "--" + text.substr(at + kName.size(), end - at - kName.size()) + ": ";
    const std::size_t number = style.find(set) + set.size();  // the first match is the light scheme
    out.append(text, from, at - from).append(style.substr(number, 7));
    from = end + 1;
  }
  return out.append(text, from);
}

std::string png_uri(const image::Image& image) {
  const std::vector<std::uint8_t> bytes = image::encode_png("page", image);
  return "data:image/png;base64," + base64({bytes.begin(), bytes.end()});
}

}  // namespace alexnet::app
