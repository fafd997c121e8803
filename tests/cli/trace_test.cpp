// --trace: the file follows the Trace Event Format, and its spans are those of the run.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "run/trace.hpp"
#include "timing.hpp"

using namespace alexnet::cli;
using nlohmann::json;

namespace {

struct Span {
  std::string category, name;
  std::pair<std::int64_t, std::int64_t> track;  // process, thread
  std::int64_t began_ns, ended_ns;
  json args;

  bool holds(const Span& other) const { return began_ns <= other.began_ns && other.ended_ns <= ended_ns; }
  std::int64_t ns() const { return ended_ns - began_ns; }
  double ms() const { return static_cast<double>(ns()) * 1e-6; }
};

struct Trace {
  std::map<std::int64_t, std::string> processes;
  std::map<std::pair<std::int64_t, std::int64_t>, std::string> threads;
  std::vector<Span> spans;

  std::vector<Span> of(std::int64_t process, const std::string& category) const {
    std::vector<Span> some;
    for (const Span& span : spans)
      if (span.track.first == process && span.category == category) some.push_back(span);
    return some;
  }
  std::vector<Span> named(const std::string& name) const {
    std::vector<Span> some;
    for (const Span& span : spans)
      if (span.name == name) some.push_back(span);
    return some;
  }
};

std::int64_t nanoseconds(const json& microseconds) {
  REQUIRE(microseconds.is_number());
  return std::llround(microseconds.get<double>() * 1000);
}

// Parses the trace. Checks the format, that every track has a name, and that spans on a track are disjoint or
// nested.
Trace read_trace(const std::string& file) {
  const json root = json::parse(read_file(file));
  Trace trace;
  for (const json& event : root.at("traceEvents")) {
    CAPTURE(event.dump());
    const std::pair<std::int64_t, std::int64_t> track{event.at("pid"), event.at("tid")};
    const std::string name = event.at("name");
    if (event.at("ph") == "M") {
      if (name == "process_name") trace.processes[track.first] = event.at("args").at("name");
      if (name == "thread_name") trace.threads[track] = event.at("args").at("name");
      CHECK(std::set<std::string>{"process_name", "thread_name", "thread_sort_index"}.contains(name));
      continue;
    }
    REQUIRE(event.at("ph") == "X");
    const std::int64_t began = nanoseconds(event.at("ts"));
    CHECK(began >= 0);
    CHECK(nanoseconds(event.at("dur")) >= 0);
    trace.spans.push_back({event.at("cat"), name, track, began, began + nanoseconds(event.at("dur")),
                           event.value("args", json::object())});
    CHECK(trace.spans.back().args.is_object());
  }
  std::ranges::stable_sort(trace.spans, [](const Span& a, const Span& b) {
    return std::tuple(a.track, a.began_ns, -a.ns()) < std::tuple(b.track, b.began_ns, -b.ns());
  });
  std::vector<Span> open;
  for (const Span& span : trace.spans) {
    CHECK(trace.processes.contains(span.track.first));
    CHECK(trace.threads.contains(span.track));
    while (!open.empty() && (open.back().track != span.track || open.back().ended_ns <= span.began_ns))
      open.pop_back();
    CAPTURE(span.name);
    if (!open.empty()) CHECK(open.back().holds(span));
    open.push_back(span);
  }
  return trace;
}

// Checks one engine's pass against its part of the report. Returns the share of the pass that its layers
// cover.
double check_pass(const Trace& trace, std::int64_t process, const json& engine) {
  const std::vector<Span> passes = trace.of(process, "pass");
  const std::vector<Span> layers = trace.of(process, "layer");
  REQUIRE(passes.size() == 1);
  const Span& pass = passes[0];
  CHECK(pass.began_ns == 0);
  const auto argument_ns = [&](const char* name) {
    return std::llround(pass.args.at(name).get<double>() * 1e6);
  };
  CHECK(pass.ns() == argument_ns("pass_ms"));
  CHECK(pass.args.at("run") <= pass.args.at("runs"));
  std::vector<std::string> names;
  std::int64_t sum_ns = 0;
  for (const Span& layer : layers) {
    CHECK(layer.track == pass.track);
    CHECK(pass.holds(layer));
    names.push_back(layer.name);
    sum_ns += layer.ns();
  }
  CHECK(sum_ns == argument_ns("layers_ms"));
  CHECK(sum_ns <= pass.ns());
  std::vector<std::string> steps;
  for (const json& layer : engine.at("layers"))
    if (layer.at("fused_into").is_null()) steps.push_back(layer.at("name"));
  CHECK(names == steps);
  CHECK(pass.args.at("median_ms") == engine.at("profiled_ms").at("median"));
  std::set<std::string> with_tasks;
  for (const Span& task : trace.of(process, "task")) {
    const std::string of = task.args.at("layer");
    CAPTURE(of);
    CHECK(std::ranges::any_of(layers, [&](const Span& l) { return l.name == of && l.holds(task); }));
    with_tasks.insert(of);
  }
  for (const json& layer : engine.at("layers"))
    if (!layer.at("m").is_null()) CHECK(with_tasks.contains(layer.at("name").get<std::string>()));
  return static_cast<double>(sum_ns) / static_cast<double>(pass.ns());
}

}  // namespace

