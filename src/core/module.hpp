// Plug-in modules: parts of the library in separate shared libraries, loaded on first use. A program does not
// load their dependencies at startup.
#pragma once

#include <filesystem>
#include <vector>

namespace alexnet {

// Returns the address of the symbol alexnet_NAME in the module alexnet_NAME.so. The loader searches the
// RUNPATH of the calling program or library. The module is never unloaded. Throws ModelError with the
// loader's reason, or if the module's version is not that of this library.
const void* open_module(const char* name);

// Returns the module's table of functions. Entry is a struct of function pointers. The module defines it as
//   extern "C" ALEXNET_MODULE const Entry alexnet_NAME{...};
// core/module_version.cpp, which is part of every module, adds its version.
template <class Entry>
const Entry& module(const char* name) {
  return *static_cast<const Entry*>(open_module(name));
}

// Returns the folders of modules on the RUNPATH of the program or library that contains this code.
std::vector<std::filesystem::path> module_folders();

}  // namespace alexnet

#define ALEXNET_MODULE __attribute__((visibility("default")))
