// HTTP transfers and checksums: the parts that need libcurl and libcrypto.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

namespace alexnet {

struct Transfer {
  std::string url;  // http or https
  // Its contents are the beginning of the download. The transfer requests the rest and appends it.
  std::filesystem::path file;
  std::uint64_t max_bytes = 0;
  std::string agent;                  // User-Agent, for example "alexnet/1.2.3"
  std::function<bool()> interrupted;  // called about once a second and whenever bytes arrive
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;  // bytes; total is 0 if unknown
  int connect_seconds = 30;
  int stall_seconds = 30;  // abort if almost no bytes arrive for this long
};

struct Ended {
  enum class How {
    complete,
    interrupted,
    truncated,  // a retry may resume
    no_resume,  // the server cannot resume
    failed,
    too_large,
  };
  How how = How::failed;
  std::string reason;  // reason for truncated, no_resume and failed
};

// The functions of the module: module<HttpModule>("http").
struct HttpModule {
  // Follows redirects, from https only to https. Closes the file. Throws OutputError if the file cannot be
  // written, and ModelError if libcurl cannot start.
  Ended (*transfer)(const Transfer& what);

  // Returns the digest in lower-case hexadecimal. file: for errors. algorithm: an OpenSSL name such as "sha1"
  // or "sha256". Throws ModelError if OpenSSL does not support it.
  std::string (*digest)(const std::string& file, std::span<const std::byte> bytes,
                        const std::string& algorithm);
};

}  // namespace alexnet
