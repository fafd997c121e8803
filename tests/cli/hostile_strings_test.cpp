// Strings in files and names that would control a terminal, in every field that can hold one, and everything
// that is printed or drawn from them. The test finds the fields by walking a file and the options by reading
// --help, so it covers new fields and options without a change.
#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>

#include "command_line/help.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/utf8.hpp"
#include "print/json.hpp"
#include "time/read_time_report.hpp"
#include "time/time_changes.hpp"
#include "time/time_figures.hpp"
#include "time/time_json.hpp"
#include "time/time_page.hpp"
#include "time/time_text.hpp"
#include "tiny_model.hpp"

using namespace alexnet::cli;
using nlohmann::json;

namespace {

namespace app = alexnet::app;
namespace fs = std::filesystem;

// ESC, BEL, CR, LF, TAB, DEL, U+009B, bidirectional controls, separators, U+FEFF, and characters that are
// special in HTML, CSV and SVG.
const std::string kText =
    "h\x1b[31m\x07\r\n\t\x7f\u009b2J\u061c\u200e\u200f\u202a\u202e\u2066\u2069\u2028\u2029\ufeff<b>&\"',"
    "\\var(--x";
// The same plus bytes that are not UTF-8, one of which is a C1 control in Latin-1.
const std::string kBytes = kText + "\x9b" + "31m\xff\xc3";

// Returns everything in the text that must not appear: all control and bidirectional characters except LF,
// and bytes that are not UTF-8.
std::string hidden_in(std::string_view text) {
  std::string found;
  while (!text.empty()) {
    const auto c = alexnet::first_code_point(text);
    const char32_t u = c ? c->value : static_cast<unsigned char>(text[0]);
    const bool bidi = u == 0x61C || u == 0x200E || u == 0x200F || (u >= 0x202A && u <= 0x202E) ||
                      (u >= 0x2066 && u <= 0x2069);
    const bool control = (u < 0x20 && u != '\n') || (u >= 0x7F && u < 0xA0);
    if (!c || control || bidi || u == 0x2028 || u == 0x2029 || u == 0xFEFF) {
      std::array<char, 32> name{};
      std::snprintf(name.data(), name.size(), c ? " U+%04X" : " byte %02X", static_cast<unsigned>(u));
      found += name.data();
    }
    text.remove_prefix(c ? c->bytes : 1);
  }
  return found;
}

void check_clean(const std::string& text, const std::string& what) {
  CHECK_MESSAGE(hidden_in(text) == "", what << " holds" << hidden_in(text));
}

std::string words(const std::vector<std::string>& args) {
  std::string all;
  for (const std::string& word : args) all += " " + alexnet::escape_for_terminal(word);
  return all;
}

// Runs the command in the folder. Checks its output and each text file that it writes.
Result run_clean(const TemporaryFolder& folder, const std::vector<std::string>& args,
                 const std::map<std::string, std::string>& env = {}) {
  const fs::path place = folder.path("out");
  fs::remove_all(place);
  fs::create_directories(place);
  const Result result = run(Call{.args = args, .env = env, .folder = place.string()});
  check_clean(result.out, "standard output of" + words(args));
  check_clean(result.err, "standard error of" + words(args));
  for (const auto& entry : fs::recursive_directory_iterator(place)) {
    const std::string ending = entry.path().extension().string();
    if (entry.is_regular_file() && ending != ".journal" && ending != ".png" && ending != ".safetensors" &&
        ending != ".onnx" && ending != ".db")
      check_clean(read_file(entry.path()), ending + " file of" + words(args));
  }
  return result;
}

// Returns pointers to all strings in a JSON value.
std::vector<json::json_pointer> strings_of(const json& value) {
  std::vector<json::json_pointer> places;
  const json leaves = value.flatten();
  for (const auto& [place, leaf] : leaves.items())
    if (leaf.is_string()) places.emplace_back(place);
  return places;
}

// Returns the value with the string at `place` replaced; if `everywhere`, all equal strings too.
json with_string(json value, const json::json_pointer& place, const std::string& text, bool everywhere) {
  const json before = value[place];
  for (const json::json_pointer& other : strings_of(value))
    if (other == place || (everywhere && value[other] == before)) value[other] = text;
  return value;
}

// Returns a different string each time, for names that must differ.
class Hostile {
 public:
  std::string next() { return kText + std::to_string(++count_); }

