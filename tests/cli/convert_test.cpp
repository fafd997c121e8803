// alexnet convert, and the effect of the options for other programs' files on every model.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>

#include "tiny_model.hpp"
#include "weights/weights.hpp"

using namespace alexnet;
using namespace alexnet::cli;
using nlohmann::json;

namespace fs = std::filesystem;

namespace {

// Writes a small description with AlexNet's input preset and 1000 classes, without weights.
std::string write_thousand_classes(const TemporaryFolder& folder) {
  folder.write("thousand/network.json", R"({"name": "thousand", "input": {"preset": "torchvision", "size": 8},
    "layers": [{"name": "fc1", "type": "fc", "output": 1000}, {"name": "prob", "type": "softmax"}]})");
  return folder.path("thousand");
}

// Writes the same with weights, all 0 except the bias of class 281.
std::string write_tabby(const TemporaryFolder& folder) {
  write_thousand_classes(folder);
  const std::vector<float> weight(1000 * 192);
  std::vector<float> bias(1000);
  bias[281] = 5.0F;
  const std::string file = folder.path("tabby.safetensors");
  save_safetensors(file, {{"fc1.weight", {1000, 192}, weight}, {"fc1.bias", {1000}, bias}},
                   {{"network", read_file(folder.path("thousand/network.json"))}});
  return file;
}

// Returns the storage types of the layers that have weights.
std::map<std::string, std::string> dtypes(const json& inspected) {
  std::map<std::string, std::string> found;
  for (const json& layer : inspected["layers"])
    if (!layer["dtype"].is_null()) found[layer["name"]] = layer["dtype"];
  return found;
}

std::vector<json> answer_records(const std::string& model) {
  const Result result =
      run({"classify", "--json", "-m", model, photo("cat.jpg"), photo("coffee.jpg"), photo("rocket.jpg")});
  CHECK(result.status == 0);
  std::vector<json> records = json_lines(result.out);
  for (json& record : records) record.erase("ms");
  return records;
}

// Writes tiny-alexnet with all weights in float16, which float32 holds exactly.
std::string write_half(const TemporaryFolder& folder) {
  const std::string file = folder.path("half.safetensors");
  REQUIRE(run({"convert", "tiny-alexnet", "--dtype", "f16", "-o", file}).status == 0);
  return file;
}

}  // namespace

TEST_CASE("a model converted to one file gives bit-identical answers") {
  const TemporaryFolder folder;
  const std::string half = write_half(folder);
  const std::string file = folder.path("tiny.safetensors");
  const Result result = run({"convert", half, "-o", file});
  CHECK(result.status == 0);
  CHECK(result.err == "");
  CHECK(result.out == file + ": tiny-alexnet, 21 layers, 6,481,416 parameters, 25.9 MB\n");
  CHECK(answer_records(file) == answer_records(half));
}

TEST_CASE("the converted file holds source, licence, preprocessing and labels") {
  const TemporaryFolder folder;
  const std::string file = folder.path("tiny.safetensors");
  REQUIRE(run({"convert", "tiny-alexnet", "-o", file}).status == 0);
  json before = json::parse(run({"inspect", "--json", "tiny-alexnet"}).out);
  json after = json::parse(run({"inspect", "--json", file}).out);
  CHECK(after["stored_bytes"] == 4 * 6481416);
  CHECK(dtypes(before).size() == 8);
  for (const auto& [layer, dtype] : dtypes(before)) CHECK(dtype == (layer.starts_with("fc") ? "I8" : "F16"));
  CHECK(dtypes(after).size() == 8);
  for (const auto& [layer, dtype] : dtypes(after)) CHECK(dtype == "F32");
  for (json* inspected : {&before, &after}) {
    for (const char* key : {"path", "stored_bytes"}) inspected->erase(key);
    for (json& layer : (*inspected)["layers"]) layer.erase("dtype");
  }
  CHECK(after == before);
}

