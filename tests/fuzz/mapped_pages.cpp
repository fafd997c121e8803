// Reports reads past the end of a mapped file. Files are mapped in whole pages, so a read behind the end in
// the last page would go unnoticed; here AddressSanitizer reports it. The linker's --wrap redirects the
// library's calls to these functions.
#include <sanitizer/asan_interface.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>

namespace {

std::size_t rest_of_page(std::size_t size) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return (page - size % page) % page;
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names
extern "C" {

void* __real_mmap(void* address, std::size_t size, int protection, int flags, int fd, off_t offset);
int __real_munmap(void* address, std::size_t size);

void* __wrap_mmap(void* address, std::size_t size, int protection, int flags, int fd, off_t offset) {
  void* const mapped = __real_mmap(address, size, protection, flags, fd, offset);
  if (mapped != MAP_FAILED) ASAN_POISON_MEMORY_REGION(static_cast<char*>(mapped) + size, rest_of_page(size));
  return mapped;
}

int __wrap_munmap(void* address, std::size_t size) {
  ASAN_UNPOISON_MEMORY_REGION(static_cast<char*>(address) + size, rest_of_page(size));
  return __real_munmap(address, size);
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)
