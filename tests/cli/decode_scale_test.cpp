// Large JPEGs are decoded at a reduced scale, unless the full size is requested.
#include <doctest/doctest.h>

#include <cmath>

#include "command.hpp"

using namespace alexnet::cli;
using nlohmann::json;

namespace {

// Returns the records of the sample photos, in the order of golden.json.
std::vector<json> records(const std::string& command, const std::vector<std::string>& options) {
  std::vector<std::string> args{command, "--json", "-k", "200"};
  for (const json& entry : golden()) args.push_back(photo(entry.at("photo")));
  args.insert(args.end(), options.begin(), options.end());
  const Result result = run(args);
  REQUIRE(result.status == 0);
  return json_lines(result.out);
}

double largest_change(const json& a, const json& b) {
  std::vector<double> change(a.size());
  for (const json& p : a) change.at(p.at("index")) += p.at("probability").get<double>();
  for (const json& p : b) change.at(p.at("index")) -= p.at("probability").get<double>();
  double largest = 0.0;
  for (const double c : change) largest = std::max(largest, std::abs(c));
  return largest;
}

}  // namespace

TEST_CASE("a photo decoded at a scale reports the scale and gets the same answer") {
  for (const char* command : {"classify", "batch"}) {
    CAPTURE(std::string(command));
    const std::vector<json> quick = records(command, {});
    const std::vector<json> exact = records(command, {"--exact-decode"});
    REQUIRE(quick.size() == 4);
    REQUIRE(exact.size() == 4);
    for (std::size_t i = 0; i < quick.size(); ++i) {
      CAPTURE(quick[i].at("path").get<std::string>());
      // The photos are 451 x 300 to 640 x 427: a half is large enough for 64, a quarter is not.
      const bool jpeg = quick[i].at("path").get<std::string>().ends_with(".jpg");
      CHECK(quick[i].at("decode_scale") == (jpeg ? 0.5 : 1.0));
      CHECK(exact[i].at("decode_scale") == 1.0);
      const json& found = quick[i].at("predictions");
      const json& wanted = exact[i].at("predictions");
      CHECK(found.at(0).at("index") == wanted.at(0).at("index"));
      const double change = largest_change(found, wanted);
      CHECK(change < 0.0081);
      CHECK((change > 0.0) == jpeg);
    }
  }
}

TEST_CASE("ten crops and standard input are decoded at the same scale") {
  const Result ten = run({"classify", "--json", photo("coffee.jpg"), "--crops", "10"});
  CHECK(json_lines(ten.out).at(0).at("decode_scale") == 0.5);
  const Result piped = run({"classify", "--json", "-"}, read_file(photo("coffee.jpg")));
  CHECK(json_lines(piped.out).at(0).at("decode_scale") == 0.5);
}

TEST_CASE("a photo smaller than twice the resized size is decoded at full size") {
  const TemporaryFolder folder;
  // 600 x 400: half of it is 200 pixels high.
  const auto scale = [&](int side, const std::string& resize = "{}") {
    const std::string text = std::to_string(side);
    folder.write("m/network.json", R"({"name": "m", "input": {"size": )" + text + R"(, "resize": )" + resize +
                                       R"(}, "weights": "weights.json", "layers": [
                       {"name": "fc", "type": "fc", "output": 2}, {"name": "prob", "type": "softmax"}]})");
    std::string zeros = "0";
    for (int i = 1; i < 2 * 3 * side * side; ++i) zeros += ",0";
    folder.write("m/weights.json", R"({"fc.weight": {"shape": [2, )" + std::to_string(3 * side * side) +
                                       R"(], "data": [)" + zeros +
                                       R"(]}, "fc.bias": {"shape": [2], "data": [0, 0]}})");
    const Result result = run({"classify", "--json", photo("coffee.jpg"), "-m", folder.path("m")});
    CHECK(result.err == "");
    REQUIRE(result.status == 0);
    return json_lines(result.out).at(0).at("decode_scale").get<double>();
  };
  CHECK(scale(50) == 0.25);
  CHECK(scale(51) == 0.5);
  CHECK(scale(100) == 0.5);
  CHECK(scale(101) == 1.0);
  // A filter that skips pixels would pick other ones from a reduced photo.
  CHECK(scale(50, R"({"filter": "opencv-bilinear"})") == 1.0);
}