TEST_CASE("16-bit weights take half the space and equal the rounded weights") {
  const TemporaryFolder folder;
  const std::string half = write_half(folder);
  const std::string wide = folder.path("wide.safetensors");
  REQUIRE(run({"convert", half, "-o", wide}).status == 0);
  for (const std::string dtype : {"f16", "bf16"}) {
    CAPTURE(dtype);
    const std::string file = folder.path(dtype + ".safetensors");
    REQUIRE(run({"convert", wide, "--dtype", dtype, "-o", file}).status == 0);
    CHECK(fs::file_size(file) < 2 * 6481416 + 16384);
    // The weights were rounded to float16 before, and convert keeps biases in float32.
    if (dtype == "f16") CHECK(answer_records(file) == answer_records(half));
    if (dtype == "bf16") CHECK(answer_records(file)[0]["predictions"][0]["label"] == "tabby, tabby cat");
  }
}

TEST_CASE("--dtype i8 stores fully-connected layers as I8, convolutions as F16 and biases as F32") {
  const TemporaryFolder folder;
  const std::string file = folder.path("i8.safetensors");
  const Result result = run({"convert", "tiny-alexnet", "--dtype", "i8", "-o", file});
  CHECK(result.status == 0);
  CHECK(result.err == "");
  CHECK(result.out == file + ": tiny-alexnet, 21 layers, 6,481,416 parameters, 8.0 MB\n");
  const auto weights = open_weights(file);
  CHECK(weights->view({"fc6.weight", {384, 12288}}).storage == Storage::i8);
  CHECK(weights->view({"fc8.weight", {200, 384}}).storage == Storage::i8);
  CHECK(weights->view({"conv1.weight", {64, 3, 5, 5}}).storage == Storage::f16);
  CHECK(weights->view({"conv1.bias", {64}}).storage == Storage::f32);
  CHECK(weights->view({"fc8.bias", {200}}).storage == Storage::f32);
  CHECK(weights->shapes() == open_weights(model("tiny-alexnet") + "/weights.safetensors")->shapes());
  CHECK(dtypes(json::parse(run({"inspect", "--json", file}).out)) ==
        std::map<std::string, std::string>{{"conv1", "F16"},
                                           {"conv2", "F16"},
                                           {"conv3", "F16"},
                                           {"conv4", "F16"},
                                           {"conv5", "F16"},
                                           {"fc6", "I8"},
                                           {"fc7", "I8"},
                                           {"fc8", "I8"}});
  CHECK(contains(run({"inspect", file}).out, "\nweights   8.0 MB on disk, F16, I8\n"));
  CHECK(answer_records(file)[0]["predictions"][0]["label"] == "tabby, tabby cat");
  // Converting again, and converting from the float32 file, gives the same bytes.
  const std::string again = folder.path("again.safetensors");
  REQUIRE(run({"convert", "tiny-alexnet", "--dtype", "i8", "-o", again}).status == 0);
  CHECK(read_file(again) == read_file(file));
  REQUIRE(run({"convert", "tiny-alexnet", "-o", folder.path("f32.safetensors")}).status == 0);
  REQUIRE(
      run({"convert", folder.path("f32.safetensors"), "--dtype", "i8", "--overwrite", "-o", again}).status ==
      0);
  CHECK(read_file(again) == read_file(file));
}

// With 8 bits the scale multiplies the sum, with float32 each weight: the last digits may differ.
void check_close(const std::vector<json>& some, const std::vector<json>& others) {
  REQUIRE(some.size() == others.size());
  for (std::size_t i = 0; i < some.size(); ++i)
    for (std::size_t j = 0; j < some[i]["predictions"].size(); ++j) {
      const json& a = some[i]["predictions"][j];
      const json& b = others[i]["predictions"][j];
      CHECK(a["index"] == b["index"]);
      CHECK(std::abs(a["probability"].get<double>() - b["probability"].get<double>()) < 1e-6);
    }
}

