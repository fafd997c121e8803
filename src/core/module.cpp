#include "core/module.hpp"

#include <dlfcn.h>

#include <string>

#include "core/error.hpp"

namespace alexnet {

const void* open_module(const char* name) {
  const std::string symbol = std::string("alexnet_") + name;
  const std::string file = symbol + ".so";
  // Every call gets the same handle. Never close it, because objects of the module's classes may still exist.
  void* const handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  const void* const entry = handle == nullptr ? nullptr : dlsym(handle, symbol.c_str());
  if (entry == nullptr) throw ModelError(file, "", dlerror());
  return entry;
}

}  // namespace alexnet
