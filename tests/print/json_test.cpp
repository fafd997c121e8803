#include "print/json.hpp"

#include <doctest/doctest.h>

using namespace alexnet;
using namespace alexnet::app;

TEST_CASE("a member added to the text of an object is the last one, and the others keep their bytes") {
  const nlohmann::ordered_json object{{"path", "a\"\x1b.png"}, {"share", 0.1}};
  const std::string text = with_member(dump(object), "args", "[1,2]");
  CHECK(text == R"({"path":"a\"\u001b.png","share":0.1,"args":[1,2]})");
  CHECK(with_member(text, "na\"me", "null").ends_with(R"(,"na\"me":null})"));
}

TEST_CASE("a path that is not UTF-8 also has its bytes in base64") {
  CHECK(dump(path_json("caf\xC3\xA9")) == "{\"path\":\"caf\xC3\xA9\"}");
  CHECK(dump(path_json("caf\xE9")) == "{\"path\":\"caf\xEF\xBF\xBD\",\"path_base64\":\"Y2Fm6Q==\"}");
}

TEST_CASE("an unknown value is null") {
  CHECK(accuracy_json(std::nullopt).is_null());
  CHECK(dump(accuracy_json(Accuracy{"d", 0.5, std::nullopt})) == R"({"data":"d","top1":0.5,"top5":null})");
  LayerTime layer;
  layer.name = "conv";
  const nlohmann::ordered_json json = layers_json({layer})[0];
  for (const char* key : {"m", "fused_into", "method", "gflops", "limit", "limit_ms", "reached"})
    CHECK(json.at(key).is_null());
}
