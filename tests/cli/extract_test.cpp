// alexnet batch --extract: a layer's output for each image, as a .safetensors file.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "command.hpp"
#include "network/model.hpp"

using namespace alexnet::cli;
using nlohmann::json;

namespace {

using Row = std::vector<float>;

struct Features {
  json metadata;
  std::vector<std::string> paths;
  std::map<std::string, Row> rows;
};

// Reads the file by the format's documentation and checks the shapes that docs/batch.md states.
Features read_features(const std::string& file) {
  const std::string bytes = read_file(file);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  const json header = json::parse(bytes.substr(sizeof length, length));
  const std::string data = bytes.substr(sizeof length + length);
  CHECK((sizeof length + length) % 64 == 0);
  REQUIRE(header.size() == 3);
  const json& features = header.at("features");
  const json& paths = header.at("paths");
  CHECK(features.at("dtype") == "F32");
  CHECK(paths.at("dtype") == "U8");
  const auto count = features.at("shape").at(0).get<std::size_t>();
  const auto width = features.at("shape").at(1).get<std::size_t>();
  const std::size_t end = count * width * sizeof(float);
  CHECK(features.at("data_offsets") == json({0, end}));
  REQUIRE(paths.at("data_offsets") == json({end, data.size()}));
  CHECK(paths.at("shape") == json({data.size() - end}));
  Features found{header.at("__metadata__"), {}, {}};
  for (std::size_t at = end; at < data.size(); at = data.find('\0', at) + 1) {
    Row row(width);
    std::memcpy(row.data(), data.data() + found.paths.size() * width * sizeof(float), width * sizeof(float));
    found.paths.emplace_back(data.c_str() + at);
    found.rows[found.paths.back()] = row;
  }
  CHECK(found.paths.size() == count);
  CHECK(found.rows.size() == count);
  return found;
}

const std::vector<std::string> kPhotos{photo("cat.jpg"), photo("coffee.jpg"), photo("rocket.jpg")};

Result extract(const std::string& layer, const std::string& file, const std::vector<std::string>& more,
               const std::vector<std::string>& images = kPhotos) {
  std::vector<std::string> args{"batch", "--extract", layer, "-o", file};
  args.insert(args.end(), more.begin(), more.end());
  args.insert(args.end(), images.begin(), images.end());
  return run(args);
}

Features extracted(const std::string& layer, const TemporaryFolder& folder,
                   const std::vector<std::string>& more = {}) {
  const std::string file = folder.path(layer + ".safetensors");
  std::vector<std::string> options = more;
  options.emplace_back("--overwrite");
  const Result result = extract(layer, file, options);
  CHECK(result.status == 0);
  CHECK(result.out == "");
  CHECK(contains(result.err, "3 images, 0 failed, "));
  CHECK_FALSE(std::filesystem::exists(file + ".part"));
  return read_features(file);
}

// Returns the probabilities of batch, by class.
std::map<std::string, Row> batch_probabilities(const std::vector<std::string>& more) {
  std::vector<std::string> args{"batch", "--json", "-k", "200"};
  args.insert(args.end(), more.begin(), more.end());
  args.insert(args.end(), kPhotos.begin(), kPhotos.end());
  std::map<std::string, Row> all;
  for (const json& record : json_lines(run(args).out)) {
    Row& row = all[record.at("path")];
    row.resize(200);
    for (const json& p : record.at("predictions"))
      row.at(p.at("index").get<std::size_t>()) = p.at("probability").get<float>();
  }
  return all;
}

// Returns the output of `layer` from the library's forward pass for the pixels that classify dumps.
Row forward(const std::string& image, const std::string& layer, const TemporaryFolder& folder) {
  const std::string input = folder.path("input.safetensors");
  CHECK(run({"classify", "--dump-input", input, image}).status == 0);
  alexnet::Model model = alexnet::load_model(alexnet::cli::model("tiny-alexnet"));
  auto& layers = model.description.layers;
  layers.erase(std::ranges::find(layers, layer, &alexnet::Layer::name) + 1, layers.end());
  const alexnet::Network network = alexnet::make_network(model, std::nullopt, {.batch = 16});
  alexnet::Workspace workspace(network, 1);
  const auto pixels = alexnet::open_weights(input);
  std::ranges::copy(pixels->fetch({"input", {1, 3, 64, 64}}), workspace.input().begin());
  const auto output = network.forward(workspace, 1);
  return {output.begin(), output.end()};
}

}  // namespace

