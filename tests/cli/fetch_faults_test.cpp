// alexnet fetch with failing servers, networks and disks, and with signals.
#include <doctest/doctest.h>
#include <sys/mount.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "fetch_bench.hpp"
#include "skip.hpp"

using namespace alexnet::cli;

namespace fs = std::filesystem;

namespace {

const std::string kRanged = std::string("/") + FetchBench::kFile + " bytes=";

}  // namespace

TEST_CASE("an interrupted download continues at the same byte") {
  const FetchBench bench;
  bench.serve("once-100000");
  bench.check_fetched(bench.fetch());
  REQUIRE(bench.requests().size() == 2);
  CHECK(bench.requests()[0] == "/once-100000/" + std::string(FetchBench::kFile) + " ");
  CHECK(bench.requests()[1] == "/once-100000" + kRanged + "100000-");
}

TEST_CASE("a download that is interrupted repeatedly continues until it is complete or gives up") {
  const FetchBench bench;
  bench.serve("cut-100000");
  bench.check_fetched(bench.fetch());
  CHECK(bench.requests().size() == 4);
  fs::remove(bench.place());
  bench.serve("cut-10");
  bench.check_failed(bench.fetch(), 2, "/cut-10/");
  CHECK(fs::file_size(bench.part()) == 40);  // kept for the next attempt
}

TEST_CASE("a busy server is asked again") {
  const FetchBench bench;
  bench.serve("busy");
  bench.check_fetched(bench.fetch());
}

TEST_CASE("a partial file is discarded if the rest is not available or does not match") {
  for (const std::string mode : {"whole", "shifted", "plain"}) {
    // If the partial file is longer than the model, no bytes remain to be requested.
    for (const std::size_t size : {std::size_t{1000}, FetchBench::kBytes * 2}) {
      CAPTURE(mode);
      CAPTURE(size);
      const FetchBench bench;
      bench.serve(mode);
      bench.write(bench.part().substr(bench.path("").size()), std::string(size, 'x'));
      bench.check_fetched(bench.fetch());
    }
  }
}

TEST_CASE("a partial file that is already complete is used") {
  const FetchBench bench;
  bench.serve("plain");
  bench.write(bench.part().substr(bench.path("").size()), read_file(bench.copy()));
  bench.check_fetched(bench.fetch());
  CHECK(bench.requests().size() == 1);
}

TEST_CASE("a file that changes during its download is downloaded once more") {
  const FetchBench bench;
  bench.serve("changed-1000");
  bench.check_fetched(bench.fetch());
  CHECK(bench.requests().size() == 3);
}

TEST_CASE("a wrong file is refused with both checksums and removed") {
  const FetchBench bench;
  bench.serve("wrong");
  const std::string right = sum("sha256sum", bench.copy());
  std::string other = read_file(bench.copy());
  for (char& c : other) c = static_cast<char>(c ^ 1);
  bench.write("other", other);
  bench.check_failed(bench.fetch(), 2,
                     "sha256: expected " + right + ", found " + sum("sha256sum", bench.path("other")) + "\n");
  CHECK(bench.requests().size() == 1);
  CHECK_FALSE(fs::exists(bench.part()));
}

TEST_CASE("an endless download is stopped") {
  const FetchBench bench;
  bench.serve("endless");
  bench.check_failed(bench.fetch(), 2, "is larger than the 1049240 bytes that are accepted");
  CHECK_FALSE(fs::exists(bench.part()));
}

TEST_CASE("bytes beyond the announced length are ignored") {
  const FetchBench bench;
  bench.serve("longer");
  bench.check_fetched(bench.fetch());
}

TEST_CASE("fetch continues a download that a signal interrupted") {
  for (const int signal : {SIGINT, SIGTERM, SIGKILL}) {
    CAPTURE(signal);
    const int status = signal == SIGKILL ? -signal : 128 + signal;
    const FetchBench bench;
    bench.serve("wait-1000");
    Call call = bench.call({"tiny"});
    call.signal_after_output = signal;
    call.signal_file = bench.part();
    bench.check_failed(run(call), status, signal == SIGKILL ? "" : "alexnet: stopped; ");
    CHECK(fs::file_size(bench.part()) == 1000);
    bench.write("served/go", "");
    bench.check_fetched(bench.fetch());
    CHECK(bench.requests().back() == "/wait-1000" + kRanged + "1000-");
  }
}

TEST_CASE("a second fetch of the same model is refused while the first one runs") {
  const FetchBench bench;
  bench.serve("wait-1000");
  std::future<Result> first = std::async(std::launch::async, [&] { return bench.fetch(); });
  for (int i = 0; i < 2000 && !fs::exists(bench.part()); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  bench.check_failed(bench.fetch(), 2, "alexnet: tiny: another process is fetching it\n");
  bench.write("served/go", "");
  bench.check_fetched(first.get());
}

TEST_CASE("a full disk ends fetch with status 3 and installs no model") {
  const FetchBench bench;
  bench.serve("plain");
  Call call = bench.call({"tiny"});
  call.file_bytes = 4096;
  bench.check_failed(run(call), 3, bench.part() + ": File too large\n");

  const FetchBench other;
  fs::create_directories(other.path("home"));
  if (mount("none", other.path("home").c_str(), "tmpfs", 0, "size=256k") != 0) {
    alexnet::test::skip("a small disk cannot be made here");
    return;
  }
  other.serve("plain");
  other.check_failed(other.fetch(), 3, other.part() + ": No space left on device\n");
  fs::remove_all(other.models() + "/.downloads");
  std::ofstream(other.path("home/filler")) << std::string(FetchBench::kBytes, 'x');
  const Result converting = other.fetch({"tiny", "--from", other.copy()});
  CHECK(contains(converting.err, "No space left on device"));
  other.check_failed(converting, 3, other.models());
  fs::remove(other.path("home/filler"));
  other.check_fetched(other.fetch({"tiny", "--from", other.copy()}));
  CHECK(umount(other.path("home").c_str()) == 0);
}

TEST_CASE("fetch ends with status 3 if the models folder is not writable") {
  if (!can_test_rights()) return;
  const FetchBench bench;
  bench.serve("plain");
  fs::create_directories(bench.models());
  open_to_all(bench.models());
  Call call = bench.call({"tiny"});
  call.unprivileged = true;
  bench.check_failed(run(call), 3, bench.models() + "/.downloads/tiny: Permission denied\n");
  CHECK(bench.requests().empty());
}

TEST_CASE("a downloaded file that was damaged on disk is discarded") {
  const FetchBench bench;
  bench.serve("plain");
  const std::string whole = bench.whole();
  bench.write(whole.substr(bench.path("").size()), "spoilt");
  bench.check_failed(bench.fetch(), 2, "alexnet: " + whole + ": sha256: expected ");
  bench.check_fetched(bench.fetch());
}
