// Unrolls the loop that follows: ALEXNET_UNROLL(8) for (int i = 0; i < kCount; ++i) { ... }
//
// `count` is the maximum number of iterations. No loop remains, so arrays of vectors stay in registers.
#pragma once

#include <hwy/detect_compiler_arch.h>

#define ALEXNET_UNROLL(count) ALEXNET_PRAGMA_UNROLL(count)
#define ALEXNET_PRAGMA(text) _Pragma(#text)
#if HWY_COMPILER_CLANG
#define ALEXNET_PRAGMA_UNROLL(count) ALEXNET_PRAGMA(clang loop unroll(full))
#else
#define ALEXNET_PRAGMA_UNROLL(count) ALEXNET_PRAGMA(GCC unroll count)
#endif
