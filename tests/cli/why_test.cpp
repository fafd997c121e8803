// alexnet classify --why: the drops compared with a plain loop over the squares, and the picture drawn from
// them.
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <limits>

#include "alexnet/analysis.hpp"
#include "classify/classify_report.hpp"
#include "classify/occlusion_picture.hpp"
#include "network/model.hpp"
#include "skip.hpp"
#include "tiny_model.hpp"

using namespace alexnet;
using namespace alexnet::cli;
using nlohmann::json;

namespace {

std::vector<float> input_of(const Model& model, const std::string& file) {
  const image::Preprocess& how = model.description.input;
  std::vector<float> values(model.description.layers.front().in.count());
  image::normalise(image::resize_and_crop(image::load(file), how), how, values.data());
  return values;
}

float probability_of(const Network& network, const std::vector<float>& input, std::size_t index) {
  Workspace workspace(network, 1);
  std::ranges::copy(input, workspace.input().begin());
  return network.forward(workspace, 1)[index];
}

json why_of(const std::vector<std::string>& more, const std::string& file) {
  std::vector<std::string> args{"classify", "--json", "-k", "1", "--why", file};
  args.insert(args.end(), more.begin(), more.end());
  const Result result = run(args);
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  return json::parse(result.out);
}

void check_why_refused(const std::vector<std::string>& more, int status, const std::string& words) {
  std::vector<std::string> args{"classify", photo("cat.png")};
  args.insert(args.end(), more.begin(), more.end());
  const Result result = run(args);
  CAPTURE(result.err);
  CHECK(result.status == status);
  CHECK(contains(result.err, words));
}

std::string sentence(const Occlusion& why) {
  app::Record record;
  record.predictions = {{why.index, why.probability}};
  return app::occlusion_text(why, "why.png", record, {}, 0);
}

bool grey(const image::Image& picture, int rows) {
  for (int i = 0; i < rows * picture.width; ++i) {
    const auto pixel = picture.rgb.begin() + std::ptrdiff_t{3} * i;
    if (std::abs(pixel[0] - pixel[2]) > 3) return false;  // the map's black is 0, 0, 3
  }
  return true;
}

}  // namespace

TEST_CASE("classify --why hides one square at a time and reports the drops of the best answer") {
  const TemporaryFolder folder;
  const json record = why_of({photo("cat.png")}, folder.path("why.png"));
  const json& why = record.at("why");
  CHECK(why.at("index") == record.at("predictions").at(0).at("index"));
  CHECK(why.at("label") == record.at("predictions").at(0).at("label"));
  CHECK(why.at("probability") == record.at("predictions").at(0).at("probability"));
  CHECK(why.at("square") == 15);
  CHECK(why.at("stride") == 5);
  CHECK(why.at("first") == json{-5, -5});
  REQUIRE(why.at("drops").size() == 13);
  const Model tiny = load_model(model("tiny-alexnet"));
  const Network network = make_network(tiny);
  const std::vector<float> input = input_of(tiny, photo("cat.png"));
  const auto index = why.at("index").get<std::size_t>();
  const float whole = probability_of(network, input, index);
  for (int i = 0; i < 13; ++i) {
    REQUIRE(why.at("drops").at(static_cast<std::size_t>(i)).size() == 13);
    for (int j = 0; j < 13; ++j) {
      std::vector<float> hidden = input;
      for (int c = 0; c < 3; ++c)
        for (int y = 0; y < 64; ++y)
          for (int x = 0; x < 64; ++x)
            if (y >= 5 * i - 5 && y < 5 * i + 10 && x >= 5 * j - 5 && x < 5 * j + 10)
              hidden[static_cast<std::size_t>((c * 64 + y) * 64 + x)] = 0;
      const auto drop = static_cast<double>(whole - probability_of(network, hidden, index));
      const auto said =
          why.at("drops").at(static_cast<std::size_t>(i)).at(static_cast<std::size_t>(j)).get<double>();
      CHECK(said == doctest::Approx(drop).epsilon(1e-4).scale(0.1));
    }
  }
}

TEST_CASE("the drops are bit-identical for any number of squares per pass") {
  const Model tiny = load_model(model("tiny-alexnet"));
  const Network network = make_network(tiny, std::nullopt, {.batch = 16});
  const std::vector<float> input = input_of(tiny, photo("coffee.jpg"));
  std::vector<std::vector<float>> drops;
  for (const int batch : {1, 7, 16}) {
    Workspace workspace(network, batch);
    drops.push_back(occlude(network, workspace, batch, input, 193, 0.5F).drops);
    CHECK(drops.back().size() == 169);
    CHECK(drops.back() == drops.front());
  }
}

