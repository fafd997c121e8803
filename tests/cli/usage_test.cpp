// Command-line usage and the messages for wrong calls.
#include <doctest/doctest.h>

#include "command.hpp"

using namespace alexnet::cli;

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

TEST_CASE("every command explains itself with an example") {
  for (const std::string command :
       {"", "classify", "time", "batch", "inspect", "explain", "filters", "features", "fetch"}) {
    CAPTURE(command);
    std::vector<std::string> args{"--help"};
    if (!command.empty()) args.insert(args.begin(), command);
    const Result result = run(args);
    CHECK(result.status == 0);
    CHECK(result.err == "");
    CHECK(contains(result.out, "Usage: alexnet "));
    CHECK(contains(result.out, "Example:\n  alexnet "));
    CHECK(contains(result.out, "--help"));
  }
  for (const char* word : {"classify", "time", "batch", "inspect", "explain", "filters", "features",
                           "--version", "--color", "Exit status: 0", "ALEXNET_MODELS"})
    CHECK(contains(run({"--help"}).out, word));
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

TEST_CASE("a wrong call is told what is wrong") {
  const std::string cat = photo("cat.png");
  for (const WrongCall& call :
       std::vector<WrongCall>{{{}, "subcommand"},
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
                              {{"batch"}, "PLACE"},
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

TEST_CASE("control characters of the call do not reach the terminal") {
  const Result result = run({"classify", photo("cat.png"), "-m", "a\x1b[31m\nb"});
  CHECK(result.status == 2);
  CHECK(result.err.starts_with("alexnet: a\\x1b[31m\\nb: no such model"));
  CHECK(lines(result.err).size() == 1);
}

TEST_CASE("options may stand before and after the photos") {
  const std::string before = run({"classify", "-k", "2", photo("cat.png")}).out;
  CHECK(lines(before).size() == 3);
  CHECK(run({"classify", photo("cat.png"), "-k", "2"}).out == before);
  CHECK(run({"classify", photo("cat.png"), "-k2", "--color=never"}).out == before);
  CHECK(run({"--color", "never", "classify", photo("cat.png"), "-k", "2"}).out == before);
}

TEST_CASE("standard output holds results alone, and neither output is decorated where it is no terminal") {
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

TEST_CASE("a locale that is not UTF-8 gets bars of plain characters") {
  const auto bars = [](const char* locale) {
    const Result result = run({"time", "-n", "1"}, "", {{"LC_ALL", locale}});
    CHECK(result.status == 0);
    return result.out;
  };
  CHECK(contains(bars("C.UTF-8"), "█"));
  CHECK(!contains(bars("C"), "█"));
  CHECK(contains(bars("C"), "###"));
}
