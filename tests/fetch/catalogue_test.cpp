// catalogue.json: entries that are accepted and refused.
#include "fetch/catalogue.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "alexnet/error.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using nlohmann::json;

namespace {

const std::string kSha256(64, 'a');

json entry() {
  return {{"name", "small"},         {"source", "A small model"},
          {"file", "small-1.0.pth"}, {"urls", {"https://example.org/small-1.0.pth", "http://example.net/s"}},
          {"parameters", 1000},      {"sha256", kSha256}};
}

std::string refusal(const json& root) {
  const TempDir dir;
  const auto file = dir.write("catalogue.json", root.dump());
  const std::string message = message_of<ModelError>([&] { read_catalogue(file); });
  CHECK(message.starts_with(file.string() + ": "));
  return message.substr(file.string().size() + 2);
}

// Returns the error for the entry with one member changed; null removes it.
std::string refusal(const char* key, const json& value) {
  json changed = entry();
  changed[key] = value;
  if (value.is_null()) changed.erase(key);
  return refusal({{"models", json::array({changed})}});
}

}  // namespace

TEST_CASE("the shipped catalogue has the published models with their checksums") {
  const auto all = read_catalogue(ALEXNET_SOURCE_DIR "/models/catalogue.json");
  CHECK(all.size() == 12);
  const CatalogueEntry& caffe = find_entry(all, "alexnet");
  CHECK(caffe.checksum.algorithm == "sha1");
  CHECK(caffe.checksum.digits == "9116a64c0fbe4459d18f4bb6b56d647b63920377");
  CHECK(caffe.parameters == 60965224);
  CHECK(caffe.preset == "caffe");
  CHECK(caffe.labels == "imagenet-1k");
  const CatalogueEntry& torch = find_entry(all, "alexnet-torchvision");
  CHECK(torch.checksum.algorithm == "sha256");
  CHECK(torch.about_bytes() == 4 * 61100840);
  REQUIRE(torch.accuracy.has_value());
  CHECK(torch.accuracy->top1 == 0.56522);
  // torchvision's file names end with the checksum's digits.
  for (const CatalogueEntry& model : all) {
    CAPTURE(model.name);
    CHECK(model.urls.at(0).ends_with("/" + model.file));
    if (model.file.ends_with(".pth")) CHECK(model.file.ends_with("-" + model.checksum.digits + ".pth"));
  }
}

TEST_CASE("an entry of a catalogue is read completely") {
  const TempDir dir;
  json given = entry();
  given["preset"] = "torchvision";
  given["accuracy"] = {{"data", "photos"}, {"top1", 0.5}, {"top5", 0.75}};
  const auto file =
      dir.write("catalogue.json", json{{"about", "x"}, {"models", json::array({given})}}.dump());
  const CatalogueEntry read = read_catalogue(file).at(0);
  CHECK(read.name == "small");
  CHECK(read.source == "A small model");
  CHECK(read.file == "small-1.0.pth");
  CHECK(read.urls == given.at("urls"));
  CHECK(read.checksum.digits == kSha256);
  CHECK(read.accuracy.value().top5 == 0.75);
  CHECK(read.labels == "");
}

TEST_CASE("an invalid catalogue is refused with the position and the reason") {
  CHECK(refusal(json::array()) == "is array, must be an object");
  CHECK(refusal({{"models", 1}}) == "models: is number, must be an array");
  CHECK(refusal({{"model", json::array()}}) == "unknown key 'model'; did you mean 'models'?");
  CHECK(refusal({{"models", {entry(), entry()}}}) ==
        "models[1].name: a model before it is called 'small' too");
  CHECK(refusal("url", "x") == "models[0]: unknown key 'url'; did you mean 'urls'?");
  CHECK(refusal("source", nullptr) == "models[0].source: is missing");
  CHECK(refusal("parameters", 0) == "models[0].parameters: must be at least 1");
  CHECK(refusal("preset", "torchvison") ==
        "models[0].preset: unknown 'torchvison'; did you mean 'torchvision'?");
}

TEST_CASE("a catalogue refuses names that are not plain file names") {
  for (const char* name : {"", ".", "..", "../x", "a/b", "/a", ".hidden", "-x", "a b", "Big", "a\n"}) {
    CAPTURE(name);
    CHECK(refusal("name", name).starts_with("models[0].name: '"));
    CHECK(refusal("labels", name).starts_with("models[0].labels: '"));
    if (std::string(name) != "Big") CHECK(refusal("file", name).starts_with("models[0].file: '"));
  }
  CHECK(refusal("name", std::string(65, 'a')).starts_with("models[0].name: '"));
}

TEST_CASE("a catalogue accepts http and https addresses only") {
  for (const json& urls :
       {json::array(), json("https://example.org"), json{1}, json{"file:///etc/passwd"},
        json{"ftp://example.org/x"}, json{"example.org/x"}, json{"https://example.org/a b"},
        json{"https://example.org/\n"}, json{"http://"}}) {
    CAPTURE(urls);
    CHECK(refusal("urls", urls) ==
          "models[0].urls: must be an array of addresses that begin with http:// or https://");
  }
}

TEST_CASE("a catalogue entry has one checksum of the right length") {
  CHECK(refusal("sha256", nullptr) == "models[0].sha256: is missing, and sha256_prefix and sha1 are too");
  CHECK(refusal("sha1", std::string(40, '0')) == "models[0].sha1: there is another checksum; give one");
  for (const std::string& digits :
       {std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'A'), std::string()})
    CHECK(refusal("sha256", digits) == "models[0].sha256: must be 64 lower-case hexadecimal digits");
  json prefix = entry();
  prefix.erase("sha256");
  prefix["sha256_prefix"] = "1234567";
  CHECK(refusal({{"models", json::array({prefix})}}) ==
        "models[0].sha256_prefix: must be 8 to 63 lower-case hexadecimal digits");
}
