// Files that a command may write to.
#include "run/overwrite_guard.hpp"
#include "alexnet/analysis.hpp"
#include "image/save.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "alexnet/image.hpp"
#include "batch/output/resume_journal.hpp"
#include "cli/command.hpp"
#include "evaluate/confusion_matrix.hpp"
#include "image/png_mark.hpp"
#include "print/html.hpp"
#include "print/svg.hpp"
#include "run/trace.hpp"
#include "weights/safetensors_header.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using namespace alexnet::app;

namespace fs = std::filesystem;

namespace {

// A file of each kind that this program writes.
struct Written {
  FileKind kind;
  const char* name;
  const char* extension;
  std::string bytes;
};

std::vector<Written> all_kinds() {
  const std::vector<std::uint8_t> png = image::encode_png("x.png", {1, 1, {1, 2, 3}});
  TraceEvents trace;
  const Evaluation evaluation(2);
  return {{FileKind::page, "a page", ".html", html_document({})},
          {FileKind::svg, "a drawing", ".svg", svg_document("", {})},
          {FileKind::trace, "a trace", ".json", trace.take()},
          {FileKind::picture, "a picture", ".png", {png.begin(), png.end()}},
          {FileKind::matrix, "a confusion matrix", ".csv", confusion_csv(evaluation, Model())},
          {FileKind::input, "an input", ".safetensors",
           safetensors_header({{"input", {1, 3, 4, 4}, {}, "F32"}}, {})}};
}

std::string side_refusal(const std::string& file, FileKind kind = FileKind::trace) {
  return message_of<std::runtime_error>([&] { OverwriteGuard().add_side_file(file, kind); });
}

std::string results_refusal(const std::string& file) {
  return message_of<std::runtime_error>([&] { OverwriteGuard().add_results(file); });
}

}  // namespace

TEST_CASE("a side file replaces only a file of the same kind that this program wrote") {
  const cli::TemporaryFolder folder;
  const std::vector<Written> kinds = all_kinds();
  for (const Written& there : kinds)
    for (const Written& wanted : kinds) {
      const std::string file = folder.write(std::string("file") + wanted.extension, there.bytes);
      CAPTURE(there.name);
      CAPTURE(wanted.name);
      CHECK(side_refusal(file, wanted.kind) ==
            (there.kind == wanted.kind
                 ? "no error"
                 : file + ": is not " + wanted.name + " that alexnet wrote; use another output file"));
    }
  for (const Written& wanted : kinds) {
    const std::string name = std::string("file") + wanted.extension;
    for (const std::string& foreign :
         {std::string("x"), std::string("<!DOCTYPE html>\n<html>"), std::string("<svg xmlns="),
          std::string(R"({"displayTimeUnit":"ns","traceEvents":[)"), cli::read_file(cli::photo("cat.png")),
          std::string(1000, '\0')})
      CHECK(side_refusal(folder.write(name, foreign), wanted.kind) != "no error");
    CHECK(side_refusal(folder.write(name, ""), wanted.kind) == "no error");
    CHECK(side_refusal(folder.path("none-" + name), wanted.kind) == "no error");
    CHECK(side_refusal("/dev/null", wanted.kind) == "no error");
    CHECK(side_refusal("", wanted.kind) == "no error");
  }
}

