#include "network/counters.hpp"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace alexnet {
namespace {

namespace fs = std::filesystem;

std::vector<int> threads() {
  std::vector<int> all;
  std::error_code error;
  for (fs::directory_iterator task("/proc/self/task", error), end; !error && task != end;
       task.increment(error))
    all.push_back(std::stoi(task->path().filename()));
  return all.empty() ? std::vector{0} : all;  // 0 is the calling thread
}

std::string refused(int error) {
  switch (error) {
    case EACCES:
    case EPERM: {
      std::string level;
      std::ifstream("/proc/sys/kernel/perf_event_paranoid") >> level;
      return "not permitted" + (level.empty() ? "" : " (perf_event_paranoid " + level + ")");
    }
    case ENOENT:
    case ENODEV:
    case EOPNOTSUPP:
      return "not supported by this CPU or virtual machine";
    case ENOSYS:
      return "not supported by this kernel";
    default:
      return "not available (" + std::generic_category().message(error) + ")";
  }
}

void close_all(std::vector<int>& files) {
  for (const int file : files) close(file);
  files.clear();
}

}  // namespace

int Counters::open(std::uint32_t type, std::uint64_t config, int thread) {
  perf_event_attr event{};
  event.size = sizeof event;
  event.type = type;
  event.config = config;
  event.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  event.inherit = 1;
  event.exclude_kernel = 1;  // counting kernel events needs more privileges
  event.exclude_hv = 1;
  return static_cast<int>(syscall(SYS_perf_event_open, &event, thread, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

int Counters::open_hardware(std::size_t counter, int thread) {
  constexpr std::array<std::uint64_t, kCounterNames.size()> kEvents{
      PERF_COUNT_HW_CPU_CYCLES, PERF_COUNT_HW_INSTRUCTIONS, PERF_COUNT_HW_CACHE_MISSES};
  return open(PERF_TYPE_HARDWARE, kEvents.at(counter), thread);
}

Counters::Counters(const Open& open) {
  const std::vector<int> all = threads();
  int error = 0;
  bool any = false;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    for (const int thread : all) {
      if (const int file = open(i, thread); file >= 0) {
        files_[i].push_back(file);
      } else if (errno != ESRCH) {  // ESRCH: the thread has ended since it was listed
        if (error == 0) error = errno;
        close_all(files_[i]);  // the sum over only some threads would be wrong
        break;
      }
    }
    any = any || !files_[i].empty();
  }
  if (!any) refusal_ = refused(error);
  count();
}

Counters::~Counters() {
  for (std::vector<int>& files : files_) close_all(files);
}

std::optional<Counters::Reading> Counters::read(std::size_t counter) const {
  if (files_[counter].empty()) return std::nullopt;
  Reading sum;
  for (const int file : files_[counter]) {
    Reading one;
    if (::read(file, &one, sizeof one) != sizeof one) return std::nullopt;
    sum.count += one.count;
    sum.enabled += one.enabled;
    sum.running += one.running;
  }
  return sum;
}

Counts Counters::count() {
  Counts counts;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::optional<Reading> now = read(i);
    if (!now) continue;
    const auto counted = static_cast<double>(now->count - last_[i].count);
    const auto enabled = static_cast<double>(now->enabled - last_[i].enabled);
    const auto running = static_cast<double>(now->running - last_[i].running);
    last_[i] = *now;
    if (running > 0.0) counts[i] = counted * enabled / running;
  }
  return counts;
}

void MeanCounts::add(const Counts& part) {
  for (std::size_t c = 0; c < part.size(); ++c) {
    std::optional<double>& pass = counters_[c].pass;
    pass = pass && part[c] ? std::optional(*pass + *part[c]) : std::nullopt;
  }
}

void MeanCounts::end_pass() {
  for (Counter& counter : counters_) {
    counter.sum += counter.pass.value_or(0.0);
    counter.passes += counter.pass ? 1 : 0;
    counter.pass = 0.0;
  }
}

Counts MeanCounts::mean() const {
  Counts means;
  for (std::size_t c = 0; c < means.size(); ++c)
    if (counters_[c].passes > 0) means[c] = counters_[c].sum / counters_[c].passes;
  return means;
}

}  // namespace alexnet
