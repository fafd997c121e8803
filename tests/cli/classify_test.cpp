// alexnet classify: predictions, formats and the network's input.
#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "alexnet/image.hpp"
#include "command.hpp"
#include "weights/weights.hpp"

using namespace alexnet;
using namespace alexnet::cli;
using nlohmann::json;

namespace {

json classified(const std::vector<std::string>& options, const std::string& input = "") {
  std::vector<std::string> args{"classify", "--json"};
  args.insert(args.end(), options.begin(), options.end());
  const Result result = run(args, input);
  REQUIRE(result.status == 0);
  CHECK(result.err == "");
  const std::vector<json> records = json_lines(result.out);
  REQUIRE(records.size() == 1);
  return records.at(0);
}

bool near(double a, double b, double tolerance) { return std::abs(a - b) <= tolerance; }

long pixel_sum(const image::Image& image) { return std::accumulate(image.rgb.begin(), image.rgb.end(), 0L); }

}  // namespace

TEST_CASE("classify gives the golden answers for the sample photos") {
  const json expected = golden();
  REQUIRE(expected.size() == 4);
  std::vector<std::string> args{"classify", "--json"};
  for (const json& entry : expected) args.push_back(photo(entry.at("photo")));
  std::vector<std::string> exact = args;
  exact.emplace_back("--exact-decode");
  const Result result = run(exact);
  CHECK(result.status == 0);
  CHECK(result.err == "");
  const std::vector<json> records = json_lines(result.out);
  REQUIRE(records.size() == expected.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    CAPTURE(records[i].dump());
    CHECK(records[i].at("path") == args[i + 2]);
    CHECK(records[i].at("model") == "tiny-alexnet");
    CHECK(records[i].at("ms").get<double>() > 0.0);
    const json& found = records[i].at("predictions");
    const json& wanted = expected[i].at("predictions");
    REQUIRE(found.size() == wanted.size());
    for (std::size_t rank = 0; rank < found.size(); ++rank) {
      for (const char* key : {"index", "id", "label"}) CHECK(found[rank][key] == wanted[rank][key]);
      CHECK(near(found[rank].at("probability"), wanted[rank].at("probability"), 1e-5));
      CHECK(found[rank].size() == 4);
    }
  }
}

TEST_CASE("classify prints probabilities with full precision") {
  // A rounded number would rarely be a float32.
  const json record = classified({photo("cat.png")});
  for (const json& p : record.at("predictions")) {
    const auto probability = p.at("probability").get<double>();
    CHECK(static_cast<double>(static_cast<float>(probability)) == probability);
    CHECK(std::abs(probability * 1e6 - std::round(probability * 1e6)) > 0.0);
  }
}

TEST_CASE("classify reads a photo from standard input") {
  json from_pipe = classified({"-"}, read_file(photo("coffee.jpg")));
  CHECK(from_pipe.at("path") == "-");
  CHECK(from_pipe.at("predictions") == classified({photo("coffee.jpg")}).at("predictions"));
}

TEST_CASE("classify names each photo and its answers in text") {
  const Result result = run({"classify", photo("cat.png"), photo("coffee.jpg"), "-k", "2"});
  CHECK(result.status == 0);
  CHECK(result.err == "");
  const std::vector<std::string> text = lines(result.out);
  REQUIRE(text.size() == 6);
  CHECK(text.at(0) == photo("cat.png"));
  CHECK(text.at(1) == "  1   76.5 %  tabby, tabby cat");
  CHECK(text.at(2) == "  2   22.3 %  Egyptian cat");
  CHECK(text.at(3) == photo("coffee.jpg"));
  CHECK(text.at(4) == "  1   99.9 %  espresso");
}

TEST_CASE("classify -k gives as many answers, or all classes if there are fewer") {
  const json one = classified({photo("cat.png"), "-k", "1"}).at("predictions");
  CHECK(one.size() == 1);
  const json all = classified({photo("cat.png"), "-k", "1000"}).at("predictions");
  REQUIRE(all.size() == 200);
  CHECK(all[0] == one[0]);
  double sum = 0.0;
  std::set<int> indices;
  for (std::size_t i = 0; i < all.size(); ++i) {
    sum += all[i].at("probability").get<double>();
    indices.insert(all[i].at("index").get<int>());
    if (i > 0) CHECK(all[i].at("probability") <= all[i - 1].at("probability"));
  }
  CHECK(near(sum, 1.0, 1e-5));
  CHECK(indices.size() == 200);
}

TEST_CASE("classify continues after a bad image and ends with status 1") {
  const std::string missing = photo("none.jpg");
  Result result = run({"classify", photo("cat.png"), missing, photo("coffee.jpg"), "-k", "1"});
  CHECK(result.status == 1);
  CHECK(result.err == "alexnet: " + missing + ": read: No such file or directory\n");
  CHECK(lines(result.out).size() == 4);
  CHECK(contains(result.out, "espresso"));

  result = run({"classify", "--json", photo("cat.png"), missing, photo("coffee.jpg")});
  CHECK(result.status == 1);
  CHECK(result.err == "");
  const std::vector<json> records = json_lines(result.out);
  REQUIRE(records.size() == 3);
  CHECK(records.at(1) == json{{"path", missing}, {"stage", "read"}, {"reason", "No such file or directory"}});
  CHECK(records.at(2).at("predictions").at(0).at("label") == "espresso");
}

