// Tests that cannot run on every machine.
#pragma once

#include <string>

namespace alexnet::test {

// Reports that the test cannot run here, and why. ctest then shows the test as skipped, unless a check of it
// failed. Return from the test case after it.
void skip(const std::string& reason);

}  // namespace alexnet::test
