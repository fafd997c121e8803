// Caffe files that are refused.
#include <doctest/doctest.h>

#include <filesystem>

#include "import/caffe_writer.hpp"
#include "tiny_model.hpp"

using namespace alexnet::cli;
using namespace alexnet::test;

namespace {

struct Case {
  const char* name;
  std::string bytes;
  std::vector<std::string> words;
};

CaffeNet small(const std::vector<Blob>& blobs) {
  CaffeLayer fc = inner_product("fc", 48, 2);
  fc.blobs = blobs;
  return {"small", {1, 3, 4, 4}, {fc, {"prob", "Softmax"}}};
}

Blob zeros(std::vector<std::int64_t> dims, std::size_t count) {
  return {std::move(dims), std::vector<float>(count)};
}

std::string model_of(const std::vector<Blob>& blobs, CaffeForm form = CaffeForm::v2) {
  return caffemodel(small(blobs), form);
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("a damaged .caffemodel is refused with the position of the damage") {
  const std::string whole = model_of({zeros({2, 48}, 96), zeros({2}, 2)});
  const std::string start = Wire().text(1, "name").bytes();
  const std::vector<Case> cases{
      {"empty", "", {"is empty"}},
      {"a page of the web", "<!DOCTYPE html><html></html>", {"byte 0: is not a field of a Caffe file"}},
      {"a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\n", {"is a Git LFS pointer"}},
      {"cut", whole.substr(0, 200), {"byte ", "runs past the end of the file"}},
      {"a length past the end",
       Wire().raw(start).length(100, 1000).raw("123").bytes(),
       {"byte 6: a field of 1000 bytes runs past the end of the file, where 3 are left"}},
      {"a length of 64 bits",
       Wire().raw(start).length(1, ~std::uint64_t{0}).bytes(),
       {"byte 6: a field of 18446744073709551615 bytes runs past the end"}},
      {"a length past its layer",
       Wire().message(100, Wire().text(1, "a").length(7, 50)).raw(std::string(100, '\0')).bytes(),
       {"byte 6: a field of 50 bytes runs past the end of its layer, where 0 are left"}},
      {"a length past its tensor",
       Wire().message(100, Wire().message(7, Wire().length(5, 50))).bytes(),
       {"is damaged: a field inside a layer or a tensor is malformed"}},
      {"a number of 11 bytes",
       Wire().raw(start + "\x20" + std::string(11, '\xff')).bytes(),
       {"byte 7: a number has more than the 10 bytes"}},
      {"a number that is cut off", start + "\x20\xff", {"byte 7: a number is truncated"}},
      {"field number 0", start + std::string(2, '\0'), {"byte 6: is not a field of a Caffe file"}},
      {"groups, 100,000 deep", repeated("\x0b", 100000), {"byte 0: is not a field of a Caffe file"}},
      {"groups in a tensor, 100,000 deep",
       Wire().message(100, Wire().text(7, repeated("\x0b", 100000))).bytes(),
       {"is damaged: a field inside a layer or a tensor is malformed"}},
      {"half a million layers",
       repeated(Wire().text(100, "").bytes(), 500000),
       {"has more than 100000 fields"}},
      {"no layers", start, {"layers: there are none: not a Caffe network"}},
  };
  const TemporaryFolder folder;
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const std::string file = folder.write("net.caffemodel", c.bytes);
    check_refused(file, file, c.words);
  }
  const std::string file = folder.write("large.caffemodel", "");
  std::filesystem::resize_file(file, std::uintmax_t{1} << 31U);  // sparse: takes no disk space
  check_refused(file, file, {"has 2147483648 bytes, more than a Caffe file may have, 2147483647"});
}

TEST_CASE("a Caffe tensor that does not match its shape or its layer is named in the error") {
  const Blob bias = zeros({2}, 2);
  CaffeNet two = small({zeros({2, 48}, 96), bias});
  two.layers.insert(two.layers.begin() + 1, two.layers[0]);
  const std::vector<Case> cases{
      {"fewer numbers than the shape takes",
       model_of({zeros({2, 48}, 95), bias}),
       {"layers.fc.blobs[0]: has 95 numbers, but its shape ", "2 x 48 takes 96"}},
      {"more numbers", model_of({zeros({2, 48}, 96), zeros({2}, 3)}), {"layers.fc.blobs[1]: has 3 numbers"}},
      {"no numbers", model_of({zeros({2, 48}, 0), bias}), {"layers.fc.blobs[0]: has 0 numbers"}},
      {"a negative dimension",
       model_of({zeros({-2, -48}, 96), bias}),
       {"layers.fc.blobs[0]: shape -2 x -48 has a dimension below 1"}},
      {"a negative dimension of the old form",
       model_of({zeros({-2, -48}, 96), bias}, CaffeForm::v1),
       {"layers.fc.blobs[0]: shape 1 x 1 x -2 x -48 has a dimension below 1"}},
      {"2^63 elements",
       model_of({zeros({2147483647, 2147483647, 2}, 96), bias}),
       {"layers.fc.blobs[0]: shape ", "has more than 2147483647 elements"}},
      {"no bias", model_of({zeros({2, 48}, 96)}), {"layers.fc.blobs: there are 1, but the layer takes 2"}},
      {"of another shape",
       model_of({zeros({48, 2}, 96), bias}),
       {"layers.fc.blobs[0]: is 48 x 2, but num_output and the other parameters of the layer make 2 x 48"}},
      {"no tensors", model_of({}), {"layers.fc: there are no weights (blobs) for this layer"}},
      {"two layers of one name", caffemodel(two, CaffeForm::v2), {"is called 'fc' too"}},
  };
  const TemporaryFolder folder;
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const std::string file = folder.write("net.caffemodel", c.bytes);
    check_refused(file, file, c.words);
  }
  const std::string file = folder.write("net.caffemodel", caffemodel(two, CaffeForm::v1));
  folder.write("net.prototxt", prototxt(small({}), CaffeForm::v2));
  check_refused(file, file, {"layers: two are called 'fc'"});
}

