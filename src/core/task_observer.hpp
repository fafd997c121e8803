// Reports which thread ran which part of a parallel loop, and when.
#pragma once

#include <chrono>

namespace alexnet {

// Receives a call for every chunk of a loop, on the thread that ran the chunk. Several threads may call ran()
// at the same time.
class TaskObserver {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  TaskObserver() = default;
  TaskObserver(const TaskObserver&) = delete;
  TaskObserver& operator=(const TaskObserver&) = delete;
  virtual ~TaskObserver() = default;

  virtual void ran(const char* loop, TimePoint began, TimePoint ended) = 0;
};

// Observer of the loops that this thread starts. If it is null, nothing is reported and no clock is read.
inline constinit thread_local TaskObserver* task_observer = nullptr;

// Times one chunk from construction to destruction, and reports it to the observer unless that is null.
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
