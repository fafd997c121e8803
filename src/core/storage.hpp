// How a tensor's numbers are stored.
#pragma once

namespace alexnet {

enum class Storage { f32, f16, bf16, i8 };

}  // namespace alexnet
