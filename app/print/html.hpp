// HTML pages: the frame with its colours, and escaping. A page is one file and loads nothing else.
#pragma once

#include <string>
#include <string_view>

#include "image/image.hpp"

namespace alexnet::app {

// Escapes text for HTML and for quoted attributes. Hidden characters and bytes that are not UTF-8 are escaped
// as escape_for_terminal() does.
std::string html_escaped(std::string_view text);

// First bytes of a page that this program wrote.
inline constexpr std::string_view kPageMark =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
    "<meta name=\"generator\" content=\"alexnet\"/>\n";

struct Page {
  std::string title;   // plain text; html_document() escapes it
  std::string style;   // CSS of this page; follows the shared CSS
  std::string body;    // HTML
  std::string script;  // JavaScript, or ""; runs after the body is loaded
};
// Returns the whole document, which is also well-formed XML. It follows the reader's preference for light or
// dark colours, and prints in light ones.
std::string html_document(const Page& page);

// Returns the colour of a kind of layer ("conv"), the same as on the terminal: "var(--blue)".
std::string html_color(std::string_view kind);

// Replaces each colour name in CSS or SVG by its value in the light scheme: "var(--blue)" by "#2f6fd0".
std::string in_light_colours(const std::string& text);

// Returns the image as a data URI: "data:image/png;base64,...".
std::string png_uri(const image::Image& image);

}  // namespace alexnet::app
