// A file descriptor that closes itself.
#pragma once

#include <unistd.h>

namespace alexnet {

// Owns a descriptor and closes it on destruction. It may hold the result of a failed open().
struct Descriptor {
  explicit Descriptor(int opened) : fd(opened) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) close(fd);
  }

  const int fd;  // negative if the open failed
};

}  // namespace alexnet
