#include "print/markup.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "core/escape_for_terminal.hpp"
#include "core/is_one_of.hpp"

namespace alexnet::app {
namespace {

// Elements that a start tag can end. HTML requires end tags for others, even if they are empty.
constexpr std::array<std::string_view, 12> kSingleTags{"br",      "circle",   "feColorMatrix", "image",
                                                       "img",     "line",     "meta",          "path",
                                                       "polygon", "polyline", "rect",          "use"};

// Elements that end a line of the file, so that people can read it.
constexpr std::array<std::string_view, 16> kLines{"div",   "figure", "g",    "h1",      "h2",  "h3",
                                                  "li",    "p",      "path", "section", "svg", "table",
                                                  "thead", "tr",     "ul",   "circle"};

std::string escaped(std::string_view text) {
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
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace

std::string px(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f", value);
  std::string out = text.data();
  out.erase(out.find_last_not_of('0') + 1);
  if (out.ends_with('.')) out.pop_back();
  return out == "-0" ? "0" : out;
}

Markup::Markup(std::string_view text) : markup_(escaped(text)) {}

Markup::Markup(std::initializer_list<Markup> parts) {
  for (const Markup& part : parts) markup_ += part.markup_;
}

Markup& Markup::operator+=(const Markup& next) {
  markup_ += next.markup_;
  return *this;
}

Markup element(const char* name, std::initializer_list<Attribute> attributes, const Markup& content) {
  Markup made;
  std::string& out = made.markup_;
  out.append("<").append(name);
  for (const Attribute& a : attributes)
    if (!a.value.empty() || std::string_view(a.name) != "class")
      out.append(" ").append(a.name).append("=\"").append(escaped(a.value)).append("\"");
  if (content.markup_.empty() && is_one_of(name, kSingleTags))
    out += "/>";
  else
    out.append(">").append(content.markup_).append("</").append(name).append(">");
  if (is_one_of(name, kLines)) out += "\n";
  return made;
}

}  // namespace alexnet::app
