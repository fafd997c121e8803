// CSV as RFC 4180 defines it.
#pragma once

#include <string>
#include <string_view>

namespace alexnet::app {

// Returns the field, in quotation marks if RFC 4180 asks for them.
std::string csv_field(std::string_view text);

}  // namespace alexnet::app
