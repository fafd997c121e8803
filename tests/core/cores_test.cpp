#include "core/cores.hpp"

#include <doctest/doctest.h>
#include <sched.h>

#include <thread>

#include "cli/command.hpp"

using namespace alexnet;

namespace {

// A root folder with the files that state CPU quotas.
class Machine : public cli::TemporaryFolder {
 public:
  explicit Machine(const std::string& cgroups) { write("proc/self/cgroup", cgroups); }
  void v2(const std::string& folder, const std::string& cpu_max) const {
    write("sys/fs/cgroup/" + folder + "/cpu.max", cpu_max + "\n");
  }
  void v1(const std::string& folder, const std::string& quota, const std::string& period) const {
    write("sys/fs/cgroup/" + folder + "/cpu.cfs_quota_us", quota + "\n");
    write("sys/fs/cgroup/" + folder + "/cpu.cfs_period_us", period + "\n");
  }
  int cores() const { return usable_cores(path()); }
};

// Cores of the machine that runs the test. Quotas in the tests below are less than two cores, because there
// may be no more.
const int kAll = usable_cores("/none");

void check_reported(const cli::Result& result, const std::string& threads) {
  CHECK(result.status == 0);
  CHECK(result.err == "");
  CHECK(cli::contains(result.out, ", threads " + threads + ","));
}

}  // namespace

TEST_CASE("without a quota, the cores are those of the affinity mask") {
  const cli::TemporaryFolder nothing;
  CHECK(usable_cores(nothing.path()) == kAll);
  Machine machine("0::/user.slice\n");
  machine.v2("user.slice", "max 100000");
  CHECK(machine.cores() == kAll);
  Machine old("4:cpu,cpuacct:/\n1:name=systemd:/\n");
  old.v1("cpu,cpuacct", "-1", "100000");
  CHECK(old.cores() == kAll);
}

TEST_CASE("a CPU quota is rounded up to whole cores") {
  for (const auto& [quota, cores] : {std::pair{"50000 100000", 1},
                                     {"100000 100000", 1},
                                     {"100001 100000", 2},
                                     {"1000 100000", 1},
                                     {"150000 100000", 2},
                                     {"10000000 100000", 100}}) {
    CAPTURE(quota);
    Machine machine("0::/\n");
    machine.v2(".", quota);
    CHECK(machine.cores() == std::min(cores, kAll));
  }
}

TEST_CASE("the minimum quota of the cgroup and its parents applies") {
  for (const char* folder : {".", "a", "a/b", "a/b/c"}) {
    CAPTURE(folder);
    Machine machine("0::/a/b/c\n");
    machine.v2("a/b/c", "max 100000");
    machine.v2("a", "9000000 100000");
    machine.v2(folder, "60000 100000");
    machine.v2("other", "100 100000");
    CHECK(machine.cores() == 1);
  }
}

TEST_CASE("a quota is found in cgroup v1 and in a hybrid's cgroup v2") {
  Machine old("9:cpuset:/\n3:cpu,cpuacct:/docker/1f\n");
  old.v1("cpu,cpuacct", "70000", "100000");  // a container sees its own cgroup at the mount point
  CHECK(old.cores() == 1);
  Machine below("3:cpu:/a/b\n0::/a/b\n");
  below.v1("cpu/a/b", "-1", "100000");
  below.v1("cpu/a", "20000", "40000");
  CHECK(below.cores() == 1);
  Machine hybrid("3:cpu:/\n0::/x\n");
  hybrid.v2("unified/x", "100 1000");
  CHECK(hybrid.cores() == 1);
  Machine other("3:cpuset:/\n");
  other.v1("cpuset", "100", "1000");
  CHECK(other.cores() == kAll);
}

TEST_CASE("a malformed quota file is ignored") {
  for (const char* quota : {"", "0 100000", "100000", "100000 0", "-5 100000", "many 100000"}) {
    CAPTURE(quota);
    Machine machine("0::/\nnonsense\n3:\n\n");
    machine.v2(".", quota);
    CHECK(machine.cores() == kAll);
  }
  Machine outside("0::/../../up\n");
  outside.v2("up", "100 1000");
  CHECK(outside.cores() == 1);
}

TEST_CASE("the command uses one thread per core of its affinity mask unless --threads is given") {
  cpu_set_t all;
  REQUIRE(sched_getaffinity(0, sizeof all, &all) == 0);
  const std::vector<std::string> time{"time", "-n", "1", "--warmup", "0"};
  const std::vector<std::string> one_more{
      "time", "-n", "1", "--warmup", "0", "--threads", std::to_string(kAll + 1)};
  check_reported(cli::run(time), std::to_string(usable_cores()));
  std::thread([&] {  // the command inherits the thread's mask
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int cpu = 0; CPU_COUNT(&one) == 0; ++cpu)
      if (CPU_ISSET(cpu, &all)) CPU_SET(cpu, &one);
    CHECK(sched_setaffinity(0, sizeof one, &one) == 0);
    check_reported(cli::run(time), "1");
  })
      .join();
  check_reported(cli::run(one_more), std::to_string(kAll + 1));
}
