// time --from, --compare and --html: the same report in every format. The reports are derived from a real
// one, so the expected values are known.
#include <doctest/doctest.h>

#include <functional>
#include <limits>
#include <set>

#include "print/text.hpp"
#include "time/read_time_report.hpp"
#include "time/time_page.hpp"
#include "timing.hpp"

using namespace alexnet::cli;
using nlohmann::json;

namespace {

// A report of a real run, made once.
const json& one_engine() {
  static const json kReport =
      json::parse(run({"time", photo("cat.png"), "--engine", "packed", "-n", "5", "--json"}).out);
  return kReport;
}
const json& two_engines() {
  static const json kReport = timed_json({"--engine", "eigen,packed"});
  return kReport;
}

// Multiplies all times of the run by `times` and removes their variation; the machine's speed stays the same.
json steady(json report, double times) {
  report.erase("machine");
  const std::function<void(json&)> scale = [&](json& value) {
    if (value.is_object() && value.contains("q1"))
      for (auto& [key, ms] : value.items())
        if (key != "median") ms = times * value.at("median").get<double>();
    if (value.is_object() && value.contains("q1")) value["median"] = value.at("min");
    if (value.is_structured())
      for (json& part : value) scale(part);
  };
  scale(report);
  return report;
}

struct ReportFolder : TemporaryFolder {
  std::string file(const std::string& name, const json& report) const { return write(name, report.dump()); }
};

std::string page_of(const ReportFolder& folder, const std::vector<std::string>& args) {
  const std::string file = folder.path("page.html");
  const Result result = run(with(args, {"--html", file}));
  CHECK(result.status == 0);
  CHECK(result.err == "");
  return read_file(file);
}

// Returns the part of the page from the start tag that contains `start` to `end`.
std::string part(const std::string& page, const std::string& start, const std::string& end) {
  const std::size_t from = page.find(start);
  REQUIRE(from != std::string::npos);
  return page.substr(from, page.find(end, from) - from);
}

bool has_value(const std::string& text, const json& value) {
  return contains(text, "data-value=\"" + value.dump() + "\"");
}

}  // namespace

TEST_CASE("time --from writes the same bytes as the run itself") {
  const ReportFolder folder;
  for (const char* engine : {"packed", "eigen,packed"}) {
    CAPTURE(engine);
    const std::string page = folder.path("run.html");
    const Result result =
        run({"time", photo("cat.png"), "-n", "4", "--engine", engine, "--json", "--html", page});
    REQUIRE(result.status == 0);
    const std::string file = folder.write("run.json", result.out);
    CHECK(run({"time", "--from", file, "--json"}).out == result.out);
    CHECK(page_of(folder, {"time", "--from", file}) == read_file(page));
    // Text and CSV of the run equal those of its report.
    const json report = json::parse(result.out);
    const auto rows = csv_rows(run({"time", "--from", file, "--csv"}).out);
    const json& first = report.contains("engines") ? report["engines"][0] : report;
    REQUIRE(rows.size() > kLayers.size());
    for (std::size_t i = 0; i < kLayers.size(); ++i)
      CHECK(rows[i + 1][9] == first["layers"][i]["ms"]["median"].dump());
    CHECK(contains(run({"time", "--from", file}).out, "\nlimits, measured: "));
  }
}

TEST_CASE("the shares of a report's layers add up to 100 %") {
  for (const json* report : {&one_engine(), &two_engines()}) {
    double shares = 0.0;
    const json& engine = report->contains("engines") ? (*report)["engines"][0] : *report;
    for (const json& layer : engine["layers"]) shares += layer["share"].get<double>();
    CHECK(shares == doctest::Approx(1.0));
  }
}

TEST_CASE("time --from computes the shares from the times and ignores those of the report") {
  const ReportFolder folder;
  json report = one_engine();
  for (json& layer : report["layers"]) layer["share"] = 1;
  CHECK(json::parse(run({"time", "--from", folder.file("run.json", report), "--json"}).out) == one_engine());
}

