// Trace-event JSON, as Perfetto and Chrome's tracing page read it.
#pragma once

#include <chrono>
#include <exception>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <thread>

#include "core/file.hpp"

namespace alexnet::app {

// Begins a trace of this program.
inline constexpr std::string_view kTraceMark =
    R"({"displayTimeUnit":"ns","otherData":{"program":"alexnet"},)";

// Where an event is drawn: a row of a process.
struct Track {
  int process = 1;
  int thread = 1;
};

// Events as the text of such a file.
class TraceEvents {
 public:
  using Nanoseconds = std::chrono::nanoseconds;

  TraceEvents();

  void name_process(int process, const std::string& name);
  void name_thread(Track track, const std::string& name);
  // began: since a moment that the process' events share.
  void add(Track track, const char* category, const std::string& name, Nanoseconds began, Nanoseconds took,
           nlohmann::ordered_json args);
  void end();

  std::size_t size() const { return text_.size(); }
  // What has come since the last call.
  std::string take();

 private:
  void append(const nlohmann::ordered_json& event);

  std::string text_;
  bool any_ = false;
};

// What the threads of a run do, as they say it, from the moment on at which it is made, by the main thread. Written as it
// grows, so that its length costs no memory. Throws OutputError.
class RunTrace {
 public:
  using Clock = std::chrono::steady_clock;

  RunTrace(const std::string& file, const std::string& process);

  void name_this_thread(const std::string& name);
  void add(const char* stage, Clock::time_point began, Clock::time_point ended, nlohmann::ordered_json args);
  // Throws OutputError where anything before could not be written: until then, a run is not disturbed by its trace.
  void finish();

 private:
  template <class Write>
  void guarded(const Write& write);
  Track track();

  std::mutex mutex_;
  Clock::time_point began_ = Clock::now();
  TraceEvents events_;
  AtomicFile file_;
  std::exception_ptr failure_;
  std::map<std::thread::id, int> threads_;
};

// A stage of the run, as long as it lives. Without a trace it does nothing.
class Stage {
 public:
  Stage(RunTrace* trace, const char* name);
  Stage(RunTrace* trace, const char* name, const std::string& image);
  Stage(RunTrace* trace, const char* name, std::size_t images);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

 private:
  RunTrace* trace_;
  const char* name_;
  nlohmann::ordered_json args_;
  RunTrace::Clock::time_point began_;
};

}  // namespace alexnet::app
