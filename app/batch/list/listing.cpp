#include "batch/list/listing.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <utility>

#include "alexnet/error.hpp"
#include "batch/list/names.hpp"
#include "batch/list/path_set.hpp"
#include "core/ascii.hpp"
#include "print/text.hpp"
#include "run/signals.hpp"

namespace alexnet::app {
namespace {

namespace fs = std::filesystem;

// Extensions of formats that can be read, and of some that cannot: JPEG XL photos must be reported as failed,
// not skipped silently.
constexpr std::array<std::string_view, 35> kExtensions{
    ".jpg", ".jpeg", ".jpe",  ".jfif", ".png", ".bmp",  ".dib", ".webp", ".tif", ".tiff", ".pnm", ".pbm",
    ".pgm", ".ppm",  ".pfm",  ".hdr",  ".ras", ".sr",   ".jp2", ".j2k",  ".jpx", ".jpf",  ".j2c", ".jpc",
    ".gif", ".jxl",  ".heic", ".heif", ".hif", ".avif", ".exr", ".dcm",  ".ntf", ".nitf", ".psd"};

bool has_image_extension(const fs::path& path) {
  return std::ranges::find(kExtensions, to_lower_ascii(path.extension().string())) != kExtensions.end();
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Removes the leading digits from `text` and returns them without leading zeros.
std::string_view take_number(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  std::string_view digits = text.substr(0, end);
  text.remove_prefix(end);
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  return digits;
}

// Returns a path that could not be listed.
Record failure(std::string path, std::string reason) {
  return {.path = std::move(path), .stage = Stage::list, .reason = std::move(reason)};
}

// Throws UsageError if nothing has this name: it is mistyped, or its disk is not mounted.
void require_exists(const std::string& path) {
  struct stat status {};
  if (path == "-" || stat(path.c_str(), &status) == 0 || (errno != ENOENT && errno != ENOTDIR)) return;
  throw UsageError(path + ": no such file or folder; check the name, and that its disk is mounted");
}

}  // namespace

// Walks paths, folders and names, one image at a time.
class Walk {
 public:
  explicit Walk(const ListingOptions& options) : options_(options) {
    if (!options.files_from.empty()) names_.emplace(options.files_from, options.null ? '\0' : '\n');
  }

  // Returns the next image of the shard. A repeated path is listed and counted once.
  std::optional<Record> next(const std::stop_token& stop) {
    while (std::optional<Record> found = any(stop)) {
      const std::string key = path_key(found->path);
      if (!seen_.insert(key)) continue;
      found->index = count_++;
      if (options_.shard.has(key)) return found;
    }
    return std::nullopt;
  }

  std::uint64_t count() const { return count_; }

 private:
  // The device and inode of a folder.
  using Identity = std::pair<dev_t, ino_t>;
  struct Entry {
    std::string name;
    bool folder = false;
  };
  struct Folder {
    fs::path path;
    Identity self;
    fs::directory_iterator rest;     // entries that were not read yet, unsorted
    std::vector<Entry> sorted = {};  // remaining entries in natural order, last first
  };
  std::optional<Record> any(const std::stop_token& stop) {
    // Check at every step, because walking a tree without images may take long.
    while (!stop.stop_requested() && interrupted() == 0) {
      if (failed_) return std::exchange(failed_, std::nullopt);
      if (!folders_.empty()) {
        if (std::optional<Record> found = from_folder()) return found;
      } else if (next_path_ < options_.paths.size()) {
        const std::string& path = options_.paths[next_path_++];
        std::error_code ignored;
        if (path == "-" || !fs::is_directory(path, ignored)) return Record{.path = path};
        enter(path);
      } else {
        std::optional<std::string> name = names_ ? names_->next(stop) : std::nullopt;
        return name ? std::optional(from_list(std::move(*name))) : std::nullopt;
      }
    }
    return std::nullopt;
  }

  // System calls read a name only up to the NUL byte and would open another file.
  static Record from_list(std::string name) {
    const bool has_nul = name.find('\0') != std::string::npos;
    if (has_nul)
      return failure(std::move(name), "the name contains a NUL byte; lists from find -print0 need -0");
    return {.path = std::move(name)};
  }

  std::optional<Record> from_folder() {
    const std::optional<Entry> entry = take(folders_.back());
    if (!entry) {
      folders_.pop_back();
      return std::nullopt;
    }
    const fs::path path = folders_.back().path / entry->name;
    if (entry->folder) {
      if (options_.recursive) enter(path);
      return std::nullopt;
    }
    // macOS keeps metadata of x.jpg in ._x.jpg on disks of other systems.
    if (entry->name.starts_with("._")) return std::nullopt;
    return has_image_extension(path) ? std::optional(Record{.path = path.string()}) : std::nullopt;
  }