TEST_CASE("the drawings are finite for the extreme figures of a report") {
  const ReportFolder folder;
  using namespace nlohmann::literals;
  for (const double peak : {1e-12, 1e15})
    for (const double speed : {1e-12, 1e15})
      for (const double ms : {0.0, 1e-12, 1e15}) {
        json report = one_engine();
        report["peak_gflops"] = peak;
        report["peak_gbytes_per_s"] = 1e3 / peak;
        report["layers"][0]["gflops"] = speed;
        report["layers"][3]["gbytes_per_s"] = 1e3 / speed;
        for (const char* quartile : {"min", "q1", "median", "q3", "max"})
          report["layers"][0]["ms"][quartile] = report["plain_ms"][quartile] = ms;
        report["batch"] = 16;
        CAPTURE(report.dump());
        const std::string file = folder.file("run.json", report);
        const std::string page = folder.path("page.html");
        const Result result =
            run({"time", "--from", file, "--html", page, "--svg", folder.path("rings.svg")});
        CHECK(result.status == 0);
        for (const std::string& text : {result.out, read_file(page), read_file(folder.path("rings.svg"))})
          for (const char* nonsense : {"nan", "inf ", "inf\"", "-9,223,372"})
            CHECK(!contains(text, nonsense));
        CHECK(contains(result.out, " images/s") == (ms > 0.0));
      }
}

TEST_CASE("a page has finite coordinates for every report") {
  using alexnet::app::TimeReport;
  const ReportFolder folder;
  const TimeReport report = alexnet::app::read_time_report(folder.file("run.json", one_engine()));
  for (const double damaged : {5e-324, 1e-308, 1e308, std::numeric_limits<double>::infinity(),
                               std::numeric_limits<double>::quiet_NaN()})
    for (const auto& damage : std::vector<std::function<double&(TimeReport&)>>{
             [](TimeReport& r) -> double& { return r.peak.gflops; },
             [](TimeReport& r) -> double& { return r.peak.read_gbytes_per_s; },
             [](TimeReport& r) -> double& { return r.engines[0].layers[0].gflops; },
             [](TimeReport& r) -> double& { return r.engines[0].layers[0].gbytes_per_s; }}) {
      TimeReport one = report;
      damage(one) = damaged;
      const std::string page = alexnet::app::time_page(one);
      for (const char* place : {"x=\"", "y=\"", "x1=\"", "y1=\"", "points=\""})
        for (const char* nonsense : {"nan", "-nan", "inf", "-inf"})
          CHECK(!contains(page, std::string(place) + nonsense));
    }
  TimeReport brief = report;
  for (alexnet::LayerTime& l : brief.engines[0].layers) {
    l.ms = {};
    l.ms.median = 5e-324;
    l.limit_ms = 0.0;
  }
  CHECK(contains(alexnet::app::time_page(brief), "<svg id=\"time-bars\""));
}

TEST_CASE("time escapes control characters in a model's name") {
  const ReportFolder folder;
  json report = one_engine();
  report["model"] = "a\x1b[31m\nb";
  const std::string text = run({"time", "--from", folder.file("run.json", report)}).out;
  CHECK(text.starts_with("a\\x1b[31m\\nb, engine packed, "));
}

