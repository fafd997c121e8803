#include "core/memory.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "cli/command.hpp"
#include "skip.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;

TEST_CASE("the minimum memory limit of a cgroup and its parents applies") {
  const std::uint64_t all = usable_memory("/none");
  CHECK(all > 0);
  const cli::TemporaryFolder v2;
  v2.write("proc/self/cgroup", "0::/a/b\n");
  v2.write("sys/fs/cgroup/a/memory.max", "max\n");
  CHECK(usable_memory(v2.path()) == all);
  v2.write("sys/fs/cgroup/a/b/memory.max", "90000000\n");
  const std::uint64_t limited = usable_memory(v2.path());
  CHECK(limited < all);
  v2.write("sys/fs/cgroup/a/memory.max", "80000000\n");
  CHECK(usable_memory(v2.path()) == limited - 10000000);
  const cli::TemporaryFolder v1;
  v1.write("proc/self/cgroup", "7:memory:/x\n");
  v1.write("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "80000000\n");
  CHECK(usable_memory(v1.path()) == limited - 10000000);
  v1.write("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "9223372036854771712\n");  // no limit in cgroup v1
  CHECK(usable_memory(v1.path()) == all);
}

TEST_CASE("a request for more memory than the process can have is refused with both sizes") {
  CHECK_NOTHROW(require_memory(1000, "a small thing"));
  const std::string message =
      message_of<std::runtime_error>([] { require_memory(1234567890123456789, "a large thing"); });
  CHECK(message.starts_with(
      "not enough memory: a large thing needs 1234567890.1 GB, but this process can have "));
  CHECK(message.ends_with(" GB"));
}

TEST_CASE("commands refuse a network whose input exceeds the free memory") {
  // AddressSanitizer reserves terabytes, so no command starts under a limit. Then the machine's own memory
  // must be too small.
  constexpr std::uint64_t kMemory = std::uint64_t{2} << 30;
  const bool limited = cli::run({.args = {"--version"}, .memory_bytes = kMemory}).status == 0;
  constexpr std::uint64_t kNeeded = 42900000000;  // for explain; a pass needs twice as much
  if (!limited && usable_memory() >= kNeeded) {
    alexnet::test::skip("the command cannot be limited here, and this machine has the memory");
    return;
  }
  const cli::TemporaryFolder folder;
  folder.write(
      "huge/network.json",
      R"({"name": "huge", "input": {"size": 26750, "crop": "none", "resize": {"rule": "squash"}}, "layers": [
                   {"name": "conv", "type": "conv", "output": 3, "kernel": 3, "pad": 1},
                   {"name": "pool", "type": "global_average_pool"}, {"name": "prob", "type": "softmax"}]})");
  const auto refused = [&](std::vector<std::string> args) {
    args.insert(args.end(), {"-m", folder.path("huge"), "--random-weights"});
    const cli::Result result = cli::run({.args = args, .memory_bytes = limited ? kMemory : 0});
    CHECK(result.status == 2);
    CHECK(result.out == "");
    return result.err;
  };
  const std::string photo = cli::photo("cat.png");
  const std::string explain = refused({"explain", "conv", photo});
  const std::string needs = "alexnet: not enough memory: explain needs 42.9 GB, but this process can have ";
  if (limited)
    CHECK(explain == needs + "2.1 GB\n");
  else
    CHECK(explain.starts_with(needs));
  for (const std::vector<std::string>& args :
       {std::vector<std::string>{"features", photo, "--layer", "conv", "-o", folder.path("out.png")},
        {"time"},
        {"time", photo}})
    CHECK(refused(args).starts_with("alexnet: not enough memory: a pass of 1 image needs "));
  const cli::Result filters =
      cli::run({"filters", "-m", folder.path("huge"), "-o", folder.path("out.png"), "--random-weights"});
  CHECK(filters.status == 0);  // filters needs no input
}
