// The mean given by the user: its forms, range and channel order.
#include <doctest/doctest.h>

#include <algorithm>

#include "alexnet/error.hpp"
#include "alexnet/model.hpp"
#include "import/onnx_maker.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using namespace alexnet::test;
namespace fs = std::filesystem;

namespace {

// R, G, B from 0 to 1, as torchvision prepares photos.
fs::path write_onnx(const TempDir& folder) {
  OnnxMaker maker(13);
  maker.input("x", {0, 3, 4, 4}).output("y").floats("w", {2, 48});
  maker.node("Flatten", {"x"}, {"f"}).node("Gemm", {"f", "w"}, {"y"}, {{"transB", 1}});
  return folder.write("net.onnx", maker.bytes());
}

// B, G, R from 0 to 255.
fs::path write_prototxt(const TempDir& folder) {
  return folder.write("net.prototxt",
                      "input: 'data' input_dim: [1, 3, 4, 4]\n"
                      "layer { name: 'r' type: 'ReLU' bottom: 'data' top: 'r' }");
}

fs::path write_network(const TempDir& folder, const std::string& input) {
  fs::create_directories(folder.path() / "model");
  folder.write("model/network.json", R"({"name": "n", "input": {"size": 4, )" + input +
                                         R"(}, "layers": [{"name": "r", "type": "relu"}]})");
  return folder.path() / "model";
}

std::string mean_error(const fs::path& file, const std::string& mean) {
  const std::string message = message_of<ModelError>([&] { open_model(file, {"", "", "", mean}); });
  return message == "no error" ? message : message.substr(file.string().size() + 2);
}

std::size_t notes_with(const Model& model, const std::string& part) {
  return static_cast<std::size_t>(std::ranges::count_if(
      model.notes, [&](const std::string& note) { return note.find(part) != std::string::npos; }));
}

}  // namespace

TEST_CASE("a mean outside the range of the network's input is refused with that range") {
  const TempDir folder;
  const fs::path onnx = write_onnx(folder);
  CHECK(mean_error(onnx, "123.675,116.28,103.53") ==
        "mean: has 123.675, but the network's numbers of a photo are 0 to 1 before the mean is subtracted; "
        "divide the mean's numbers by 255");
  CHECK(mean_error(onnx, "0.5,0.4,1.01").starts_with("mean: has 1.01, but"));
  CHECK(mean_error(onnx, "0.5,-0.1,0.5").starts_with("mean: has -0.1, but"));
  CHECK(mean_error(onnx, "1,1,1") == "no error");
  const fs::path caffe = write_prototxt(folder);
  CHECK(mean_error(caffe, "104,117,256") ==
        "mean: has 256, but the network's numbers of a photo are 0 to 255 before the mean is subtracted");
  CHECK(mean_error(caffe, "0.406,0.456,0.485") ==
        "mean: has 0.406, but the network's numbers of a photo are 0 to 255 before the mean is subtracted; "
        "multiply the mean's numbers by 255");
  CHECK(mean_error(caffe, "0.5,0.5,0.5").ends_with("; multiply the mean's numbers by 255"));
  CHECK(mean_error(caffe, "0,0,0") == "no error");
  CHECK(mean_error(caffe, "0.5,0.5,104") == "no error");
  ImportOptions small;
  small.std = "0.225,0.224,0.229";
  CHECK(message_of<ModelError>([&] { open_model(caffe, small); })
            .ends_with("std: has 0.225, but the network's numbers of a photo are 0 to 255; multiply the "
                       "numbers by 255"));
  small.std = "0.5";  // a scale
  CHECK(open_model(caffe, small).description.input.std[0] == 0.5);
  CHECK(mean_error(caffe, "255,255,255") == "no error");
}

