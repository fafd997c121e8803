// Who runs what of a parallel loop, and when.
#pragma once

#include <chrono>

namespace alexnet {

// Told by each thread of every stretch of a loop that it has run.
class TaskObserver {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  TaskObserver() = default;
  TaskObserver(const TaskObserver&) = delete;
  TaskObserver& operator=(const TaskObserver&) = delete;
  virtual ~TaskObserver() = default;

  virtual void ran(const char* loop, TimePoint began, TimePoint ended) = 0;
};

// Of the loops that this thread begins; null: nobody is told, and no clock is read.
inline constinit thread_local TaskObserver* task_observer = nullptr;

// A stretch, as long as it lives.
class TaskScope {
 public:
  TaskScope(TaskObserver* observer, const char* loop) : observer_(observer), loop_(loop) {
    if (observer_ != nullptr) began_ = std::chrono::steady_clock::now();
  }
  ~TaskScope() {
    if (observer_ != nullptr) observer_->ran(loop_, began_, std::chrono::steady_clock::now());
  }
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;

 private:
  TaskObserver* observer_;
  const char* loop_;
  TaskObserver::TimePoint began_;
};

}  // namespace alexnet
