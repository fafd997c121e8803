#include "batch/sort/file_placer.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <iterator>

#include "alexnet/error.hpp"
#include "cli/command.hpp"
#include "core/failing_calls.hpp"
#include "core/file.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using namespace alexnet::app;
using cli::read_file;
using cli::TemporaryFolder;

namespace fs = std::filesystem;

namespace {

constexpr std::array kPlacerWays{Placing::link, Placing::copy, Placing::move};

// An image and a folder that it is placed in.
struct PlacerBench {
  TemporaryFolder folder;
  std::string image = folder.write("photos/cat.jpg", "a cat");
  std::string into = folder.path("sorted");
  std::string name = folder.path("sorted/cat.jpg");
  PlacerBench() { fs::create_directory(into); }

  bool place(Placing how) const { return put(Source(image, how), name, into); }
  std::size_t placed() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(into), {}));
  }
};

struct stat stat_of(const std::string& file) {
  struct stat status {};
  REQUIRE(stat(file.c_str(), &status) == 0);
  return status;
}

}  // namespace

TEST_CASE("an image is placed as a link with an absolute target") {
  const PlacerBench here;
  CHECK(here.place(Placing::link));
  CHECK(fs::read_symlink(here.name) == fs::canonical(here.image));
  CHECK(here.placed() == 1);
}

TEST_CASE("an image is placed as a copy with its bytes, permissions and modification time") {
  const PlacerBench here;
  fs::permissions(here.image, fs::perms::owner_read | fs::perms::group_read);
  CHECK(here.place(Placing::copy));
  CHECK(read_file(here.name) == "a cat");
  const struct stat from = stat_of(here.image);
  const struct stat to = stat_of(here.name);
  CHECK(to.st_ino != from.st_ino);
  CHECK(to.st_mode == from.st_mode);
  CHECK(to.st_mtim.tv_sec == from.st_mtim.tv_sec);
  CHECK(to.st_mtim.tv_nsec == from.st_mtim.tv_nsec);
  CHECK(here.placed() == 1);  // the temporary copy is gone
}

TEST_CASE("a copy is not placed if its bytes do not reach the disk") {
  const PlacerBench here;
  const auto message = [&] { return message_of<OutputError>([&] { here.place(Placing::copy); }); };
  {
    const FailingSync fails(EIO);
    CHECK(message() == here.into + ": Input/output error");
  }
  {
    const FailingClose fails(EDQUOT);
    CHECK(message() == here.into + ": Disk quota exceeded");
  }
  CHECK(here.placed() == 0);
}

TEST_CASE("a moved image keeps both names until its original is removed") {
  const PlacerBench here;
  const Source source(here.image, Placing::move);
  CHECK(put(source, here.name, here.into));
  CHECK(fs::equivalent(here.name, here.image));
  sync(here.into);
  remove_moved(source);
  remove_moved(source);
  CHECK(!fs::exists(here.image));
  CHECK(read_file(here.name) == "a cat");
}

TEST_CASE("an existing file, folder or broken link is not overwritten") {
  for (const Placing how : kPlacerWays) {
    const PlacerBench file;
    file.folder.write("sorted/cat.jpg", "mine");
    CHECK(is_taken(file.name));
    CHECK(!file.place(how));
    CHECK(read_file(file.name) == "mine");
    const PlacerBench folder;
    fs::create_directory(folder.name);
    CHECK(!folder.place(how));
    CHECK(fs::is_directory(folder.name));
    const PlacerBench link;
    fs::create_symlink("nowhere", link.name);
    CHECK(is_taken(link.name));
    CHECK(!link.place(how));
    CHECK(fs::read_symlink(link.name) == "nowhere");
    for (const PlacerBench* place : {&file, &folder, &link}) {
      CHECK(place->placed() == 1);
      CHECK(read_file(place->image) == "a cat");
      CHECK(!holds(place->name, Source(place->image, how)));
    }
  }
  CHECK(!is_taken(PlacerBench().name));
}

TEST_CASE("a file counts as placed if an interrupted run placed it with the same method") {
  for (const Placing how : kPlacerWays) {
    const PlacerBench here;
    const Source source(here.image, how);
    CHECK(!holds(here.name, source));
    CHECK(fingerprint_of(here.name) == 0);
    REQUIRE(put(source, here.name, here.into));
    CHECK(holds(here.name, source));
    CHECK(fingerprint_of(here.name) == source.fingerprint);
  }
}

TEST_CASE("a copy of a moved image is recognised by its bytes and its modification time") {
  const PlacerBench here;
  here.folder.write("sorted/cat.jpg", "a cat");
  fs::last_write_time(here.name, fs::last_write_time(here.image));
  const Source copied(here.image, Placing::copy);
  const Source moved(here.image, Placing::move);
  CHECK(holds(here.name, copied));
  CHECK(holds(here.name, moved));
  fs::last_write_time(here.name, fs::last_write_time(here.image) + std::chrono::seconds(1));
  CHECK(holds(here.name, copied));
  CHECK(!holds(here.name, moved));  // another image with the same bytes
  here.folder.write("sorted/cat.jpg", "a dog");
  CHECK(!holds(here.name, copied));
  CHECK(!holds(here.name, Source(here.image, Placing::link)));
  const std::string twin = here.folder.write("photos/twin.jpg", "a cat");
  CHECK(same(copied, Source(twin, Placing::copy)));
  CHECK(!same(Source(here.image, Placing::link), Source(twin, Placing::link)));
  CHECK(!same(copied, Source(here.folder.write("photos/dog.jpg", "a dog"), Placing::copy)));
}

TEST_CASE("a temporary copy is removed unless a run is writing it") {
  const PlacerBench here;
  here.folder.write("sorted/.alexnet-part-1", "half");
  const File writing = File::open(here.folder.write("sorted/.alexnet-part-2", "half"), O_RDWR);
  REQUIRE(writing.lock());
  here.folder.write("sorted/mine", "mine");
  remove_parts(here.into);
  CHECK(!fs::exists(here.folder.path("sorted/.alexnet-part-1")));
  CHECK(fs::exists(here.folder.path("sorted/.alexnet-part-2")));
  CHECK(read_file(here.folder.path("sorted/mine")) == "mine");
}

TEST_CASE("an unreadable image fails by itself, and an unwritable folder ends the run") {
  const PlacerBench here;
  fs::create_symlink("cat.jpg", here.folder.path("photos/link.jpg"));
  const auto image_error = [](const auto& work) { return message_of<ImageError>(work); };
  CHECK(image_error([&] { Source(here.folder.path("photos/link.jpg"), Placing::move); }) ==
        "is a symbolic link; links are not moved");
  CHECK(image_error([&] { Source(here.folder.path("photos/none.jpg"), Placing::copy); }) ==
        "No such file or directory");
  const std::string none = here.folder.path("none/cat.jpg");
  for (const Placing how : kPlacerWays)
    CHECK(message_of<OutputError>([&] { put(Source(here.image, how), none, here.folder.path("none")); })
              .ends_with("none" + std::string(how == Placing::link ? "/cat.jpg" : "") +
                         ": No such file or directory"));
}
