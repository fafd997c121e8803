// Reading and writing image files.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "image_files.hpp"
#include "skip.hpp"

using namespace alexnet;
using namespace alexnet::image;

namespace {

// A temporary folder that is removed with its content.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "alexnet-image-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("the content determines the format, independently of the name") {
  const TemporaryFolder folder;
  std::filesystem::copy_file(kFixtures / "upright.png", folder / "picture.jpg");
  CHECK(differences(load(folder / "picture.jpg"), upright()) == 0);
}

TEST_CASE("a path that is not a regular file is refused at once") {
  const TemporaryFolder folder;
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK(refusal_by([&] { load(folder / "fifo"); }) == "read: it is a FIFO");
  CHECK(refusal_by([&] { load(folder.path()); }) == "read: it is a directory");
  CHECK(refusal_by([] { load("/dev/zero"); }) == "read: it is a character device");
}

TEST_CASE("an empty, a missing and an unreadable file are refused with the reason") {
  const TemporaryFolder folder;
  std::ofstream(folder / "empty.jpg").close();
  CHECK(refusal_by([&] { load(folder / "empty.jpg"); }) == "read: the file is empty");
  CHECK(refusal_by([&] { load(folder / "none.jpg"); }) == "read: No such file or directory");
  std::filesystem::create_symlink("loop.jpg", folder / "loop.jpg");
  CHECK(refusal_by([&] { load(folder / "loop.jpg"); }) == "read: Too many levels of symbolic links");
}

TEST_CASE("an image that may not be read is refused with the reason") {
  if (::geteuid() == 0) {
    alexnet::test::skip("root may read everything");
    return;
  }
  const TemporaryFolder folder;
  std::filesystem::copy_file(kFixtures / "1x1.png", folder / "secret.png");
  std::filesystem::permissions(folder / "secret.png", std::filesystem::perms::none);
  CHECK(refusal_by([&] { load(folder / "secret.png"); }) == "read: Permission denied");
}

TEST_CASE("a file over 512 MiB is refused before it is read") {
  const TemporaryFolder folder;
  std::ofstream(folder / "huge.jpg").close();
  std::filesystem::resize_file(folder / "huge.jpg", (std::uintmax_t{512} << 20) + 1);  // sparse
  CHECK(contains(refusal_by([&] { load(folder / "huge.jpg"); }), "read: the file has 536870913 bytes"));
}

TEST_CASE("a saved PNG is read back with the same pixels") {
  const TemporaryFolder folder;
  save_png(folder / "copy.png", upright());
  CHECK(differences(load(folder / "copy.png"), upright()) == 0);
}

TEST_CASE("a PNG that cannot be written is an error with the reason") {
  const TemporaryFolder folder;
  const auto reason = [](const std::filesystem::path& file) -> std::string {
    try {
      save_png(file, upright());
    } catch (const OutputError& error) {
      return error.what();
    }
    return "";
  };
  CHECK(reason(folder.path()) ==
        folder.path().string() + ": cannot be opened for writing: Is a directory; name a file in it");
  CHECK(contains(reason(folder / "none" / "x.png"),
                 "x.png: cannot be opened for writing: No such file or directory"));
  CHECK(reason("/dev/full") == "/dev/full: cannot be written: No space left on device");
}

TEST_CASE("a PNG that may not be written is an error with the reason") {
  if (::geteuid() == 0) {
    alexnet::test::skip("root may write everywhere");
    return;
  }
  const TemporaryFolder folder;
  std::filesystem::permissions(folder.path(),
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  std::string reason;
  try {
    save_png(folder / "x.png", upright());
  } catch (const OutputError& error) {
    reason = error.what();
  }
  CHECK(contains(reason, "Permission denied"));
  std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
}
