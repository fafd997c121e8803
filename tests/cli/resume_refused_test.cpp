// alexnet batch --resume: outputs of another run are refused with the reason and are not changed.
#include <doctest/doctest.h>

#include <filesystem>

#include "tiny_model.hpp"

using namespace alexnet::cli;
using nlohmann::json;

namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

struct FinishedRun {
  TemporaryFolder folder;
  std::string model = write_tiny_model(folder);
  std::string place = folder.path("photos");
  std::string file = folder.path("out.jsonl");
  std::string before;
  std::string journal;

  FinishedRun() {
    for (const char* name : {"a.png", "b.png"})
      folder.write(std::string("photos/") + name, read_file(fixture("upright.png")));
    fs::create_directory(folder.path("other"));
    folder.write("other/c.png", read_file(fixture("upright.png")));
    folder.write("names", place + "/a.png\n");
    CHECK(run({"batch", "-m", model, place, "-o", file}).status == 0);
    before = read_file(file);
    journal = read_file(file + ".journal");
  }

  // Checks that "batch --resume -o FILE" with these words fails for this reason.
  void refuses(const Words& words, const std::string& reason) const {
    Words args{"batch", "--resume", "-o", file};
    args.insert(args.end(), words.begin(), words.end());
    const Result result = run(args);
    CAPTURE(reason);
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(result.err == "alexnet: " + reason + "\n");
    CHECK(read_file(file) == before);
    CHECK(read_file(file + ".journal") == journal);
  }
  // Checks that the message says what the run was written with, what this one has, and what to do.
  void refuses_other(const Words& words, const std::string& was, const std::string& is,
                     const std::string& advice) const {
    refuses(words, "cannot resume " + file + ": it was written with " + was + ", this run has " + is + "; " +
                       advice + " another output file");
  }
};

}  // namespace

TEST_CASE("--resume refuses a journal of other options, another list or another shard") {
  const FinishedRun run;
  const std::string& model = run.model;
  const std::string& place = run.place;
  run.refuses_other({"-m", model, place, "-k", "3"}, "-k 5", "-k 3", "use -k 5 or");
  run.refuses(
      {"-m", model, place, "--format", "csv"},
      run.file + ": the extension .jsonl is that of jsonl, not of csv; use another extension or format");
  run.refuses_other({"-m", model, place, "--min-prob", "0.5"}, "--min-prob 0.0", "--min-prob 0.5",
                    "use --min-prob 0.0 or");
  run.refuses_other({"-m", model, place, "--label", "first", "--label", "*d*"}, "no --label",
                    "--label first --label *d*", "leave out --label first --label *d* or use");
  run.refuses_other({"-m", model, place, "--engine", "eigen"}, "--engine packed", "--engine eigen",
                    "use --engine packed or");
  run.refuses_other({"-m", model, place, "--exact-decode"}, "no --exact-decode", "--exact-decode",
                    "leave out --exact-decode or use");
  run.refuses_other({"-m", model, place, "--background", "white"}, "no --background", "--background #ffffff",
                    "leave out --background #ffffff or use");
  run.refuses_other({"-m", model, run.folder.path("other")}, place, run.folder.path("other"),
                    "use " + place + " or");
  run.refuses_other({"-m", model, place, "-r"}, "no -r", "-r", "leave out -r or use");
  run.refuses_other({"-m", model, place, "--files-from", run.folder.path("names")}, "no --files-from",
                    "--files-from " + run.folder.path("names"),
                    "leave out --files-from " + run.folder.path("names") + " or use");
  run.refuses_other({"-m", model, place, "--shard", "1/2"}, "no --shard", "--shard 1/2",
                    "leave out --shard 1/2 or use");
}

TEST_CASE("--resume accepts changed options that do not affect the records") {
  const FinishedRun finished;
  const Result result = run({"batch", "--resume", "-o", finished.file, "-m", finished.model, finished.place,
                             "--threads", "1", "--batch-size", "3", "--order", "none", "--time"});
  CHECK(result.status == 0);
  CHECK(contains(result.err, "0 images, 0 failed, "));
  CHECK(read_file(finished.file) == finished.before);
}

TEST_CASE("--resume refuses a journal of another model") {
  const FinishedRun run;
  run.refuses_other({run.place}, "-m tiny", "-m tiny-alexnet", "use -m tiny or");
  // The same name with a different weight.
  std::string data = tiny_data();
  data[5] = static_cast<char>(data[5] ^ 1);
  run.folder.write("tiny/weights.safetensors", safetensors(tiny_header().dump(), data));
  Words args{"batch", "--resume", "-o", run.file, "-m", run.model, run.place};
  const Result result = alexnet::cli::run(args);
  CHECK(result.status == 2);
  CHECK(result.err.starts_with("alexnet: cannot resume " + run.file + ": it was written with model hash "));
  CHECK(read_file(run.file) == run.before);
}

TEST_CASE("--resume refuses an output without its journal") {
  FinishedRun run;
  const Words args{"-m", run.model, run.place};
  run.journal = "\n";
  run.folder.write("out.jsonl.journal", run.journal);
  const std::string reason = "cannot resume " + run.file + ": its journal " + run.file +
                             ".journal is missing; use --overwrite or another output file";
  run.refuses(args, reason);
  run.journal = run.before;  // not the first line of a journal
  run.folder.write("out.jsonl.journal", run.journal);
  run.refuses(args, reason);
  run.journal = "{\"alexnet_journal\":2}\n";
  run.folder.write("out.jsonl.journal", run.journal);
  run.refuses(args, run.file + ".journal: alexnet_journal: version 2 is unknown (expected 1)");
  fs::remove(run.file + ".journal");
  const Result result = alexnet::cli::run({"batch", "--resume", "-o", run.file, "-m", run.model, run.place});
  CHECK(result.status == 2);
  CHECK(result.err == "alexnet: " + reason + "\n");
  CHECK(read_file(run.file) == run.before);
  CHECK(!fs::exists(run.file + ".journal"));
}

TEST_CASE("--resume refuses a stream") {
  for (const char* output : {"-", "/dev/null"}) {
    const Result result = run({"batch", photo("cat.png"), "--resume", "-o", output});
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(result.err == std::string("alexnet: ") + (output[0] == '-' ? "standard output" : output) +
                            ": cannot be resumed; name a file with -o\n");
  }
  CHECK(run({"batch", photo("cat.png"), "--resume"}).status == 2);
}

TEST_CASE("the journal holds the run, each record and, at its end, that the run is complete") {
  const FinishedRun finished;
  const std::vector<std::string> all = lines(finished.journal);
  REQUIRE(all.size() == 4);
  const json header = json::parse(all[0]);
  CHECK(header.at("alexnet_journal") == 1);
  CHECK(header.at("model") == "tiny");
  CHECK(header.at("model_hash").get<std::string>().size() == 32);
  CHECK(header.at("options").at("top_k") == 5);
  CHECK(header.at("list").at("places") == json::array({finished.place}));
  CHECK(header.at("shard") == "1/1");
  const std::vector<std::string> records = lines(finished.before);
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string path = finished.place + (i == 0 ? "/a.png" : "/b.png");
    CHECK(all[i + 1].starts_with(std::to_string(i) + " " + std::to_string(records[i].size() + 1) + " "));
    CHECK(contains(all[i + 1], " " + std::to_string(fs::file_size(path)) + " "));
    CHECK(all[i + 1].ends_with(" ok " + path));
  }
  CHECK(all[3] == "done 2 natural");
}
