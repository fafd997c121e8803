// alexnet fetch with failing servers, networks and disks, and with signals.
#include <doctest/doctest.h>
#include <sys/mount.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "shop.hpp"

using namespace alexnet::cli;

namespace fs = std::filesystem;

namespace {

const std::string kRanged = std::string("/") + Shop::kFile + " bytes=";

}  // namespace

TEST_CASE("an interrupted download continues at the same byte") {
  const Shop shop;
  shop.serve("once-100000");
  shop.check_fetched(shop.fetch());
  REQUIRE(shop.requests().size() == 2);
  CHECK(shop.requests()[0] == "/once-100000/" + std::string(Shop::kFile) + " ");
  CHECK(shop.requests()[1] == "/once-100000" + kRanged + "100000-");
}

TEST_CASE("a download that is interrupted repeatedly continues until it is complete or gives up") {
  const Shop shop;
  shop.serve("cut-100000");
  shop.check_fetched(shop.fetch());
  CHECK(shop.requests().size() == 4);
  fs::remove(shop.place());
  shop.serve("cut-10");
  shop.check_failed(shop.fetch(), 2, "/cut-10/");
  CHECK(fs::file_size(shop.part()) == 40);  // kept for the next attempt
}

TEST_CASE("a busy server is asked again") {
  const Shop shop;
  shop.serve("busy");
  shop.check_fetched(shop.fetch());
}

TEST_CASE("a partial file is discarded if the rest is not available or does not match") {
  for (const std::string mode : {"whole", "shifted", "plain"}) {
    // If the partial file is longer than the model, no bytes remain to be requested.
    for (const std::size_t size : {std::size_t{1000}, Shop::kBytes * 2}) {
      CAPTURE(mode);
      CAPTURE(size);
      const Shop shop;
      shop.serve(mode);
      shop.write(shop.part().substr(shop.path("").size()), std::string(size, 'x'));
      shop.check_fetched(shop.fetch());
    }
  }
}

TEST_CASE("a partial file that is already complete is used") {
  const Shop shop;
  shop.serve("plain");
  shop.write(shop.part().substr(shop.path("").size()), read_file(shop.copy()));
  shop.check_fetched(shop.fetch());
  CHECK(shop.requests().size() == 1);
}

TEST_CASE("a file that changes during its download is downloaded once more") {
  const Shop shop;
  shop.serve("changed-1000");
  shop.check_fetched(shop.fetch());
  CHECK(shop.requests().size() == 3);
}

TEST_CASE("a wrong file is refused with both checksums and removed") {
  const Shop shop;
  shop.serve("wrong");
  const std::string right = sum("sha256sum", shop.copy());
  std::string other = read_file(shop.copy());
  for (char& c : other) c = static_cast<char>(c ^ 1);
  shop.write("other", other);
  shop.check_failed(shop.fetch(), 2,
                    "sha256: expected " + right + ", found " + sum("sha256sum", shop.path("other")) + "\n");
  CHECK(shop.requests().size() == 1);
  CHECK_FALSE(fs::exists(shop.part()));
}

TEST_CASE("an endless download is stopped") {
  const Shop shop;
  shop.serve("endless");
  shop.check_failed(shop.fetch(), 2, "is larger than the 1049240 bytes that are accepted");
  CHECK_FALSE(fs::exists(shop.part()));
}

TEST_CASE("bytes beyond the announced length are ignored") {
  const Shop shop;
  shop.serve("longer");
  shop.check_fetched(shop.fetch());
}

TEST_CASE("fetch continues a download that a signal interrupted") {
  for (const int signal : {SIGINT, SIGTERM, SIGKILL}) {
    CAPTURE(signal);
    const int status = signal == SIGKILL ? -signal : 128 + signal;
    const Shop shop;
    shop.serve("wait-1000");
    Call call = shop.call({"tiny"});
    call.signal_after_output = signal;
    call.signal_file = shop.part();
    shop.check_failed(run(call), status, signal == SIGKILL ? "" : "alexnet: stopped; ");
    CHECK(fs::file_size(shop.part()) == 1000);
    shop.write("served/go", "");
    shop.check_fetched(shop.fetch());
    CHECK(shop.requests().back() == "/wait-1000" + kRanged + "1000-");
  }
}

TEST_CASE("a second fetch of the same model is refused while the first one runs") {
  const Shop shop;
  shop.serve("wait-1000");
  std::future<Result> first = std::async(std::launch::async, [&] { return shop.fetch(); });
  for (int i = 0; i < 2000 && !fs::exists(shop.part()); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  shop.check_failed(shop.fetch(), 2, "alexnet: tiny: another process is fetching it\n");
  shop.write("served/go", "");
  shop.check_fetched(first.get());
}

TEST_CASE("a full disk ends fetch with status 3 and installs no model") {
  const Shop shop;
  shop.serve("plain");
  Call call = shop.call({"tiny"});
  call.file_bytes = 4096;
  shop.check_failed(run(call), 3, shop.part() + ": File too large\n");

  const Shop other;
  fs::create_directories(other.path("home"));
  if (mount("none", other.path("home").c_str(), "tmpfs", 0, "size=256k") != 0) {
    MESSAGE("skipped: a small disk cannot be made here");
    return;
  }
  other.serve("plain");
  other.check_failed(other.fetch(), 3, other.part() + ": No space left on device\n");
  fs::remove_all(other.models() + "/.downloads");
  std::ofstream(other.path("home/filler")) << std::string(Shop::kBytes, 'x');
  const Result converting = other.fetch({"tiny", "--from", other.copy()});
  CHECK(contains(converting.err, "No space left on device"));
  other.check_failed(converting, 3, other.models());
  fs::remove(other.path("home/filler"));
  other.check_fetched(other.fetch({"tiny", "--from", other.copy()}));
  CHECK(umount(other.path("home").c_str()) == 0);
}

TEST_CASE("fetch ends with status 3 if the models folder is not writable") {
  if (!can_test_rights()) return;
  const Shop shop;
  shop.serve("plain");
  fs::create_directories(shop.models());
  open_to_all(shop.models());
  Call call = shop.call({"tiny"});
  call.unprivileged = true;
  shop.check_failed(run(call), 3, shop.models() + "/.downloads/tiny: Permission denied\n");
  CHECK(shop.requests().empty());
}

TEST_CASE("a downloaded file that was damaged on disk is discarded") {
  const Shop shop;
  shop.serve("plain");
  const std::string whole = shop.whole();
  shop.write(whole.substr(shop.path("").size()), "spoilt");
  shop.check_failed(shop.fetch(), 2, "alexnet: " + whole + ": sha256: expected ");
  shop.check_fetched(shop.fetch());
}
