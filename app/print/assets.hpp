// The files of app/print/assets, which cmake/assets.cmake embeds.
#pragma once

#include <string_view>

namespace alexnet::app::assets {

extern const std::string_view page_css;     // all pages
extern const std::string_view charts_css;   // drawings of times, on pages and in SVG files
extern const std::string_view time_css;     // the page of `time`
extern const std::string_view time_js;      // sorts its tables
extern const std::string_view explain_css;  // the page of `explain`
extern const std::string_view explain_js;   // moves its window

}  // namespace alexnet::app::assets
