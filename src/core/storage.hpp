// Element types in which a tensor may be stored.
#pragma once

namespace alexnet {

enum class Storage { f32, f16, bf16, i8 };

}  // namespace alexnet