TEST_CASE("a picture has a chunk that marks it as drawn by this program") {
  const cli::TemporaryFolder folder;
  const std::string file = folder.path("x.png");
  image::save_png(file, {2, 1, {1, 2, 3, 4, 5, 6}});
  const std::string bytes = cli::read_file(file);
  CHECK(bytes.substr(image::kPngMarkOffset, image::kPngMark.size()) == image::kPngMark);
  CHECK(image::load(file).rgb == std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("an output name that is reserved for another output's journal or lock is refused") {
  const cli::TemporaryFolder folder;
  for (const char* ending : {".journal", ".lock", ".part", ".new", "-wal", "-shm", "-journal"}) {
    const std::string file = folder.path("r.db") + ending;
    const std::string refusal = ": names that end in " + std::string(ending) +
                                " are those of files beside an output; use another output file";
    CHECK(side_refusal(file) == file + refusal);
    CHECK(results_refusal(file) == file + refusal);
    const std::string link = folder.path("link to " + std::string(ending) + " file");
    fs::create_symlink(file, link);
    CHECK(side_refusal(link) == fs::canonical(folder.path()).string() + "/r.db" + ending + refusal);
  }
}

TEST_CASE("a side file does not replace the results of a batch run") {
  const cli::TemporaryFolder folder;
  const std::string file = folder.path("r.jsonl");
  folder.write("r.jsonl.journal", journal_header({{"model", "m"}}));
  const std::string refusal = file + ": is the output of a batch run; use another output file";
  CHECK(side_refusal(file) == refusal);  // even before it exists, as with features
  for (const bool overwrite : {false, true})
    CHECK(message_of<std::runtime_error>([&] { check_replaceable(file, overwrite); }) == refusal);
}

TEST_CASE("an existing file is replaced only on request") {
  const cli::TemporaryFolder folder;
  const std::string file = folder.write("m.onnx", "x");
  CHECK(message_of<std::runtime_error>([&] { check_replaceable(file, false); }) ==
        file + ": already exists; use --overwrite to replace it");
  CHECK_NOTHROW(check_replaceable(file, true));
  CHECK_NOTHROW(check_replaceable(folder.write("empty", ""), false));
  CHECK_NOTHROW(check_replaceable(folder.path("none"), false));
}

TEST_CASE("results do not replace an image") {
  const cli::TemporaryFolder folder;
  const std::string file = folder.write("r.csv", cli::read_file(cli::photo("cat.png")));
  CHECK(results_refusal(file) == file + ": is an image; use another output file");
  CHECK(results_refusal("-") == "no error");
}

TEST_CASE("two outputs with the same file are refused") {
  const cli::TemporaryFolder folder;
  fs::create_directory(folder.path("in"));
  fs::create_directory_symlink(folder.path("in"), folder.path("link"));
  const std::string there = folder.write("there", "");
  fs::create_hard_link(there, folder.path("hard"));
  for (const auto& [first, second] :
       {std::pair{"a", "a"}, {"a", "./a"}, {"in/../a", "a"}, {"in/a", "link/a"}, {"there", "hard"}}) {
    CAPTURE(second);
    OverwriteGuard guard;
    guard.add_results(folder.path(first));
    CHECK(message_of<std::runtime_error>([&] {
            guard.add_side_file(folder.path(second), FileKind::trace);
          }) == folder.path(second) + ": is given for two outputs; use two files");
  }
  CHECK(side_refusal("-") == "-: standard output is for the results; name a file");
}

TEST_CASE("an output that is an input, or whose side file is an input, is refused") {
  const cli::TemporaryFolder folder;
  const std::string list = folder.write("list.txt", "a.png\n");
  fs::create_symlink(list, folder.path("link.txt"));
  const auto refusal = [&](const std::string& output, const std::string& input) {
    return message_of<std::runtime_error>([&] {
      OverwriteGuard guard;
      guard.add_results(output);
      guard.check_input(input);
    });
  };
  CHECK(refusal(list, folder.path("link.txt")) == list + ": is being read; use another output file");
  CHECK(refusal(folder.path("link.txt"), list) != "no error");
  for (const char* ending : {".journal", ".new", ".part", ".lock", "-wal", "-journal"}) {
    const std::string beside = folder.write(std::string("r") + ending, "a.png\n");
    CHECK(refusal(folder.path("r"), beside) ==
          beside + ": is being read, and would be written beside the output; use another output file");
  }
  for (const char* none : {"", "-"}) CHECK(refusal(list, none) == "no error");
}

TEST_CASE("an output that is a file of the model is refused") {
  const cli::TemporaryFolder folder;
  Model model;
  model.path = folder.path();
  model.description.weights = "weights.safetensors";
  model.description.labels = "labels.txt";
  ImportOptions options;
  options.network = folder.path("net.prototxt");
  options.labels = folder.path("names.txt");
  options.mean = folder.path("mean.binaryproto");
  for (const char* name : {"network.json", "weights.safetensors", "labels.txt", "net.prototxt", "names.txt",
                           "mean.binaryproto"}) {
    const std::string file = folder.write(name, "x");
    OverwriteGuard guard;
    guard.add_results(file);
    CHECK(message_of<std::runtime_error>([&] { guard.check_input(model, options); }) ==
          file + ": is being read; use another output file");
  }
}
