#include "core/file.hpp"

#include <doctest/doctest.h>

#include "cli/command.hpp"
#include "core/error.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using alexnet::cli::read_file;

TEST_CASE("a file that is written whole leaves those alone that have the names of its parts") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "out";
  folder.write("out.part", "mine");
  folder.write("out.2.part", "mine too");
  {
    AtomicFile first(file);
    AtomicFile second(file);
    first.write_all("first");
    second.write_all("second");
    first.finish();
    CHECK(read_file(file) == "first");
    second.finish();
  }
  CHECK(read_file(file) == "second");
  { AtomicFile discarded(file); }
  CHECK(read_file(file) == "second");
  CHECK(read_file(folder.path() / "out.part") == "mine");
  CHECK(read_file(folder.path() / "out.2.part") == "mine too");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 3);
}

TEST_CASE("a file whose part cannot be made is refused with the system's reason") {
  const TempDir folder;
  for (const std::string& file :
       {(folder.path() / "none/out").string(), (folder.path() / std::string(252, 'x')).string()})
    CHECK(message_of<OutputError>([&] {
            const AtomicFile made(file);
          }).starts_with(file + ": cannot be opened for writing: "));
}

TEST_CASE("a file that cannot be put in its place is removed, and what stands there stays") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "out";
  {
    AtomicFile made(file);
    made.write_all("bytes");
    std::filesystem::create_directory(file);
    folder.write("out/inside", "kept");
    CHECK(message_of<OutputError>([&] { made.finish(); }) ==
          file.string() + ": cannot be replaced: Is a directory");
  }
  CHECK(read_file(file / "inside") == "kept");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}
