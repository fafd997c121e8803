// Command-line usage and the messages for wrong calls.
#include <doctest/doctest.h>

#include <algorithm>

#include "command.hpp"
#include "command_line/commands.hpp"
#include "print/text.hpp"

using namespace alexnet::cli;
using alexnet::app::command_table;
using alexnet::app::CommandEntry;
using alexnet::app::Example;

namespace {

struct WrongCall {
  std::vector<std::string> args;
  std::string word;  // expected in the message
};

void check_wrong(const WrongCall& call) {
  const Result result = run(call.args);
  CAPTURE(result.err);
  CAPTURE(call.word);
  CHECK(result.status == 2);
  CHECK(result.out == "");
  CHECK(result.err.starts_with("alexnet: "));
  CHECK(contains(lines(result.err).at(0), call.word));
}

}  // namespace

TEST_CASE("every command's help has an example") {
  CHECK(contains(run({"--help"}).out, "Usage: alexnet [COMMAND]"));
  for (const CommandEntry& entry : command_table()) {
    CAPTURE(entry.name);
    const Result result = run({entry.name, "--help"});
    CHECK(result.status == 0);
    CHECK(result.err == "");
    CHECK(contains(result.out, "Usage: alexnet " + std::string(entry.name)));
    CHECK(contains(result.out, "-h, --help"));
    for (const Example& example : entry.examples)
      CHECK(contains(result.out, "\n  " + std::string(example.line) + "\n"));
  }
}

TEST_CASE("help says in which order and range the numbers of --mean are, for each preset") {
  std::string words;
  for (const std::string& line : lines(run({"classify", "--help"}).out))
    words += line.substr(std::min(line.find_first_not_of(' '), line.size())) + ' ';
  CHECK(contains(
      words,
      "R,G,B from 0 to 1 for the presets torchvision and tiny-imagenet, B,G,R from 0 to 255 for caffe"));
}

TEST_CASE("help is as wide as the terminal, up to 100 columns, and 80 columns in a pipe") {
  const auto widest = [](const std::map<std::string, std::string>& env) {
    std::size_t max = 0;
    for (const std::string& line : lines(run({"batch", "--help"}, "", env).out))
      max = std::max(max, line.size());
    return max;
  };
  CHECK(widest({{"COLUMNS", "200"}}) > 80);
  CHECK(widest({{"COLUMNS", "200"}}) <= 100);
  for (const std::map<std::string, std::string>& env :
       {std::map<std::string, std::string>{{"COLUMNS", "80"}}, {}}) {
    CHECK(widest(env) > 60);
    CHECK(widest(env) <= 80);
  }
}

TEST_CASE("no line is wider than 80 columns at 80 columns") {
  const TemporaryFolder folder;
  const std::string cat = photo("cat.png");
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{{"inspect"},
                                             {"inspect", "tiny-alexnet"},
                                             {"inspect", "alexnet"},
                                             {"inspect", "worked-example"},
                                             {"fetch", "--list"},
                                             {"classify", "-k", "50", "cat.png"},
                                             {"classify", "--time", "cat.png"},
                                             {"classify", "-k", "3", "--why", "why.png", "cat.png"},
                                             {"time", "-n", "1"},
                                             {"time", "-n", "1", "--engine", "eigen,packed"},
                                             {"explain", "conv1"},
                                             {"explain", "-m", "alexnet", "norm1"},
                                             {"features", "cat.png", "--layer", "relu1", "-o", "maps.png"}}) {
    folder.write("cat.png", read_file(cat));
    const Result result = run(Call{.args = args, .env = {{"COLUMNS", "80"}}, .folder = folder.path()});
    CAPTURE(args[0]);
    CHECK(result.status == 0);
    for (const std::string& line : lines(result.out)) {
      CAPTURE(line);
      const bool has_path = contains(line, "/share/alexnet/");  // words are not broken
      CHECK((has_path || alexnet::app::width(line) <= 80));
    }
  }
}

TEST_CASE("--version names the program, the CPU level and the libraries") {
  const Result result = run({"--version"});
  CHECK(result.status == 0);
  CHECK(result.err == "");
  const std::vector<std::string> text = lines(result.out);
  REQUIRE(text.size() >= 4);
  CHECK(text.at(0).starts_with("alexnet "));
  CHECK(text.at(1).starts_with("CPU level  "));
  CHECK(text.at(2).starts_with("Eigen      3."));
  CHECK(text.at(3).starts_with("OpenCV     4."));
}