TEST_CASE("the rings of time have room for long names") {
  const ReportFolder folder;
  json report = one_engine();
  const std::string prefix = "features.stage2.block1.";
  for (json& layer : report["layers"])
    for (const char* name : {"name", "fused_into"})
      if (!layer[name].is_null()) layer[name] = prefix + layer[name].get<std::string>();
  const auto rings = [&](const json& of) {
    REQUIRE(run({"time", "--from", folder.file("run.json", of), "--svg", folder.path("r.svg")}).status == 0);
    return part(read_file(folder.path("r.svg")), "aria-label=\"Ring of the time by layer", "</svg>");
  };
  const auto x_of = [](const std::string& svg, const std::string& after) {
    const std::size_t at = svg.find("<text x=\"", svg.find(after));
    REQUIRE(at != std::string::npos);
    return std::stod(svg.substr(at + 9));
  };
  const std::string with_long = rings(report);
  const std::string legend = ">" + prefix + "conv1</text>";
  REQUIRE(contains(with_long, legend));
  CHECK(with_long.find(legend) == with_long.rfind(legend));  // in the legend but in no slice
  const double name_ends = 370 + 5.5 * static_cast<double>(prefix.size() + 5);
  CHECK(x_of(with_long, legend) - 45 > name_ends);  // start of the milliseconds
  CHECK(contains(rings(one_engine()), ">fc6</text>"));
  report["layers"][0]["name"] = "/model/features/features.0/block/conv/Conv_output";
  report["layers"][1]["fused_into"] = report["layers"][0]["name"];
  const std::string abridged = rings(report);
  CHECK(contains(abridged, ">/model/fe...k/conv/Conv_output</text>"));
  CHECK(contains(abridged, "<title>/model/features/features.0/block/conv/Conv_output: "));
}

TEST_CASE("time --html contains every number of the JSON") {
  const ReportFolder folder;
  const json& report = one_engine();
  const std::string page = page_of(folder, {"time", "--from", folder.file("run.json", report)});
  CHECK(page.size() < 300000);
  for (const json& layer : report.at("layers")) {
    const std::string name = layer.at("name").get<std::string>();
    CAPTURE(name);
    const std::string row = part(page, "<tr data-layer=\"" + name + "\"", "</tr>");
    if (!layer.at("fused_into").is_null()) {
      CHECK(contains(row, ">in " + layer.at("fused_into").get<std::string>() + "<"));
      continue;
    }
    CHECK(has_value(row, layer.at("ms").at("median")));
    CHECK(has_value(row, layer.at("ms").at("min")));
    CHECK(has_value(row, layer.at("ms").at("max")));
    CHECK(has_value(row, layer.at("share")));
    if (!layer.at("reached").is_null()) CHECK(has_value(row, layer.at("reached")));
    if (!layer.at("gflops").is_null()) CHECK(has_value(row, layer.at("gflops")));
    CHECK(has_value(part(page, "<g data-name=\"" + name + "\"", ">"), layer.at("ms").at("median")));
  }
  for (const char* drawing : {"time-by-layer", "time-by-kind", "time-bars", "time-roofline", "time-timeline"})
    CHECK(contains(page, std::string("<svg id=\"") + drawing + "\""));
  CHECK(has_value(part(page, "data-name=\"plain pass\"", ">"), report.at("plain_ms").at("median")));
  CHECK(has_value(part(page, "data-name=\"conv + fc\"", ">"), report.at("gemm_share")));
  CHECK(has_value(part(page, "data-name=\"decode\"", ">"), report.at("decode_ms")));
  CHECK(has_value(part(page, "data-name=\"preprocess\"", ">"), report.at("preprocess_ms")));
  CHECK(has_value(part(page, "data-name=\"load\"", ">"), report.at("load_ms")));
  CHECK(has_value(part(page, "data-name=\"report\"", ">"), report.at("report_ms")));
  for (const char* fact : {"date", "cpu", "cpu_level"})
    CHECK(contains(page, report.at(fact).get<std::string>()));
  const std::string both = page_of(folder, {"time", "--from", folder.file("two.json", two_engines())});
  for (const char* drawing : {"eigen-by-layer", "packed-by-layer", "eigen-roofline", "packed-roofline"})
    CHECK(contains(both, std::string("<svg id=\"") + drawing + "\""));
  CHECK(contains(both, "<table class=\"layers\" id=\"engines\">"));
}