  std::optional<Entry> take(Folder& folder) {
    std::error_code error;
    std::optional<Entry> entry;
    if (options_.order == Order::natural) {
      if (folder.sorted.empty()) return std::nullopt;
      entry = std::move(folder.sorted.back());
      folder.sorted.pop_back();
    } else if (folder.rest != fs::directory_iterator()) {
      entry = entry_of(*folder.rest);
      folder.rest.increment(error);
      if (error) failed_ = failure(folder.path.string(), error.message());
    }
    return entry;
  }

  static Entry entry_of(const fs::directory_entry& entry) {
    std::error_code ignored;
    return {entry.path().filename().string(), entry.is_directory(ignored)};
  }

  void enter(const fs::path& path) {
    const auto fail = [&](const std::string& reason) { failed_ = failure(path.string(), reason); };
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) return fail(std::strerror(errno));
    const Identity self{status.st_dev, status.st_ino};
    const bool inside = std::ranges::find(folders_, self, &Folder::self) != folders_.end();
    std::error_code error;
    // Follow links to a folder only once: walking folders that link to each other would never end.
    if (!inside && fs::is_symlink(path, error) && !linked_.insert(self).second) return;
    if (inside) return fail("is a link to a folder that it is in: a loop");
    Folder folder{path, self, fs::directory_iterator(path, error)};
    if (!error && options_.order == Order::natural) sort(folder, error);
    if (error) fail(error.message());
    folders_.push_back(std::move(folder));
  }

  static void sort(Folder& folder, std::error_code& error) {
    for (; !error && folder.rest != fs::directory_iterator(); folder.rest.increment(error))
      folder.sorted.push_back(entry_of(*folder.rest));
    std::ranges::sort(folder.sorted,
                      [](const Entry& a, const Entry& b) { return natural_less(b.name, a.name); });
  }

  ListingOptions options_;
  std::size_t next_path_ = 0;    // in options_.paths
  std::vector<Folder> folders_;  // the folder that is being read is last, after its parents
  std::set<Identity> linked_;    // folders that were entered through a link
  std::optional<Record> failed_;
  std::optional<Names> names_;
  PathSet seen_;
  std::uint64_t count_ = 0;
};

Listing::Listing(const ListingOptions& options) {
  if (!options.may_be_empty)
    for (const std::string& path : options.paths) require_exists(path);
  walk_ = std::make_unique<Walk>(options);
  if (options.order == Order::natural) {
    while (const std::optional<Record> found = walk_->next({})) {
      if (found->failed()) reasons_.emplace(indices_.size(), found->reason);
      paths_ += found->path;
      lengths_.push_back(static_cast<std::uint32_t>(found->path.size()));
      indices_.push_back(found->index);
    }
    total_ = indices_.size();
  } else {
    first_ = walk_->next({});
  }
  if (options.may_be_empty || walk_->count() > 0 || interrupted() != 0) return;
  std::string where = options.files_from;
  for (const std::string& path : options.paths) where += (where.empty() ? "" : ", ") + path;
  throw UsageError(where + ": no images" +
                   (options.recursive || options.paths.empty() ? "" : "; use -r to include folders inside"));
}

Listing::~Listing() = default;

std::optional<Record> Listing::next(const std::stop_token& stop) {
  if (total_) return stored();
  return first_ ? std::exchange(first_, std::nullopt) : walk_->next(stop);
}

std::uint64_t Listing::listed() const { return walk_->count(); }

std::optional<Record> Listing::stored() {
  if (returned_ == indices_.size()) return std::nullopt;
  const std::size_t i = returned_++;
  const std::size_t begin = std::exchange(at_, at_ + lengths_[i]);
  Record image{.path = paths_.substr(begin, lengths_[i]), .index = indices_[i]};
  if (const auto reason = reasons_.find(i); reason != reasons_.end()) image.fail(Stage::list, reason->second);
  return image;
}

bool natural_less(std::string_view a, std::string_view b) {
  const std::string_view whole_a = a;
  const std::string_view whole_b = b;
  while (!a.empty() && !b.empty()) {
    if (is_digit(a[0]) && is_digit(b[0])) {
      const std::string_view x = take_number(a);
      const std::string_view y = take_number(b);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
    } else {
      if (a[0] != b[0]) return static_cast<unsigned char>(a[0]) < static_cast<unsigned char>(b[0]);
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  if (a.empty() != b.empty()) return a.empty();
  return whole_a < whole_b;  // a1 and a01: any fixed order
}

}  // namespace alexnet::app
