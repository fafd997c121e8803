#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "skip.hpp"

namespace alexnet::test {
namespace {

bool skipped = false;

}  // namespace

void skip(const std::string& reason) {
  MESSAGE("skipped: " << reason);
  skipped = true;
}

}  // namespace alexnet::test

int main(int argc, char** argv) {
  constexpr int kSkipped = 77;  // SKIP_RETURN_CODE in CMakeLists.txt
  const int status = doctest::Context(argc, argv).run();
  return status == 0 && alexnet::test::skipped ? kSkipped : status;
}
