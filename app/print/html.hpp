// HTML pages: the frame with its colours, and what several pages have. A page is one file and loads nothing
// else.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alexnet/image.hpp"
#include "print/markup.hpp"

namespace alexnet::app {

// First bytes of a page that this program wrote.
inline constexpr std::string_view kPageMark =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
    "<meta name=\"generator\" content=\"alexnet\"/>\n";

struct Page {
  std::string title;
  std::string style;  // CSS of this page; follows the shared CSS
  Markup body;
  std::string script;  // JavaScript, or ""; runs after the body is loaded
};
// Returns the whole document, which is also well-formed XML. It follows the reader's preference for light or
// dark colours, and prints in light ones.
std::string html_document(const Page& page);

// Returns a table of names and values.
Markup facts_table(const std::vector<std::pair<std::string, std::string>>& facts);
// Returns a list with a bullet for each line.
Markup bullets(const std::vector<std::string>& lines);

// Returns the image as a data URI: "data:image/png;base64,...".
std::string png_uri(const image::Image& image);

}  // namespace alexnet::app
