// alexnet time --counters. The machine may not provide counters; the output is tested either way.
#include <doctest/doctest.h>

#include "timing.hpp"

using namespace alexnet::cli;
using nlohmann::json;

TEST_CASE("time --counters gives each layer's counts, or one line with the reason for their absence") {
  const TemporaryFolder folder;
  const Result result = timed({"--counters", "--json", "--engine", "packed"});
  const json report = json::parse(result.out);
  const std::string counters = report.at("counters");
  MESSAGE("hardware counters: " << counters);
  const std::string file = folder.write("report.json", result.out);
  CHECK(run({"time", "--from", file, "--json"}).out == result.out);
  const std::string text = run({"time", "--from", file}).out;
  const std::size_t columns = csv_rows(run({"time", "--from", file, "--csv"}).out).at(0).size();
  for (const json& layer : report.at("layers")) CHECK(layer.contains("counters") == (counters == "counted"));
  if (counters == "counted") {
    CHECK(contains(text, "\nhardware counters: all threads, outside the kernel\n"));
    CHECK(columns == 23);
  } else {
    CHECK(counters.starts_with("not "));
    CHECK(contains(text, "\nhardware counters: " + counters + "\n"));
    CHECK(columns == 19);
  }
}

TEST_CASE("without --counters, no report contains counters") {
  CHECK(!timed_json({}).contains("counters"));
  CHECK(!contains(timed({}).out, "counters"));
}

TEST_CASE("counts are in text, JSON, CSV and page, and are read back from the JSON") {
  const TemporaryFolder folder;
  for (const char* engine : {"packed", "eigen,packed"}) {
    json report = json::parse(timed({"--json", "--engine", engine}).out);
    report["counters"] = "counted";
    json& first = report.contains("engines") ? report["engines"][0] : report;
    const auto set = [](json& layers) {
      for (json& layer : layers)
        layer["counters"] = {
            {"cycles", nullptr}, {"instructions", nullptr}, {"ipc", nullptr}, {"cache_misses", nullptr}};
    };
    set(first["layers"]);
    if (report.contains("engines")) set(report["engines"][1]["layers"]);
    first["layers"][0]["counters"] = {
        {"cycles", 2000000.0}, {"instructions", 5000000.8}, {"ipc", 2.5000004}, {"cache_misses", nullptr}};
    first["layers"][2]["counters"] = {
        {"cycles", nullptr}, {"instructions", nullptr}, {"ipc", nullptr}, {"cache_misses", 1234.0}};
    const std::string file = folder.write("report.json", report.dump());
    const std::string page = folder.path("page.html");
    const Result result = run({"time", "--from", file, "--json", "--html", page});
    REQUIRE(result.err == "");
    CHECK(json::parse(result.out) == report);
    const std::string text = run({"time", "--from", file}).out;
    CHECK(contains(text, "\nhardware counters" + std::string(report.contains("engines") ? ", eigen" : "") +
                             ": all threads, outside the kernel\n"));
    CHECK(contains(text, "\nconv1  conv      2,000,000     5,000,001  2.50"));
    CHECK(contains(text, "\npool1  max_pool" + std::string(40, ' ') + "1,234\n"));
    const auto rows = csv_rows(run({"time", "--from", file, "--csv"}).out);
    const std::vector<std::string> head(rows.at(0).end() - 4, rows.at(0).end());
    CHECK(head == std::vector<std::string>{"cycles", "instructions", "ipc", "cache_misses"});
    CHECK(std::vector<std::string>(rows.at(1).end() - 4, rows.at(1).end()) ==
          std::vector<std::string>{"2000000.0", "5000000.8", "2.5000004", ""});
    for (const auto& row : rows) CHECK(row.size() == 23);
    for (const char* value : {"2000000.0", "5000000.8", "2.5000004", "1234.0"})
      CHECK(contains(read_file(page), "data-value=\"" + std::string(value) + "\""));
  }
}

TEST_CASE("the reason for missing counters is read back from the JSON") {
  const TemporaryFolder folder;
  json report = timed_json({});
  report["counters"] = "not permitted (perf_event_paranoid 3)";
  const std::string file = folder.write("report.json", report.dump());
  const std::string page = folder.path("page.html");
  const Result result = run({"time", "--from", file, "--html", page});
  CHECK(contains(result.out, "\nhardware counters: not permitted (perf_event_paranoid 3)\n"));
  CHECK(contains(read_file(page), ">not permitted (perf_event_paranoid 3)<"));
  CHECK(run({"time", "--from", file, "--counters"}).status == 2);
  report["layers"][0]["counters"] = {{"cycles", -1}, {"instructions", 1}, {"cache_misses", 1}};
  const Result wrong = run({"time", "--from", folder.write("wrong.json", report.dump())});
  CHECK(wrong.status == 2);
  CHECK(contains(wrong.err, "wrong.json: layers[0].counters.cycles: is -1"));
}