 private:
  int count_ = 0;
};

std::string write_model(const TemporaryFolder& folder, const json& network, const std::string& labels) {
  folder.write("model/network.json", network.dump());
  folder.write("model/weights.safetensors", safetensors(tiny_header().dump(), tiny_data()));
  folder.write("model/labels.txt", labels);
  return folder.path("model");
}

// Returns a network with every string member.
json full_network() {
  json network = json::parse(tiny_network().dump());
  network["source"] = "somewhere";
  network["licence"] = "some";
  network["accuracy"] = {{"data", "some images"}, {"top1", 0.5}};
  for (json& layer : network["layers"])
    if (layer["type"] != "softmax")
      layer["tensors"] = {{"weight", layer["name"].get<std::string>() + ".weight"},
                          {"bias", layer["name"].get<std::string>() + ".bias"}};
  return network;
}

// Returns every command line about a model and a photo.
std::vector<std::vector<std::string>> calls_about(const std::string& model, const std::string& image,
                                                  const std::vector<std::string>& layers) {
  std::vector<std::vector<std::string>> calls{
      {"inspect", model},
      {"inspect", model, "--json"},
      {"classify", "-m", model, image},
      {"classify", "-m", model, image, "--json"},
      {"classify", "-m", model, image, "--time", "--why", "why.png"},
      {"classify", "-m", model, image, "--json", "--why", "why.png"},
      {"batch", "-m", model, image, "--time"},
      {"batch", "-m", model, image, "--json", "--trace", "run.json"},
      {"batch", "-m", model, image, "--format", "csv"},
      {"batch", "-m", model, image, "--sort-into", "sorted", "--dry-run"},
      {"time", "-m", model, "-n", "1", "--html", "page.html", "--svg", "rings.svg", "--trace", "pass.json"},
      {"time", "-m", model, "-n", "1", "--engine", "eigen,packed", "--counters", "--html", "page.html"},
      {"convert", model, "-o", "model.onnx"},
      {"convert", model, "-o", "model.safetensors", "--check", fs::path(image).parent_path()}};
  for (const std::string& layer : layers) {
    calls.push_back({"explain", "-m", model, layer, "--html", "page.html"});
    calls.push_back({"explain", "-m", model, layer, image, "--html", "page.html"});
    calls.push_back({"explain", "-m", model, layer, image, "--json"});
    calls.push_back({"filters", "-m", model, "--layer", layer, "-o", "filters.png"});
    calls.push_back({"features", "-m", model, "--layer", layer, image, "-o", "maps.png"});
    calls.push_back({"features", "-m", model, "--layer", layer, image, "-o", "maps.png", "--json"});
    calls.push_back({"batch", "-m", model, "--extract", layer, "-o", "features.safetensors", image});
  }
  return calls;
}

// Checks all cells of CSV except the first column, which holds the raw bytes of the image's path.
void check_batch_csv(const std::string& text) {
  for (std::vector<std::string> row : csv_rows(text)) {
    row.erase(row.begin());
    for (const std::string& cell : row) check_clean(cell, "a cell of batch --format csv");
  }
}

std::vector<std::string> outputs_of(const app::TimeReport& report) {
  return {app::time_text(report, {}), app::time_text(report, {.unicode = true, .columns = 60}),
          app::time_csv(report),      app::time_json(report),
          app::time_page(report),     app::time_picture(report)};
}

void check_report(const std::string& file, const std::string& place) {
  app::TimeReport report = app::read_time_report(file);
  for (const bool compares : {false, true}) {
    if (compares && report.before.empty()) report.before.push_back(report);
    for (const std::string& text : outputs_of(report)) check_clean(text, "a report with " + place);
  }
}

}  // namespace

