// alexnet explain as text, JSON and HTML page.
#include <doctest/doctest.h>

#include <cctype>
#include <cmath>
#include <sstream>

#include "tiny_model.hpp"

using namespace alexnet::cli;
using nlohmann::json;

namespace {

json explained(const std::vector<std::string>& args) {
  const Result result = run(with(with({"explain"}, args), {"--json"}));
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  return json::parse(result.out);
}

// Returns the message; checks that it is one line and that the status is 2.
std::string refused(const std::vector<std::string>& args) {
  const Result result = run(with({"explain"}, args));
  CHECK(result.status == 2);
  CHECK(result.out == "");
  return result.err;
}

// Checks that the dot product of the printed columns equals the printed value.
void check_sums(const json& report) {
  const json& example = report.at("example");
  CHECK(example.at("column").size() == report.at("gemm").at("k"));
  double sum = 0;
  std::map<int, double> channels;
  for (const json& tap : example.at("column")) {
    if (tap.at("pad")) CHECK(tap.at("patch") == 0.0);
    const double product = tap.at("patch").get<double>() * tap.at("kernel").get<double>();
    channels[tap.at("channel").get<int>()] += product;
    sum += product;
  }
  const double bias = example.at("bias").is_null() ? 0.0 : example.at("bias").get<double>();
  const auto value = example.at("value").get<double>();
  CHECK(value == doctest::Approx(sum + bias));
  CHECK(example.at("channel_sums").size() == channels.size());
  std::size_t i = 0;
  for (const auto& [channel, expected] : channels)
    CHECK(example.at("channel_sums").at(i++).get<double>() == doctest::Approx(expected));
  const auto engine = example.at("engine_value").get<double>();
  CHECK(std::abs(engine - value) < 1e-4 * std::max(1.0, std::abs(value)));
  CHECK(example.at("difference").get<double>() == doctest::Approx(engine - value));
}

const std::string kWorked = "worked-example";

// Returns true if an XML parser accepts the page; it rejects, for example, an unclosed tag.
bool well_formed(const std::string& file) {
  const std::string command = std::string(ALEXNET_PYTHON) +
                              " -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' '" + file + "'";
  return std::system(command.c_str()) == 0;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// Replaces each run of white space by one space.
std::string one_line(const std::string& text) {
  std::string line;
  for (const char c : text)
    if (std::isspace(static_cast<unsigned char>(c)) == 0)
      line += c;
    else if (!line.ends_with(' '))
      line += ' ';
  return line;
}

}  // namespace

TEST_CASE("explain computes the worked example as its README does") {
  const struct {
    const char* at;
    std::vector<double> column, channels;
    double value;
  } places[] = {{"0,0", {1, 2, 4, 5, 10, 11, 13, 14, 19, 20, 22, 23}, {-4, 24, 62}, 82},
                {"0,1", {2, 3, 5, 6, 11, 12, 14, 15, 20, 21, 23, 24}, {-4, 26, 65}, 87},
                {"1,0", {4, 5, 7, 8, 13, 14, 16, 17, 22, 23, 25, 26}, {-4, 30, 71}, 97},
                {"1,1", {5, 6, 8, 9, 14, 15, 17, 18, 23, 24, 26, 27}, {-4, 32, 74}, 102}};
  for (const auto& place : places) {
    CAPTURE(place.at);
    const json report = explained({"-m", kWorked, "conv", "--at", place.at});
    const json& gemm = report.at("gemm");
    CHECK(gemm.at("m") == 1);
    CHECK(gemm.at("k") == 12);
    CHECK(gemm.at("n") == 4);
    CHECK(gemm.at("gemms") == 1);
    CHECK(gemm.at("multiply_adds") == 48);
    CHECK(gemm.at("flop") == 96);
    CHECK(gemm.at("im2col_elements") == 48);
    CHECK(gemm.at("im2col_expansion").get<double>() == doctest::Approx(48.0 / 27));
    CHECK(report.at("bytes") == json{{"weights", 48}, {"input", 108}, {"output", 16}, {"all", 172}});
    const json& example = report.at("example");
    std::vector<double> column, kernel;
    for (const json& tap : example.at("column")) {
      column.push_back(tap.at("patch"));
      kernel.push_back(tap.at("kernel"));
    }
    CHECK(column == place.column);
    CHECK(kernel == std::vector<double>{1, 0, 0, -1, 0, 1, 1, 0, 1, 0, 3, -1});
    CHECK(example.at("channel_sums") == place.channels);
    CHECK(example.at("value") == place.value);
    CHECK(example.at("engine_value") == place.value);
    CHECK(example.at("difference") == 0.0);
    CHECK(example.at("bias").is_null());
    CHECK(example.at("input_of_model") == true);
  }
}

TEST_CASE("explain shows every number of a short column and their sum") {
  const std::string text = run({"explain", "-m", kWorked, "conv", "--at", "0,0"}).out;
  for (const char* part :
       {"conv of worked-example: a convolution, as a matrix multiplication\n", "(1 x 12) * (12 x 4) = 1 x 4",
        "\n  6        1  1, 0       1, 0         13       1       13\n",
        "0  1 * 1 + 0 * 2 + 0 * 4 + (-1) * 5 ", "-4 + 24 + 62 = 82\n", "\nbias                 none\n",
        "82, the same to the bit\n"})
    CHECK_MESSAGE(contains(text, part), part);
  CHECK(contains(one_line(text),
                 "which lies beside the model"));  // lines are wrapped
}

TEST_CASE("explain reads its input from a JSON file, a photo or standard input") {
  const TemporaryFolder folder;
  const std::string file = folder.write("twice.json",
                                        R"({"input": {"shape": [3, 3, 3],
                    "data": [2,4,6,8,10,12,14,16,18,20,22,24,26,28,30,
                             32,34,36,38,40,42,44,46,48,50,52,54]}})");
  const json report = explained({"-m", kWorked, "conv", file, "--at", "0,0"});
  CHECK(report.at("example").at("value") == 164.0);
  CHECK(report.at("example").at("input") == file);
  CHECK(report.at("example").at("input_of_model") == false);
  const Result piped = run({"explain", "conv1", "-", "--json"}, read_file(photo("cat.png")));
  json named = explained({"conv1", photo("cat.png")});
  named["example"]["input"] = "-";
  CHECK(json::parse(piped.out) == named);
}

