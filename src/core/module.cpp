#include "core/module.hpp"

#include <dlfcn.h>
#include <link.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "alexnet/error.hpp"
#include "alexnet/version.hpp"

namespace alexnet {
namespace {

// Returns a handle of the program or shared library that contains this code.
void* own_object() {
  Dl_info info;
  if (dladdr(reinterpret_cast<const void*>(&open_module), &info) == 0) return nullptr;
  // The file name of the program may be any argv[0], which cannot be opened; then the object is the program.
  void* const library = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  return library != nullptr ? library : dlopen(nullptr, RTLD_LAZY);
}

}  // namespace

const void* open_module(const char* name) {
  const std::string symbol = std::string("alexnet_") + name;
  const std::string file = symbol + ".so";
  // Every call gets the same handle. Never close it, because objects of the module's classes may still exist.
  void* const handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  const void* const entry = handle == nullptr ? nullptr : dlsym(handle, symbol.c_str());
  if (entry == nullptr) throw ModelError(file, "", dlerror());
  const auto* const found = static_cast<const char*>(dlsym(handle, "alexnet_module_version"));
  if (found == nullptr || std::string(found) != version())
    throw ModelError(file, "",
                     std::string("belongs to alexnet ") + (found == nullptr ? "before 0.1.0" : found) +
                         ", but this is " + version() + "; install the module of this version");
  return entry;
}

std::vector<std::filesystem::path> module_folders() {
  void* const object = own_object();
  Dl_serinfo size;
  if (object == nullptr || dlinfo(object, RTLD_DI_SERINFOSIZE, &size) != 0) return {};
  // The size includes the strings that follow the struct.
  const std::unique_ptr<Dl_serinfo, void (*)(void*)> paths(
      static_cast<Dl_serinfo*>(std::malloc(size.dls_size)), std::free);
  if (!paths) throw std::bad_alloc();
  *paths = size;
  if (dlinfo(object, RTLD_DI_SERINFOSIZE, paths.get()) != 0 ||
      dlinfo(object, RTLD_DI_SERINFO, paths.get()) != 0)
    return {};
  std::vector<std::filesystem::path> folders;
  for (unsigned i = 0; i < paths->dls_cnt; ++i) {
    const std::filesystem::path folder = paths->dls_serpath[i].dls_name;
    if (folder.filename() == "alexnet") folders.push_back(folder);
  }
  return folders;
}

}  // namespace alexnet