TEST_CASE("a slice has the colour and number of its legend line, and slices differ in one of both") {
  const ReportFolder folder;
  json report = one_engine();
  json layers = json::array();
  for (int i = 0; i < 20; ++i) {  // 20 convolutions, of which most are too small for text
    json layer = report["layers"][0];
    layer["name"] = "conv" + std::to_string(i);
    layer["fused_into"] = nullptr;
    for (auto& [key, ms] : layer["ms"].items()) ms = i < 3 ? 10.0 : 0.5;
    layers.push_back(layer);
  }
  report["layers"] = layers;
  REQUIRE(run({"time", "--from", folder.file("run.json", report), "--svg", folder.path("r.svg")}).status ==
          0);
  const std::string ring =
      part(read_file(folder.path("r.svg")), "aria-label=\"Ring of the time by layer", "</svg>");
  std::set<std::string> looks;
  const std::string begin = "class=\"slice conv\" fill-opacity=\"";
  int number = 0;
  for (std::size_t at = ring.find(begin); at != std::string::npos; at = ring.find(begin, at + 1)) {
    const std::string opacity =
        ring.substr(at + begin.size(), ring.find('"', at + begin.size()) - at - begin.size());
    CHECK(looks.insert(opacity).second);
    CHECK(contains(ring, "class=\"conv\" fill-opacity=\"" + opacity + "\""));
    const std::string text = ">" + std::to_string(++number) + "</text>";
    const std::string name = ">conv" + std::to_string(number - 1) + "</text>";
    // The number is in the legend, and at the slice unless that has the name.
    CHECK((ring.find(text) != ring.rfind(text) || ring.find(name) != ring.rfind(name)));
  }
  CHECK(looks.size() == 20);
  CHECK(contains(ring, ">ms</text>"));
}

TEST_CASE("the page of a comparison draws the change of each layer and of the whole pass") {
  const ReportFolder folder;
  const std::string before = folder.file("before.json", steady(one_engine(), 1.0));
  const std::string after = folder.file("after.json", steady(one_engine(), 2.0));
  const std::string page = page_of(folder, {"time", "--from", after, "--compare", before});
  const json changes =
      json::parse(run({"time", "--from", after, "--compare", before, "--json"}).out)["changes"]["engines"][0];
  const std::string chart = part(page, "<svg id=\"time-changes\"", "</svg>");
  for (const json& change : changes.at("layers")) {
    if (change.at("change").is_null() || change.at("before_ms") < 0.001) continue;
    const std::string bar =
        part(chart, "<g data-name=\"" + change.at("layers")[0].get<std::string>() + "\"", "</g>");
    CHECK(has_value(bar, change.at("change")));
    CHECK(contains(bar, "class=\"slower\""));
  }
  CHECK(contains(chart, "data-name=\"plain pass\""));
  CHECK(!contains(page_of(folder, {"time", "--from", before}), "time-changes"));
}

