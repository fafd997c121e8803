// alexnet filters and features: exact pixels, on models whose values are known.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "alexnet/image.hpp"
#include "import/caffe_writer.hpp"
#include "tiny_model.hpp"
#include "weights/weights.hpp"

using namespace alexnet;
using namespace alexnet::cli;
using namespace alexnet::test;
using nlohmann::json;

namespace {

using Rgb = std::array<int, 3>;
constexpr Rgb kWhite{255, 255, 255};
constexpr Rgb kZero{128, 128, 128};

Rgb pixel(const image::Image& picture, int y, int x) {
  const std::size_t at = 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(picture.width) +
                              static_cast<std::size_t>(x));
  return {picture.rgb.at(at), picture.rgb.at(at + 1), picture.rgb.at(at + 2)};
}

std::string put(std::string data, const std::map<std::size_t, float>& values) {
  for (const auto& [i, value] : values) std::memcpy(data.data() + i * sizeof(float), &value, sizeof value);
  return data;
}

// Writes the tiny model with kernels that are 0 except for `values`: the index of kernel k, channel c, row y,
// column x is 27 * k + 9 * c + 3 * y + x.
std::string model_with(const TemporaryFolder& folder, const std::string& order,
                       const std::map<std::size_t, float>& values) {
  nlohmann::ordered_json network = tiny_network();
  network["input"]["channel_order"] = order;
  std::string data = tiny_data();
  std::fill_n(data.begin(), 54 * sizeof(float), '\0');
  folder.write("known/network.json", network.dump());
  folder.write("known/weights.safetensors", safetensors(tiny_header().dump(), put(data, values)));
  folder.write("known/labels.txt", "n00000001 first\nsecond, other\nthird\n");
  return folder.path("known");
}

image::Image drawn(std::vector<std::string> args, const std::string& file) {
  args.insert(args.end(), {"-o", file});
  const Result result = run(args);
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  return image::load(file);
}

void check_refused_call(const std::vector<std::string>& args, int status, const std::string& words) {
  const Result result = run(args);
  CAPTURE(words);
  CAPTURE(result.err);
  CHECK(result.status == status);
  CHECK(result.out == "");
  CHECK(contains(result.err, words));
}

json features_of(std::vector<std::string> args, const std::string& file) {
  args.insert(args.begin(), "features");
  args.insert(args.end(), {"-o", file, "--json"});
  const Result result = run(args);
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  return json::parse(result.out);
}

// Returns a picture that is embedded in a page as <image id="..." ... href="data:...">.
image::Image image_of(const std::string& page, const std::string& id) {
  const std::string head = "data:image/png;base64,";
  const std::size_t at = page.find("<image id=\"" + id + "\"");
  REQUIRE(at != std::string::npos);
  const std::size_t begin = page.find(head, at) + head.size();
  const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<std::uint8_t> bytes;
  unsigned bits = 0;
  int held = 0;
  for (std::size_t i = begin; page[i] != '"' && page[i] != '='; ++i) {
    bits = bits << 6 | static_cast<unsigned>(letters.find(page[i]));
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes.push_back(static_cast<std::uint8_t>(bits >> held));
  }
  return image::decode(bytes);
}

}  // namespace

TEST_CASE("filters draws each kernel as colours around zero on its own scale") {
  const TemporaryFolder folder;
  // First kernel: 2 in channel 0 at 0,0; -2 in channel 2 at 1,2; 1 in channel 1 at 2,0. Second kernel: 0.5 in
  // channel 0 at 0,1.
  const std::string known =
      model_with(folder, "RGB", {{0, 2.0F}, {18 + 5, -2.0F}, {9 + 6, 1.0F}, {27 + 1, 0.5F}});
  const image::Image picture = drawn({"filters", "-m", known, "--zoom", "10"}, folder.path("k.png"));
  CHECK(picture.width == 5 + 2 * (30 + 5));
  CHECK(picture.height == 5 + 30 + 5);
  CHECK(pixel(picture, 4, 4) == kWhite);
  CHECK(pixel(picture, 5, 5) == Rgb{255, 128, 128});
  CHECK(pixel(picture, 14, 14) == Rgb{255, 128, 128});
  CHECK(pixel(picture, 15, 14) == kZero);
  CHECK(pixel(picture, 20, 30) == Rgb{128, 128, 0});
  CHECK(pixel(picture, 30, 10) == Rgb{128, 191, 128});
  CHECK(pixel(picture, 10, 36) == kWhite);
  CHECK(pixel(picture, 10, 55) == Rgb{255, 128, 128});
  CHECK(pixel(picture, 30, 60) == kZero);
}

