// One transfer over HTTP, and checksums: what needs libcurl and libcrypto.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

namespace alexnet {

struct Transfer {
  std::string url;             // http or https
  std::filesystem::path file;  // what it holds is taken as the beginning; the rest is asked for and appended
  std::uint64_t max_bytes = 0;
  std::string agent;                  // who asks: "alexnet/1.2.3"
  std::function<bool()> interrupted;  // asked about once a second and at every arrival of bytes
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;  // bytes; a total of 0 is unknown
  int connect_seconds = 30;
  int stall_seconds = 30;  // with hardly a byte in this time the transfer is cut
};

struct Ended {
  enum class How {
    complete,
    interrupted,
    cut,        // another try may go on where this one ended
    no_resume,  // the server does not send the rest alone
    failed,
    too_large,
  };
  How how = How::failed;
  std::string reason;  // of all but complete and interrupted
};

// The module: module<HttpModule>("http").
struct HttpModule {
  // Redirections are followed, from https to https alone. Throws OutputError where the file cannot be written.
  Ended (*transfer)(const Transfer& what);

  // In lower-case hexadecimal digits. algorithm: a name that OpenSSL knows, "sha1" or "sha256".
  std::string (*digest)(std::span<const std::byte> bytes, const std::string& algorithm);
};

}  // namespace alexnet