TEST_CASE("an invalid .prototxt is refused with the line") {
  const std::vector<Case> cases{
      {"unclosed brace", "name: 'a'\nlayer { name: 'b'", {"line 2, column ", "the text ends too early"}},
      {"unclosed string",
       "name: 'a\nlayer {}",
       {"line 1, column ", "String literals cannot cross line boundaries"}},
      {"100,000 braces", repeated("layer { ", 100000), {"line 1, column ", "Message is too deep"}},
      {"100,000 braces of no known field", repeated("a { ", 100000), {"Message is too deep"}},
      {"100,000 brackets", "a: " + repeated("[", 100000), {"Message is too deep"}},
      {"a wrong word", "layer { type: 'ReLU' }\nlayer ]", {"line 2, column 7: Expected \"{\", found \"]\""}},
      {"a number that is none", "layer { lrn_param { local_size: -1 } }", {"line 1, column 33: "}},
      {"an unknown word for a type", "layers { type: NEWEST }", {"Unknown enumeration value of \"NEWEST\""}},
      {"escape sequences of a terminal",
       "layer { \x1b[31m }",
       {"line 1, column 9: Invalid control characters"}},
      {"JSON", "{\"name\": \"alexnet\"}", {"line 1, column 1: Expected identifier"}},
      {"a weights file", model_of({zeros({2, 48}, 96), zeros({2}, 2)}), {"line "}},
      {"two layers of one name",
       "layer { name: 'a' type: 'ReLU' bottom: 'd' top: 'a' } layer { name: 'a' type: 'ReLU' bottom: 'a' "
       "top: 'a' }",
       {"layers[1].name: a layer before it is called 'a' too"}},
      {"no layers", "name: 'a'", {"layers: there are none: not a Caffe network"}},
      {"no weights",
       "layer { name: 'a' type: 'Softmax' bottom: 'd' top: 'a' }",
       {"the file has layers, but no weights; name the .caffemodel with -m and this file with --network; "
        "without weights use inspect, or time, explain and filters with --random-weights"}},
  };
  const TemporaryFolder folder;
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const std::string file = folder.write("net.prototxt", c.bytes);
    check_refused(file, file, c.words);
  }
}

TEST_CASE("a Caffe model can be classified, inspected, timed and converted") {
  const TemporaryFolder folder;
  CaffeNet net = small_net();
  fill_weights(net, 2);
  const std::string file = folder.write("net.caffemodel", caffemodel(net, CaffeForm::v1));
  folder.write("labels.txt", "a\nb\nc\nd\ne\n");
  const Result own =
      run({"classify", "-m", file, "--labels", folder.path("labels.txt"), "--json", photo("cat.png")});
  CHECK(own.status == 0);
  CHECK(contains(own.err, "note: " + file + ": the file does not say how photos are prepared"));
  CHECK(contains(run({"inspect", file}).out, "Caffe (V1 layers)"));
  const std::string converted = folder.path("net.safetensors");
  CHECK(run({"convert", file, "--labels", folder.path("labels.txt"), "-o", converted}).status == 0);
  const Result again = run({"classify", "-m", converted, "--json", photo("cat.png")});
  CHECK(again.status == 0);
  CHECK(json_lines(own.out).at(0).at("predictions") == json_lines(again.out).at(0).at("predictions"));
  CHECK(run({"time", "-n", "1", "--random-weights", "-m",
             folder.write("net.prototxt", prototxt(net, CaffeForm::v2))})
            .status == 0);
}
