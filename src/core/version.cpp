#include "alexnet/version.hpp"

namespace alexnet {

const char* version() { return ALEXNET_VERSION; }

}  // namespace alexnet
