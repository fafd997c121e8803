#include "alexnet/error.hpp"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

using namespace alexnet;

TEST_CASE("each stage has the name that records show") {
  const std::vector<std::pair<Stage, std::string>> all{
      {Stage::list, "list"},       {Stage::read, "read"},
      {Stage::decode, "decode"},   {Stage::preprocess, "preprocess"},
      {Stage::network, "network"}, {Stage::sort, "sort"}};
  CHECK(all.size() == kStageNames.size());
  for (const auto& [stage, name] : all) CHECK(to_string(stage) == name);
}
