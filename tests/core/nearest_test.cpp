#include "core/nearest.hpp"

#include <doctest/doctest.h>

using alexnet::did_you_mean;
using alexnet::nearest;

TEST_CASE("the nearest word needs the fewest edits, ignoring case") {
  const std::vector<std::string> known{"alexnet", "caffenet", "vgg16", "vgg16-bn"};
  CHECK(nearest("alexnte", known) == "alexnet");
  CHECK(nearest("AlexNet", known) == "alexnet");
  CHECK(nearest("ALEXNET", known) == "alexnet");
  CHECK(nearest("vgg16_bn", known) == "vgg16-bn");
  CHECK(nearest("VGG-16", known) == "vgg16");
  CHECK(nearest("squeezenet1_1", known) == "");
  CHECK(nearest(std::string(65, 'a'), known) == "");
}

TEST_CASE("a suggestion quotes the word and escapes it") {
  CHECK(did_you_mean("alexnet") == "; did you mean 'alexnet'?");
  CHECK(did_you_mean("a\x1b[31m") == "; did you mean 'a\\x1b[31m'?");
  CHECK(did_you_mean("") == "");
}