TEST_CASE("an 8-bit model can be converted again with the same answers") {
  const TemporaryFolder folder;
  const std::string file = folder.path("i8.safetensors");
  REQUIRE(run({"convert", "tiny-alexnet", "--dtype", "i8", "-o", file}).status == 0);
  REQUIRE(run({"convert", file, "-o", folder.path("f32.safetensors")}).status == 0);
  check_close(answer_records(folder.path("f32.safetensors")), answer_records(file));
  REQUIRE(run({"convert", file, "-o", folder.path("x.onnx")}).status == 0);
  check_close(answer_records(folder.path("x.onnx")), answer_records(file));
}

TEST_CASE("--check reports for every format how far the answers of the written file differ") {
  const TemporaryFolder folder;
  const std::string photos = fs::path(photo("cat.jpg")).parent_path().string();
  const auto all_probabilities = [&](const std::string& model) {
    const Result result = run({"batch", "--json", "-k", "200", "-m", model, photos});
    std::map<std::pair<std::string, int>, double> found;
    for (const json& record : json_lines(result.out))
      for (const json& p : record["predictions"]) found[{record["path"], p["index"]}] = p["probability"];
    CHECK(found.size() == 4 * 200);
    return found;
  };
  const std::string half = write_half(folder);
  const auto before = all_probabilities(half);
  for (const std::string dtype : {"f32", "f16", "bf16", "i8", "onnx"}) {
    CAPTURE(dtype);
    const std::string file = folder.path(dtype == "onnx" ? "x.onnx" : "x.safetensors");
    std::vector<std::string> args{"convert", half, "--overwrite", "-o", file, "--check", photos};
    if (dtype != "onnx") args.insert(args.end(), {"--dtype", dtype});
    const Result result = run(args);
    CHECK(result.status == 0);
    CHECK(result.err == "");
    REQUIRE(lines(result.out).size() == 2);
    const std::string line = lines(result.out)[1];
    const std::string start = photos + ": top-1 the same for 4 of 4 photos, probabilities differ by at most ";
    REQUIRE(line.starts_with(start));
    double most = 0;
    for (const auto& [place, p] : all_probabilities(file))
      most = std::max(most, std::abs(p - before.at(place)));
    CHECK(std::abs(std::stod(line.substr(start.size())) - most) <= 0.051 * most);  // two digits are printed
    CHECK((most > 0) == (dtype == "bf16" || dtype == "i8"));                       // the weights are float16
  }
}

TEST_CASE("--check counts the photos whose best answer changes by rounding") {
  const TemporaryFolder folder;
  folder.write("m/network.json", R"({"name": "m", "input": {"size": 1}, "weights": "w.json", "layers":
    [{"name": "fc", "type": "fc", "output": 2, "bias": false}, {"name": "prob", "type": "softmax"}]})");
  // With 8 bits all columns except the first become 0; of equal probabilities the first is reported.
  folder.write("m/w.json",
               R"({"fc.weight": {"shape": [2, 3], "data": [1, 0.003, 0.003, 1, 0.0039, 0.0039]}})");
  const Result result = run({"convert", folder.path("m"), "--dtype", "i8", "-o", folder.path("x.safetensors"),
                             "--check", fs::path(photo("cat.jpg")).parent_path().string()});
  CHECK(result.status == 0);
  CHECK(contains(result.out, ": top-1 the same for 0 of 4 photos, probabilities differ by at most 0."));
}

TEST_CASE("--check reports probabilities that are not numbers") {
  const TemporaryFolder folder;
  folder.write("m/network.json", R"({"name": "m", "input": {"size": 1}, "weights": "w.safetensors", "layers":
    [{"name": "fc", "type": "fc", "output": 2, "bias": false}, {"name": "prob", "type": "softmax"}]})");
  const std::vector<float> weight{1, 2, std::numeric_limits<float>::quiet_NaN(), 4, 5, 6};
  save_safetensors(folder.path("m/w.safetensors"), {{"fc.weight", {2, 3}, weight}});
  const Result result =
      run({"convert", folder.path("m"), "--dtype", "f16", "-o", folder.path("x.safetensors"), "--check",
           fs::path(photo("cat.jpg")).parent_path().string()});
  CHECK(result.status == 0);
  CHECK(contains(result.out, "probabilities differ by at most nan\n"));
  CHECK(contains(result.err, "fc.weight: holds NaN"));
}