TEST_CASE("a wrong call is refused with the reason") {
  const std::string cat = photo("cat.png");
  for (const WrongCall& call :
       std::vector<WrongCall>{{{}, "name a command"},
                              {{"clasify", cat}, "clasify"},
                              {{"--verbose"}, "--verbose"},
                              {{"classify"}, "IMAGE"},
                              {{"classify", cat, "--jason"}, "--jason"},
                              {{"classify", cat, "-k"}, "-k"},
                              {{"classify", cat, "-k", "0"}, "-k"},
                              {{"classify", cat, "-k", "-1"}, "-k"},
                              {{"classify", cat, "-k", "many"}, "-k"},
                              {{"classify", cat, "-k", "99999999999999999999"}, "-k"},
                              {{"classify", cat, "--threads", "0"}, "--threads"},
                              {{"classify", cat, "--color", "pink"}, "pink"},
                              {{"--color", "pink", "classify", cat}, "pink"},
                              {{"batch"}, "PATH"},
                              {{"batch", cat, "--batch-size", "0"}, "--batch-size"},
                              {{"batch", cat, "--threads", "0"}, "--threads"},
                              {{"batch", cat, "-k", "0"}, "-k"},
                              {{"batch", cat, "--format", "xml"}, "xml"},
                              {{"batch", cat, "--format", "csv", "--json"}, "--json"},
                              {{"time", "--batch", "0"}, "--batch"},
                              {{"time", "-n", "0"}, "-n"},
                              {{"time", "--threads", "0"}, "--threads"},
                              {{"time", "--warmup", "-1"}, "--warmup"},
                              {{"time", "--json", "--csv"}, "--csv"},
                              {{"inspect", "alexnet", "tiny-alexnet"}, "tiny-alexnet"},
                              {{"fetch"}, "NAME"},
                              {{"fetch", "alexnet", "vgg11"}, "vgg11"},
                              {{"fetch", "alexnet", "--list"}, "--list"},
                              {{"fetch", "--list", "--offline"}, "--list"}})
    check_wrong(call);
}