TEST_CASE("time --trace shows the layers of one pass and the tasks of every thread inside them") {
  const TemporaryFolder folder;
  const std::string file = folder.path("trace.json");
  for (const char* engine : {"eigen", "packed", "eigen,packed"}) {
    CAPTURE(engine);
    const Result result = run({"time", "-m", "alexnet", "--batch", "2", "-n", "5", "--threads", "2", "--json",
                               "--trace", file, "--engine", engine, "--random-weights"});
    REQUIRE(result.status == 0);
    const json report = json::parse(result.out);
    const Trace trace = read_trace(file);
    const json engines = report.contains("engines") ? report["engines"] : json::array({report});
    CHECK(trace.processes.size() == engines.size());
    for (std::size_t i = 0; i < engines.size(); ++i) {
      const auto process = static_cast<std::int64_t>(i) + 1;
      CHECK(trace.processes.at(process) ==
            "alexnet time: alexnet, " + engines[i].at("engine").get<std::string>());
      check_pass(trace, process, engines[i]);
      // With five runs the median is one of them.
      CHECK(trace.of(process, "pass")[0].args.at("pass_ms") == engines[i].at("profiled_ms").at("median"));
    }
    CHECK(trace.threads.size() <= 2 * engines.size());
  }
}

TEST_CASE("the layers of time --trace cover the pass") {
  const TemporaryFolder folder;
  const std::string file = folder.path("trace.json");
  double best = 0.0;  // a single run may be interrupted between two layers
  for (int i = 0; i < 10 && best < 0.99; ++i) {
    const Result result = run({"time", "-m", "alexnet", "--batch", "2", "-n", "3", "--engine", "packed",
                               "--json", "--trace", file, "--random-weights"});
    REQUIRE(result.status == 0);
    best = std::max(best, check_pass(read_trace(file), 1, json::parse(result.out)));
  }
  CHECK(best >= 0.99);
}

TEST_CASE("the spans of time --trace equal the times of the report") {
  const TemporaryFolder folder;
  const std::string file = folder.path("trace.json");
  const json report = json::parse(
      run({"time", "-n", "1", "--threads", "1", "--engine", "packed", "--json", "--trace", file}).out);
  const Trace trace = read_trace(file);
  CHECK(trace.threads.size() == 1);
  CHECK(trace.threads.begin()->second == "main");
  for (const json& layer : report.at("layers")) {
    double ms = 0.0;
    for (const Span& span : trace.of(1, "layer"))
      if (span.name == layer.at("name")) ms += span.ms();
    CHECK(ms == doctest::Approx(layer.at("ms").at("median").get<double>()));
  }
}

TEST_CASE("time --trace distinguishes the loops of a convolution") {
  const TemporaryFolder folder;
  const std::string file = folder.path("trace.json");
  const auto loops = [&](const std::vector<std::string>& options) {
    CHECK(run(with({"time", "-n", "1", "--warmup", "0", "--trace", file}, options)).status == 0);
    std::set<std::string> names;
    for (const Span& task : read_trace(file).of(1, "task"))
      if (task.args.value("layer", "") == "conv2") names.insert(task.name);
    return names;
  };
  CHECK(loops({"--engine", "eigen"}) == std::set<std::string>{"im2col", "GEMM"});
  CHECK(loops({"--engine", "packed", "--conv", "gemm"}) == std::set<std::string>{"pad", "GEMM"});
  CHECK(loops({"--engine", "packed", "--conv", "winograd"}) ==
        std::set<std::string>{"pad", "transform input", "multiply", "transform output"});
}