TEST_CASE("a photo that --check cannot read is named and not counted, and the exit status is 1") {
  const TemporaryFolder folder;
  folder.write("photos/inside/good.jpg", read_file(photo("cat.jpg")));
  const std::string broken = folder.write("photos/broken.jpg", read_file(photo("cat.jpg")).substr(0, 20000));
  const std::string file = folder.path("x.safetensors");
  const Result result = run({"convert", write_half(folder), "-o", file, "--check", folder.path("photos")});
  CHECK(result.status == 1);
  CHECK(result.err == "alexnet: " + broken + ": decode: JPEG: Premature end of JPEG file\n");
  CHECK(contains(result.out, "\n" + folder.path("photos") +
                                 ": top-1 the same for 1 of 1 photos, probabilities differ by at most 0\n"));
  CHECK(fs::exists(file));
}

TEST_CASE("convert writes nothing if --check is impossible") {
  const TemporaryFolder folder;
  const std::string file = folder.path("x.safetensors");
  fs::create_directory(folder.path("empty"));
  Result result = run({"convert", "tiny-alexnet", "-o", file, "--check", folder.path("empty")});
  CHECK(result.status == 2);
  CHECK(contains(result.err, "empty: no images"));
  folder.write("scores/network.json", R"({"name": "m", "input": {"size": 1}, "weights": "w.json", "layers":
    [{"name": "fc", "type": "fc", "output": 2, "bias": false}]})");
  folder.write("scores/w.json", R"({"fc.weight": {"shape": [2, 3], "data": [1, 2, 3, 4, 5, 6]}})");
  result = run({"convert", folder.path("scores"), "-o", file, "--check", photo("cat.jpg")});
  CHECK(result.status == 2);
  CHECK(contains(result.err, "a classifier ends in a softmax"));
  CHECK_FALSE(fs::exists(file));
  CHECK(run({"convert", folder.path("scores"), "-o", file}).status == 0);
}

TEST_CASE("convert replaces a file only on request, and never one of the model's files") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  const std::string file = folder.write("x.onnx", "mine");
  Result result = run({"convert", model, "-o", file});
  CHECK(result.status == 2);
  CHECK(result.err == "alexnet: " + file + ": already exists; use --overwrite to replace it\n");
  CHECK(read_file(file) == "mine");
  CHECK(run({"convert", model, "-o", file, "--overwrite"}).status == 0);
  CHECK(read_file(file).size() > 100);
  const std::string weights = model + "/weights.safetensors";
  const std::string before = read_file(weights);
  result = run({"convert", model, "-o", weights, "--overwrite"});
  CHECK(result.status == 2);
  CHECK(result.err == "alexnet: " + weights + ": is being read; use another output file\n");
  CHECK(read_file(weights) == before);
}

TEST_CASE("labels that cannot be written are an error of the model instead of the output") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  const std::string labels = folder.write("latin1.txt", "caf\xe9\nb\nc\n");
  for (const char* name : {"x.safetensors", "x.onnx"}) {
    const Result result = run({"convert", model, "--labels", labels, "-o", folder.path(name)});
    CHECK(result.status == 2);
    CHECK(result.err == "alexnet: " + model + ": labels: are not UTF-8; convert their file\n");
    CHECK(!fs::exists(folder.path(name)));
  }
}

