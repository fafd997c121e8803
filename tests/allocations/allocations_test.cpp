// Counts the allocations of a forward pass. glibc only: its malloc has a second name.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <limits>

#include "network/model.hpp"
#include "reference.hpp"

namespace {

std::atomic<bool> counting = false;
std::atomic<int> allocations = 0;

void count() {
  if (counting) ++allocations;
}

}  // namespace

// operator new calls malloc too.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) {
  count();
  return __libc_malloc(size);
}
void* calloc(std::size_t n, std::size_t size) {
  count();
  return __libc_calloc(n, size);
}
void* realloc(void* memory, std::size_t size) {
  count();
  return __libc_realloc(memory, size);
}
void* memalign(std::size_t align, std::size_t size) {
  count();
  return __libc_memalign(align, size);
}
void* aligned_alloc(std::size_t align, std::size_t size) { return memalign(align, size); }
int posix_memalign(void** memory, std::size_t align, std::size_t size) {
  *memory = memalign(align, size);
  return *memory == nullptr ? ENOMEM : 0;
}
}

using namespace alexnet;

namespace {

// Keeps the compiler from removing a pair of new and delete.
void* volatile kept;

// Returns the minimum over several passes: the library would allocate in every pass, but oneTBB may
// occasionally allocate memory for its tasks.
int allocations_of(const Network& network, int batch) {
  Workspace workspace(network, batch);
  const auto x = reference::noise(network.input_shape().count() * static_cast<std::size_t>(batch), 4);
  const auto pass = [&] {
    std::ranges::copy(x, workspace.input().begin());
    network.forward(workspace, batch);
  };
  for (int i = 0; i < 2; ++i) pass();
  int least = std::numeric_limits<int>::max();
  for (int i = 0; i < 3; ++i) {
    allocations = 0;
    counting = true;
    pass();
    counting = false;
    least = std::min<int>(least, allocations);
  }
  return least;
}

void check_engine(const EngineOptions& options) {
  for (const std::string name : {"tiny-alexnet", "alexnet"}) {
    CAPTURE(name);
    Model model = load_model(std::string(ALEXNET_SOURCE_DIR "/models/") + name);
    const Network network = make_network(model, 1, options);
    for (const int threads : {1, 2}) {
      CAPTURE(threads);
      const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                      static_cast<std::size_t>(threads));
      tbb::task_arena(threads).execute([&] {
        for (const int batch : {1, 9}) {
          CAPTURE(batch);
          CHECK(allocations_of(network, batch) == 0);
        }
      });
    }
  }
}

}  // namespace

TEST_CASE("the count includes malloc, aligned_alloc and new") {
  allocations = 0;
  counting = true;
  kept = std::malloc(1);
  std::free(kept);
  kept = std::aligned_alloc(64, 64);
  std::free(kept);
  auto* const number = new int;
  kept = number;
  delete number;
  counting = false;
  CHECK(allocations.load() == 3);
}

TEST_CASE("a forward pass of the packed engine allocates nothing") {
  check_engine({EngineKind::packed, ConvMethod::gemm});
  check_engine({EngineKind::packed, ConvMethod::winograd});
}

TEST_CASE("a forward pass of the eigen engine allocates nothing") { check_engine({EngineKind::eigen}); }