TEST_CASE("an error names what was typed, the problem and what to do") {
  const TemporaryFolder folder;
  folder.write("cat.png", read_file(photo("cat.png")));
  folder.write("n.txt", "text\n");
  folder.write("deploy.prototxt", R"(input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
    layer { name: "fc" type: "InnerProduct" bottom: "data" top: "fc"
            inner_product_param { num_output: 2 } })");
  folder.write("list.txt", "cat.png tabby\n");
  folder.write("empty/readme", "");
  const std::string cat = "cat.png";
  const std::string missing = "cannot be opened: No such file or directory; check the name";
  const std::string no_folder =
      "cannot be opened for writing: No such file or directory; create its folder, or use another output "
      "file";
  const std::string no_path = "no such file or folder; check the name, and that its disk is mounted";
  const std::vector<std::pair<std::vector<std::string>, std::string>> calls{
      {{"classify", cat, "--engine", "x"}, "--engine: unknown engine 'x' (expected eigen or packed)"},
      {{"classify", cat, "--conv", "x"},
       "--conv: unknown convolution method 'x' (expected auto, gemm or winograd)"},
      {{"classify", cat, "--preset", "x"},
       "--preset: unknown preset 'x' (expected torchvision, caffe or tiny-imagenet)"},
      {{"classify", cat, "--color", "x"},
       "--color: unknown colour mode 'x' (expected auto, always or never)"},
      {{"classify", cat, "--background", "x"},
       "--background: unknown colour 'x' (expected #RRGGBB, black or white)"},
      {{"classify", cat, "--crops", "3"}, "--crops: invalid number '3' (expected 1 or 10)"},
      {{"time", "--engine", "x,eigen"},
       "--engine: unknown engine 'x' (expected eigen, packed or eigen,packed)"},
      {{"time", "--engine", "eigen,eigen"}, "--engine: 'eigen' is given twice; name it once"},
      {{"time", "--random-weights", cat},
       "--random-weights: invalid seed 'cat.png' (expected a whole number from 0 to 2^64 - 1); without a "
       "seed, "
       "write the option last"},
      {{"time", "--runs", "3", "--from", "f"}, "--runs cannot be combined with --from"},
      {{"time", "-n", "3", "--from", "f"}, "-n cannot be combined with --from"},
      {{"time", cat, "--from", "f"}, "IMAGE cannot be combined with --from"},
      {{"time", "--from", "f", "-m", "alexnet"}, "--from cannot be combined with -m"},
      {{"time", "--csv", "--json"}, "--json cannot be combined with --csv"},
      {{"time", "--svg", "x.png"}, "x.png: the name of a drawing ends in .svg; use another output file"},
      {{"time", "--html", "x.svg"},
       "x.svg: the name of a page ends in .html or .htm; use another output file"},
      {{"time", "--trace", "x.html"}, "x.html: the name of a trace ends in .json; use another output file"},
      {{"explain", "conv1", "--html", "x.png"},
       "x.png: the name of a page ends in .html or .htm; use another output file"},
      {{"batch", cat, "--trace", "x.csv"},
       "x.csv: the name of a trace ends in .json; use another output file"},
      {{"classify", cat, "--why", "x.jpg"}, "--why: 'x.jpg' must end in .png"},
      {{"convert", "tiny-alexnet", "-o", "x.bin"}, "-o: 'x.bin' must end in .safetensors or .onnx"},
      {{"filters", "--output", "x.jpg"}, "--output: 'x.jpg' must end in .png"},
      {{"batch", cat, "-0"}, "-0 needs --files-from"},
      {{"batch", cat, "--null"}, "--null needs --files-from"},
      {{"batch"}, "name a PATH, or a list with --files-from"},
      {{"batch", cat, "--min-prob", "nan"},
       "--min-prob: invalid number 'nan' (expected a number from 0 to 1)"},
      {{"batch", cat, "--format", "x"}, "--format: unknown format 'x' (expected text, jsonl, csv or sqlite)"},
      {{"batch", cat, "--order", "x"}, "--order: unknown order 'x' (expected natural or none)"},
      {{"batch", cat, "--label", ""},
       "--label: '' matches no class of tiny-alexnet; use a whole label, an id, an index or a pattern such "
       "as "
       "'*cat*'"},
      {{"batch", cat, "-o", "r.csv", "--json"},
       "r.csv: the extension .csv is that of csv, not of jsonl; use another extension or format"},
      {{"batch", cat, "missing"}, "missing: " + no_path},
      {{"batch", "help"}, "help: " + no_path},
      {{"batch", "empty"}, "empty: no images; use -r to include folders inside"},
      {{"convert", "tiny-alexnet", "-o", "x.onnx", "--check", "missing.jpg"}, "missing.jpg: " + no_path},
      {{"classify"}, "IMAGE is missing"},
      {{"classify", cat, "-k"}, "-k needs a value"},
      {{"classify", cat, "--top-k"}, "--top-k needs a value"},
      {{"classify", cat, "-k", "1", "-k", "2"}, "-k may be given only once"},
      {{"classify", cat, "--json=x"}, "invalid value 'x' for --json"},
      {{"classify", cat, "-k", "0"}, "-k: invalid number '0' (expected a whole number from 1 to 1000000)"},
      {{"classify", cat, "-kx"}, "-k: invalid number 'x' (expected a whole number from 1 to 1000000)"},
      {{"classify", cat, "--top-k=0"},
       "--top-k: invalid number '0' (expected a whole number from 1 to 1000000)"},
      {{"classify", cat, "--jason"}, "unknown option '--jason'; did you mean '--json'?"},
      {{"classify", cat, "--labels", "none"}, "none: " + missing},
      {{"classify", cat, "--labels", "empty"}, "empty: is a folder; name a file"},
      {{"classify", cat, "-m", "none.prototxt"}, "none.prototxt: no such file; check its name; looked in "},
      {{"classify", cat, "-m", "deploy.prototxt"},
       "deploy.prototxt: the file has layers, but no weights; name the .caffemodel with -m and this file "
       "with "
       "--network; without weights use inspect, or time, explain and filters with --random-weights"},
      {{"inspect", "alexnet", "extra"}, "unexpected argument 'extra'"},
      {{"inspect", "-m", "tiny-alexnet", "alexnet"}, "MODEL cannot be combined with -m"},
      {{"inspect", "--mean", "1,2,3"}, "name a MODEL for the options for models from other programs"},
      {{"evaluate", "list.txt", "--images", "none"}, "--images none: no such folder"},
      {{"evaluate", cat}, "cat.png: is an image; name a list of images, or a folder of classes"},
      {{"merge", "all.csv", "none.csv"}, "none.csv: no such file; check the name"},
      {{"merge", "all.csv", "empty"}, "empty: is a folder; name the outputs of the shards"},
      {{"merge", "all.csv", "n.txt"},
       "n.txt: its journal n.txt.journal is missing; put it beside the file, or run the shard again"},
      {{"time", "--from", "none"}, "none: " + missing},
      {{"time", "--from", "n.txt"},
       "n.txt: line 1, column 2: invalid literal, near 'te'; name a report that alexnet time --json wrote"},
      {{"explain", "nothing"},
       "tiny-alexnet/network.json: layers: there is no 'nothing'; the layers are conv1, relu1, pool1, "
       "conv2, "},
      {{"--verbose"}, "unknown option '--verbose'; did you mean '--version'?"},
      {{"help"}, "unknown command 'help'; use 'alexnet --help'"},
      {{"help", "batch"}, "unknown command 'help'; use 'alexnet batch --help'"},
      {{}, "name a command, a photo or a folder"}};
  for (const auto& [args, message] : calls) {
    const Result result = run(Call{.args = args, .folder = folder.path()});
    CHECK(result.status == 2);
    CHECK(result.out == "");
    // Messages that name a folder of this machine are compared in part.
    const std::string line = lines(result.err).at(0);
    CAPTURE(line);
    CHECK((message.ends_with(' ') ? contains(line, message) : line == "alexnet: " + message));
  }
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{{"batch", cat, "-o", "none/r.csv"},
                                             {"classify", cat, "--why", "none/r.csv.png"},
                                             {"evaluate", "list.txt", "--confusion", "none/r.csv"}}) {
    const Result result = run(Call{.args = args, .folder = folder.path()});
    CHECK(result.status == 3);
    CHECK(lines(result.err).at(0) == "alexnet: " + args.back() + ": " + no_folder);
  }
}