TEST_CASE("time --trace reports a file that cannot be written and a run that measures nothing") {
  const TemporaryFolder folder;
  const auto status = [&](const std::string& file) {
    return run({"time", "-n", "1", "--warmup", "0", "--trace", file}).status;
  };
  CHECK(status("/dev/full") == 3);
  CHECK(status(folder.path("none/trace.json")) == 3);
  const std::string report = folder.write("report.json", timed({"--json"}).out);
  const Result result = run({"time", "--from", report, "--trace", folder.path("trace.json")});
  CHECK(result.status == 2);
  CHECK(contains(result.err, "--trace cannot be combined with --from"));
  const std::string image = folder.write("cat.png", read_file(photo("cat.png")));
  CHECK(run({"time", image, "--trace", image}).status == 2);
  CHECK(read_file(image) == read_file(photo("cat.png")));
}

TEST_CASE("batch --trace shows every stage of every image") {
  const TemporaryFolder folder;
  constexpr std::size_t kImages = 40;
  for (std::size_t i = 1; i < kImages; ++i)
    folder.write("in/" + std::to_string(i) + ".png", read_file(fixture("upright.png")));
  folder.write("in/broken.png", "no image");
  const std::string file = folder.path("trace.json");
  const std::vector<std::string> plain{"batch", folder.path("in"), "--json", "--threads",
                                       "2",     "--batch-size",    "4"};
  const Result result = run(with(plain, {"--trace", file}));
  CHECK(result.status == 1);
  CHECK(result.out == run(plain).out);
  const Trace trace = read_trace(file);
  CHECK(trace.processes == std::map<std::int64_t, std::string>{{1, "alexnet batch"}});
  const auto images = [&](const char* stage) {
    std::size_t sum = 0;
    for (const Span& span : trace.named(stage)) sum += span.args.at("images").get<std::size_t>();
    return sum;
  };
  const auto paths = [&](const char* stage) {
    std::set<std::string> all;
    for (const Span& span : trace.named(stage)) all.insert(span.args.at("path"));
    CHECK(all.size() == trace.named(stage).size());
    return all.size();
  };
  CHECK(trace.named("list").size() == kImages + 2);  // reading the folder, each name, the end
  CHECK(paths("read-ahead") == kImages);
  CHECK(paths("decode") == kImages);
  CHECK(paths("preprocess") == kImages - 1);
  CHECK(images("network") == kImages - 1);
  CHECK(images("write") == kImages);
  for (const Span& preprocess : trace.named("preprocess"))
    for (const Span& decode : trace.named("decode"))
      if (decode.args == preprocess.args) CHECK(decode.ended_ns <= preprocess.began_ns);
  CHECK(trace.threads.at(trace.named("read-ahead")[0].track) == "read-ahead");
}

TEST_CASE("a trace that cannot be written does not affect the batch's results") {
  const TemporaryFolder folder;
  const std::string image = folder.write("cat.png", read_file(photo("cat.png")));
  const std::string out = folder.path("out.jsonl");
  const Result result = run({"batch", image, "-o", out, "--trace", "/dev/full"});
  CHECK(result.status == 3);
  CHECK(contains(result.err, "/dev/full: cannot be written: "));
  CHECK(contains(result.err, "1 image, 0 failed, "));
  CHECK(json_lines(read_file(out)).size() == 1);
  CHECK(run({"batch", image, "--trace", folder.path("none/trace.json")}).status == 3);
  for (const std::string& used : {image, folder.path("./out.jsonl")}) {
    const std::string before = read_file(used);
    CHECK(run({"batch", image, "-o", out, "--resume", "--trace", used}).status == 2);
    CHECK(read_file(used) == before);
  }
}

TEST_CASE("a trace is written during the run and stays complete with any number of threads") {
  const TemporaryFolder folder;
  const std::string file = folder.path("trace.json");
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kStages = 5000;
  alexnet::app::RunTrace trace(file, "test");
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < kThreads; ++t)
      threads.emplace_back([&] {
        for (std::size_t i = 0; i < kStages; ++i) {
          const alexnet::app::TraceSpan outer(&trace, "outer", i);
          const alexnet::app::TraceSpan inner(&trace, "inner", "caf\xe9.png");
        }
      });
  }
  CHECK(!std::filesystem::exists(file));
  CHECK(std::filesystem::file_size(file + ".part") > kThreads * kStages * 100);
  trace.finish();
  const Trace written = read_trace(file);
  CHECK(written.named("inner").size() == kThreads * kStages);
  CHECK(written.named("outer").size() == kThreads * kStages);
  CHECK(written.threads.size() == kThreads + 1);
}
