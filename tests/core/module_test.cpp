#include "core/module.hpp"

#include <doctest/doctest.h>

#include "alexnet/error.hpp"
#include "alexnet/version.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;

TEST_CASE("a module with another version or without a version is refused by name") {
  CHECK(message_of<ModelError>([] { open_module("stale"); }) ==
        "alexnet_stale.so: belongs to alexnet 0.0.1, but this is " + std::string(version()) +
            "; install the module of this version");
  CHECK(message_of<ModelError>([] {
          open_module("unversioned");
        }).starts_with("alexnet_unversioned.so: belongs to alexnet before 0.1.0, but this is "));
}

TEST_CASE("a module that is not installed is refused with the loader's reason") {
  CHECK(message_of<ModelError>([] { open_module("missing"); }).starts_with("alexnet_missing.so: "));
}

TEST_CASE("the module folders are those that the program was linked with") {
  REQUIRE(!module_folders().empty());
  CHECK(module_folders().front().filename() == "alexnet");
  CHECK(std::filesystem::exists(module_folders().front() / "alexnet_tiff.so"));
}
