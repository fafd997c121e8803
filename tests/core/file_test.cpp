#include "core/file.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>

#include "alexnet/error.hpp"
#include "cli/command.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using alexnet::cli::read_file;

namespace {

struct OpenedFile {
  TempDir folder;
  std::string name = folder.write("f", "0123456789").string();
  File file = File::open(name, O_RDWR);
};

}  // namespace

TEST_CASE("a file is read and written at its position and at offsets") {
  const OpenedFile opened;
  const File& file = opened.file;
  CHECK(file.size() == 10);
  std::array<char, 4> bytes{};
  CHECK(file.read(bytes.data(), 4) == 4);
  CHECK(std::string(bytes.begin(), bytes.end()) == "0123");
  CHECK(file.pread(8, 100) == "89");
  CHECK(file.pread(2, 3) == "234");
  CHECK(file.pread(11, 1) == "");
  CHECK(file.pread(~std::uint64_t{0}, ~std::uint64_t{0}) == "");
  CHECK(file.pread(0, ~std::uint64_t{0}) == "0123456789");  // takes no more memory than the file
  file.write_all("ab");                                     // after the bytes that were read
  file.pwrite_all(8, "xyz");
  CHECK(read_file(opened.name) == "0123ab67xyz");
  file.truncate(3);
  file.write_all("end");
  CHECK(read_file(opened.name) == "012end");
  CHECK(file.read(bytes.data(), 4) == 0);
}

TEST_CASE("a pipe is read to its end if it delivers small pieces") {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const File from = File::from_descriptor(ends[0], "pipe");
  std::thread writer([to = File::from_descriptor(ends[1], "pipe")] {
    for (int i = 0; i < 100; ++i) to.write_all("0123456789");
  });
  std::string bytes(5000, ' ');
  bytes.resize(from.read(bytes.data(), bytes.size()));
  writer.join();
  CHECK(bytes.size() == 1000);
  CHECK(bytes.ends_with("6789"));
}

TEST_CASE("a lock is held until its file is closed, and several files can hold a shared lock") {
  const OpenedFile opened;
  const auto is_free = [&](File::Lock lock) { return File::open(opened.name, O_RDONLY).lock(lock); };
  CHECK(is_free(File::Lock::exclusive));
  File first = File::open(opened.name, O_RDONLY);
  CHECK(first.lock());
  CHECK(!is_free(File::Lock::exclusive));
  CHECK(!is_free(File::Lock::shared));
  first.close();
  CHECK(!first.is_open());
  CHECK(is_free(File::Lock::exclusive));
  {
    const File reader = File::open(opened.name, O_RDONLY);
    CHECK(reader.lock(File::Lock::shared));
    CHECK(!is_free(File::Lock::exclusive));
    CHECK(is_free(File::Lock::shared));
  }
  CHECK(is_free(File::Lock::exclusive));
}

TEST_CASE("a file knows if a name still refers to it") {
  OpenedFile opened;
  CHECK(opened.file.is_still(opened.name));
  std::filesystem::rename(opened.name, opened.name + "2");
  CHECK(!opened.file.is_still(opened.name));
  CHECK(opened.file.is_still(opened.name + "2"));
  opened.folder.write("f", "another");
  CHECK(!opened.file.is_still(opened.name));
  opened.folder.write("f3", "to be replaced");
  File moved = File::open(opened.name, O_RDWR);
  moved.rename_to(opened.name + "3");
  CHECK(moved.is_still(opened.name + "3"));
  CHECK(read_file(opened.name + "3") == "another");
  moved.write_all("ANO");
  CHECK(read_file(opened.name + "3") == "ANOther");
}

TEST_CASE("a moved file keeps one descriptor and closes it once") {
  OpenedFile opened;
  const int descriptor = opened.file.descriptor();
  File moved = std::move(opened.file);
  CHECK(moved.descriptor() == descriptor);
  File other;
  CHECK(!other.is_open());
  other = std::move(moved);
  CHECK(other.descriptor() == descriptor);
  other = File();
  CHECK(fcntl(descriptor, F_GETFD) < 0);
}

TEST_CASE("a failed operation throws the system's reason or the caller's error") {
  const TempDir folder;
  const std::string none = (folder.path() / "none").string();
  CHECK(message_of<OutputError>([&] { File::open(none, O_RDONLY); }) == none + ": No such file or directory");
  CHECK(message_of<OutputError>([&] { File::open("", O_RDONLY); }) == "'': No such file or directory");
  CHECK(message_of<ImageError>([&] {
          File::open(none, O_RDONLY, [](int error) { throw ImageError(Stage::read, std::to_string(error)); });
        }) == std::to_string(ENOENT));
  CHECK(!File::open_if_possible(none, O_RDONLY).is_open());
  CHECK(errno == ENOENT);
  const File readable = File::open(folder.write("f", "x"), O_RDONLY);
  const std::string name = (folder.path() / "f").string();
  CHECK(message_of<OutputError>([&] { readable.write_all("y"); }) == name + ": Bad file descriptor");
  CHECK(message_of<OutputError>([&] { readable.pwrite_all(0, "y"); }) == name + ": Bad file descriptor");
  CHECK(message_of<OutputError>([&] { readable.truncate(0); }) == name + ": Invalid argument");
  const File full = File::open("/dev/full", O_WRONLY);
  CHECK(message_of<OutputError>([&] { full.write_all("y"); }) == "/dev/full: No space left on device");
  const File directory = File::open(folder.path(), O_RDONLY);
  std::array<char, 1> byte{};
  CHECK(message_of<OutputError>([&] { directory.read(byte.data(), 1); }) ==
        folder.path().string() + ": Is a directory");
  File renamed = File::open(name, O_RDWR);
  const std::filesystem::path target = folder.path() / "none" / "f";
  CHECK(message_of<OutputError>([&] { renamed.rename_to(target); }) ==
        target.string() + ": No such file or directory");
}

TEST_CASE("an atomic write changes no other file with a similar name") {
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

TEST_CASE("a temporary file that cannot be created is an error with the system's reason") {
  const TempDir folder;
  for (const std::string& file :
       {(folder.path() / "none/out").string(), (folder.path() / std::string(252, 'x')).string()})
    CHECK(message_of<OutputError>([&] {
            const AtomicFile made(file);
          }).starts_with(file + ": cannot be opened for writing: "));
}

TEST_CASE("a failed atomic rename removes the temporary file and keeps the target") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "out";
  {
    AtomicFile made(file);
    made.write_all("bytes");
    std::filesystem::create_directory(file);
    folder.write("out/inside", "kept");
    CHECK(message_of<OutputError>([&] { made.finish(); }) ==
          file.string() + ": cannot be replaced: Is a directory; name a file in it");
  }
  CHECK(read_file(file / "inside") == "kept");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}
