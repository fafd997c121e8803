#include "run/trace.hpp"

#include <utility>

#include "alexnet/error.hpp"
#include "print/json.hpp"

namespace alexnet::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kBufferBytes = std::size_t{1} << 16;

// Exact to the nanosecond: a double has enough digits for a hundred days.
double microseconds(TraceEvents::Nanoseconds time) { return static_cast<double>(time.count()) / 1000; }

Json named(const char* what, Track track, const std::string& name) {
  return {{"name", what},
          {"ph", "M"},
          {"pid", track.process},
          {"tid", track.thread},
          {"args", {{"name", utf8(name)}}}};
}

}  // namespace

TraceEvents::TraceEvents() : text_(std::string(kTraceMark) + R"("traceEvents":[)") {}

void TraceEvents::name_process(int process, const std::string& name) {
  append(dump(named("process_name", {process, 0}, name)));
}

void TraceEvents::name_thread(Track track, const std::string& name) {
  append(dump(named("thread_name", track, name)));
  Json order = named("thread_sort_index", track, "");
  order["args"] = {{"sort_index", track.thread}};
  append(dump(order));
}

void TraceEvents::add(Track track, const char* category, const std::string& name, Nanoseconds began,
                      Nanoseconds took, const std::string& args) {
  const Json event{{"name", utf8(name)},       {"cat", category},     {"ph", "X"},
                   {"pid", track.process},     {"tid", track.thread}, {"ts", microseconds(began)},
                   {"dur", microseconds(took)}};
  append(args.empty() ? dump(event) : with_member(dump(event), "args", args));
}

void TraceEvents::append(const std::string& event) {
  text_ += std::exchange(any_, true) ? ",\n" : "\n";
  text_ += event;
}

void TraceEvents::end() { text_ += "\n]}\n"; }

std::string TraceEvents::take() { return std::exchange(text_, {}); }

RunTrace::RunTrace(const std::string& file, const std::string& process) : file_(file) {
  events_.name_process(1, process);
  name_this_thread("main");
}

template <class Write>
void RunTrace::guarded(const Write& write) {
  const std::lock_guard lock(mutex_);
  if (failure_) return;
  try {
    write();
    if (events_.size() > kBufferBytes) file_.write_all(events_.take());
  } catch (...) {
    failure_ = std::current_exception();
  }
}

Track RunTrace::track() {
  const int next = static_cast<int>(threads_.size()) + 1;
  return {1, threads_.try_emplace(std::this_thread::get_id(), next).first->second};
}

void RunTrace::name_this_thread(const std::string& name) {
  guarded([&] { events_.name_thread(track(), name); });
}

void RunTrace::add(const char* stage, Clock::time_point began, Clock::time_point ended,
                   const std::string& args) {
  guarded([&] {
    if (!threads_.contains(std::this_thread::get_id())) {
      const Track worker = track();
      events_.name_thread(worker, "worker " + std::to_string(worker.thread - 1));
    }
    events_.add(track(), "stage", stage, began - began_, ended - began, args);
  });
}

void RunTrace::finish() {
  guarded([&] {
    events_.end();
    file_.write_all(events_.take());
    file_.finish();
  });
  if (failure_) std::rethrow_exception(failure_);
}

TraceSpan::TraceSpan(RunTrace* trace, const char* name) : trace_(trace), name_(name) {
  if (trace_ != nullptr) began_ = RunTrace::Clock::now();
}

TraceSpan::TraceSpan(RunTrace* trace, const char* name, const std::string& image) : TraceSpan(trace, name) {
  if (trace_ != nullptr) args_ = dump(path_json(image));
}

TraceSpan::TraceSpan(RunTrace* trace, const char* name, std::size_t images) : TraceSpan(trace, name) {
  if (trace_ != nullptr) args_ = dump({{"images", images}});
}

TraceSpan::~TraceSpan() {
  if (trace_ != nullptr) trace_->add(name_, began_, RunTrace::Clock::now(), args_);
}

}  // namespace alexnet::app
