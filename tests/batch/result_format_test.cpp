#include "batch/output/result_format.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "weights/temp_dir.hpp"

using namespace alexnet::app;

TEST_CASE("the extension of a file name selects the format of the results") {
  for (const auto& [file, format] : {std::pair{"r.txt", "text"},
                                     {"r.jsonl", "jsonl"},
                                     {"a.b/r.json", "jsonl"},
                                     {"r.csv", "csv"},
                                     {"R.CSV", "csv"},
                                     {"r.db", "sqlite"},
                                     {"r.sqlite", "sqlite"},
                                     {"results", "text"},
                                     {"v1.2/results", "text"},
                                     {"-", "text"},
                                     {"/dev/stdout", "text"},
                                     {"/dev/null", "text"},
                                     {".jsonl", "jsonl"}})
    CHECK(choose_format(file, "", false) == format);
  CHECK(choose_format("r.xlsx", "csv", false) == "csv");
  CHECK(choose_format("r.JSON", "jsonl", false) == "jsonl");
  CHECK(choose_format("results", "csv", false) == "csv");
  CHECK(choose_format("/dev/stdout", "csv", false) == "csv");
  CHECK(choose_format("r.safetensors", "", true) == "features");
  CHECK(choose_format("features", "", true) == "features");
}

TEST_CASE("an unknown extension is refused, and the error lists the known ones") {
  const auto refusal = [](const char* file, bool features) {
    return message_of<std::runtime_error>([&] { choose_format(file, "", features); });
  };
  for (const char* file : {"r.xlsx", "r.jsonl.gz", "r.2026-01-01", "r."}) {
    CAPTURE(file);
    const std::string extension = std::string(file).substr(std::string(file).rfind('.'));
    CHECK(refusal(file, false) ==
          std::string(file) + ": unknown extension '" + extension +
              "'; use .txt, .jsonl, .json, .csv, .db or .sqlite, or choose the format with --format");
  }
  CHECK(refusal("r.safetensors", false) ==
        "r.safetensors: .safetensors is for --extract; use .txt, .jsonl, .json, .csv, .db or .sqlite");
  for (const char* file : {"r.csv", "r.db", "r.bin"})
    CHECK(refusal(file, true) ==
          std::string(file) + ": --extract writes a .safetensors file; name one with -o");
}

TEST_CASE("an extension of another format than the chosen one is refused") {
  for (const auto& [file, extension, named, chosen] : {std::tuple{"r.csv", ".csv", "csv", "jsonl"},
                                                       {"r.TXT", ".txt", "text", "csv"},
                                                       {"r.db", ".db", "sqlite", "text"},
                                                       {"r.json", ".json", "jsonl", "sqlite"},
                                                       {"r.safetensors", ".safetensors", "features", "text"}})
    CHECK(message_of<std::runtime_error>([&] { choose_format(file, chosen, false); }) ==
          std::string(file) + ": the extension " + extension + " is that of " + named + ", not of " + chosen +
              "; use another extension or format");
}

TEST_CASE("a merged output has the extension of the shards or of their format, or none") {
  CHECK_NOTHROW(check_merged_name("all.json", "s1.jsonl", "jsonl"));
  CHECK_NOTHROW(check_merged_name("all", "s1.jsonl", "jsonl"));
  CHECK_NOTHROW(check_merged_name("all.out", "s1.out", "jsonl"));
  for (const auto& [output, shard, format] : {std::tuple{"all.csv", "s1.jsonl", "jsonl"},
                                              {"all.xlsx", "s1.csv", "csv"},
                                              {"all.txt", "s1.db", "sqlite"}})
    CHECK(message_of<std::runtime_error>([&] { check_merged_name(output, shard, format); }) ==
          std::string(output) + ": the shards hold " + format + ", which does not match the extension '" +
              std::string(output).substr(3) + "'; use another output file");
}