TEST_CASE("a mean or a std of a file that seems to be for another range causes a note") {
  const TempDir folder;
  const std::string other = "seems to be for pixels of another range";
  const auto caffe = [&](const std::string& means) {
    return notes_with(
        open_model(folder.write("said.prototxt",
                                "layer { name: 'd' type: 'MemoryData' top: 'data'\n"
                                "memory_data_param { batch_size: 1 channels: 3 height: 4 width: 4 }\n"
                                "transform_param { " +
                                    means +
                                    " } }\n"
                                    "layer { name: 'r' type: 'ReLU' bottom: 'data' top: 'r' }")),
        other);
  };
  CHECK(caffe("mean_value: 0.406 mean_value: 0.456 mean_value: 0.485") == 1);
  CHECK(caffe("mean_value: 0.5") == 1);
  CHECK(caffe("mean_value: 0") == 0);
  CHECK(caffe("mean_value: 0.5 mean_value: 0.5 mean_value: 104") == 0);
  const auto json = [&](const std::string& input) { return open_model(write_network(folder, input)).notes; };
  CHECK(json(R"("preset": "torchvision")").empty());
  CHECK(json(R"("preset": "caffe")").empty());
  CHECK(json(R"("scale": 0.00784313725490196, "mean": [1, 1, 1])").empty());  // -1 to 1
  CHECK(json(R"("std": [256, 256, 256])").empty());                           // a scale, as in Caffe
  CHECK(json(R"("preset": "torchvision", "mean": [123.675, 116.28, 103.53])") ==
        std::vector<std::string>{"the mean, 123.675,116.28,103.53, seems to be for pixels of another range: "
                                 "expected 0 to 1"});
  CHECK(json(R"("preset": "torchvision", "std": [58.395, 57.12, 57.375])") ==
        std::vector<std::string>{
            "the std, 58.395,57.12,57.375, seems to be for pixels of another range: expected 0 to 1"});
  CHECK(json(R"("mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225])").size() == 2);
}

TEST_CASE("a mean whose channels are in the wrong order causes a note with the order") {
  const TempDir folder;
  const std::string wrong = "the mean's channels seem to be in the wrong order: this network takes ";
  const auto onnx = [&](const std::string& mean, const std::string& preset = "") {
    return open_model(write_onnx(folder), {"", "", preset, mean});
  };
  CHECK(notes_with(onnx("0.406,0.456,0.485"), wrong + "red,green,blue, 0.485,0.456,0.406") == 1);
  CHECK(notes_with(onnx("0.485,0.456,0.406"), wrong) == 0);
  CHECK(notes_with(onnx("0.41,0.46,0.48"), wrong) == 1);
  CHECK(notes_with(onnx("0.1,0.2,0.3"), wrong) == 0);
  CHECK(notes_with(onnx("123.675,116.28,103.53", "caffe"), wrong + "blue,green,red, 103.53,116.28,123.675") ==
        1);
  CHECK(notes_with(onnx("104,117,123", "caffe"), wrong) == 0);
  const Model caffe = open_model(write_prototxt(folder), {"", "", "", "123,117,104"});
  CHECK(notes_with(caffe, wrong + "blue,green,red, 104,117,123") == 1);
}

TEST_CASE("a mean may contain spaces, and an invalid mean is refused with advice") {
  const TempDir folder;
  const fs::path onnx = write_onnx(folder);
  for (const char* mean : {"0.25,0.5,0.75", "0.25, 0.5, 0.75", " 0.25 ,\t0.5,0.75  "})
    CHECK(open_model(onnx, {"", "", "", mean}).description.input.mean == std::array{0.25, 0.5, 0.75});
  const std::string plain = " is not three numbers, red,green,blue";
  for (const char* mean : {"0.5", "0.5,0.5", "0.5,0.5,0.5,0.5", "0.5 0.5 0.5", "0.5,,0.5", "0.5,0.5,x", " "})
    CHECK(mean_error(onnx, mean) == "mean: '" + std::string(mean) + "'" + plain);
  const std::string file = folder.write("mean.binaryproto", "x").string();
  CHECK(mean_error(onnx, file) ==
        "mean: '" + file + "'" + plain + "; a mean file is for Caffe's networks alone");
  CHECK(message_of<ModelError>([&] {
          open_model(onnx, {"", "", "", "none.npy"});
        }).starts_with("none.npy: "));
}

TEST_CASE("a NumPy mean is used in every format, with a note") {
  const TempDir folder;
  std::string bytes = std::string("\x93NUMPY\x01\0", 8);
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}\n";
  bytes += std::string{static_cast<char>(header.size()), '\0'} + header;
  for (const float value : {0.25F, 0.5F, 0.75F})
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
  const std::string file = folder.write("m.npy", bytes).string();
  for (const fs::path& network : {write_onnx(folder), write_prototxt(folder)}) {
    const Model model = open_model(network, {"", "", "", file});
    CHECK(model.description.input.mean == std::array{0.25, 0.5, 0.75});
    CHECK(notes_with(model, "of the mean image in " + file +
                                " the mean of each channel is subtracted, 0.25,0.5,0.75") == 1);
  }
}
