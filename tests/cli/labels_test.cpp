#include <doctest/doctest.h>

#include "command.hpp"
#include "tiny_model.hpp"

using namespace alexnet::cli;

namespace {

// Returns the labels of the tiny model's three classes, by index, as --labels reads them from `text`.
std::vector<std::string> labels_by_index(const TemporaryFolder& folder, const std::string& model,
                                         const std::string& text) {
  const Result result = run({"classify", "-m", model, "-k", "3", "--json", "--labels",
                             folder.write("labels.any", text), photo("cat.png")});
  CHECK(result.status == 0);
  std::vector<std::string> labels(3);
  const std::vector<nlohmann::json> records = json_lines(result.out);
  for (const auto& p : records.at(0).at("predictions"))
    labels.at(p.at("index")) = p.at("label").get<std::string>();
  return labels;
}

}  // namespace

TEST_CASE("--labels reads a file of labels in every shape that people have") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  const std::vector<std::string> fish{"tench", "goldfish", "great_white_shark"};
  for (
      const char* text : {
          R"({"0":["n01440764","tench"],"1":["n01443537","goldfish"],"2":["n01484850","great_white_shark"]})",
          "{0: 'tench',\n 1: 'goldfish',\n 2: 'great_white_shark'}\n",
          R"(["tench","goldfish","great_white_shark"])",
          "tench\ngoldfish\ngreat_white_shark\n\n\n",
          "\xEF\xBB\xBFtench\r\ngoldfish\r\ngreat_white_shark\r\n",
          "index,name\n2,great_white_shark\n0,tench\n1,goldfish\n",
          "0,tench\n1,goldfish\n2,great_white_shark\n",
          "n01440764 tench\nn01443537 goldfish\nn01484850 great_white_shark\n",
          "/t/tench 0\n/g/goldfish 1\n/g/great_white_shark 2\n",
      }) {
    CAPTURE(text);
    CHECK(labels_by_index(folder, model, text) == fish);
  }
}

TEST_CASE("a model's own labels file may have any of these shapes, too") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  folder.write("tiny/labels.txt", R"({"second": 1, "first": 0, "third": 2})");
  const Result result = run({"classify", "-m", model, "-k", "3", photo("cat.png")});
  CHECK(result.status == 0);
  for (const char* label : {"%  first\n", "%  second\n", "%  third\n"}) CHECK(contains(result.out, label));
}

TEST_CASE("a background label that the network does not have is left out, and a note says so") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  for (const char* text : {"background\nx\ny\nz\n", "0 Dummy\n1 x\n2 y\n3 z\n"}) {
    CAPTURE(text);
    CHECK(labels_by_index(folder, model, text) == std::vector<std::string>{"x", "y", "z"});
    const std::string file = folder.path("labels.any");
    const Result result = run({"classify", "-m", model, "--labels", file, photo("cat.png")});
    CHECK(contains(result.err, "note: " + model + ": " + file +
                                   " has 4 labels, but the network has 3 outputs; the first label, '"));
    CHECK(contains(result.err, "', is left out\n"));
  }
  check_refused(model, folder.write("tiny/labels.txt", "w\nx\ny\nz\n"),
                {"has 4 labels, but the network has 3 outputs"});
}

TEST_CASE("labels that could be read in two ways, and labels in UTF-16, are refused with status 2") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  check_refused(
      model, folder.write("tiny/labels.txt", "1 x\n2 y\n0 z\n"),
      {"could mean two things: each line is a label, and class 0 is '1 x'; or each line begins with "
       "its index, and class 0 is 'z'"});
  check_refused(model, folder.write("tiny/labels.txt", std::string("x\0\n\0y\0\n\0z\0", 10)),
                {"is UTF-16; save it as UTF-8"});
}