TEST_CASE("strings of a time report are escaped on a terminal and in a page") {
  const TemporaryFolder folder;
  const std::string model = write_model(folder, full_network(), "first\nsecond\nthird\n");
  const auto timed = [&](const std::vector<std::string>& more) {
    std::vector<std::string> args{"time", "-m", model, "-n", "4", "--json"};
    args.insert(args.end(), more.begin(), more.end());
    return json::parse(run(args).out);
  };
  json one = timed({"--engine", "packed"});
  one["weights"] = one["counters"] = "text";
  folder.write("before.json", one.dump());
  json both = timed({"--engine", "packed", "--compare", folder.path("before.json")});
  both["weights"] = "other";
  for (const json& report : {both, timed({"--engine", "eigen,packed"})}) {
    json all = report;
    Hostile hostile;
    std::size_t accepted = 0;
    for (const json::json_pointer& place : strings_of(report))
      for (const bool everywhere : {false, true}) {
        const std::string text = hostile.next();
        const std::string file =
            folder.write("run.json", with_string(report, place, text, everywhere).dump());
        try {
          check_report(file, place.to_string());
        } catch (const std::runtime_error&) {
          check_clean(run({"time", "--from", file}).err, "the refusal of " + place.to_string());
          continue;
        }
        ++accepted;
        const json more = with_string(all, place, text, everywhere);
        folder.write("all.json", more.dump());
        if (run({"time", "--from", folder.path("all.json"), "--csv"}).status == 0) all = more;
      }
    CHECK(accepted > 20);
    const std::string file = folder.write("all.json", all.dump());
    for (const std::vector<std::string>& more :
         std::vector<std::vector<std::string>>{{"--html", "page.html", "--svg", "rings.svg"},
                                               {"--csv"},
                                               {"--json"},
                                               {"--compare", file},
                                               {"--compare", file, "--json", "--html", "page.html"}}) {
      std::vector<std::string> args{"time", "--from", file};
      args.insert(args.end(), more.begin(), more.end());
      CHECK(run_clean(folder, args).status == 0);
    }
    folder.write("other.json", report.dump());
    CHECK(run_clean(folder, {"time", "--from", file, "--compare", folder.path("other.json")}).status == 2);
  }
}

TEST_CASE("strings of a network.json are escaped on a terminal and in a page") {
  const TemporaryFolder folder;
  const json network = full_network();
  const std::string image = photo("cat.png");
  json all = network;
  Hostile hostile;
  for (const json::json_pointer& place : strings_of(network)) {
    const std::string text = hostile.next();
    const std::string model = write_model(folder, with_string(network, place, text, false), "a\nb\nc\n");
    run_clean(folder, {"classify", "-m", model, image});
    if (run_clean(folder, {"inspect", model}).status == 0) all = with_string(all, place, text, false);
  }
  std::vector<std::string> layers;
  for (const json& layer : all["layers"]) layers.push_back(layer["name"]);
  CHECK(layers[0].starts_with(kText));
  const std::string model = write_model(folder, all, "a\nb\nc\n");
  for (const std::vector<std::string>& args : calls_about(model, image, layers)) run_clean(folder, args);
  for (const json::json_pointer& place : strings_of(all))  // so that not all calls fail
    if (place.back() == "weight" || place.back() == "bias") all[place] = network[place];
  write_model(folder, all, "a\nb\nc\n");
  for (const std::vector<std::string>& args : calls_about(model, image, layers)) {
    const int status = run_clean(folder, args).status;
    const bool figures_only = args[0] == "filters" || args[0] == "features";  // for some layers only
    CHECK_MESSAGE((status == 0 || figures_only), words(args) << " ends with " << status);
  }
  // Names are kept in other formats and read back.
  for (const char* file : {"model.onnx", "copy.safetensors"}) {
    REQUIRE(run({"convert", model, "-o", folder.path(file)}).status == 0);
    CHECK(run_clean(folder, {"inspect", folder.path(file)}).status == 0);
    CHECK(run_clean(folder, {"classify", "-m", folder.path(file), image}).status == 0);
  }
}