TEST_CASE("time --svg draws the rings of each engine in one standalone file") {
  const ReportFolder folder;
  const std::string file = folder.path("rings.svg");
  for (const json* report : {&one_engine(), &two_engines()}) {
    REQUIRE(run({"time", "--from", folder.file("run.json", *report), "--svg", file}).status == 0);
    const std::string svg = read_file(file);
    const json engines = report->contains("engines") ? report->at("engines") : json::array({*report});
    for (const json& engine : engines) {
      CHECK(contains(svg, ": engine " + engine.at("engine").get<std::string>() + ", threads "));
      for (const json& layer : engine.at("layers"))
        if (layer.at("share") > 0.01) CHECK(has_value(svg, layer.at("share")));
    }
    CHECK(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    CHECK(!contains(svg, "var("));
    CHECK(contains(svg, "fill: #2f6fd0"));
  }
  CHECK(run({"time", "--from", folder.path("run.json"), "--svg", folder.path("run.json")}).status == 2);
  CHECK(run({"time", "--from", folder.path("run.json"), "--svg", "/dev/full"}).status == 3);
}

TEST_CASE("time --html does not execute a model's names as code") {
  const ReportFolder folder;
  json report = one_engine();
  report["model"] = "<script>alert(1)</script>";
  report["cpu"] = "a \"CPU\" & more";
  report["layers"][0]["name"] = "\"><b>x";
  report["layers"][1]["fused_into"] = "\"><b>x";
  const std::string page = page_of(folder, {"time", "--from", folder.file("run.json", report)});
  CHECK(!contains(page, "<script>alert"));
  CHECK(!contains(page, "<b>x"));
  CHECK(contains(page, "a &quot;CPU&quot; &amp; more"));
}

TEST_CASE("time --compare separates changes from noise") {
  const ReportFolder folder;
  const std::string before = folder.file("before.json", steady(one_engine(), 1.0));
  const std::string after = folder.file("after.json", steady(one_engine(), 2.0));
  const json report = json::parse(run({"time", "--from", after, "--compare", before, "--json"}).out);
  CHECK(report.at("before") == json::parse(run({"time", "--from", before, "--json"}).out));
  const json& change = report.at("changes").at("engines")[0];
  CHECK(report.at("changes").at("differs").empty());
  CHECK(change.at("plain").at("change").get<double>() == doctest::Approx(1.0));
  CHECK(change.at("plain").at("noise") == false);
  CHECK(change.at("layers")[0].at("layers") == json{"conv1", "relu1"});
  CHECK(change.at("layers")[0].at("before_ms") == one_engine().at("layers")[0].at("ms").at("median"));
  CHECK(change.at("layers")[0].at("noise") == false);
  const std::string text = run({"time", "--from", after, "--compare", before}).out;
  CHECK(contains(text, "\nlayer           before ms "));
  CHECK(contains(text, "+100.0 %"));
  CHECK(contains(text, "(+100.0 %): more than the noise of the runs\n"));
  const std::string page = page_of(folder, {"time", "--from", after, "--compare", before});
  CHECK(has_value(part(page, "<tr data-layer=\"conv1\"", "</tr>"), change.at("layers")[0].at("before_ms")));
  CHECK(contains(page, ">before ms</th>"));
  // The same output from its own JSON.
  const std::string both = folder.file("both.json", report);
  CHECK(run({"time", "--from", both}).out == text);
  CHECK(page_of(folder, {"time", "--from", both}) == page);

  // First as far apart as the interquartile ranges are wide, then a little further.
  json wide = steady(one_engine(), 1.0);
  const double ms = wide["plain_ms"]["median"];
  const auto noise_at = [&](double q3) {
    wide["plain_ms"]["min"] = wide["plain_ms"]["q1"] = ms * 0.5;
    wide["plain_ms"]["q3"] = ms * q3;
    wide["plain_ms"]["max"] = ms * 9;
    const std::string file = folder.file("wide.json", wide);
    return json::parse(run({"time", "--from", after, "--compare", file, "--json"})
                           .out)["changes"]["engines"][0]["plain"]["noise"];
  };
  CHECK(noise_at(1.51) == true);
  CHECK(noise_at(1.49) == false);
  wide["plain_ms"]["q3"] = ms * 3;
  CHECK(contains(run({"time", "--from", after, "--compare", folder.file("wide.json", wide)}).out,
                 ": that is inside the noise of the runs\n"));
}

TEST_CASE("time --compare reports the settings of both runs") {
  const ReportFolder folder;
  const json& now = one_engine();
  CHECK(now.at("weights") == "F16 + I8");
  CHECK(now.at("conv") == "auto");
  json was = now;
  was["weights"] = "F16";
  was["conv"] = "gemm";
  was["warmup"] = 9;
  was["decode_ms"] = was["preprocess_ms"] = nullptr;
  const auto differs = [&](const json& before) {
    return json::parse(run({"time", "--from", folder.file("now.json", now), "--compare",
                            folder.file("was.json", before), "--json"})
                           .out)["changes"]["differs"];
  };
  CHECK(differs(was) == json{"weights the model's, F16, now the model's, F16 + I8",
                             "input made-up numbers, now a photo", "--conv gemm, now auto",
                             "warm-up 9, now 3"});
  was = now;
  was["random_weights"] = 7;
  was["weights"] = nullptr;
  CHECK(differs(was) == json{"weights random (seed 7), now the model's, F16 + I8"});
  const json random = timed_json({"--random-weights", "5", "--conv", "winograd"});
  CHECK(random.at("random_weights") == 5);
  CHECK(random.at("weights").is_null());
  CHECK(random.at("conv") == "winograd");
  const std::string halves = folder.path("halves.safetensors");
  REQUIRE(run({"convert", "tiny-alexnet", "--dtype", "f16", "-o", halves}).status == 0);
  CHECK(timed_json({"-m", halves}).at("weights") == "F16");
}

TEST_CASE("time --compare shows no percentages if the earlier time is 0") {
  const ReportFolder folder;
  json report = one_engine();
  for (auto& [key, ms] : report["plain_ms"].items()) ms = 0;
  const std::string file = folder.file("run.json", report);
  const std::string text = run({"time", "--from", file, "--compare", file}).out;
  CHECK(contains(text, "takes 0.000 ms, before 0.000 ms: that is inside the noise of the runs\n"));
  CHECK(
      !contains(page_of(folder, {"time", "--from", file, "--compare", file}), "data-name=\"since before\""));
}

TEST_CASE("time --compare needs at least four runs for a verdict") {
  const ReportFolder folder;
  json few = steady(one_engine(), 1.0);
  few["runs"] = 3;
  const std::string after = folder.file("after.json", steady(one_engine(), 2.0));
  const std::string text = run({"time", "--from", after, "--compare", folder.file("before.json", few)}).out;
  CHECK(contains(text, ": fewer than 4 runs do not tell it from noise\n"));
  CHECK(contains(text, "\ndiffers: runs 3, now 5\n"));
}

TEST_CASE("time --compare accepts a new run and a report of two engines") {
  const ReportFolder folder;
  const std::string before = folder.file("before.json", two_engines());
  const std::string text = timed({"--engine", "eigen,packed", "--compare", before}).out;
  CHECK(contains(text, "\neigen: the plain pass takes "));
  CHECK(contains(text, "\npacked: the plain pass takes "));
}

TEST_CASE("time --compare refuses incomparable reports") {
  const ReportFolder folder;
  const auto refusal = [&](const json& before, const std::string& reason) {
    const std::string file = folder.file("before.json", before);
    const Result result = run({"time", "--from", folder.file("run.json", one_engine()), "--compare", file});
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(result.err == "alexnet: " + file + ": " + reason + "\n");
  };
  json before = one_engine();
  before["model"] = "other";
  refusal(before, "model: is 'other', which cannot be compared with a run of 'tiny-alexnet'");
  before = one_engine();
  before["batch"] = 16;
  refusal(before, "batch: is 16, which cannot be compared with a run of 1");
  refusal(two_engines(), "engines: is two engines, which cannot be compared with a run of one engine");
  before = one_engine();
  before["layers"].erase(20);
  refusal(before, "layers: is 20, which cannot be compared with a run of 21");
  before = one_engine();
  before["layers"][0]["out"][0] = 7;
  refusal(before,
          "layers: is 'conv1', conv of 3 x 64 x 64 to 7 x 64 x 64, which cannot be compared with a run of "
          "'conv1', conv of 3 x 64 x 64 to 64 x 64 x 64");
}

TEST_CASE("time --from refuses an invalid report with the reason") {
  const ReportFolder folder;
  const std::string file = folder.path("run.json");
  const auto refusal = [&](const std::string& bytes, const std::string& reason) {
    CAPTURE(reason);
    folder.write("run.json", bytes);
    const Result result = run({"time", "--from", file});
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(contains(result.err, "alexnet: " + file + ": " + reason));
  };
  const auto with_change = [&](const json::json_pointer& place, const json& value) {
    json report = one_engine();
    report[place] = value;
    return report.dump();
  };
  using namespace nlohmann::literals;
  refusal("", "");
  refusal("[]", "is array, must be an object");
  refusal("{}", "model: is missing");
  json old = one_engine();
  old.erase("versions");  // as before 0.2
  refusal(old.dump(), "versions: is missing");
  refusal(with_change("/colour"_json_pointer, 1), "unknown key 'colour'");
  refusal(with_change("/threads"_json_pointer, 0), "threads: is 0, must be at least 1");
  refusal(with_change("/engine"_json_pointer, "cuda"), "engine: unknown 'cuda'");
  refusal(with_change("/peak_gflops"_json_pointer, 0), "peak_gflops: is 0, must be more than 0");
  refusal(with_change("/layers"_json_pointer, json::array()),
          "layers: must be an array of at least one layer");
  refusal(with_change("/layers/0/ms/median"_json_pointer, -1),
          "layers[0].ms.median: is -1, must not be negative");
  refusal(with_change("/layers/0/ms/max"_json_pointer, 0),
          "layers[0].ms.max: is less than what stands before it");
  for (const auto& [place, name] :
       std::vector<std::pair<const char*, std::string>>{{"/peak_gflops", "peak_gflops"},
                                                        {"/peak_gbytes_per_s", "peak_gbytes_per_s"},
                                                        {"/load_ms", "load_ms"},
                                                        {"/plain_ms/max", "plain_ms.max"},
                                                        {"/layers/0/gflops", "layers[0].gflops"},
                                                        {"/layers/0/gbytes_per_s", "layers[0].gbytes_per_s"},
                                                        {"/layers/0/limit_ms", "layers[0].limit_ms"}})
    for (const double damaged : {5e-324, 1e-13, 1e16, 1e30})
      refusal(with_change(json::json_pointer(place), damaged),
              name + ": is " + json(damaged).dump() + ", must be from 1e-12 to 1e15");
  refusal(with_change("/layers/0/type"_json_pointer, "a\x1b[31m"), "layers[0].type: unknown 'a\\x1b[31m'");
  refusal(with_change("/layers/0/type"_json_pointer, "cnv"),
          "layers[0].type: unknown 'cnv'; did you mean 'conv'?");
  refusal(with_change("/conv"_json_pointer, "fft"), "conv: unknown 'fft'; known are auto, gemm, winograd");
  refusal(with_change("/layers/1/ms/max"_json_pointer, 1),
          "layers[1].ms: is more than 0, must be 0 as the layer runs inside 'conv1'");
  refusal(with_change("/layers/0/in"_json_pointer, {3, 64}),
          "layers[0].in: must be [channels, height, width]");
  refusal(with_change("/layers/0/m"_json_pointer, nullptr), "layers[0].m: must be a whole number above 0");
  refusal(with_change("/layers/0/share"_json_pointer, 1.5), "layers[0].share: is 1.5, must be at most 1");
  refusal(with_change("/layers/0/limit"_json_pointer, "time"), "layers[0].limit: unknown 'time'");
  refusal(with_change("/layers/0/fused_into"_json_pointer, "conv9"),
          "layers[0].fused_into: is 'conv9', must be");
  refusal(with_change("/machine/gflops/min"_json_pointer, 0),
          "machine.gflops.min: is 0, must be more than 0");
  refusal(with_change("/machine/cores"_json_pointer, 2), "machine: unknown key 'cores'");
  json two = two_engines();
  two["engines"][1]["layers"].erase(20);
  refusal(two.dump(), "engines: have different layers");
  two["engines"].erase(1);
  refusal(two.dump(), "engines: must be an array of two");
  std::filesystem::remove(file);
  const Result missing = run({"time", "--from", file});
  CHECK(missing.status == 2);
  CHECK(contains(missing.err, "alexnet: " + file + ": "));
}

TEST_CASE("time --from refuses options of a measurement") {
  const ReportFolder folder;
  const std::string file = folder.file("run.json", one_engine());
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{"--batch", "2"}, {"-n", "3"}, {photo("cat.png")}, {"-m", "alexnet"}}) {
    const Result result = run(with({"time", "--from", file}, more));
    CHECK(result.status == 2);
    CHECK(contains(result.err, " cannot be combined with "));
    CHECK(contains(result.err, "--from"));
  }
  CHECK(run({"time", "--from", file, "--compare", file, "--csv"}).status == 2);
}

