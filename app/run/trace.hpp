// Trace-event JSON for Perfetto and Chrome's tracing page.
#pragma once

#include <chrono>
#include <exception>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "core/file.hpp"

namespace alexnet::app {

// First bytes of a trace that this program wrote.
inline constexpr std::string_view kTraceMark =
    R"({"displayTimeUnit":"ns","otherData":{"program":"alexnet"},)";

// The row that an event is drawn in: process and thread numbers, from 1.
struct Track {
  int process = 1;
  int thread = 1;
};

// Builds the text of a trace file.
class TraceEvents {
 public:
  using Nanoseconds = std::chrono::nanoseconds;

  TraceEvents();

  void name_process(int process, const std::string& name);
  void name_thread(Track track, const std::string& name);
  // Adds an event. began: time since an origin that all events of the process share. args: the text of a JSON
  // object, or "".
  void add(Track track, const char* category, const std::string& name, Nanoseconds began, Nanoseconds took,
           const std::string& args);
  // Adds the closing brackets.
  void end();

  // Bytes that take() would return.
  std::size_t size() const { return text_.size(); }
  // Returns the text since the last call and forgets it.
  std::string take();

 private:
  // event: the text of a JSON object.
  void append(const std::string& event);

  std::string text_;
  bool any_ = false;
};

// Trace file of a run. Times count from its construction, which must be in the main thread. Writes as it
// goes, so its memory use does not grow with the run. All threads may call add() and name_this_thread() at
// the same time.
class RunTrace {
 public:
  using Clock = std::chrono::steady_clock;

  // Opens the file. Throws OutputError.
  RunTrace(const std::string& file, const std::string& process);

  void name_this_thread(const std::string& name);
  // Adds a stage of the calling thread. A thread without a name is called "worker N". args: as for
  // TraceEvents::add().
  void add(const char* stage, Clock::time_point began, Clock::time_point ended, const std::string& args);
  // Completes the file. Throws OutputError if this or any earlier write failed: write errors do not stop a
  // run.
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

// Adds a stage to the trace, from its construction to its destruction. Does nothing if the trace is null.
class TraceSpan {
 public:
  TraceSpan(RunTrace* trace, const char* name);
  TraceSpan(RunTrace* trace, const char* name, const std::string& image);
  TraceSpan(RunTrace* trace, const char* name, std::size_t images);
  ~TraceSpan();
  TraceSpan(const TraceSpan&) = delete;
  TraceSpan& operator=(const TraceSpan&) = delete;

 private:
  RunTrace* trace_;
  const char* name_;
  std::string args_;
  RunTrace::Clock::time_point began_;
};

}  // namespace alexnet::app
