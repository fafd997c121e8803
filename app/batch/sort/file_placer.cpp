#include "batch/sort/file_placer.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>
#include <string_view>
#include <utility>

#include "alexnet/error.hpp"
#include "core/file.hpp"
#include "core/hash.hpp"

namespace alexnet::app {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_image(int error) { throw ImageError(Stage::sort, std::strerror(error)); }
[[noreturn]] void fail_place(const fs::path& place, int error) {
  throw OutputError(place.string(), std::strerror(error));
}

File open_image(const fs::path& file) { return File::open(file, O_RDONLY | O_NONBLOCK, fail_image); }

// Returns the next 1 MiB, or the rest of the file: "" at the end. The result is a view into `buffer`.
std::string_view read_block(const File& file, std::string& buffer) {
  constexpr std::size_t kBlock = std::size_t{1} << 20;
  buffer.resize(kBlock);
  return std::string_view(buffer).substr(0, file.read(buffer.data(), kBlock));
}

// Returns true if a and b are one file or have the same bytes. When moving, the modification times must match
// too: two images with the same bytes are both kept, and only the copy of an interrupted move counts as the
// same file.
bool same_file(const fs::path& a, const fs::path& b, bool moves) {
  const File x = open_image(a);
  const File y = open_image(b);
  const struct stat s = x.status();
  const struct stat t = y.status();
  if (s.st_dev == t.st_dev && s.st_ino == t.st_ino) return true;
  if (s.st_size != t.st_size) return false;
  if (moves && (s.st_mtim.tv_sec != t.st_mtim.tv_sec || s.st_mtim.tv_nsec != t.st_mtim.tv_nsec)) return false;
  std::string buffer_x;
  std::string buffer_y;
  for (;;) {
    const std::string_view from_x = read_block(x, buffer_x);
    if (from_x != read_block(y, buffer_y)) return false;
    if (from_x.empty()) return true;
  }
}

constexpr std::string_view kPart = ".alexnet-part-";

// A temporary copy that is being written. The lock tells remove_parts() that its process still runs.
class Part {
 public:
  explicit Part(fs::path folder) : folder_(std::move(folder)), file_(make()) {}
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;
  ~Part() {
    if (!placed_) unlink(name_.c_str());
  }

  // Copies the bytes, the permissions and the modification time, and flushes them to disk: a file system that
  // reports a failed write late, such as NFS or one with quotas, must do so before the copy is placed.
  void fill(const File& from) const {
    std::string buffer;
    for (;;) {
      const std::string_view bytes = read_block(from, buffer);
      if (bytes.empty()) break;
      file_.write_all(bytes);
    }
    constexpr mode_t kRights = 0777;
    const struct stat status = from.status();
    // Ignore errors: some file systems have no permissions.
    [[maybe_unused]] const int rights = fchmod(file_.descriptor(), status.st_mode & kRights);
    const std::array<timespec, 2> times{timespec{0, UTIME_OMIT}, status.st_mtim};
    if (futimens(file_.descriptor(), times.data()) != 0) fail_place(folder_, errno);
    file_.sync();
    // Closing any descriptor reports the errors of closing. The lock stays until the last one is closed.
    const auto fail = [this](int error) { fail_place(folder_, error); };
    File::from_descriptor(fcntl(file_.descriptor(), F_DUPFD_CLOEXEC, 0), name_, fail).close();
  }

  // Moves the copy to `place`. Returns false if `place` exists. Throws OutputError.
  bool put(const fs::path& place) {
    placed_ = renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, place.c_str(), RENAME_NOREPLACE) == 0;
    if (placed_) return true;
    // Some file systems, such as NFS, do not support RENAME_NOREPLACE. link() does not overwrite either.
    if ((errno == EINVAL || errno == ENOSYS) && link(name_.c_str(), place.c_str()) == 0) return true;
    if (errno != EEXIST) fail_place(place, errno);
    return false;
  }

