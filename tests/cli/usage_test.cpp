// Command-line usage and the messages for wrong calls.
#include <doctest/doctest.h>

#include <algorithm>

#include "command.hpp"
#include "command_line/commands.hpp"

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

TEST_CASE("help is as wide as the terminal, up to 100 columns") {
  const auto widest = [](const char* columns) {
    std::size_t most = 0;
    for (const std::string& line : lines(run({"batch", "--help"}, "", {{"COLUMNS", columns}}).out))
      most = std::max(most, line.size());
    return most;
  };
  CHECK(widest("200") > 80);
  CHECK(widest("200") <= 100);
  CHECK(widest("80") > 60);
  CHECK(widest("80") <= 80);
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
                              {{"time", "-n", "0"}, "--runs"},
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

TEST_CASE("a usage error names what was typed and what is expected") {
  const std::string cat = photo("cat.png");
  const std::vector<std::pair<std::vector<std::string>, std::string>> calls{
      {{"classify", cat, "--engine", "x"}, "unknown engine 'x' (expected eigen or packed)"},
      {{"time", "--engine", "x,eigen"}, "unknown engine 'x' (expected eigen, packed or eigen,packed)"},
      {{"time", "--engine", "eigen,eigen"}, "--engine: 'eigen' is given twice"},
      {{"time", "--random-weights", "x"}, "invalid seed 'x' (expected a whole number from 0 to 2^64 - 1)"},
      {{"time", "--runs", "3", "--from", "f"}, "--runs cannot be combined with --from"},
      {{"time", "--csv", "--json"}, "--json cannot be combined with --csv"},
      {{"batch", cat, "-0"}, "--null needs --files-from"},
      {{"batch"}, "name a PATH, or a list with --files-from"},
      {{"batch", cat, "--min-prob", "nan"},
       "--min-prob: invalid number 'nan' (expected a number from 0 to 1)"},
      {{"classify"}, "IMAGE is missing"},
      {{"classify", cat, "-k"}, "--top-k needs a value"},
      {{"classify", cat, "-k", "1", "-k", "2"}, "--top-k may be given only once"},
      {{"classify", cat, "--json=x"}, "invalid value 'x' for --json"},
      {{"classify", cat, "-k", "0"},
       "--top-k: invalid number '0' (expected a whole number from 1 to 1000000)"},
      {{"classify", cat, "--jason"}, "unknown option '--jason'; did you mean '--json'?"},
      {{"classify", cat, "--background", "x"}, "unknown colour 'x' (expected #RRGGBB, black or white)"},
      {{"inspect", "alexnet", "extra"}, "unexpected argument 'extra'"},
      {{"convert", "tiny-alexnet", "-o", "x.bin"}, "--output: 'x.bin' must end in .safetensors or .onnx"},
      {{"--verbose"}, "unknown option '--verbose'; did you mean '--version'?"},
      {{}, "name a command, a photo or a folder"}};
  for (const auto& [args, message] : calls) {
    const Result result = run(args);
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(lines(result.err).at(0) == "alexnet: " + message);
  }
}

TEST_CASE("control characters of the command line are escaped") {
  const Result result = run({"classify", photo("cat.png"), "-m", "a\x1b[31m\nb"});
  CHECK(result.status == 2);
  CHECK(result.err.starts_with("alexnet: a\\x1b[31m\\nb: no such model"));
  CHECK(lines(result.err).size() == 1);
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