TEST_CASE("convert refuses to overwrite its input, to convert without weights, and unknown formats") {
  const TemporaryFolder folder;
  const std::string tabby = write_tabby(folder);
  Result result = run({"convert", tabby, "-o", tabby});
  CHECK(result.status == 2);
  CHECK(contains(result.err, "is being read"));
  result = run({"convert", write_thousand_classes(folder), "-o", folder.path("x.safetensors")});
  CHECK(result.status == 2);
  CHECK(contains(result.err, "weights: the model has none to write"));
  CHECK_FALSE(fs::exists(folder.path("x.safetensors")));
  result = run({"convert", tabby, "-o", folder.path("x.pth")});
  CHECK(result.status == 2);
  CHECK(contains(result.err, "must end in .safetensors or .onnx"));
  for (const std::string dtype : {"f16", "i8"}) {
    result = run({"convert", tabby, "-o", folder.path("x.onnx"), "--dtype", dtype});
    CHECK(result.status == 2);
    CHECK(contains(result.err, "float32"));
  }
  result = run({"convert", tabby, "-o", folder.path("x.safetensors"), "--dtype", "i4"});
  CHECK(result.status == 2);
  CHECK(contains(result.err, "unknown type of weights 'i4' (expected f32, f16, bf16 or i8)"));
}

TEST_CASE("a full disk during convert causes exit status 3 and leaves no file") {
  const TemporaryFolder folder;
  Call call{{"convert", "tiny-alexnet", "-o", folder.path("x.safetensors")}};
  call.file_bytes = 1 << 20;
  const Result result = run(call);
  CHECK(result.status == 3);
  CHECK(contains(result.err, "x.safetensors: cannot be written: "));
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("a model of 1000 classes without labels uses ImageNet's labels and reports it") {
  const TemporaryFolder folder;
  const std::string file = write_tabby(folder);
  Result result = run({"classify", "-m", file, "-k", "1", photo("cat.jpg")});
  CHECK(result.status == 0);
  CHECK(contains(result.out, "tabby, tabby cat"));
  CHECK(contains(result.err, "alexnet: note: " + file + ": it has no labels; those of ImageNet's 1000"));
  result = run({"inspect", file});
  CHECK(contains(result.out, "\nlabels    1,000\n"));
  CHECK(contains(result.out, "\nnote      it has no labels"));
  const json inspected = json::parse(run({"inspect", "--json", file}).out);
  CHECK(inspected["notes"].size() == 1);
  // The converted file has labels and needs no note.
  REQUIRE(run({"convert", file, "-o", folder.path("with.safetensors")}).status == 0);
  result = run({"classify", "-m", folder.path("with.safetensors"), "-k", "1", "--json", photo("cat.jpg")});
  CHECK(result.err == "");
  CHECK(json::parse(result.out)["predictions"][0]["id"] == "n02123045");
}

TEST_CASE("--labels sets the names of the classes") {
  const TemporaryFolder folder;
  const std::string file = write_tabby(folder);
  std::string labels;
  for (int i = 0; i < 1000; ++i) labels += "class number " + std::to_string(i) + "\n";
  folder.write("labels.txt", labels);
  Result result =
      run({"classify", "-m", file, "-k", "1", "--labels", folder.path("labels.txt"), photo("cat.jpg")});
  CHECK(result.status == 0);
  CHECK(result.err == "");
  CHECK(contains(result.out, "class number 281"));
  result = run({"classify", "--labels", folder.path("labels.txt"), photo("cat.jpg")});
  CHECK(result.status == 2);
  CHECK(contains(result.err, "labels.txt: has 1000 labels, but the network has 200 outputs"));
}

TEST_CASE("a native model accepts no options for preprocessing") {
  for (const std::vector<std::string>& option :
       {std::vector<std::string>{"--preset", "caffe"}, {"--mean", "1,2,3"}, {"--network", "network.json"}}) {
    CAPTURE(option[0]);
    const Result result = run({"classify", option[0], option[1], photo("cat.jpg")});
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(contains(result.err, ": " + option[0].substr(2) + ": cannot be set: the model itself says "));
  }
}
