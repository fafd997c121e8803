// Byte-order marks at the beginning of text files.
#pragma once

#include <string>
#include <string_view>

namespace alexnet {

// Returns the text without the UTF-8 byte-order mark that some editors write. `file` names the text in
// errors. Throws ModelError if the text is UTF-16, with or
// without a byte-order mark.
std::string_view without_byte_order_mark(std::string_view text, const std::string& file);

}  // namespace alexnet