TEST_CASE("labels and names of photos, models and folders are escaped on a terminal and in a page") {
  const TemporaryFolder folder;
  const std::string label = [] {
    std::string one_line = kBytes;
    std::erase_if(one_line, [](char c) { return c == '\n' || c == ','; });
    return one_line;
  }();
  std::string name = kBytes;
  std::erase(name, '/');
  write_model(folder, full_network(), "n00000001 1" + label + "\n2" + label + "\n3" + label + "\n");
  const std::string model = folder.path(name);
  fs::rename(folder.path("model"), model);
  const std::string image = folder.write("photos/" + name + ".png", read_file(photo("cat.png")));
  const std::string broken = folder.write("broken/" + name + ".png", "no image");
  for (const std::string& file : {image, broken})
    for (std::vector<std::string> args : calls_about(model, file, {"conv1"})) {
      const bool csv = std::ranges::find(args, "csv") != args.end();
      if (csv) {
        check_batch_csv(run(args).out);
      } else {
        run_clean(folder, args);
      }
    }
  const std::map<std::string, std::string> env{{"ALEXNET_MODELS", folder.path()}};
  CHECK(contains(run_clean(folder, {"inspect"}, env).out, "h\\x1b[31m\\x07\\x0d\\n\\t\\x7f\\xc2\\x9b2J"));
  run_clean(folder, {"inspect", "--json"}, env);
  // The classes of evaluate come from folders and lists.
  for (int i = 1; i <= 3; ++i)
    folder.write("truth/" + std::to_string(i) + label + "/" + name + ".png", read_file(photo("cat.png")));
  for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{
           {"--per-class", "--confusion", "matrix.csv"}, {"--json"}, {"--compare", model}}) {
    std::vector<std::string> args{"evaluate", "-m", model, folder.path("truth")};
    args.insert(args.end(), more.begin(), more.end());
    CHECK(run_clean(folder, args).status == 0);
  }
  folder.write("truth/" + name + "/a.png", "no image");
  CHECK(run_clean(folder, {"evaluate", "-m", model, folder.path("truth")}).status == 2);
  const std::string list = folder.write("list.txt", name + "\n");
  CHECK(run_clean(folder, {"evaluate", "-m", model, list}).status == 2);
}

TEST_CASE("strings of a weights file are escaped on a terminal") {
  const TemporaryFolder folder;
  const std::string model = write_model(folder, full_network(), "a\nb\nc\n");
  const std::string image = photo("cat.png");
  REQUIRE(run({"convert", model, "-o", folder.path("copy.safetensors")}).status == 0);
  const std::string bytes = read_file(folder.path("copy.safetensors"));
  std::size_t length = 0;
  for (std::size_t i = 8; i-- > 0;) length = length << 8 | static_cast<unsigned char>(bytes[i]);
  const json header = json::parse(bytes.substr(8, length));
  const auto try_header = [&](const json& changed) {
    const std::string file =
        folder.write("changed.safetensors", safetensors(changed.dump(), bytes.substr(8 + length)));
    run_clean(folder, {"inspect", file});
    run_clean(folder, {"classify", "-m", file, image});
    run_clean(folder, {"explain", "-m", file, "conv1", "--json"});
  };
  for (const json::json_pointer& place : strings_of(header))
    try_header(with_string(header, place, kText, false));
  for (const auto& [key, value] : header.items()) {
    json changed = header;
    changed.erase(key);
    changed[kText] = value;
    try_header(changed);
    if (!value.is_object()) continue;
    for (const auto& [member, text] : value.items()) {
      changed = header;
      changed[key].erase(member);
      changed[key][kText] = text;
      try_header(changed);
    }
  }
}

TEST_CASE("strings of a catalogue are escaped on a terminal") {
  const TemporaryFolder folder;
  const std::map<std::string, std::string> env{{"ALEXNET_MODELS", folder.path("models")},
                                               {"XDG_DATA_HOME", folder.path("data")}};
  const json entry = {{"name", "some"},
                      {"source", "somewhere"},
                      {"file", "some.safetensors"},
                      {"urls", {"http://127.0.0.1:1/some.safetensors"}},
                      {"parameters", 83},
                      {"sha256_prefix", "01234567"},
                      {"licence", "free"},
                      {"labels", "imagenet-1k"},
                      {"preset", "caffe"},
                      {"accuracy", {{"data", "some images"}, {"top1", 0.5}}}};
  json all = entry;
  const auto offer = [&](const json& one) {
    folder.write("models/catalogue.json", json{{"models", {one}}}.dump());
  };
  offer(entry);
  CHECK(run_clean(folder, {"fetch", "--list"}, env).status == 0);
  for (const json::json_pointer& place : strings_of(entry)) {
    const json changed = with_string(entry, place, kText, false);
    offer(changed);
    run_clean(folder, {"fetch", changed["name"], "--offline"}, env);
    run_clean(folder, {"fetch", changed["name"]}, env);
    if (run_clean(folder, {"fetch", "--list"}, env).status == 0) all = with_string(all, place, kText, false);
  }
  offer(all);
  CHECK(contains(run_clean(folder, {"fetch", "--list"}, env).out, "h\\x1b[31m"));
  CHECK(run_clean(folder, {"fetch", "--list", "--json"}, env).status == 0);
}