TEST_CASE("explain's column and row multiply to the engine's value at corners and in the middle") {
  for (const auto& [layer, far] : std::map<std::string, std::string>{
           {"conv1", "31,31"}, {"conv2", "15,15"}, {"conv3", "7,7"}, {"conv4", "7,7"}, {"conv5", "7,7"}})
    for (const std::string& at : {std::string("0,0"), std::string("3,4"), far}) {
      CAPTURE(layer);
      CAPTURE(at);
      check_sums(explained({layer, photo("cat.png"), "--at", at, "--channel", "11"}));
    }
}

TEST_CASE("explain marks the zeros of the padding") {
  const json column = explained({"conv2", photo("cat.png"), "--at", "0,0"}).at("example").at("column");
  int pads = 0;
  for (const json& tap : column) {
    const bool outside = tap.at("in_input").at(0) < 0 || tap.at("in_input").at(1) < 0;
    CHECK(tap.at("pad") == outside);
    pads += outside ? 1 : 0;
  }
  CHECK(pads == 64 * (25 - 9));
  const std::string text = run({"explain", "conv2", photo("cat.png"), "--at", "0,0"}).out;
  CHECK(contains(text, "of which 1,024 are zeros of the pad"));
  CHECK(contains(text, " * 0 (pad) + ... + "));
}

TEST_CASE("explain shows only the channels of the group") {
  const json report =
      explained({"-m", "alexnet", "conv2", photo("cat.png"), "--random-weights", "1", "--channel", "200"});
  CHECK(report.at("gemm").at("m") == 128);
  CHECK(report.at("gemm").at("k") == 1200);
  CHECK(report.at("gemm").at("n") == 729);
  CHECK(report.at("gemm").at("gemms") == 2);
  CHECK(report.at("gemm").at("multiply_adds") == 223948800);
  CHECK(report.at("example").at("column").front().at("channel") == 48);
  CHECK(report.at("example").at("column").back().at("channel") == 95);
  check_sums(report);
}

