#include "import/torch/zip.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <set>
#include <string_view>
#include <vector>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"

namespace alexnet::torch {
namespace {

static_assert(std::endian::native == std::endian::little, "zip archives are little-endian");

// The records of PKWARE's APPNOTE.TXT, section 4.3: signatures and sizes.
constexpr std::uint32_t kLocalHeader = 0x04034B50;
constexpr std::uint32_t kDirectoryHeader = 0x02014B50;
constexpr std::uint32_t kEnd = 0x06054B50;
constexpr std::uint32_t kEnd64 = 0x06064B50;
constexpr std::uint32_t kLocator64 = 0x07064B50;
constexpr std::size_t kLocalBytes = 30;
constexpr std::size_t kDirectoryBytes = 46;
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kEnd64Bytes = 56;
constexpr std::size_t kLocator64Bytes = 20;
constexpr std::uint16_t kZip64Extra = 1;
constexpr std::uint32_t kIn64 = 0xFFFFFFFF;  // the value is in the zip64 extra field

constexpr std::uint64_t kMaxEntries = 100'000;

struct Directory {
  std::uint64_t count = 0;
  std::uint64_t size = 0;
  std::uint64_t begin = 0;
};

struct Entry {
  std::string_view name;
  std::uint64_t size = 0;
  std::uint64_t packed = 0;  // size in the archive
  std::uint64_t begin = 0;   // offset of the local header
  unsigned flags = 0;
  unsigned method = 0;
  std::uint64_t end = 0;  // end offset of the data
};

class Archive {
 public:
  Archive(std::span<const std::byte> bytes, const std::string& file)
      : text_(reinterpret_cast<const char*>(bytes.data()), bytes.size()), file_(file) {}

  // Returns the entries in the order of the directory, unchecked.
  std::vector<Entry> directory() const {
    const Directory directory = find_directory();
    std::vector<Entry> all;
    std::uint64_t at = directory.begin;
    for (std::uint64_t i = 0; i < directory.count; ++i)
      all.push_back(read_entry(at, directory.begin + directory.size));
    return all;
  }

  // Returns the entries in the order of their offsets, checked.
  std::vector<Entry> entries() const {
    const Directory place = find_directory();
    std::vector<Entry> all = directory();
    std::set<std::string_view> names;
    for (Entry& entry : all) {
      check(entry, place.begin);
      if (!names.insert(entry.name).second) fail(entry.name, "occurs twice");
    }
    std::ranges::sort(all, {}, &Entry::begin);
    for (std::size_t i = 1; i < all.size(); ++i)
      if (all[i].begin < all[i - 1].end)
        fail(all[i].name, "overlaps the entry " + escape_for_terminal(all[i - 1].name, kExcerpt));
    return all;
  }

 private:
  [[noreturn]] void fail(std::string_view entry, const std::string& reason) const {
    throw ModelError(
        file_, entry.empty() ? "zip directory" : "zip entry " + escape_for_terminal(entry, kExcerpt), reason);
  }

  // The caller guarantees that at + sizeof(T) <= the file's size.
  template <class T>
  T number(std::uint64_t at) const {
    T value = 0;
    std::memcpy(&value, text_.data() + at, sizeof value);
    return value;
  }

  bool is_record(std::uint64_t at, std::uint64_t bytes, std::uint32_t signature) const {
    return at <= text_.size() && bytes <= text_.size() - at && number<std::uint32_t>(at) == signature;
  }

  // Finds the last record. It ends the file, except for a comment whose length it contains.
  std::uint64_t find_end() const {
    constexpr std::size_t kMaxComment = 65535;
    for (std::size_t comment = 0; comment <= kMaxComment && comment + kEndBytes <= text_.size(); ++comment) {
      const std::uint64_t at = text_.size() - comment - kEndBytes;
      if (is_record(at, kEndBytes, kEnd) && number<std::uint16_t>(at + 20) == comment) return at;
    }
    fail("", "is missing at the end: the file is truncated or is not a zip archive");
  }

  Directory find_directory() const {
    std::uint64_t end = find_end();
    Directory found{number<std::uint16_t>(end + 10), number<std::uint32_t>(end + 12),
                    number<std::uint32_t>(end + 16)};
    if (end >= kLocator64Bytes && is_record(end - kLocator64Bytes, kLocator64Bytes, kLocator64)) {
      const auto at = number<std::uint64_t>(end - kLocator64Bytes + 8);
      end -= kLocator64Bytes;
      if (!is_record(at, kEnd64Bytes, kEnd64) || at + kEnd64Bytes > end)
        fail("", "its zip64 record is not where the file says");
      end = at;
      found = {number<std::uint64_t>(at + 32), number<std::uint64_t>(at + 40),
               number<std::uint64_t>(at + 48)};
    }
    if (found.begin > end || found.size > end - found.begin) fail("", "lies outside of the file");
    if (found.count > kMaxEntries || found.count * kDirectoryBytes > found.size)
      fail("", "has an impossible number of entries, " + std::to_string(found.count));
    return found;
  }