TEST_CASE("strings of a prototxt are escaped on a terminal") {
  const TemporaryFolder folder;
  const std::string image = photo("cat.png");
  const std::string before =
      "name: 'NAME' input: 'data' input_shape { dim: 1 dim: 3 dim: 8 dim: 8 }\n"
      "layer { name: 'conv' type: 'Convolution' bottom: 'data' top: 'top'\n"
      "  convolution_param { num_output: 2 kernel_size: 3 } }\n"
      "layer { name: 'prob' type: 'Softmax' bottom: 'top' top: 'prob' }\n";
  std::string octal;  // protobuf text accepts any byte in octal
  for (const char c : kText) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "\\%03o", static_cast<unsigned char>(c));
    octal += text.data();
  }
  for (const char* word : {"NAME", "data", "conv", "top", "prob", "Convolution", "Softmax"})
    for (const bool everywhere : {false, true}) {
      std::string text = before;
      const std::string quoted = std::string("'") + word + "'";
      for (std::size_t at = text.find(quoted); at != std::string::npos; at = text.find(quoted, at + 1)) {
        text.replace(at + 1, quoted.size() - 2, octal);
        if (!everywhere) break;
      }
      const std::string file = folder.write("net.prototxt", text);
      run_clean(folder, {"inspect", file});
      run_clean(folder, {"explain", "-m", file, everywhere ? kText : "conv"});
      run_clean(folder, {"classify", "-m", file, image});
    }
  run_clean(folder, {"inspect", folder.write("broken.prototxt", "name: \"a\"\n" + kBytes + " { }\n")});
}

TEST_CASE("words of the command line are escaped on a terminal") {
  const TemporaryFolder folder;
  const std::string model = write_model(folder, full_network(), "a\nb\nc\n");
  const std::string image = photo("cat.png");
  const std::map<std::string, std::string> env{{"XDG_DATA_HOME", folder.path("data")}};
  const std::map<std::string, std::vector<std::string>> needed{
      {"classify", {"-m", model, image}},
      {"time", {"-m", model, "-n", "1"}},
      {"batch", {"-m", model, image}},
      {"evaluate", {"-m", model, folder.write("truth.txt", image + "\ta\n")}},
      {"inspect", {model}},
      {"explain", {"-m", model, "conv1", image}},
      {"filters", {"-m", model, "-o", "filters.png"}},
      {"features", {"-m", model, image, "--layer", "conv1", "-o", "maps.png"}},
      {"convert", {model, "-o", "model.safetensors"}},
      {"fetch", {"alexnet", "--offline"}}};
  run_clean(folder, {kBytes});
  run_clean(folder, {"--" + kBytes});
  run_clean(folder, {"--color", kBytes, "inspect"});
  CLI::App cli;
  alexnet::app::Global global;
  alexnet::app::Command unused;
  alexnet::app::setup_commands(cli, global, unused);
  std::size_t options = 0;
  for (const CLI::App* declared : alexnet::app::shown_commands(cli)) {
    const std::string command = declared->get_name();
    run_clean(folder, {command, kBytes}, env);
    run_clean(folder, {command, "--" + kBytes}, env);
    for (const CLI::Option* option : alexnet::app::shown_options(cli, *declared)) {
      if (!alexnet::app::takes_value(*option)) continue;
      const std::vector<std::string> names = alexnet::app::names_of(*option);
      std::vector<std::string> args{command};
      if (const auto found = needed.find(command); found != needed.end())
        for (std::size_t i = 0; i < found->second.size(); ++i) {
          const std::string& word = found->second[i];
          const bool same = std::ranges::find(names, word) != names.end();
          if (same) ++i;  // given below
          if (!same) args.push_back(word);
        }
      args.push_back(names.back());
      args.push_back(kBytes);
      ++options;
      const bool csv = std::ranges::find(args, "--format") != args.end();
      if (!csv) run_clean(folder, args, env);
    }
  }
  CHECK(options > 100);
}
