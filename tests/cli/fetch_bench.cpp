#include "fetch_bench.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "tiny_model.hpp"

namespace alexnet::cli {

namespace fs = std::filesystem;
using nlohmann::json;

std::string shell(const std::string& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string text;
  for (int c = 0; pipe && (c = std::fgetc(pipe.get())) != EOF;) text += static_cast<char>(c);
  return text;
}

std::string sum(const char* program, const std::string& file) {
  const std::string line = shell(std::string(program) + " '" + file + "'");
  return line.substr(0, line.find(' '));
}

FetchBench::FetchBench() : server_((publish(), folder_.path("served"))) {}

void FetchBench::publish() const {
  json network = tiny_network();
  network["name"] = "as published";
  network.erase("weights");
  network.erase("labels");
  nlohmann::ordered_json header = tiny_header();
  header["__metadata__"] = {{"network", network.dump()}, {"labels", "first\nsecond, other\nthird\n"}};
  std::string text = header.dump();
  text.resize(kBytes, ' ');
  folder_.write(std::string("served/") + kFile, safetensors(text, tiny_data()));
}

json FetchBench::entry(const std::vector<std::string>& urls) const {
  return {{"name", "tiny"},       {"source", "made up"},
          {"file", kFile},        {"urls", urls},
          {"parameters", 83},     {"sha256", sum("sha256sum", copy())},
          {"licence", "CC0-1.0"}, {"accuracy", {{"data", "nothing"}, {"top1", 0.25}}}};
}

void FetchBench::offer(const json& entry) const {
  folder_.write("models/catalogue.json", json{{"models", json::array({entry})}}.dump());
}

Call FetchBench::call(std::vector<std::string> args) const {
  args.insert(args.begin(), "fetch");
  return {.args = std::move(args), .env = {{"HOME", path("home")}, {"ALEXNET_MODELS", path("models")}}};
}

void FetchBench::check_fetched(const Result& result) const {
  CAPTURE(result.err);
  CHECK(result.status == 0);
  CHECK(result.out == "tiny  " + place() + "\n");
  CHECK(contains(result.err, "alexnet classify -m tiny photo.jpg\n"));
  REQUIRE(fs::exists(place()));
  CHECK(fs::is_empty(models() + "/.downloads"));
  Call call = this->call({});
  call.args = {"classify", "-m", "tiny", "-k", "1", "--json", fixture("upright.png")};
  const Result answer = run(call);
  CHECK(answer.status == 0);
  CHECK(contains(answer.out, R"("model":"tiny")"));
  call.args = {"inspect", "tiny", "--json"};
  const json about = json::parse(run(call).out);
  CHECK(about.at("name") == "tiny");
  CHECK(about.at("source") == std::string("made up (") + kFile + ")");
  CHECK(about.at("licence") == "CC0-1.0");
  CHECK(about.at("accuracy").at("top1") == 0.25);
}

void FetchBench::check_failed(const Result& result, int status, const std::string& reason) const {
  CAPTURE(result.err);
  CHECK(result.status == status);
  CHECK(result.out == "");
  CHECK(contains(result.err, reason));
  CHECK_FALSE(fs::exists(place()));
  Call inspect = call({});
  inspect.args = {"inspect"};
  CHECK_FALSE(contains(run(inspect).out, "tiny "));
}

}  // namespace alexnet::cli