TEST_CASE("time --html overwrites no input and reports that it cannot write") {
  const ReportFolder folder;
  const std::string file = folder.file("run.json", one_engine());
  Result result = run({"time", "--from", file, "--html", file});
  CHECK(result.status == 2);
  CHECK(json::parse(read_file(file)) == one_engine());
  result = run({"time", "--from", file, "--html", folder.path("none/page.html")});
  CHECK(result.status == 3);
  CHECK(contains(result.err, "none/page.html: "));
  result = run({"time", "--from", file, "--html", "/dev/full"});
  CHECK(result.status == 3);
}

TEST_CASE("time's tables fit the width of the terminal") {
  const ReportFolder folder;
  const auto text = [&](const json& report, const char* columns) {
    return run({"time", "--from", folder.file("run.json", report)}, "", {{"COLUMNS", columns}}).out;
  };
  for (const json* report : {&one_engine(), &two_engines()}) {
    const std::string wide = text(*report, "200");
    CHECK(wide == run({"time", "--from", folder.path("run.json")}).out);
    CHECK(text(*report, "none") == wide);
    CHECK(contains(wide, "  m x k x n  "));
    const std::string narrow = text(*report, "80");
    CHECK(!contains(narrow, "  m x k x n  "));
    CHECK(contains(narrow, " ms "));
    std::size_t layers = 0;
    for (const std::string& line : lines(narrow)) {
      const bool row = line.starts_with("conv") || line.starts_with("fc") || line.starts_with("layer ");
      if (row && !line.starts_with("conv +")) CHECK(alexnet::app::width(line) <= 80);
      layers += line.starts_with("conv1 ") ? 1U : 0U;
    }
    CHECK(layers == 1);
    CHECK(contains(text(*report, "1"), "\nconv1 "));  // mandatory parts stay
  }
}

