#include "core/byte_order_mark.hpp"

#include "alexnet/error.hpp"

namespace alexnet {

std::string_view without_byte_order_mark(std::string_view text, const std::string& file) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    throw ModelError(file, "", "is UTF-16; save it as UTF-8");
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

}  // namespace alexnet
