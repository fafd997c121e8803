#include "listing.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <set>
#include <stdexcept>
#include <unordered_set>
#include <utility>

namespace alexnet::app {
namespace {

namespace fs = std::filesystem;

// Formats that we read, and those that we refuse by name: a folder's HEIC photos must not vanish without a
// word.
constexpr std::array<std::string_view, 26> kExtensions{
    ".jpg",  ".jpeg", ".jpe",  ".jfif", ".png", ".bmp", ".dib",  ".webp", ".tif",
    ".tiff", ".pnm",  ".pbm",  ".pgm",  ".ppm", ".gif", ".jp2",  ".j2k",  ".jxl",
    ".heic", ".heif", ".avif", ".exr",  ".dcm", ".ntf", ".nitf", ".psd"};

bool has_image_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return std::ranges::find(kExtensions, extension) != kExtensions.end();
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The digits at the front, without leading zeros; `text` loses them all.
std::string_view take_number(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  std::string_view digits = text.substr(0, end);
  text.remove_prefix(end);
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  return digits;
}

// Equal for a.jpg, ./a.jpg and .//a.jpg. What lies above a link is for the disk to say, so ".." stays.
std::string key_of(const std::string& path) {
  const fs::path p(path);
  if (path == "-" || std::ranges::find(p, fs::path("..")) != p.end()) return path;
  return p.lexically_normal().string();
}

class Lister {
 public:
  explicit Lister(bool recursive) : recursive_(recursive) {}

  void add(const std::string& path, const std::string& reason = "") {
    if (seen_.insert(key_of(path)).second) found_.push_back({path, reason});
  }

  void add_place(const std::string& place) {
    std::error_code error;
    if (place != "-" && fs::is_directory(place, error)) {
      add_folder(place);
    } else {
      add(place);
    }
  }

  std::vector<Listed> take() { return std::move(found_); }

 private:
  // A folder, as the disk knows it.
  using Identity = std::pair<dev_t, ino_t>;

  void add_folder(const fs::path& folder) {
    struct stat status {};
    if (stat(folder.c_str(), &status) != 0) return add(folder.string(), std::strerror(errno));
    const Identity self{status.st_dev, status.st_ino};
    std::error_code ignored;
    // Only links can lead to a folder more than once; folders that link to each other would lead there
    // without end.
    if (fs::is_symlink(folder, ignored) && std::ranges::find(above_, self) == above_.end() &&
        !linked_.insert(self).second)
      return;
    if (std::ranges::find(above_, self) != above_.end())
      return add(folder.string(), "is a link to a folder that it is in: a loop");
    std::error_code error;
    std::vector<fs::path> entries;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
      entries.push_back(it->path());
    if (error) add(folder.string(), error.message());
    std::ranges::sort(
        entries, [](const fs::path& a, const fs::path& b) { return natural_less(a.native(), b.native()); });
    above_.push_back(self);
    for (const fs::path& entry : entries) {
      if (fs::is_directory(entry, ignored)) {
        if (recursive_) add_folder(entry);
      } else if (has_image_extension(entry)) {
        add(entry.string());
      }
    }
    above_.pop_back();
  }

  bool recursive_;
  std::vector<Identity> above_;  // the folders that we are inside of
  std::set<Identity> linked_;    // those that were entered through a link
  std::unordered_set<std::string> seen_;
  std::vector<Listed> found_;
};

void add_names(const std::string& file, char end, Lister& lister) {
  const auto close = [](std::FILE* f) {
    if (f != stdin) std::fclose(f);
  };
  const std::unique_ptr<std::FILE, decltype(close)> in(file == "-" ? stdin : std::fopen(file.c_str(), "rbe"),
                                                       close);
  if (!in) throw std::runtime_error(file + ": " + std::strerror(errno));
  char* line = nullptr;
  std::size_t capacity = 0;
  while (true) {
    const ssize_t length = getdelim(&line, &capacity, end, in.get());
    if (length < 0) break;
    std::string_view name(line, static_cast<std::size_t>(length));
    if (name.ends_with(end)) name.remove_suffix(1);
    if (end == '\n' && name.ends_with('\r')) name.remove_suffix(1);
    if (!name.empty()) lister.add(std::string(name));
  }
  const int error = std::ferror(in.get()) != 0 ? errno : 0;
  std::free(line);
  if (error != 0) throw std::runtime_error(file + ": " + std::strerror(error));
}

}  // namespace

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
  return whole_a < whole_b;  // a1 and a01: some order, and always the same
}

std::vector<Listed> list_images(const ListingOptions& options) {
  Lister lister(options.recursive);
  for (const std::string& place : options.places) lister.add_place(place);
  if (!options.files_from.empty()) add_names(options.files_from, options.null ? '\0' : '\n', lister);
  std::vector<Listed> found = lister.take();
  if (!found.empty()) return found;
  std::string where = options.files_from;
  for (const std::string& place : options.places) where += (where.empty() ? "" : ", ") + place;
  throw std::runtime_error(
      where + ": no images" +
      (options.recursive || options.places.empty() ? "" : " (folders inside are read with -r)"));
}

}  // namespace alexnet::app
