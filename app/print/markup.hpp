// HTML and SVG built from elements. Text and attributes are escaped here, and nowhere else.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace alexnet::app {

// Formats a length or coordinate with at most two decimals: "12.5".
std::string px(double value);

struct Attribute {
  Attribute(const char* attribute, std::string_view text) : name(attribute), value(text) {}
  Attribute(const char* attribute, int number) : name(attribute), value(std::to_string(number)) {}
  Attribute(const char* attribute, double length) : name(attribute), value(px(length)) {}

  const char* name;
  std::string value;
};

// Text nodes and elements, one after the other. They are well-formed in HTML and in XML.
class Markup {
 public:
  Markup() = default;
  // Makes a text node. Hidden characters and bytes that are not UTF-8 are escaped as escape_for_terminal()
  // does.
  Markup(std::string_view text);
  Markup(const std::string& text) : Markup(std::string_view(text)) {}
  Markup(const char* text) : Markup(std::string_view(text)) {}
  // Joins parts.
  Markup(std::initializer_list<Markup> parts);

  Markup& operator+=(const Markup& next);
  friend Markup operator+(Markup first, const Markup& second) { return first += second; }
  const std::string& str() const { return markup_; }

 private:
  friend Markup element(const char*, std::initializer_list<Attribute>, const Markup&);

  std::string markup_;
};

// Returns an element. An empty `class` is left out.
Markup element(const char* name, std::initializer_list<Attribute> attributes, const Markup& content = {});

}  // namespace alexnet::app