TEST_CASE("filters shows a model's blue as blue if its channel order is BGR") {
  const TemporaryFolder folder;
  const std::string known = model_with(folder, "BGR", {{0, 2.0F}});
  CHECK(pixel(drawn({"filters", "-m", known, "--zoom", "10"}, folder.path("k.png")), 10, 10) ==
        Rgb{128, 128, 255});
}

TEST_CASE("filters draws AlexNet's 96 kernels as 8 rows of 12, and tiny-alexnet's 64 by default") {
  const TemporaryFolder folder;
  const std::string file = folder.path("conv1.png");
  const image::Image alexnet = drawn({"filters", "-m", "alexnet", "--random-weights", "1"}, file);
  CHECK(alexnet.width == 3 + 12 * (6 * 11 + 3));
  CHECK(alexnet.height == 3 + 8 * (6 * 11 + 3));
  const image::Image tiny = drawn({"filters"}, file);
  CHECK(tiny.width == tiny.height);
  CHECK(tiny.width >= 800);
  CHECK(tiny.width < 1000);
  CHECK(run({"filters", "-o", file}).err ==
        "alexnet: " + file + ": conv1 of tiny-alexnet: 64 kernels, 5 x 5, as colours, 8 a row\n");
}

TEST_CASE("filters draws deeper kernels in grey, one row each, and reports the omitted ones") {
  const TemporaryFolder folder;
  const std::string file = folder.path("conv2.png");
  const image::Image grey =
      drawn({"filters", "--layer", "conv2", "--zoom", "4", "--kernels", "3", "--channels", "5"}, file);
  CHECK(grey.width == 2 + 5 * (20 + 2));
  CHECK(grey.height == 2 + 3 * (20 + 2));
  const auto weights = open_weights(model("tiny-alexnet") + "/weights.safetensors");
  const auto values = weights->fetch({"conv2.weight", {128, 64, 5, 5}});
  for (const int k : {0, 2})
    for (const int c : {0, 4})
      for (const int y : {0, 3})
        for (const int x : {1, 4}) {
          const auto kernel = values.subspan(static_cast<std::size_t>(k) * 1600, 1600);
          double most = 0;
          for (const float v : kernel) most = std::max(most, std::abs(static_cast<double>(v)));
          const auto value = static_cast<double>(kernel[static_cast<std::size_t>(c * 25 + y * 5 + x)]);
          const auto level = static_cast<int>(std::lround(127.5 + 127.5 * value / most));
          CHECK(pixel(grey, 2 + k * 22 + y * 4 + 3, 2 + c * 22 + x * 4) == Rgb{level, level, level});
        }
  CHECK(contains(
      run({"filters", "--layer", "conv2", "-o", file}).err,
      "32 of 128 kernels, 5 x 5, a row each with 32 of 64 channels; --kernels and --channels draw more\n"));
}

TEST_CASE("filters reports assumptions about a model, such as its channel order") {
  const TemporaryFolder folder;
  CaffeNet net = small_net();
  fill_weights(net, 2);
  const std::string file = folder.write("net.caffemodel", caffemodel(net, CaffeForm::v1));
  const Result result = run({"filters", "-m", file, "-o", folder.path("k.png")});
  CHECK(result.status == 0);
  CHECK(contains(result.err, "alexnet: note: " + file + ": the file does not say how photos are prepared"));
}

TEST_CASE("explain and filters draw the first layer's kernels alike") {
  const TemporaryFolder folder;
  folder.write("bgr/network.json",
               nlohmann::ordered_json{
                   {"name", "bgr"},
                   {"input", {{"size", 32}, {"channel_order", "BGR"}}},
                   {"layers", {{{"name", "conv1"}, {"type", "conv"}, {"output", 2}, {"kernel", 5}}}}}
                   .dump());
  const std::string page = folder.path("page.html");
  REQUIRE(run({"explain", "-m", folder.path("bgr"), "conv1", photo("cat.png"), "--channel", "0", "--html",
               page, "--random-weights"})
              .status == 0);
  const image::Image here = image_of(read_file(page), "colours");
  const image::Image there =
      drawn({"filters", "-m", folder.path("bgr"), "--kernels", "1", "--zoom", "1", "--random-weights", "1"},
            folder.path("k.png"));
  REQUIRE(here.width == 5);
  REQUIRE(there.width == 7);
  for (int y = 0; y < 5; ++y)
    for (int x = 0; x < 5; ++x) CHECK(pixel(here, y, x) == pixel(there, y + 1, x + 1));
}