  // Reads the entry's record at `at` and moves `at` past it.
  Entry read_entry(std::uint64_t& at, std::uint64_t end) const {
    if (end - at < kDirectoryBytes || !is_record(at, kDirectoryBytes, kDirectoryHeader))
      fail("", "has no record of an entry at byte " + std::to_string(at));
    const std::uint64_t header = at;
    const auto name_bytes = number<std::uint16_t>(header + 28);
    const auto extra_bytes = number<std::uint16_t>(header + 30);
    const auto comment_bytes = number<std::uint16_t>(header + 32);
    at += kDirectoryBytes;
    if (std::uint64_t{name_bytes} + extra_bytes + comment_bytes > end - at)
      fail("", "is truncated at byte " + std::to_string(header));
    Entry entry{text_.substr(at, name_bytes),       number<std::uint32_t>(header + 24),
                number<std::uint32_t>(header + 20), number<std::uint32_t>(header + 42),
                number<std::uint16_t>(header + 8),  number<std::uint16_t>(header + 10)};
    if (entry.name.empty()) fail("", "has an entry without a name at byte " + std::to_string(header));
    read_zip64(text_.substr(at + name_bytes, extra_bytes), entry);
    at += std::uint64_t{name_bytes} + extra_bytes + comment_bytes;
    return entry;
  }

  // The extra field contains, in this order, those numbers that are kIn64.
  static void read_zip64(std::string_view extra, Entry& entry) {
    while (extra.size() >= 4) {
      std::uint16_t id = 0, size = 0;
      std::memcpy(&id, extra.data(), sizeof id);
      std::memcpy(&size, extra.data() + 2, sizeof size);
      std::string_view field = extra.substr(4, size);
      extra.remove_prefix(4 + field.size());
      if (id != kZip64Extra) continue;
      for (std::uint64_t* const number : {&entry.size, &entry.packed, &entry.begin}) {
        if (*number != kIn64 || field.size() < sizeof *number) continue;
        std::memcpy(number, field.data(), sizeof *number);
        field.remove_prefix(sizeof *number);
      }
    }
  }

  // Throws ModelError unless the entry is stored as is and inside the archive. Sets the entry's end.
  void check(Entry& entry, std::uint64_t directory) const {
    constexpr unsigned kEncrypted = 1;
    if ((entry.flags & kEncrypted) != 0) fail(entry.name, "is encrypted");
    if (entry.method != 0)
      fail(entry.name, "is compressed (method " + std::to_string(entry.method) +
                           "); torch stores its entries as they are");
    if (entry.packed != entry.size) fail(entry.name, "is stored, but its two sizes differ");
    entry.end = find_data(entry, directory) + entry.size;
  }

  // Returns the offset of the data, which follows the local header. The lengths in the local header differ
  // from those in the directory.
  std::uint64_t find_data(const Entry& entry, std::uint64_t directory) const {
    const std::uint64_t at = entry.begin;
    if (at > directory || directory - at < kLocalBytes || number<std::uint32_t>(at) != kLocalHeader)
      fail(entry.name, "is not where the directory says, at byte " + std::to_string(at));
    const auto name_bytes = number<std::uint16_t>(at + 26);
    const std::uint64_t begin = at + kLocalBytes + name_bytes + number<std::uint16_t>(at + 28);
    if (begin > directory || text_.substr(at + kLocalBytes, name_bytes) != entry.name)
      fail(entry.name, "has another name where the directory says that it is, at byte " + std::to_string(at));
    if (entry.size > directory - begin)
      fail(entry.name, "runs into the directory or past the end of the file");
    return begin;
  }

  std::string_view text_;
  const std::string& file_;
};

}  // namespace

std::set<std::string> zip_names(std::span<const std::byte> archive, const std::string& file) {
  std::set<std::string> names;
  for (const Entry& entry : Archive(archive, file).directory()) names.emplace(entry.name);
  return names;
}

std::map<std::string, std::span<const std::byte>> read_zip(std::span<const std::byte> archive,
                                                           const std::string& file) {
  std::map<std::string, std::span<const std::byte>> entries;
  for (const Entry& entry : Archive(archive, file).entries())
    entries.emplace(entry.name, archive.subspan(entry.end - entry.size, entry.size));
  return entries;
}

}  // namespace alexnet::torch