TEST_CASE("an argument may follow the seed of --random-weights") {
  CHECK(run({"time", "-n", "1", "--random-weights", "7", photo("cat.png")}).status == 0);
}

TEST_CASE("control characters of the command line are escaped") {
  const Result result = run({"classify", photo("cat.png"), "-m", "a\x1b[31m\nb"});
  CHECK(result.status == 2);
  CHECK(result.err.starts_with("alexnet: a\\x1b[31m\\nb: no such model"));
  CHECK(lines(result.err).size() == 1);
}

TEST_CASE("a quoted word of the command line is escaped once and shortened") {
  CHECK(lines(run({"classify", photo("cat.png"), "--engine", "a\x1b\\b"}).err).at(0) ==
        "alexnet: --engine: unknown engine 'a\\x1b\\\\b' (expected eigen or packed)");
  CHECK(lines(run({"inspect", "alexnet", std::string(101, 'a')}).err).at(0) ==
        "alexnet: unexpected argument '" + std::string(100, 'a') + "...'");
  const Result batch = run({"batch", photo("cat.png"), "--label", "*", "--label", "\x1b\\*"});
  CHECK(contains(batch.err, "--label: '\\x1b\\\\*' matches no class"));
}

TEST_CASE("options may precede or follow the photos") {
  const std::string before = run({"classify", "-k", "2", photo("cat.png")}).out;
  CHECK(lines(before).size() == 3);
  CHECK(run({"classify", photo("cat.png"), "-k", "2"}).out == before);
  CHECK(run({"classify", photo("cat.png"), "-k2", "--color=never"}).out == before);
  CHECK(run({"--color", "never", "classify", photo("cat.png"), "-k", "2"}).out == before);
}

TEST_CASE("standard output has only results, and neither stream is decorated without a terminal") {
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{{"classify", photo("cat.png")},
                                             {"batch", photo("cat.png")},
                                             {"inspect"},
                                             {"inspect", "alexnet"},
                                             {"time", "-n", "1"}}) {
    CAPTURE(args[0]);
    const Result result = run(args);
    CHECK(result.status == 0);
    CHECK(result.err.empty() == (args[0] != "batch"));
    for (const char c : {'\x1b', '\r'}) {
      CHECK(result.out.find(c) == std::string::npos);
      CHECK(result.err.find(c) == std::string::npos);
    }
  }
}

TEST_CASE("bars are ASCII in a locale that is not UTF-8") {
  const auto bars = [](const char* locale) {
    const Result result = run({"time", "-n", "1"}, "", {{"LC_ALL", locale}});
    CHECK(result.status == 0);
    return result.out;
  };
  CHECK(contains(bars("C.UTF-8"), "█"));
  CHECK(!contains(bars("C"), "█"));
  CHECK(contains(bars("C"), "###"));
}