TEST_CASE("explain's page of a large input stays below 300 kB and shows the window's position") {
  const TemporaryFolder folder;
  const std::vector<nlohmann::ordered_json> layers{
      {{"name", "conv1"}, {"type", "conv"}, {"output", 64}, {"kernel", 3}, {"pad", 1}},
      {{"name", "conv2"}, {"type", "conv"}, {"output", 8}, {"kernel", 3}, {"stride", 2}, {"pad", 1}},
      {{"name", "norm3"}, {"type", "lrn"}},
      {{"name", "fc4"}, {"type", "fc"}, {"output", 2}},
      {{"name", "prob"}, {"type", "softmax"}}};
  folder.write(
      "wide/network.json",
      nlohmann::ordered_json{{"name", "wide"}, {"input", {{"size", 512}}}, {"layers", layers}}.dump());
  image::Image noise{512, 512, std::vector<std::uint8_t>(std::size_t{512} * 512 * 3)};
  std::mt19937 random(1);
  for (std::uint8_t& byte : noise.rgb) byte = static_cast<std::uint8_t>(random());
  const std::string file = folder.path("noise.png");
  image::save_png(file, noise);
  for (const auto& [layer, plane] : std::map<std::string, const char*>{
           {"conv1", "photo"}, {"conv2", "plane0"}, {"norm3", "in0"}, {"fc4", "plane0"}}) {
    CAPTURE(layer);
    const std::string at = layer == "fc4" ? "--channel" : "--at";
    const std::string page = folder.path(layer + ".html");
    REQUIRE(run({"explain", "-m", folder.path("wide"), layer, file, at, at == "--at" ? "100,200" : "1",
                 "--html", page, "--random-weights"})
                .status == 0);
    const std::string text = read_file(page);
    CHECK(text.size() < 300000);
    const int side = layer == "conv1" || layer == "conv2" ? 512 : 256;
    const std::string size = "\"" + std::to_string(side) + "\"";
    CHECK(contains(text, "<image id=\"" + std::string(plane) + "\" width=" + size + " height=" + size +
                             " preserveAspectRatio=\"none\""));
    const image::Image shown = image_of(text, plane);
    CHECK(shown.width == (layer == "conv1" ? 240 : 96));
    CHECK(shown.height == shown.width);
  }
  CHECK(contains(read_file(folder.path("conv1.html")), "<rect class=\"window\" x=\"199\" y=\"99\""));
  CHECK(contains(read_file(folder.path("conv2.html")), "<rect class=\"window\" x=\"399\" y=\"199\""));
  const image::Image photo = image_of(read_file(folder.path("conv1.html")), "photo");
  double sum = 0;
  for (const std::uint8_t byte : photo.rgb) {
    CHECK_MESSAGE(std::abs(byte - 128) < 120, "a mean of areas, of noise, is far from black and white");
    sum += byte;
  }
  CHECK(sum / static_cast<double>(photo.rgb.size()) == doctest::Approx(127.5).epsilon(0.02));
}

TEST_CASE("filters refuses invalid layers, options and outputs") {
  const TemporaryFolder folder;
  const std::string file = folder.path("f.png");
  check_refused_call({"filters", "--layer", "conv9", "-o", file}, 2,
                     "there is no 'conv9'; did you mean 'conv");
  check_refused_call(
      {"filters", "--layer", "relu1", "-o", file}, 2,
      "'relu1' (relu) has no kernels; the convolutions are conv1, conv2, conv3, conv4, conv5\n");
  check_refused_call({"filters", "-m", "alexnet", "-o", file}, 2,
                     "network.json: weights: the model has no weights");
  check_refused_call({"filters"}, 2, "--output");
  check_refused_call({"filters", "-o", "f.jpg"}, 2, "'f.jpg' must end in .png");
  check_refused_call({"filters", "-o", file, "--zoom", "65"}, 2, "--zoom");
  for (const char* count : {"0", "-1", "1000001", "x"}) {
    check_refused_call({"filters", "-o", file, "--kernels", count}, 2, "--kernels: ");
    check_refused_call({"filters", "-o", file, "--channels", count}, 2, "--channels: ");
  }
  CHECK(run({"filters", "-o", file, "--kernels", "0"}).err.size() < 150);
  check_refused_call({"filters", "-o", file, "--channels", "2"}, 2,
                     "--channels: does not apply to 'conv1': its kernels are drawn in colour");
  check_refused_call(
      {"filters", "--layer", "conv3", "-o", file, "--kernels", "320", "--channels", "160", "--zoom", "64"}, 2,
      "is too large; use a smaller --zoom");
  CHECK(!std::filesystem::exists(file));
  check_refused_call({"filters", "-o", folder.path("none/f.png")}, 3,
                     "f.png: cannot be opened for writing: No such file");
}

