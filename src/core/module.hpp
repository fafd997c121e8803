// Parts of the library that live in shared libraries of their own and are opened when first needed, so that what they
// link to costs a program nothing before.
#pragma once

namespace alexnet {

// The address of the one symbol of the module alexnet_NAME.so, also called alexnet_NAME. The loader looks for the file
// along the program's RUNPATH; it stays open. Throws ModelError with the loader's reason.
const void* open_module(const char* name);

// Entry: a struct of pointers to the module's functions, which the module defines as
//   extern "C" ALEXNET_MODULE const Entry alexnet_NAME{...};
template <class Entry>
const Entry& module(const char* name) {
  return *static_cast<const Entry*>(open_module(name));
}

}  // namespace alexnet

#define ALEXNET_MODULE __attribute__((visibility("default")))
