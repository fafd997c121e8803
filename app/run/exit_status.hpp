// Exit statuses of the program.
#pragma once

namespace alexnet::app {

// A run that a signal ended exits with 128 + its number: 130 for SIGINT, 143 for SIGTERM.
inline constexpr int kWell = 0;
inline constexpr int kImagesFailed = 1;
inline constexpr int kUsageError = 2;  // or a model that cannot be used
inline constexpr int kOutputFailed = 3;
inline constexpr int kInternalError = 70;  // EX_SOFTWARE of sysexits.h

}  // namespace alexnet::app