TEST_CASE("features draws the strongest map first, with one scale from 0 for all maps") {
  const TemporaryFolder folder;
  // Two maps of 2 x 2 with kernels of one weight: the first halves a pixel, the second doubles it.
  const std::string known = model_with(folder, "RGB", {{4, 0.5F}, {27 + 4, 2.0F}});
  const std::string file = folder.path("maps.png");
  const json report =
      features_of({"-m", known, fixture("upright.png"), "--layer", "conv1", "--zoom", "10"}, file);
  REQUIRE(report.at("maps").size() == 2);
  CHECK(report.at("layer") == "conv1");
  CHECK(report.at("shape") == json{2, 2, 2});
  CHECK(report.at("maps").at(0).at("channel") == 1);
  CHECK(report.at("maps").at(1).at("channel") == 0);
  const image::Image picture = image::load(file);
  // The photo with 256 x 256 pixels in a margin of 10, then the maps with their channels below.
  constexpr int kLeft = 256 + 2 * 10;
  CHECK(picture.width == kLeft + 5 + 2 * (20 + 5));
  CHECK(picture.height == 256 + 2 * 10);
  const auto y = report.at("maps").at(0).at("at").at(0).get<int>();
  const auto x = report.at("maps").at(0).at("at").at(1).get<int>();
  CHECK(pixel(picture, 10 + 10 * y, kLeft + 10 + 10 * x) == Rgb{252, 255, 164});  // the end of "inferno"
}

TEST_CASE("features lists the same numbers as explain at the same positions") {
  const TemporaryFolder folder;
  const std::string file = folder.path("maps.png");
  const json maps = features_of({photo("cat.png"), "--layer", "conv2"}, file).at("maps");
  REQUIRE(maps.size() == 128);
  for (std::size_t i = 1; i < maps.size(); ++i) CHECK(maps.at(i - 1).at("max") >= maps.at(i).at("max"));
  for (const std::size_t i : {std::size_t{0}, std::size_t{7}, std::size_t{127}}) {
    const json& map = maps.at(i);
    const std::string at = map.at("at").at(0).dump() + "," + map.at("at").at(1).dump();
    const json example = json::parse(run({"explain", "conv2", photo("cat.png"), "--channel",
                                          map.at("channel").dump(), "--at", at, "--json"})
                                         .out)
                             .at("example");
    CHECK(example.at("engine_value").get<double>() == doctest::Approx(map.at("max").get<double>()));
    CHECK(example.at("value").get<double>() == doctest::Approx(map.at("max").get<double>()).epsilon(1e-4));
  }
  const Result text = run({"features", photo("cat.png"), "--layer", "conv2", "-o", file, "--maps", "3"});
  CHECK(lines(text.out).size() == 4);
  CHECK(contains(lines(text.out).at(1), maps.at(0).at("channel").dump()));
  const Result piped =
      run({"features", "-", "--layer", "conv2", "-o", file, "--maps", "3"}, read_file(photo("cat.png")));
  CHECK(piped.out == text.out);
}

TEST_CASE("features refuses invalid layers, photos and outputs") {
  const TemporaryFolder folder;
  const std::string file = folder.path("f.png");
  const std::string cat = photo("cat.png");
  check_refused_call({"features", cat, "--layer", "conv9", "-o", file}, 2,
                     "there is no 'conv9'; did you mean 'conv");
  check_refused_call({"features", cat, "--layer", "fc6", "-o", file}, 2,
                     "'fc6' (fc, 384) are single numbers, not maps");
  check_refused_call({"features", cat, "-o", file}, 2, "--layer");
  for (const char* count : {"0", "-1"})
    check_refused_call({"features", cat, "--layer", "conv1", "-o", file, "--maps", count}, 2,
                       "--maps: invalid number '" + std::string(count) + "'");
  check_refused_call({"features", photo("none.png"), "--layer", "conv1", "-o", file}, 1,
                     "none.png: read: No such file");
  const std::string text = folder.write("text.png", "no image");
  check_refused_call({"features", text, "--layer", "conv1", "-o", file}, 1, "text.png: decode: ");
  check_refused_call({"features", text, "--layer", "conv1", "-o", text}, 2,
                     "is not a picture that alexnet wrote");
  CHECK(!std::filesystem::exists(file));
  check_refused_call({"features", cat, "--layer", "conv1", "-o", folder.path("none/f.png")}, 3,
                     "f.png: cannot be opened");
}