TEST_CASE("the centres of the squares tile inputs of every shape") {
  for (const Shape& shape : {Shape{3, 227, 227}, Shape{3, 224, 224}, Shape{3, 64, 64}, Shape{3, 30, 100},
                             Shape{3, 4, 4}, Shape{3, 1, 1}}) {
    const Squares s = squares_for(shape);
    CHECK(s.side == 3 * s.stride);
    CHECK(s.top + s.stride <= 0);
    CHECK(s.left + s.stride <= 0);
    CHECK(s.top + s.stride > -s.stride);
    CHECK(s.top + s.stride + s.rows * s.stride >= shape.height);
    CHECK(s.left + s.stride + s.columns * s.stride >= shape.width);
    CHECK(s.top + s.rows * s.stride < shape.height);
  }
}

TEST_CASE("the picture is bright where the answer drops and shows the dimmed photo elsewhere") {
  const Shape input{3, 64, 64};
  Occlusion why{squares_for(input), 0, 0.5F, std::vector<float>(169, 0.0F)};
  why.drops[4 * 13 + 9] = 0.25F;
  why.drops[7 * 13 + 3] = -0.25F;
  const image::Image photo{64, 64, std::vector<std::uint8_t>(std::size_t{64} * 64 * 3, 128)};
  const image::Image picture = app::occlusion_picture(why, input, photo);
  CHECK(picture.width == 64);
  const auto pixel = [&](int y, int x) {
    const auto at = picture.rgb.begin() + (y * 64 + x) * 3;
    return std::vector<int>(at, at + 3);
  };
  // 0.45 * 128 plus 0.55 times the ends of "inferno": 252, 255, 164 and 0, 0, 3 or 4.
  CHECK(pixel(4 * 5 + 2, 9 * 5 + 2) == std::vector{196, 198, 148});
  const std::vector<int> dim = pixel(7 * 5 + 2, 3 * 5 + 2);
  CHECK(dim.at(0) == 58);
  CHECK(dim.at(2) <= 60);
  CHECK(pixel(60, 2) == dim);
}

TEST_CASE("classify --why draws the photo itself, or the network's input if the photo is a stream") {
  const TemporaryFolder folder;
  const std::string file = folder.path("why.png");
  const json named = why_of({photo("cat.png")}, file);
  const image::Image sharp = image::load(file);
  CHECK(sharp.width == 640);
  CHECK(sharp.height == 640 + 40);
  const Result piped =
      run({"classify", "-", "--json", "-k", "1", "--why", file}, read_file(photo("cat.png")));
  REQUIRE(piped.status == 0);
  CHECK(json::parse(piped.out).at("why") == named.at("why"));
  CHECK(image::load(file).width == 640);
  const Result text = run({"classify", photo("cat.png"), "-k", "1", "--why", file});
  CHECK(contains(text.out, "\n  why: " + file + "; tabby falls from 76.5 % to "));
  CHECK(contains(text.out, "a grey square of 15 x 15 pixels hides row "));
  CHECK(contains(text.out, "; 169 squares, 5 apart\n"));
}

TEST_CASE("classify --why changes no answer and can be combined with --dump-input") {
  const TemporaryFolder folder;
  const auto call = [&](std::vector<std::string> more) {
    std::vector<std::string> args{"classify", photo("cat.png"), "--json", "--dump-input",
                                  folder.path("in.safetensors")};
    args.insert(args.end(), more.begin(), more.end());
    json record = json::parse(run(args).out);
    record.erase("ms");
    record.erase("why");
    return std::pair(record, read_file(folder.path("in.safetensors")));
  };
  const auto [plain, input] = call({});
  const auto [with, same] = call({"--why", folder.path("why.png")});
  CHECK(input == same);
  CHECK(with.at("predictions").size() == plain.at("predictions").size());
  for (std::size_t i = 0; i < plain.at("predictions").size(); ++i) {
    CHECK(with.at("predictions").at(i).at("index") == plain.at("predictions").at(i).at("index"));
    CHECK(with.at("predictions").at(i).at("probability").get<double>() ==
          doctest::Approx(plain.at("predictions").at(i).at("probability").get<double>()).epsilon(1e-4));
  }
}

TEST_CASE("classify --why refuses invalid combinations and reports files that it cannot access") {
  const TemporaryFolder folder;
  const std::string file = folder.path("why.png");
  check_why_refused({photo("cat.jpg"), "--why", file}, 2, "--why: takes one image, not 2");
  check_why_refused({"--why", "why.jpg"}, 2, "--why: 'why.jpg' must end in .png");
  check_why_refused({"--why", file, "--crops", "10"}, 2, "--why cannot be combined with --crops 10");
  check_why_refused({"--why", folder.path("none/why.png")}, 3, "why.png: cannot be opened for writing");
  const std::string text = folder.write("text.png", "no image");
  const Result broken = run({"classify", text, "--why", file});
  CHECK(broken.status == 1);
  CHECK(contains(broken.err, "text.png: decode: "));
  CHECK(run({"classify", text, "--why", text}).status == 2);
  CHECK(!std::filesystem::exists(file));
}