TEST_CASE("batch --extract writes one row of the layer's output per image") {
  const TemporaryFolder folder;
  const Features fc7 = extracted("fc7", folder);
  CHECK(fc7.paths == kPhotos);
  for (const std::string& path : kPhotos)
    CHECK(fc7.rows.at(path) == forward(path, "fc7", folder));  // bit for bit
  CHECK(fc7.metadata.at("model") == "tiny-alexnet");
  CHECK(fc7.metadata.at("layer") == "fc7");
  CHECK(fc7.metadata.at("model_hash").get<std::string>().size() == 32);
  // A layer of several channels also gives one row.
  const Features pool5 = extracted("pool5", folder);
  for (const std::string& path : kPhotos) CHECK(pool5.rows.at(path) == forward(path, "pool5", folder));
  CHECK(pool5.rows.at(kPhotos[0]).size() == 192 * 8 * 8);
  CHECK(pool5.metadata.at("model_hash") == fc7.metadata.at("model_hash"));
}

TEST_CASE("features of a layer exclude its ReLU, and features of the ReLU include it") {
  const TemporaryFolder folder;
  const Features before = extracted("fc7", folder);
  const Features after = extracted("relu7", folder);
  for (const std::string& path : kPhotos) {
    Row row = before.rows.at(path);
    CHECK(std::ranges::min(row) < 0.0F);
    for (float& value : row) value = std::max(value, 0.0F);
    CHECK(after.rows.at(path) == row);
  }
}

TEST_CASE("features of the last layer are the probabilities") {
  const TemporaryFolder folder;
  CHECK(extracted("prob", folder).rows == batch_probabilities({}));
  CHECK(extracted("prob", folder, {"--crops", "10"}).rows == batch_probabilities({"--crops", "10"}));
}

TEST_CASE("features are bit-identical for every batch size and number of threads") {
  const TemporaryFolder folder;
  std::vector<std::string> images;
  for (int i = 0; i < 40; ++i) {
    images.push_back(folder.path(std::to_string(i) + ".jpg"));
    std::filesystem::create_symlink(kPhotos[static_cast<std::size_t>(i) % 3], images.back());
  }
  std::string first;
  for (const auto& [size, threads] : {std::pair{"1", "1"}, {"3", "4"}, {"16", "1"}, {"4096", "2"}}) {
    CAPTURE(size);
    const std::string file = folder.path("f.safetensors");
    CHECK(extract("fc6", file, {"--batch-size", size, "--threads", threads, "--overwrite"}, images).status ==
          0);
    if (first.empty()) first = read_file(file);
    CHECK(read_file(file) == first);
  }
}

TEST_CASE("the library opens a file of features as weights") {
  const TemporaryFolder folder;
  const Features fc7 = extracted("fc7", folder);
  const auto opened = alexnet::open_weights(folder.path("fc7.safetensors"));
  const auto values = opened->fetch({"features", {3, 384}});
  CHECK(std::ranges::equal(values.subspan(384, 384), fc7.rows.at(kPhotos[1])));
  CHECK(opened->dtype("paths") == "U8");
}

TEST_CASE("a failed image has no row of features and one line on standard error") {
  const TemporaryFolder folder;
  const std::string odd = folder.write("line\nfeed \xFF.png", read_file(fixture("1x1.png")));
  const std::string bad = folder.write("bad.png", "no image");
  const std::string file = folder.path("f.safetensors");
  const Result result = extract("fc7", file, {}, {photo("cat.jpg"), bad, odd});
  CHECK(result.status == 1);
  CHECK(result.out == "");
  CHECK(lines(result.err).at(0) == "alexnet: " + bad + ": decode: not an image: it is text");
  CHECK(contains(lines(result.err).at(1), "3 images, 1 failed"));
  CHECK(read_features(file).paths == std::vector<std::string>{photo("cat.jpg"), odd});
}