TEST_CASE("explain shows a fully-connected layer as a row of weights and the whole input") {
  const json report = explained({"fc6", photo("coffee.jpg")});
  CHECK(report.at("gemm").at("m") == 384);
  CHECK(report.at("gemm").at("k") == 12288);
  CHECK(report.at("gemm").at("n") == 1);
  CHECK(report.at("gemm").at("im2col_elements").is_null());
  check_sums(report);
  CHECK(contains(run({"explain", "fc6"}).out, "\nlimit       memory: "));
  CHECK(contains(refused({"fc6", photo("cat.png"), "--at", "0,0"}), "--at: 'fc6'"));
}

TEST_CASE("explain shows sizes without weights and without an image") {
  const Result result = run({"explain", "-m", "alexnet", "conv2"});
  CHECK(result.status == 0);
  CHECK(result.err == "");
  for (const char* part : {"(128 x 1,200) * (1,200 x 729) = 128 x 729, 2 times", "7.0 MB: 25.0 times",
                           "Winograd F(", "relu2 runs in the same step"})
    CHECK(contains(result.out, part));
  CHECK(explained({"-m", "alexnet", "conv2"}).at("example").is_null());
  CHECK(contains(refused({"conv2", "--at", "1,1"}), "--at needs an IMAGE"));
  CHECK(contains(refused({"conv2", "--channel", "1"}), "--channel needs an IMAGE"));
}

TEST_CASE("explain describes layers that are not a multiplication") {
  const auto text = [](const char* layer) { return run({"explain", "-m", "alexnet", layer}).out; };
  CHECK(
      contains(text("norm1"), "y[c] = x[c] * s^-0.75, s = 1 + 0.0001 / 5 * (x[c - 2]^2 + ... + x[c + 2]^2)"));
  CHECK(contains(text("norm1"), "\nlimit       memory, "));
  CHECK(contains(text("pool1"), "a window of 3 x 3, stride 2, pad 0, output size rounded up"));
  CHECK(contains(text("relu1"), "packed      runs in the step of conv1"));
  CHECK(contains(text("drop6"), "y = x\n"));
  CHECK(contains(text("prob"), "add up to 1"));
  for (const char* layer : {"norm1", "pool1", "relu1", "drop6", "prob"})
    CHECK(contains(text(layer), "which is no matrix multiplication\n"));
  const json example = explained({"pool1", photo("cat.png"), "--at", "2,3", "--channel", "5"}).at("example");
  double greatest = 0;
  for (const json& tap : example.at("column")) greatest = std::max(greatest, tap.at("patch").get<double>());
  CHECK(example.at("column").size() == 9);
  CHECK(example.at("engine_value") == greatest);
}

TEST_CASE("explain refuses unknown layers, invalid positions and missing weights") {
  const std::string cat = photo("cat.png");
  CHECK(contains(refused({"conv9", cat}), "layers: there is no 'conv9'; did you mean 'conv"));
  CHECK(contains(refused({"conv1", cat, "--at", "64,0"}), "has 64 rows, 0 to 63"));
  CHECK(contains(refused({"conv1", cat, "--channel", "64"}), "has 64 channels, 0 to 63"));
  for (const char* at : {"3", "3,", ",3", "a,b", "-1,0", "0,-1", "1,2,3", "1.5,2", "99999999999,0", ""})
    CHECK(contains(refused({"conv1", cat, "--at", at}), "(expected a row and a column from 0, such as 3,4)"));
  CHECK(contains(refused({"conv1", cat, "--channel", "-1"}), "--channel"));
  CHECK(
      contains(refused({"-m", "alexnet", "conv1", cat}), "network.json: weights: the model has no weights"));
  CHECK(contains(refused({}), "LAYER"));
}