TEST_CASE("classify --time adds a row for every layer of the run") {
  const Result result = run({"classify", photo("cat.png"), "--time"});
  CHECK(result.status == 0);
  CHECK(result.err == "");
  for (const char* word : {"layer", "conv1", "pool5", "fc8", "prob", "conv + fc: "})
    CHECK(contains(result.out, word));
  const json layers = classified({photo("cat.png"), "--time"}).at("layers");
  REQUIRE(layers.size() == 21);
  CHECK(layers.at(0).at("name") == "conv1");
  double shares = 0.0;
  for (const json& layer : layers) shares += layer.at("share").get<double>();
  CHECK(near(shares, 1.0, 1e-6));
  CHECK(!classified({photo("cat.png")}).contains("layers"));
}

TEST_CASE("classify --dump-input writes the pixels of the network's input") {
  const TemporaryFolder folder;
  for (const json& entry : golden()) {
    CAPTURE(entry.at("photo").get<std::string>());
    const std::string file = folder.path("input.png");
    classified({photo(entry.at("photo")), "--exact-decode", "--dump-input", file});
    const image::Image seen = image::load(file);
    CHECK(seen.width == 64);
    CHECK(seen.height == 64);
    CHECK(pixel_sum(seen) == entry.at("input_rgb_sum").get<long>());
  }
}

TEST_CASE("classify --dump-input writes the numbers of the network's input") {
  const TemporaryFolder folder;
  const std::string file = folder.path("input.safetensors");
  classified({photo("cat.png"), "--dump-input", file});
  classified({photo("cat.png"), "--dump-input", folder.path("input.png")});
  const image::Image pixels = image::load(folder.path("input.png"));
  const auto dump = open_weights(file);
  CHECK(dump->shapes() == std::map<std::string, Dims>{{"input", {1, 3, 64, 64}}});
  const auto numbers = dump->fetch({"input", {1, 3, 64, 64}});
  // The preset tiny-imagenet: (pixel / 255 - mean) / std, one channel after the other.
  const std::array<double, 3> mean{0.480, 0.448, 0.398};
  const std::array<double, 3> std{0.277, 0.269, 0.282};
  bool equal = true;
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t i = 0; i < 64 * 64; ++i)
      equal = equal && near(static_cast<double>(numbers[c * 64 * 64 + i]),
                            (pixels.rgb[3 * i + c] / 255.0 - mean[c]) / std[c], 1e-6);
  CHECK(equal);
}

TEST_CASE("classify --dump-input accepts one photo and two file formats") {
  Result result = run({"classify", photo("cat.png"), photo("cat.jpg"), "--dump-input", "x.png"});
  CHECK(result.status == 2);
  CHECK(contains(result.err, "--dump-input"));
  result = run({"classify", photo("cat.png"), "--dump-input", "x.jpg"});
  CHECK(result.status == 2);
  CHECK(contains(result.err, "must end in .png or .safetensors"));
}

TEST_CASE("classify --background blends a transparent image with the colour") {
  const TemporaryFolder folder;
  const auto seen = [&](const std::vector<std::string>& options) {
    std::vector<std::string> args{fixture("rgba.png"), "--dump-input", folder.path("seen.png")};
    args.insert(args.end(), options.begin(), options.end());
    classified(args);
    return pixel_sum(image::load(folder.path("seen.png")));
  };
  const long dropped = seen({});
  const long black = seen({"--background", "black"});
  const long white = seen({"--background", "white"});
  CHECK(black < dropped);
  CHECK(black < white);
  CHECK(seen({"--background", "#000000"}) == black);
  CHECK(seen({"--background", "#FFffff"}) == white);
  for (const char* bad : {"mauve", "#fff", "#gggggg", "#1234567"}) {
    const Result result = run({"classify", fixture("rgba.png"), "--background", bad});
    CHECK(result.status == 2);
    CHECK(contains(result.err, std::string("unknown colour '") + bad + "' "));
  }
}

TEST_CASE("classify colours its text if asked to, or by default on a terminal") {
  const auto colored = [](const std::vector<std::string>& options,
                          const std::map<std::string, std::string>& env) {
    std::vector<std::string> args{"classify", photo("cat.png")};
    args.insert(args.end(), options.begin(), options.end());
    const Result result = run(args, "", env);
    CHECK(result.status == 0);
    return contains(result.out, "\x1b[");
  };
  CHECK(!colored({}, {}));
  CHECK(!colored({"--color", "never"}, {}));
  CHECK(colored({"--color", "always"}, {}));
  CHECK(colored({"--color", "always"}, {{"NO_COLOR", "1"}}));
  CHECK(!colored({"--color", "auto"}, {{"NO_COLOR", "1"}}));
}

TEST_CASE("control characters in a path are escaped") {
  const TemporaryFolder folder;
  const std::string file = folder.write("a\tb\x1b[31m\n.png", read_file(fixture("1x1.png")));
  const Result result = run({"classify", file, "-k", "1"});
  CHECK(result.status == 0);
  CHECK(lines(result.out).at(0) == folder.path("a\\tb\\x1b[31m\\n.png"));
}
