// The version of the library.
//
//   std::puts(alexnet::version());  // 0.1.0
#pragma once

#pragma GCC visibility push(default)
namespace alexnet {

// Returns the version, MAJOR.MINOR.PATCH. The string has static lifetime.
const char* version();

}  // namespace alexnet
#pragma GCC visibility pop
