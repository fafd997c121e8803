// The version of a module, which open_module() compares with the library's.
#include "core/module.hpp"

extern "C" ALEXNET_MODULE const char alexnet_module_version[] = ALEXNET_VERSION;