TEST_CASE("classify --why reports if no square lowers the answer or if one barely does") {
  const Shape input{3, 64, 64};
  const image::Image photo{64, 64, std::vector<std::uint8_t>(std::size_t{64} * 64 * 3, 128)};
  Occlusion why{squares_for(input), 7, 0.731F, std::vector<float>(169, -0.01F)};
  why.drops[20] = 0.0F;
  CHECK(!why.largest_drop());
  CHECK(sentence(why) ==
        "  why: why.png; no grey square of 15 x 15 pixels lowers the 73.1 % of class 7; 169 squares, 5 "
        "apart\n");
  CHECK(grey(app::occlusion_picture(why, input, photo), 64));
  why.drops[4 * 13 + 9] = 0.00001F;
  CHECK(why.largest_drop() == std::size_t{4 * 13 + 9});
  CHECK(sentence(why) ==
        "  why: why.png; class 7 falls from 73.1 % by less than 0.1 points when a grey square of 15 x 15 "
        "pixels "
        "hides row 22, column 47; 169 squares, 5 apart\n");
  CHECK(!grey(app::occlusion_picture(why, input, photo), 64));
  const Occlusion one{squares_for({3, 1, 1}), 7, 0.731F, {0.5F}};
  CHECK(contains(sentence(one),
                 " falls from 73.1 % to 23.1 % when a grey square of 3 x 3 pixels hides row 0, "
                 "column 0; 1 square\n"));
}

TEST_CASE("classify --why draws only the photo if the probabilities are not numbers") {
  const Shape input{3, 64, 64};
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const image::Image photo{64, 64, std::vector<std::uint8_t>(std::size_t{64} * 64 * 3, 128)};
  Occlusion some{squares_for(input), 7, 0.5F, std::vector<float>(169, 0.1F)};
  some.drops[3] = nan;
  const Occlusion all{squares_for(input), 7, nan, std::vector<float>(169, nan)};
  for (const Occlusion& why : {some, all}) {
    CHECK(why.has_nan());
    CHECK(sentence(why) == "  why: why.png; the photo alone, as the probabilities are not numbers\n");
    CHECK(grey(app::occlusion_picture(why, input, photo), 64));
  }
}

TEST_CASE("classify --why reports the time of the prediction without the squares") {
  // 169 squares take many times as long as the prediction. Take the best of some runs, because other programs
  // may interfere.
  const TemporaryFolder folder;
  double least = 1.0;
  for (int i = 0; i < 5 && least >= 0.5; ++i) {
    const auto began = std::chrono::steady_clock::now();
    const auto ms = why_of({photo("cat.png")}, folder.path("why.png")).at("ms").get<double>();
    const std::chrono::duration<double, std::milli> whole = std::chrono::steady_clock::now() - began;
    least = std::min(least, ms / whole.count());
  }
  CHECK(least < 0.5);
}

TEST_CASE("an image counts as failed if there is not enough memory to draw its picture") {
  const TemporaryFolder folder;
  // Drawing it 640 pixels wide needs 125 MB temporarily; classifying it needs 1 MB.
  const std::string tiny = write_tiny_model(folder);
  const std::string tall = folder.path("tall.png");
  image::save_png(tall, {8, 65000, std::vector<std::uint8_t>(std::size_t{8} * 65000 * 3, 100)});
  const std::string file = folder.path("why.png");
  const auto with = [&](const std::string& image, std::uint64_t bytes) {
    return run(Call{.args = {"classify", "-m", tiny, image, "--threads", "1", "--why", file},
                    .memory_bytes = bytes});
  };
  std::uint64_t low = std::uint64_t{1} << 25;
  std::uint64_t high = std::uint64_t{1} << 32;
  if (with(photo("cat.png"), high).status != 0) {
    alexnet::test::skip("the command itself needs more memory here");
    return;
  }
  while (high - low > std::uint64_t{1} << 23) {
    const std::uint64_t middle = (low + high) / 2;
    (with(photo("cat.png"), middle).status == 0 ? high : low) = middle;
  }
  std::filesystem::remove(file);
  const std::uint64_t enough = high + (std::uint64_t{1} << 26);
  CHECK(run(Call{.args = {"classify", "-m", tiny, tall, "--threads", "1"}, .memory_bytes = enough}).status ==
        0);
  const Result result = with(tall, enough);
  CHECK(result.status == 1);
  CHECK(result.out == "");
  CHECK(result.err == "alexnet: " + tall + ": preprocess: not enough memory for the picture of --why\n");
  CHECK(!std::filesystem::exists(file));
  CHECK(with(tall, 0).status == 0);
}
