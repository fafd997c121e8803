// A module without functions. ALEXNET_MODULE_NAME is its symbol.
extern "C" __attribute__((visibility("default"))) const int ALEXNET_MODULE_NAME = 1;
