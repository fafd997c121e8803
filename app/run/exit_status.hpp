// Exit statuses of the program. After a signal the status is 128 + its number: 130 for SIGINT, 143 for
// SIGTERM.
#pragma once

namespace alexnet::app {

inline constexpr int kWell = 0;
inline constexpr int kImagesFailed = 1;
inline constexpr int kUsageError = 2;  // also: a model cannot be used, there is not enough memory
inline constexpr int kOutputFailed = 3;
inline constexpr int kInternalError = 70;  // EX_SOFTWARE of sysexits.h

}  // namespace alexnet::app
