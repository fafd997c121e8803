#include "batch/run/pipeline.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "cli/tiny_model.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using namespace alexnet::app;

namespace {

// A small model, and a list whose images take different times: a photo, one pixel, a file that does not exist
// and a path that could not be listed.
struct PipelineBench {
  cli::TemporaryFolder folder;
  Session session{open_model(cli::write_tiny_model(folder)), EngineOptions()};
  Progress progress{std::nullopt, Style()};
  std::vector<Record> list;

  explicit PipelineBench(std::size_t images = 40) {
    const std::vector<std::string> paths{cli::photo("cat.png"), cli::fixture("1x1.png"), "/nonexistent",
                                         "unlisted"};
    for (std::size_t i = 0; i < images; ++i) {
      list.push_back({.path = paths[i % paths.size()], .index = i});
      if (i % paths.size() == 3) list.back().fail(Stage::list, "a loop");
    }
  }

  NextImage next() {
    return [this, i = std::size_t{0}](const std::stop_token&) mutable {
      return i < list.size() ? std::optional(list[i++]) : std::nullopt;
    };
  }

  // Returns all records in the order in which they are written.
  std::vector<Record> run(Pipeline& pipeline) {
    std::vector<Record> written;
    pipeline.run(next(), [&](std::vector<Record>& records) {
      written.insert(written.end(), records.begin(), records.end());
    });
    return written;
  }
  std::vector<Record> run(const PipelineOptions& options) {
    Pipeline pipeline(options, session, progress);
    return run(pipeline);
  }
};

}  // namespace

TEST_CASE("records are written in list order if images take different times or fail") {
  PipelineBench bench;
  Pipeline pipeline({.k = 2, .batch_size = 3}, bench.session, bench.progress);
  const std::vector<Record> written = bench.run(pipeline);
  REQUIRE(written.size() == bench.list.size());
  for (std::size_t i = 0; i < written.size(); ++i) {
    CAPTURE(i);
    const Record& record = written[i];
    CHECK(record.index == i);
    CHECK(record.path == bench.list[i].path);
    CHECK(record.features.empty());
    CHECK(record.predictions.size() == (i % 4 < 2 ? 2 : 0));
    const std::optional<Stage> stages[]{std::nullopt, std::nullopt, Stage::read, Stage::list};
    CHECK(record.stage == stages[i % 4]);
    CHECK((record.file.bytes > 0) == (i % 4 < 2));  // read ahead
    if (record.stage == Stage::list) CHECK(record.reason == "a loop");
  }
  CHECK(pipeline.totals().images == 40);
  CHECK(pipeline.totals().failures == 20);
}

TEST_CASE("an image has the same answer for every batch size, with one crop and with ten") {
  PipelineBench bench(6);
  for (const int crops : {1, 10}) {
    const auto answers = [&](int batch_size) {
      std::vector<float> all;
      for (const Record& record :
           bench.run({.k = 1, .batch_size = batch_size, .reading = {.crops = crops}})) {
        CHECK(record.crops == crops);
        for (const Prediction& p : record.predictions) all.push_back(p.probability);
      }
      return all;
    };
    CHECK(answers(1).size() == 4);
    CHECK(answers(1) == answers(16));
  }
}

TEST_CASE("a run that extracts features writes features and no predictions") {
  PipelineBench bench(4);
  const std::vector<Record> written = bench.run({.mode = Mode::extract});
  REQUIRE(written.size() == 4);
  for (const Record& record : written) {
    CHECK(record.predictions.empty());
    CHECK(record.features.size() == (record.failed() ? 0 : 3));
  }
}

TEST_CASE("images that fail while they are written count as failures") {
  PipelineBench bench(8);
  Pipeline pipeline({}, bench.session, bench.progress);
  pipeline.run(bench.next(), [](std::vector<Record>& records) {
    for (Record& record : records)
      if (!record.failed()) record.fail(Stage::sort, "is a link");
  });
  CHECK(pipeline.totals().failures == 8);
}

TEST_CASE("nothing is written after the output fails") {
  PipelineBench bench;
  Pipeline pipeline({.batch_size = 2}, bench.session, bench.progress);
  int calls = 0;
  const std::string said = message_of<OutputError>([&] {
    pipeline.run(bench.next(), [&](std::vector<Record>&) {
      if (++calls == 3) throw OutputError("out", "full");
    });
  });
  CHECK(said == "out: full");
  CHECK(calls == 3);
}

TEST_CASE("images that were listed before the list failed are written") {
  PipelineBench bench(5);
  Pipeline pipeline({.batch_size = 2}, bench.session, bench.progress);
  std::size_t written = 0;
  const NextImage all = bench.next();
  const auto next = [&](const std::stop_token& stop) {
    std::optional<Record> image = all(stop);
    if (!image) throw std::runtime_error("names: is a folder");
    return image;
  };
  const std::string said = message_of<std::runtime_error>(
      [&] { pipeline.run(next, [&](std::vector<Record>& records) { written += records.size(); }); });
  CHECK(said == "names: is a folder");
  CHECK(written == 5);
}
