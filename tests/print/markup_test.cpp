// The builder of HTML and SVG, and the files that are embedded for pages.
#include "print/markup.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "print/assets.hpp"
#include "print/html.hpp"
#include "print/svg.hpp"

using namespace alexnet::app;

TEST_CASE("text and attributes are escaped, and elements are not") {
  const std::string bad = "<b a=\"1\">&\x1b";
  CHECK(Markup(bad).str() == "&lt;b a=&quot;1&quot;&gt;&amp;\\x1b");
  CHECK(element("td", {{"title", bad}}, bad).str() ==
        "<td title=\"&lt;b a=&quot;1&quot;&gt;&amp;\\x1b\">&lt;b a=&quot;1&quot;&gt;&amp;\\x1b</td>");
  CHECK(element("b", {}, "a" + element("i", {}, "<") + "c").str() == "<b>a<i>&lt;</i>c</b>");
}

TEST_CASE("parts are joined in order") {
  Markup text{"a", element("b", {}, "c")};
  text += "<";
  CHECK(text.str() == "a<b>c</b>&lt;");
}

TEST_CASE("a start tag ends an empty element only if HTML allows it") {
  CHECK(element("img", {{"alt", ""}}).str() == "<img alt=\"\"/>");
  CHECK(element("rect", {{"x", 1.25}, {"width", 3}}).str() == "<rect x=\"1.25\" width=\"3\"/>");
  CHECK(element("td", {}).str() == "<td></td>");
  CHECK(element("rect", {}, element("title", {}, "t")).str() == "<rect><title>t</title></rect>");
}

TEST_CASE("an empty class is omitted") {
  CHECK(element("td", {{"class", ""}, {"data-chosen", ""}}).str() == "<td data-chosen=\"\"></td>");
}

TEST_CASE("a document escapes its title and contains the shared style once") {
  const std::string page = html_document({"<t>", "p.own {}", element("p", {}, "x"), ""});
  CHECK(page.find("<title>&lt;t&gt;</title>") != std::string::npos);
  CHECK(page.find(std::string(assets::page_css) + "p.own {}</style>") != std::string::npos);
  CHECK(page.find("<script>") == std::string::npos);
}

TEST_CASE("an SVG file contains the colours of the light scheme as values") {
  const std::string svg =
      svg_document(std::string(assets::charts_css), {{"a & b", {{"id", "c", 10, 20, "d", ""}}}});
  CHECK(svg.find("var(") == std::string::npos);
  CHECK(svg.find("svg .conv { fill: #2f6fd0; }") != std::string::npos);
  CHECK(svg.find("svg .max_pool { fill: #b7860b; }") != std::string::npos);
  CHECK(svg.find("a &amp; b") != std::string::npos);
}

TEST_CASE("every colour of a style is defined in the light and dark schemes and for paper") {
  const std::string_view page = assets::page_css;
  for (const std::string_view css : {assets::charts_css, assets::time_css, assets::explain_css, page})
    for (std::size_t at = css.find("var(--"); at != std::string::npos; at = css.find("var(--", at + 1)) {
      const std::string name = std::string(css.substr(at + 4, css.find(')', at) - at - 4));
      if (name == "--kind") continue;
      CAPTURE(name);
      std::size_t definitions = 0;
      for (std::size_t set = page.find(name + ": #"); set != std::string::npos;
           set = page.find(name + ": #", set + 1))
        ++definitions;
      CHECK(definitions >= 3);
    }
}

TEST_CASE("the digits of a number are those of nlohmann/json or fewer") {
  const auto check = [](double value) { CHECK(exact_digits(value) == nlohmann::json(value).dump()); };
  for (const double value :
       {0.0, 5.0, 0.1, 1.0 / 3, 1e-4, 9.99e-5, 1e-5, 1.5e-10, 123456.789, 1e14, 123456789012345.0,
        999999999999999.9, 1e15, 1.25e15, 1e100, 5e-324, std::numeric_limits<double>::max(),
        std::numeric_limits<double>::infinity(), std::nan("")}) {
    check(value);
    check(-value);
  }
  std::mt19937 random(1);
  std::uniform_int_distribution<int> digits(-999'999, 999'999);
  std::uniform_int_distribution<int> exponent(-20, 20);
  for (int i = 0; i < 1000; ++i) {
    const double value = digits(random) * std::pow(10.0, exponent(random));
    const std::string text = exact_digits(value);
    CHECK(std::stod(text) == value);
    CHECK(text.size() <= nlohmann::json(value).dump().size());  // whose algorithm may write a digit more
  }
}
