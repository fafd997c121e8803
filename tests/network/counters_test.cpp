#include "network/counters.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <latch>
#include <thread>

#include "alexnet/profile.hpp"
#include "skip.hpp"

using namespace alexnet;

namespace {

std::string refusal(int error) {
  return Counters([error](std::size_t, int) {
           errno = error;
           return -1;
         })
      .refusal();
}

// Returns a file descriptor from which these counter readings can be read in sequence.
int readings(const std::vector<std::array<std::uint64_t, 3>>& all) {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  for (const auto& one : all) REQUIRE(write(ends[1], &one, sizeof one) == sizeof one);
  close(ends[1]);
  return ends[0];
}

// Causes a page fault on each of `pages` new pages.
void fault_in(std::size_t pages) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* const memory =
      mmap(nullptr, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  madvise(memory, pages * page, MADV_NOHUGEPAGE);
  for (std::size_t i = 0; i < pages; ++i) static_cast<volatile char*>(memory)[i * page] = 1;
  munmap(memory, pages * page);
}

}  // namespace

TEST_CASE("unavailable hardware counters are reported with the reason") {
  std::string level;
  std::ifstream("/proc/sys/kernel/perf_event_paranoid") >> level;
  const std::string not_permitted =
      "not permitted" + (level.empty() ? "" : " (perf_event_paranoid " + level + ")");
  CHECK(refusal(EACCES) == not_permitted);
  CHECK(refusal(EPERM) == not_permitted);
  CHECK(refusal(ENOENT) == "not supported by this CPU or virtual machine");
  CHECK(refusal(ENODEV) == "not supported by this CPU or virtual machine");
  CHECK(refusal(ENOSYS) == "not supported by this kernel");
  CHECK(refusal(EMFILE) == "not available (Too many open files)");
}

TEST_CASE("counts cover the time since the last call and are scaled if counters take turns") {
  Counters counters([](std::size_t counter, int thread) {
    const bool here = thread == static_cast<int>(gettid());
    if (counter == 2 || !here) {
      errno = here ? ENOENT : ESRCH;
      return -1;
    }
    return counter == 0 ? readings({{100, 10, 10}, {150, 30, 30}, {150, 30, 30}})
                        : readings({{1000, 10, 10}, {1300, 40, 20}, {1400, 60, 40}});
  });
  CHECK(counters.refusal() == "");
  CHECK(counters.count() == Counts{50.0, 900.0, std::nullopt});  // 300 in a third of the time, extrapolated
  CHECK(counters.count() == Counts{std::nullopt, 100.0, std::nullopt});
  CHECK(counters.count() == Counts{});  // no readings are left
}

TEST_CASE("the mean of counts covers the passes that counted every part") {
  MeanCounts mean;
  CHECK(mean.mean() == Counts{});
  for (const auto& pass : std::vector<std::vector<Counts>>{
           {{8.0, std::nullopt, 1.0}, {2.0, std::nullopt, 2.0}},
           {{std::nullopt, std::nullopt, 9.0}, {5.0, std::nullopt, std::nullopt}},
           {{30.0, std::nullopt, 4.0}, {10.0, std::nullopt, 5.0}}}) {
    for (const Counts& part : pass) mean.add(part);
    mean.end_pass();
  }
  CHECK(mean.mean() == Counts{25.0, std::nullopt, 6.0});
}

TEST_CASE("counters are unavailable if one thread cannot be counted") {
  std::jthread other([](const std::stop_token& stop) {
    while (!stop.stop_requested()) std::this_thread::yield();
  });
  const Counters counters([](std::size_t, int thread) {
    if (thread == static_cast<int>(gettid())) return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    errno = EMFILE;
    return -1;
  });
  CHECK(counters.refusal() == "not available (Too many open files)");
}

TEST_CASE("counters include threads that exist before and threads that start later") {
  // Count page faults: the kernel counts them itself, so they work even if this CPU's counters are not
  // available.
  constexpr std::size_t kPages = 1000;
  std::latch counting(1);
  std::jthread before([&] {
    counting.wait();
    fault_in(kPages);
  });
  Counters counters([](std::size_t, int thread) {
    return Counters::open(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS, thread);
  });
  counting.count_down();
  before.join();
  if (!counters.refusal().empty()) {
    alexnet::test::skip("counters are " + counters.refusal());
    return;
  }
  fault_in(kPages);
  CHECK(counters.count()[0].value_or(0) >= 2 * kPages);
  std::jthread(fault_in, kPages).join();
  const double one = counters.count()[0].value_or(0);
  CHECK(one >= kPages);
  CHECK(one < 2 * kPages);
  const Counts none = counters.count();
  CHECK(none[0].value_or(0) < kPages);
}