TEST_CASE("explain reports an image that cannot be read with the stage and the reason") {
  const TemporaryFolder folder;
  const auto failed = [](const std::string& model, const std::string& layer, const std::string& image) {
    const Result result = run({"explain", "-m", model, layer, image});
    CHECK(result.status == 1);
    CHECK(result.out == "");
    CHECK(lines(result.err).size() == 1);
    return result.err;
  };
  CHECK(failed("tiny-alexnet", "conv1", photo("none.jpg")) ==
        "alexnet: " + photo("none.jpg") + ": read: No such file or directory\n");
  const std::string text = folder.write("text.jpg", "no image");
  CHECK(failed("tiny-alexnet", "conv1", text).starts_with("alexnet: " + text + ": decode: "));
  const std::string other = folder.write("other.json", R"({"output": {"shape": [1], "data": [1]}})");
  CHECK(failed(kWorked, "conv", other).starts_with("alexnet: " + other + ": read: input: "));
  const std::string small = folder.write("small.json", R"({"input": {"shape": [1], "data": [1]}})");
  CHECK(failed(kWorked, "conv", small).starts_with("alexnet: " + small + ": read: input: "));
  const std::string broken = folder.write("broken.json", "{");
  CHECK(failed(kWorked, "conv", broken).starts_with("alexnet: " + broken + ": read: line 1"));
}

TEST_CASE("explain --html draws every number of the worked example at every position") {
  const TemporaryFolder folder;
  const std::string file = folder.path("page.html");
  REQUIRE(run({"explain", "-m", kWorked, "conv", "--html", file}).status == 0);
  const std::string page = read_file(file);
  CHECK(well_formed(file));
  CHECK(count(page, "<section") == 4);
  CHECK(count(page, "data-chosen=\"\"") == 1);
  for (const char* at : {"row 0, column 0", "row 0, column 1", "row 1, column 0", "row 1, column 1"})
    CHECK(contains(page, at));
  for (const char* number : {"82", "87", "97", "102"})
    CHECK(contains(page, "= <b>" + std::string(number) + "</b>"));
  // Each figure shows 27 input values, 12 kernel values twice, 48 patch values and 4 outputs twice.
  CHECK(count(page, "class=\"number\"") == 4 * (27 + 12 + 12 + 48 + 4 + 4));
  CHECK(count(page, "class=\"cell in\"") == 4 * (12 + 12));
  CHECK(contains(page, "prefers-color-scheme: dark"));
  CHECK(contains(page, "@media print"));
}

TEST_CASE("explain --html draws a photo's patches in one file below 300 kB without external parts") {
  const TemporaryFolder folder;
  const std::string file = folder.path("page.html");
  const auto drawn = [&](const std::vector<std::string>& args) {
    REQUIRE(run(with(with({"explain"}, args), {"--html", file})).status == 0);
    CHECK(well_formed(file));
    std::string page = read_file(file);
    CHECK(page.size() < 300000);
    for (const char* address : {"http://", "https://", "@import", "src=\"/"}) CHECK(!contains(page, address));
    CHECK(contains(page, "<!DOCTYPE html>\n<html lang=\"en\">"));
    return page;
  };
  const std::string cat = photo("cat.png");
  const std::string first = drawn({"-m", "alexnet", "conv1", cat, "--random-weights", "1"});
  CHECK(contains(first, "The photo and the window"));
  CHECK(count(first, "<section") == 9);
  const std::string corner = drawn({"conv2", cat, "--at", "0,0"});
  CHECK(contains(corner, "Yellow: the padding. 1,024 zeros of it are in this patch."));
  CHECK(contains(corner, "row 0, column 4 "));
  const json example = explained({"conv2", cat, "--at", "0,0"}).at("example");
  CHECK(contains(corner, "<h3>The window for row 0, column 0 of the output</h3>"));
  for (const char* layer : {"conv5", "fc6", "fc8", "pool1", "relu3", "drop6", "prob"}) drawn({layer, cat});
  drawn({"-m", "alexnet", "norm1", cat, "--random-weights", "1"});
  CHECK(!contains(drawn({"-m", "alexnet", "conv2"}), "<section"));
}

