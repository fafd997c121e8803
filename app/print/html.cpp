#include "print/html.hpp"

#include "image/save.hpp"
#include "print/assets.hpp"
#include "print/json.hpp"

namespace alexnet::app {

std::string html_document(const Page& page) {
  std::string text(kPageMark);
  text += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n" +
          element("title", {}, page.title).str() + "\n<style>\n";
  text.append(assets::page_css)
      .append(page.style)
      .append("</style>\n</head>\n<body>\n")
      .append(page.body.str());
  if (!page.script.empty()) text += "<script>\n//<![CDATA[\n" + page.script + "//]]>\n</script>\n";
  return text + "</body>\n</html>\n";
}

Markup facts_table(const std::vector<std::pair<std::string, std::string>>& facts) {
  Markup rows;
  for (const auto& [name, value] : facts)
    rows += element("tr", {}, {element("th", {{"scope", "row"}}, name), element("td", {}, value)});
  return element("table", {{"class", "facts"}}, rows);
}

Markup bullets(const std::vector<std::string>& lines) {
  Markup items;
  for (const std::string& line : lines) items += element("li", {}, line);
  return element("ul", {}, items);
}

std::string png_uri(const image::Image& image) {
  const std::vector<std::uint8_t> bytes = image::encode_png("page", image);
  return "data:image/png;base64," + base64({bytes.begin(), bytes.end()});
}

}  // namespace alexnet::app
