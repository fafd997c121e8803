// What all pages share: the frame with its colours, and text made safe for it. A page is one file: nothing is loaded.
#pragma once

#include <string>
#include <string_view>

#include "image/image.hpp"

namespace alexnet::app {

// Escapes text and quoted attributes, after escape_for_terminal() has escaped hidden characters and bytes that are not UTF-8.
std::string html_escaped(std::string_view text);

// Begins a page of this program.
inline constexpr std::string_view kPageMark =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
    "<meta name=\"generator\" content=\"alexnet\"/>\n";

struct Page {
  std::string title;   // text
  std::string style;   // CSS of this page, after the shared
  std::string body;    // HTML
  std::string script;  // JavaScript, or none; runs when the body is there
};
// The whole document, which is well-formed XML too. Light and dark as the reader prefers, light on paper.
std::string html_document(const Page& page);

// The colour of a kind of layer ("conv"), as on the terminal: "var(--blue)".
std::string html_color(std::string_view kind);

// CSS or SVG with the light colours' numbers in place of their names: "#2f6fd0" for "var(--blue)".
std::string in_light_colours(const std::string& text);

// A picture inside the page: "data:image/png;base64,...".
std::string png_uri(const image::Image& image);

}  // namespace alexnet::app
