// alexnet merge: the result equals the output of a single run.
#include <doctest/doctest.h>

#include <filesystem>

#include "command.hpp"

using namespace alexnet::cli;

namespace fs = std::filesystem;

namespace {

constexpr int kShards = 3;

// Forty images, one of them corrupt, and the shards of a run over them.
struct Shards {
  TemporaryFolder folder;
  std::string ending;
  std::vector<std::string> options;
  std::vector<std::string> files;

  explicit Shards(std::string format = "jsonl", std::vector<std::string> with = {})
      : ending(std::move(format)), options(std::move(with)) {
    for (int i = 0; i < 40; ++i)
      folder.write("photos/" + std::to_string(i) + ".png",
                   read_file(fixture(i % 2 == 0 ? "1x1.png" : "upright.png")));
    folder.write("photos/7a.jpg", "no image");
    for (int i = 1; i <= kShards; ++i) {
      files.push_back(file("shard" + std::to_string(i)));
      batch(files.back(), {"--shard", std::to_string(i) + "/" + std::to_string(kShards)});
    }
  }

  std::string file(const std::string& name) const { return folder.path(name + "." + ending); }

  int batch(const std::string& output, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"batch", folder.path("photos"), "-o", output});
    more.insert(more.end(), options.begin(), options.end());
    return run(more).status;
  }

  Result merge(const std::string& output, const std::vector<std::string>& parts) const {
    std::vector<std::string> args{"merge", output};
    args.insert(args.end(), parts.begin(), parts.end());
    return run(args);
  }

  void check_refused(const std::vector<std::string>& parts, const std::string& message) const {
    const std::string output = file("refused");
    const Result result = merge(output, parts);
    CHECK(result.status == 2);
    CHECK(result.err == "alexnet: " + message + "\n");
    CHECK(!fs::exists(output));
    CHECK(!fs::exists(output + ".journal"));
  }
};

}  // namespace

TEST_CASE("merged shards and their journal equal the output of one run byte for byte") {
  for (const char* format : {"jsonl", "csv", "txt"}) {
    CAPTURE(format);
    const Shards shards(format);
    CHECK(shards.batch(shards.file("whole")) == 1);
    const Result result =
        shards.merge(shards.file("merged"), {shards.files[2], shards.files[0], shards.files[1]});
    CHECK(result.status == 0);
    CHECK(result.err == "3 shards, 41 images, 1 failed\n");
    for (const char* end : {"", ".journal"}) {
      const std::string whole = read_file(shards.file("whole") + end);
      CHECK(lines(whole).size() > 40);
      CHECK(read_file(shards.file("merged") + end) == whole);
    }
    for (const std::string& file : shards.files) CHECK(lines(read_file(file)).size() > 1);
  }
}

TEST_CASE("a merged output can be resumed") {
  const Shards shards;
  REQUIRE(shards.merge(shards.file("merged"), shards.files).status == 0);
  shards.folder.write("photos/new.png", read_file(fixture("1x1.png")));
  CHECK(shards.batch(shards.file("merged"), {"--resume"}) == 1);
  const std::vector<nlohmann::json> records = json_lines(read_file(shards.file("merged")));
  CHECK(records.size() == 42);
  CHECK(records.back().at("path") == shards.folder.path("photos/new.png"));
}

TEST_CASE("merged features equal those of one run byte for byte") {
  const Shards shards("safetensors", {"--extract", "fc7"});
  CHECK(shards.batch(shards.file("whole")) == 1);
  CHECK(shards.merge(shards.file("merged"), shards.files).err == "3 shards, 41 images, 1 failed\n");
  for (const char* end : {"", ".journal"})
    CHECK(read_file(shards.file("merged") + end) == read_file(shards.file("whole") + end));
  CHECK(!fs::exists(shards.file("merged") + ".part"));
}

