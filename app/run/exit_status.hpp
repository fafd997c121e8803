// Exit statuses of the command.
#pragma once

namespace alexnet::app {

// 130 and 143 if SIGINT or SIGTERM ended the run.
inline constexpr int kWell = 0;
inline constexpr int kImagesFailed = 1;
inline constexpr int kUsageError = 2;  // or the model's
inline constexpr int kOutputFailed = 3;

}  // namespace alexnet::app