TEST_CASE("explain computes the output of LRN and of max pooling") {
  const json lrn =
      explained({"-m", "alexnet", "norm1", photo("cat.png"), "--random-weights", "1"}).at("example");
  REQUIRE(lrn.at("worked_out").size() == 2);
  const auto last_number = [](const std::string& line) {
    return std::stod(line.substr(line.rfind("= ") + 2));
  };
  CHECK(last_number(lrn.at("worked_out").at(1)) ==
        doctest::Approx(lrn.at("engine_value").get<double>()).epsilon(1e-5));
  CHECK(lrn.at("random_weights") == 1);
  const json pool = explained({"pool1", photo("cat.png"), "--at", "2,3", "--channel", "5"}).at("example");
  CHECK(last_number(pool.at("worked_out").at(0)) ==
        doctest::Approx(pool.at("engine_value").get<double>()).epsilon(1e-5));
  CHECK(pool.at("random_weights").is_null());
  const std::string text =
      run({"explain", "-m", "alexnet", "conv1", photo("cat.png"), "--random-weights", "7"}).out;
  CHECK(contains(one_line(text), "the weights are random (seed 7)"));
}

TEST_CASE("explain's text fits the width of the terminal") {
  for (const char* columns : {"60", "80"})
    for (const std::vector<std::string>& args :
         std::vector<std::vector<std::string>>{{"explain", "-m", "alexnet", "conv2"},
                                               {"explain", "-m", "alexnet", "norm1"},
                                               {"explain", "fc6"}}) {
      const std::string text = run(args, "", {{"COLUMNS", columns}}).out;
      std::istringstream lines(text);
      std::string headline;
      std::getline(lines, headline);
      for (std::string line; std::getline(lines, line);) CHECK(line.size() <= std::stoul(columns));
    }
}

TEST_CASE("explain describes overlapping and separate windows, even if the model has no weights") {
  const TemporaryFolder folder;
  json network =
      json::parse(read_file(std::string(ALEXNET_SOURCE_DIR) + "/models/worked-example/network.json"));
  network.erase("weights");
  const auto im2col = [&](int kernel, int stride, int pad = 0) {
    network["layers"][0]["kernel"] = kernel;
    network["layers"][0]["stride"] = stride;
    network["layers"][0]["pad"] = pad;
    folder.write("network.json", network.dump());
    const std::string text = run({"explain", "-m", folder.path(), "conv"}).out;
    const std::size_t from = text.find("\nim2col");
    return one_line(text.substr(from, text.find("\neigen") - from));
  };
  folder.write("input.json",
               read_file(std::string(ALEXNET_SOURCE_DIR) + "/models/worked-example/input.json"));
  CHECK(contains(im2col(2, 1), "as windows overlap"));
  CHECK(contains(im2col(1, 1), "as windows lie side by side"));
  CHECK(contains(im2col(2, 2, 1), "1.78 times the 27 of the input, as the padding is copied too"));
  CHECK(contains(im2col(1, 2), "as windows leave pixels out"));
}

TEST_CASE("explain's JSON keeps the bytes of an input name that is not UTF-8") {
  const TemporaryFolder folder;
  const std::string name = folder.write("caf\xe9.png", read_file(photo("cat.png")));
  const json example = explained({"conv1", name}).at("example");
  CHECK(example.contains("input_base64"));
  CHECK(!explained({"conv1", photo("cat.png")}).at("example").contains("input_base64"));
}

TEST_CASE("explain ends with status 3 if its page cannot be written, and overwrites no image") {
  const TemporaryFolder folder;
  const Result full = run({"explain", "-m", kWorked, "conv", "--html", "/dev/full"});
  CHECK(full.status == 3);
  CHECK(contains(full.err, "/dev/full"));
  CHECK(run({"explain", "-m", kWorked, "conv", "--html", folder.path("none/page.html")}).status == 3);
  const std::string image = folder.write("cat.png", read_file(photo("cat.png")));
  CHECK(contains(refused({"conv1", image, "--html", image}), "is not a page that alexnet wrote"));
  CHECK(contains(refused({"conv1", photo("cat.jpg"), "--html", image}), "is not a page that alexnet wrote"));
  const Result output = run(Call{.args = {"explain", "-m", kWorked, "conv"}, .out_file = "/dev/full"});
  CHECK(output.status == 3);
}
