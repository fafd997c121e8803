#include <cstdint>

#include "alexnet/error.hpp"
#include "network/label_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::size_t sum = 0;
  try {
    for (const alexnet::Label& label :
         alexnet::parse_label_file({reinterpret_cast<const char*>(bytes), size}, "labels"))
      sum += label.id.size() + label.text.size();
  } catch (const alexnet::ModelError&) {
  }
  [[maybe_unused]] volatile std::size_t used = sum;
  return 0;
}
