// The module that downloads and computes checksums.
#include "fetch/http.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstdlib>

#include "alexnet/error.hpp"
#include "cli/command.hpp"
#include "cli/file_server.hpp"
#include "core/failing_calls.hpp"
#include "core/module.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using namespace alexnet::cli;

namespace {

const HttpModule& http() {
  setenv("no_proxy", "127.0.0.1", 1);
  return module<HttpModule>("http");
}

std::string digest(std::string_view text, const char* algorithm) {
  return http().digest("file", std::as_bytes(std::span(text)), algorithm);
}

Transfer transfer(const std::string& url, const std::string& file) {
  return {.url = url,
          .file = file,
          .max_bytes = 1000,
          .agent = "alexnet/test",
          .interrupted = [] { return false; },
          .progress = [](std::uint64_t, std::uint64_t) {}};
}

}  // namespace

// FIPS 180-2, appendices A.1 and B.1.
TEST_CASE("checksums match the examples of the Secure Hash Standard") {
  CHECK(digest("abc", "sha1") == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(digest("abc", "sha256") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(digest("", "sha1").size() == 40);
  CHECK(message_of<ModelError>([] { digest("", "none"); }) ==
        "file: none: libcrypto cannot compute this checksum");
}

TEST_CASE("a transfer ends if the server stops sending") {
  const TemporaryFolder folder;
  folder.write("file", std::string(500, 'x'));
  const FileServer server(folder.path());
  Transfer what = transfer(server.url("stall-100", "file"), folder.path("part"));
  what.stall_seconds = 1;
  const Ended ended = http().transfer(what);
  CHECK(ended.how == Ended::How::truncated);
  CHECK(contains(ended.reason, "too slow"));
  CHECK(read_file(folder.path("part")) == std::string(100, 'x'));
}

TEST_CASE("a transfer can be interrupted while no data arrives") {
  const TemporaryFolder folder;
  folder.write("file", std::string(500, 'x'));
  const FileServer server(folder.path());
  Transfer what = transfer(server.url("stall-100", "file"), folder.path("part"));
  what.interrupted = [&] { return std::filesystem::file_size(what.file) == 100; };
  CHECK(http().transfer(what).how == Ended::How::interrupted);
}

TEST_CASE("a transfer reports its progress, including bytes that were already present") {
  const TemporaryFolder folder;
  const std::string whole(500, 'x');
  folder.write("file", whole);
  const FileServer server(folder.path());
  Transfer what = transfer(server.url("plain", "file"), folder.write("part", whole.substr(0, 200)));
  std::uint64_t last = 0;
  what.progress = [&](std::uint64_t done, std::uint64_t total) {
    CHECK(done > 200);
    CHECK(total == 500);
    last = done;
  };
  CHECK(http().transfer(what).how == Ended::How::complete);
  CHECK(last == 500);
  CHECK(read_file(folder.path("part")) == whole);
  CHECK(server.requests() == std::vector<std::string>{"/plain/file bytes=200-"});
}

TEST_CASE("a write that fails only when the file is closed ends a transfer") {
  const TemporaryFolder folder;
  folder.write("file", "bytes");
  const FileServer server(folder.path());
  const Transfer what = transfer(server.url("plain", "file"), folder.path("part"));
  const FailingClose fails(EDQUOT);
  CHECK(message_of<OutputError>([&] { http().transfer(what); }) ==
        what.file.string() + ": Disk quota exceeded");
}

TEST_CASE("a transfer stops at the maximum size, with and without an announced size") {
  const TemporaryFolder folder;
  folder.write("file", std::string(1001, 'x'));
  const FileServer server(folder.path());
  for (const std::string mode : {"plain", "endless"}) {
    CAPTURE(mode);
    const Transfer what = transfer(server.url(mode, "file"), folder.path(mode));
    CHECK(http().transfer(what).how == Ended::How::too_large);
    CHECK(std::filesystem::file_size(what.file) <= 1000);
  }
}