TEST_CASE("features of no images are an empty tensor") {
  const TemporaryFolder folder;
  const std::string file = folder.path("f.safetensors");
  CHECK(extract("fc7", file, {}, {folder.write("bad.png", "no image")}).status == 1);
  CHECK(read_features(file).paths.empty());
}

TEST_CASE("--resume completes interrupted features with one row per image") {
  constexpr std::size_t kImages = 800;
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path("in"));
  for (std::size_t i = 0; i < kImages; ++i)
    std::filesystem::create_symlink(fixture("1x1.png"), folder.path("in/" + std::to_string(i) + ".png"));
  const std::string file = folder.path("f.safetensors");
  Call call{.args = {"batch", "--extract", "fc7", "-o", file, folder.path("in")},
            .signal_after_output = SIGINT,
            .signal_file = file + ".part",
            .signal_bytes = 256 << 10};  // a part of the 4 MB: the run has records but did not end
  const Result stopped = run(call);
  CHECK(stopped.status == 130);
  CHECK_FALSE(std::filesystem::exists(file));
  call.signal_after_output = 0;
  CHECK(contains(run(call).err, "records of an unfinished run; use --resume to continue it"));
  call.args.emplace_back("--resume");
  const Result resumed = run(call);
  CHECK(resumed.status == 0);
  CHECK(contains(resumed.err, " were done before"));
  const Features features = read_features(file);
  CHECK(features.paths.size() == kImages);
  const Row& one = features.rows.begin()->second;
  CHECK(std::ranges::all_of(features.rows, [&](const auto& row) { return row.second == one; }));
}

TEST_CASE("--resume appends to complete features") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path("in"));
  const std::string file = folder.path("f.safetensors");
  const auto add = [&](const std::string& name) {
    std::filesystem::copy_file(photo(name), folder.path("in/" + name),
                               std::filesystem::copy_options::overwrite_existing);
  };
  const auto go_on = [&] { return extract("fc7", file, {"--resume"}, {folder.path("in")}); };
  add("cat.jpg");
  CHECK(go_on().status == 0);
  const Row cat = read_features(file).rows.at(folder.path("in/cat.jpg"));
  add("rocket.jpg");
  add("coffee.jpg");
  CHECK(contains(go_on().err, "2 images, 0 failed"));
  Features features = read_features(file);
  CHECK(features.paths == std::vector<std::string>{folder.path("in/cat.jpg"), folder.path("in/coffee.jpg"),
                                                   folder.path("in/rocket.jpg")});
  CHECK(features.rows.at(folder.path("in/cat.jpg")) == cat);
  // Fewer rows: the row of a file that is no longer an image is removed.
  folder.write("in/coffee.jpg", "no image");
  CHECK(go_on().status == 1);
  features = read_features(file);
  CHECK(features.paths == std::vector<std::string>{folder.path("in/cat.jpg"), folder.path("in/rocket.jpg")});
  // Features of another layer belong to another run.
  const Result other = extract("fc6", file, {"--resume"}, {folder.path("in")});
  CHECK(other.status == 2);
  CHECK(other.err ==
        "alexnet: cannot resume " + file +
            ": it was written with --extract fc7, this run has --extract fc6; use --extract fc7 or another "
            "output file\n");
}

TEST_CASE("options that contradict --extract are refused") {
  const TemporaryFolder folder;
  const std::string file = folder.path("f.safetensors");
  for (const std::vector<std::string>& option : std::vector<std::vector<std::string>>{
           {"-k", "3"}, {"--min-prob", "0.5"}, {"--label", "cat"}, {"--format", "csv"}, {"--json"}}) {
    const Result result = extract("fc7", file, option);
    CHECK(result.status == 2);
    CHECK(contains(result.err, " cannot be combined with "));
  }
  CHECK(extract("fc7", "-", {}).err ==
        "alexnet: standard output: cannot hold features; name a file with -o\n");
  const Result unknown = extract("fc77", file, {});
  CHECK(unknown.status == 2);
  CHECK(contains(unknown.err, "network.json: layers: there is no 'fc77'; did you mean 'fc7'?\n"));
  CHECK_FALSE(std::filesystem::exists(file));
  CHECK_FALSE(std::filesystem::exists(file + ".part"));
}