TEST_CASE("shards of different runs are not merged") {
  const Shards shards;
  const std::vector<std::string>& files = shards.files;
  shards.check_refused({files[0], files[2]}, "shard 2/3 is missing");
  const std::string other = shards.file("other");
  const std::string model_copy = shards.folder.path("model");
  fs::copy(model("tiny-alexnet"), model_copy, fs::copy_options::recursive);
  std::string weights = read_file(model_copy + "/weights.safetensors");
  weights.back() = static_cast<char>(weights.back() ^ 1);
  shards.folder.write("model/weights.safetensors", weights);
  shards.batch(other, {"--shard", "3/3", "-m", model_copy});
  const Result result = shards.merge(shards.file("refused"), {files[0], files[1], other});
  CHECK(result.status == 2);
  CHECK(result.err.starts_with("alexnet: " + other + ": was written with model hash "));
}

TEST_CASE("merge overwrites no shard, no file beside a shard and no image") {
  const Shards shards;
  const std::vector<std::string>& files = shards.files;
  for (const std::string& output :
       {files[0], files[1] + ".journal", shards.folder.path("photos/0.png"), files[2] + ".lock"}) {
    const bool existed = fs::exists(output);
    const std::string before = existed ? read_file(output) : "";
    for (const bool overwrite : {false, true}) {
      std::vector<std::string> parts = files;
      if (overwrite) parts.insert(parts.begin(), "--overwrite");
      const Result result = shards.merge(output, parts);
      CAPTURE(result.err);
      CHECK(result.status == 2);
      CHECK(result.err.starts_with("alexnet: " + output + ": "));
      CHECK(result.err.ends_with("; use another output file\n"));
    }
    CHECK(fs::exists(output) == existed);
    if (existed) CHECK(read_file(output) == before);
  }
}

TEST_CASE("photos added between the runs of two shards are merged after both shards are resumed") {
  for (const char* format : {"jsonl", "db"}) {
    CAPTURE(format);
    const Shards shards(format);
    shards.folder.write("photos/20a.png", read_file(fixture("1x1.png")));
    const auto resume = [&](int shard) {
      shards.batch(shards.files.at(static_cast<std::size_t>(shard) - 1),
                   {"--resume", "--shard", std::to_string(shard) + "/" + std::to_string(kShards)});
    };
    resume(2);
    const Result refused = shards.merge(shards.file("refused"), shards.files);
    CHECK(refused.status == 2);
    CHECK(refused.err ==
          "alexnet: " + shards.files[1] + ": its list had 42 images, but that of " + shards.files[0] +
              " had 41; run each shard again with --resume, or with --overwrite if images left "
              "the list\n");
    CHECK(!fs::exists(shards.file("refused")));
    resume(1);
    resume(3);
    const Result merged = shards.merge(shards.file("merged"), shards.files);
    CHECK(merged.err == "3 shards, 42 images, 1 failed\n");
    CHECK(shards.batch(shards.file("whole")) == 1);
    if (std::string(format) == "jsonl")
      for (const char* end : {"", ".journal"})
        CHECK(read_file(shards.file("merged") + end) == read_file(shards.file("whole") + end));
  }
}

TEST_CASE("shards of a list that names photos twice are merged") {
  const TemporaryFolder folder;
  const std::string image = read_file(fixture("1x1.png"));
  std::string names;
  for (const char* name : {"a.png", "b.png", "c.png", "d.png"}) folder.write(name, image);
  for (const char* name : {"a.png", "./a.png", "b.png", "a.png", "c.png", "b.png", "d.png"})
    names += folder.path() + "/" + name + "\n";
  std::vector<std::string> merge{"merge", folder.path("all.jsonl")};
  for (const char* shard : {"1/2", "2/2"}) {
    merge.push_back(folder.path(std::string("s") + shard[0] + ".jsonl"));
    CHECK(run({"batch", "--files-from", "-", "--shard", shard, "-o", merge.back()}, names).status == 0);
  }
  CHECK(run(merge).err == "2 shards, 4 images, 0 failed\n");
}