 private:
  File make() {
    for (;;) {
      name_ = folder_ / (std::string(kPart) + std::to_string(std::random_device()()));
      File file = File::open(name_, O_WRONLY | O_CREAT | O_EXCL,
                             [folder = folder_](int error) { fail_place(folder, error); });
      // Try again if another run removed the file as a leftover before it was locked.
      if (file.lock() && file.status().st_nlink > 0) return file;
    }
  }

  fs::path folder_;
  fs::path name_;
  File file_;
  bool placed_ = false;
};

}  // namespace

Source::Source(fs::path image, Placing how) : file(std::move(image)), moves(how == Placing::move) {
  struct stat status {};
  if (lstat(file.c_str(), &status) != 0) fail_image(errno);
  const fs::path parent = file.has_parent_path() ? file.parent_path() : ".";
  if (moves && access(parent.c_str(), W_OK | X_OK) != 0)
    throw ImageError(Stage::sort, "cannot be moved out of " + parent.string() + ": " + std::strerror(errno));
  // If the target is moved as well, the link would dangle.
  if (moves && S_ISLNK(status.st_mode))
    throw ImageError(Stage::sort, "is a symbolic link; links are not moved");
  if (how != Placing::link) {
    if (stat(file.c_str(), &status) != 0) fail_image(errno);
    fingerprint = static_cast<std::uint64_t>(status.st_size);
    return;
  }
  std::error_code error;
  target = (fs::canonical(parent, error) / file.filename()).string();
  if (error) throw ImageError(Stage::sort, error.message());
  fingerprint = hash64(target);
}

bool is_taken(const fs::path& place) {
  struct stat ignored {};
  if (lstat(place.c_str(), &ignored) == 0) return true;
  if (errno != ENOENT) fail_place(place, errno);
  return false;
}

bool put(const Source& source, const fs::path& place, const fs::path& parts) {
  if (!source.target.empty()) {
    if (symlink(source.target.c_str(), place.c_str()) == 0) return true;
    if (errno != EEXIST) fail_place(place, errno);
    return false;
  }
  if (is_taken(place)) return false;
  if (source.moves) {
    if (link(source.file.c_str(), place.c_str()) == 0) return true;
    if (errno == EEXIST) return false;  // on other errors, try a copy, which reports its own errors
  }
  const File from = open_image(source.file);
  Part part(parts);
  part.fill(from);
  return part.put(place);
}

bool holds(const fs::path& place, const Source& source) {
  std::error_code error;
  const fs::file_type type = fs::symlink_status(place, error).type();
  if (!source.target.empty())
    return type == fs::file_type::symlink && fs::read_symlink(place, error) == source.target;
  try {
    return type == fs::file_type::regular && same_file(place, source.file, source.moves);
  } catch (const ImageError&) {
    return false;
  }
}

bool same(const Source& a, const Source& b) {
  return a.target == b.target && (!a.target.empty() || same_file(a.file, b.file, b.moves));
}

std::uint64_t fingerprint_of(const fs::path& place) {
  struct stat status {};
  if (lstat(place.c_str(), &status) != 0) return 0;
  std::error_code ignored;
  return S_ISLNK(status.st_mode) ? hash64(fs::read_symlink(place, ignored).string())
                                 : static_cast<std::uint64_t>(status.st_size);
}

void remove_parts(const fs::path& folder) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    if (!entry.path().filename().string().starts_with(kPart)) continue;
    const File part = File::open_if_possible(entry.path(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    // Not File::lock(), which succeeds if the file system has no locks: the file may be in use.
    if (part.is_open() && flock(part.descriptor(), LOCK_EX | LOCK_NB) == 0) unlink(entry.path().c_str());
  }
}

void sync(const fs::path& folder) {
  const File opened = File::open_if_possible(folder, O_RDONLY | O_DIRECTORY);
  if (!opened.is_open() || syncfs(opened.descriptor()) != 0) fail_place(folder, errno);
}

void remove_moved(const Source& source) {
  if (unlink(source.file.c_str()) != 0 && errno != ENOENT) fail_place(source.file, errno);
}

}  // namespace alexnet::app
