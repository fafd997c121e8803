// ONNX files on the command line.
#include <doctest/doctest.h>

#include "alexnet/error.hpp"
#include "alexnet/model.hpp"
#include "import/onnx_maker.hpp"
#include "tiny_model.hpp"

using namespace alexnet::cli;
using alexnet::test::OnnxMaker;
using nlohmann::json;

namespace {

// A network from a photo of 3 x 6 x 4 to five scores.
OnnxMaker scores(int opset, const std::string& type) {
  OnnxMaker maker(opset);
  maker.input("photo", {0, 3, 6, 4}).output("y").floats("w", {5, 72}).floats("b", {5});
  maker.node(type, {"photo"}, {"f"}, {}, "first");
  return maker.node("Gemm", {"f", "w", "b"}, {"y"}, {{"transB", 1}}, "last");
}

// Returns the predictions for the photos.
json predictions_of(const std::string& model) {
  const Result result = run({"classify", "--json", "-m", model, photo("cat.jpg"), photo("coffee.jpg")});
  CHECK(result.status == 0);
  json all;
  for (json& record : json_lines(result.out)) all.push_back(record["predictions"]);
  return all;
}

}  // namespace

TEST_CASE("an ONNX file classifies photos and reports its assumptions on standard error") {
  const TemporaryFolder folder;
  const std::string file = folder.write("scores.onnx", scores(13, "Flatten").bytes());
  const Result result = run({"classify", "-k", "1", "-m", file, photo("cat.jpg")});
  CHECK(result.status == 0);
  CHECK(contains(result.err, "the file does not say how photos are prepared: as torchvision does"));
  const json described = json::parse(run({"inspect", "--json", file}).out);
  CHECK(described["format"] == "ONNX, opset 13");
  CHECK(described["layers"].size() == 3);  // including the softmax that the file lacks
}

TEST_CASE("one score without a sigmoid is not classified, with and without a softmax") {
  const TemporaryFolder folder;
  for (const bool softmax : {false, true}) {
    OnnxMaker maker(13);
    maker.input("photo", {0, 3, 4, 4}).output("y").floats("w", {1, 48}).node("Flatten", {"photo"}, {"f"});
    maker.node("Gemm", {"f", "w"}, {softmax ? "s" : "y"}, {{"transB", 1}});
    if (softmax) maker.node("Softmax", {"s"}, {"y"});
    const std::string file = folder.write("one.onnx", maker.bytes());
    const Result result = run({"classify", "-m", file, photo("cat.png")});
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(result.err ==
          "alexnet: " + file +
              ": layers: the network has one output; a classifier has an output for each class, "
              "two for yes and no\n");
  }
}

TEST_CASE("tiny-alexnet converted to ONNX gives the same answers and labels without notes") {
  const TemporaryFolder folder;
  const std::string half = folder.path("half.safetensors");  // float32, as ONNX has it, holds float16 exactly
  REQUIRE(run({"convert", "tiny-alexnet", "--dtype", "f16", "-o", half}).status == 0);
  const std::string file = folder.path("tiny.onnx");
  const Result result = run({"convert", half, "-o", file});
  CHECK(result.status == 0);
  CHECK(result.out == file + ": tiny-alexnet, 21 layers, 6,481,416 parameters, 25.9 MB\n");
  CHECK(result.err == "");
  CHECK(predictions_of(file) == predictions_of(half));
  CHECK(run({"inspect", file}).err == "");
}

TEST_CASE("a converted ONNX file gives the same answers as its source") {
  const TemporaryFolder folder;
  const std::string file = folder.write("scores.onnx", scores(9, "Flatten").bytes());
  for (const char* to : {"out.onnx", "out.safetensors"}) {
    REQUIRE(run({"convert", file, "-o", folder.path(to)}).status == 0);
    CHECK(predictions_of(folder.path(to)) == predictions_of(file));
  }
}

TEST_CASE("an invalid ONNX file ends with status 2 and one line that names the node") {
  const TemporaryFolder folder;
  const std::string file = folder.path("bad.onnx");
  folder.write("bad.onnx", scores(11, "Resize").bytes());
  check_refused(file, file, {"nodes.first: operator 'Resize' (opset 11) is not supported"});
  folder.write("bad.onnx", scores(23, "Flatten").bytes());
  check_refused(file, file, {"opset_import: opset 23 is not supported; 7 to 22 are"});
  folder.write("bad.onnx", std::string(1000, '\xFF'));
  check_refused(file, file, {"is not an ONNX file, or is damaged"});
  folder.write("bad.onnx", "");
  check_refused(file, file, {"is empty"});
}

TEST_CASE("an ONNX file truncated at any byte is refused by name") {
  const TemporaryFolder folder;
  const std::string file = folder.path("cut.onnx");
  const std::string good = scores(11, "Flatten").bytes();
  for (std::size_t size = 1; size < good.size(); size += 7) {
    folder.write("cut.onnx", std::string_view(good).substr(0, size));
    try {
      alexnet::make_network(alexnet::open_model(file));
      FAIL("a file of " << size << " bytes was read");
    } catch (const alexnet::ModelError& error) {
      CHECK(std::string_view(error.what()).starts_with(file + ": "));
    }
  }
}

TEST_CASE("an ONNX network whose input is not a photo is refused") {
  const TemporaryFolder folder;
  OnnxMaker maker(13);
  maker.input("two", {0, 2, 8, 8}).output("y").node("Relu", {"two"}, {"y"});
  const std::string file = folder.write("two.onnx", maker.bytes());
  check_refused(file, file, {"input: has 2 x 8 x 8; photos have 3 channels, or 1 if they are grey"});
}

TEST_CASE("an ONNX file that needs more than the free memory ends with status 2") {
  const TemporaryFolder folder;
  OnnxMaker maker(13);
  maker.input("x", {0, 3, 64, 64}).output("y").integers("shape", {12288, 200000000});
  maker.node("Flatten", {"x"}, {"f"}).node("ConstantOfShape", {"shape"}, {"w"}, {}, "bomb");
  maker.node("MatMul", {"f", "w"}, {"y"});
  const std::string file = folder.write("bomb.onnx", maker.bytes());
  constexpr std::uint64_t kMemory = std::uint64_t{4} << 30U;
  // AddressSanitizer reserves terabytes, so no command starts under a limit.
  const bool limited = run(Call{.args = {"--version"}, .memory_bytes = kMemory}).status == 0;
  const Result result = run(Call{.args = {"inspect", file}, .memory_bytes = limited ? kMemory : 0});
  CHECK(result.status == 2);
  CHECK(contains(result.err, "nodes.bomb: shape 12288 x 200000000 has more than 2147483647 elements"));
}