TEST_CASE("the additions of time --compare and --counters fit the width of the terminal") {
  const ReportFolder folder;
  json report = one_engine();
  report["counters"] = "counted";
  for (json& layer : report["layers"])
    layer["counters"] = {{"cycles", 2e9}, {"instructions", 3e9}, {"ipc", 1.5}, {"cache_misses", 1e9}};
  json before = report;
  before["cpu"] = "A CPU with a name that is longer than its speed would let one expect";
  const std::string text = run({"time", "--from", folder.file("run.json", report), "--compare",
                                folder.file("before.json", before)},
                               "", {{"COLUMNS", "60"}})
                               .out;
  const std::size_t added = text.find("\nhardware counters");
  REQUIRE(added != std::string::npos);
  CHECK(!contains(text.substr(added), "  type "));
  for (const std::string& line : lines(text.substr(added))) {
    CAPTURE(line);
    CHECK(alexnet::app::width(line) <= 60);
  }
}

TEST_CASE("time's bars are ASCII if the locale is") {
  const ReportFolder folder;
  const std::string file = folder.file("run.json", one_engine());
  CHECK(contains(run({"time", "--from", file}).out, "\u2588"));
  const std::string plain = run({"time", "--from", file}, "", {{"LC_ALL", "C"}}).out;
  CHECK(contains(plain, "  ####"));
  CHECK(!contains(plain, "\u2588"));
}
