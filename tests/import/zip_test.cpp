#include "import/torch/zip.hpp"

#include <doctest/doctest.h>

#include "alexnet/error.hpp"
#include "import/torch_bytes.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using namespace torch_bytes;

namespace {

std::map<std::string, std::string> read_entries(const std::string& archive) {
  std::map<std::string, std::string> found;
  const auto bytes = std::as_bytes(std::span(archive));
  for (const auto& [name, data] : torch::read_zip(bytes, "a.pth")) {
    CHECK(data.data() >= bytes.data());
    found[name] = {reinterpret_cast<const char*>(data.data()), data.size()};
  }
  return found;
}

std::string zip_error(const std::string& archive) {
  return message_of<ModelError>([&] { read_entries(archive); });
}

// Returns the archive with the bytes at `at` replaced.
std::string patched(std::string archive, std::size_t at, const std::string& bytes) {
  return archive.replace(at, bytes.size(), bytes);
}

const std::vector<Entry> kTwo{{"m/data.pkl", "pickle"}, {"m/data/0", std::string(100, 'x')}};

}  // namespace

TEST_CASE("a stored zip archive is read, with and without zip64 records") {
  const std::map<std::string, std::string> expected{{"m/data.pkl", "pickle"},
                                                    {"m/data/0", std::string(100, 'x')}};
  CHECK(read_entries(zip(kTwo).bytes) == expected);
  CHECK(read_entries(zip(kTwo, false).bytes) == expected);
  std::vector<Entry> in_64 = kTwo;
  for (Entry& entry : in_64) entry.sizes_in_64 = true;
  CHECK(read_entries(zip(in_64).bytes) == expected);
  std::string commented = zip(kTwo).bytes;
  commented.replace(commented.size() - 2, 2, u16(5));
  commented += "hello";
  CHECK(read_entries(commented) == expected);
  CHECK(read_entries(zip({}).bytes).empty());
  CHECK(torch::zip_names(std::as_bytes(std::span(commented)), "a.pth").size() == 2);
}

TEST_CASE("sizes and offsets come from the zip directory, in any order of the entries") {
  const std::map<std::string, std::string> expected{{"a", "1"}, {"b", "22"}, {"c", ""}};
  CHECK(read_entries(zip({{"c", ""}, {"b", "22"}, {"a", "1"}}).bytes) == expected);
}

TEST_CASE("an encrypted, compressed or duplicate entry is refused by name") {
  std::vector<Entry> entries = kTwo;
  entries[1].flags |= 1U;
  CHECK(zip_error(zip(entries).bytes) == "a.pth: zip entry m/data/0: is encrypted");
  entries = kTwo;
  entries[0].method = 8;
  CHECK(zip_error(zip(entries).bytes) ==
        "a.pth: zip entry m/data.pkl: is compressed (method 8); torch stores its entries as they are");
  entries = kTwo;
  entries.push_back(entries[0]);
  CHECK(zip_error(zip(entries).bytes) == "a.pth: zip entry m/data.pkl: occurs twice");
  const Zip same = zip({{"a", "1"}, {"a", "1"}});
  CHECK(zip_error(patched(same.bytes, same.records[1] + 42, u32(same.locals[0]))) ==
        "a.pth: zip entry a: occurs twice");
}

TEST_CASE("an entry that is not at the offset in the zip directory is refused by name") {
  const Zip good = zip(kTwo);
  const std::string& bytes = good.bytes;
  const auto local = [&](std::size_t offset) { return patched(bytes, good.records[1] + 42, u32(offset)); };
  CHECK(zip_error(local(good.locals[1] + 1)) ==
        "a.pth: zip entry m/data/0: is not where the directory says, at byte " +
            std::to_string(good.locals[1] + 1));
  CHECK(zip_error(local(good.locals[0])) ==
        "a.pth: zip entry m/data/0: has another name where the directory says that it is, at byte 0");
  for (const std::size_t offset :
       {good.directory, good.directory - 29, bytes.size(), std::size_t{0xFFFFFFFE}}) {
    CAPTURE(offset);
    CHECK(zip_error(local(offset)).starts_with("a.pth: zip entry m/data/0: is not where the directory says"));
  }
  const auto sized = [&](std::size_t size) {
    return patched(bytes, good.records[1] + 20, u32(size) + u32(size));
  };
  CHECK(zip_error(sized(good.directory)) ==
        "a.pth: zip entry m/data/0: runs into the directory or past the end of the file");
  CHECK(zip_error(sized(0xFFFFFFFF)) ==
        "a.pth: zip entry m/data/0: runs into the directory or past the end of the file");
  CHECK(zip_error(patched(bytes, good.records[1] + 20, u32(99))) ==
        "a.pth: zip entry m/data/0: is stored, but its two sizes differ");
  CHECK(zip_error(patched(bytes, good.records[0] + 20, u32(100) + u32(100))) ==
        "a.pth: zip entry m/data/0: overlaps the entry m/data.pkl");
  CHECK(zip_error(patched(bytes, good.locals[0] + 28, u16(0xFFFF))) ==
        "a.pth: zip entry m/data.pkl: has another name where the directory says that it is, at byte 0");
  std::vector<Entry> huge = kTwo;
  huge[0].sizes_in_64 = true;
  const Zip in_64 = zip(huge);
  const std::size_t extra = in_64.records[0] + 46 + huge[0].name.size() + 4;
  const std::string most = u64(~std::size_t{0});
  CHECK(zip_error(patched(in_64.bytes, extra, most + most)) ==
        "a.pth: zip entry m/data.pkl: runs into the directory or past the end of the file");
  CHECK(zip_error(patched(in_64.bytes, extra + 16, most)) ==
        "a.pth: zip entry m/data.pkl: is not where the directory says, at byte 18446744073709551615");
}

TEST_CASE("an invalid zip directory is refused") {
  const Zip good = zip(kTwo);
  const std::string& bytes = good.bytes;
  const std::size_t end64 = bytes.size() - 22 - 20 - 56;
  const auto field = [&](std::size_t at, std::size_t value) {
    return patched(bytes, end64 + at, u64(value));
  };
  const std::string missing =
      "a.pth: zip directory: is missing at the end: the file is truncated or is not a zip archive";
  CHECK(zip_error("") == missing);
  CHECK(zip_error("PK") == missing);
  CHECK(zip_error(bytes.substr(0, bytes.size() - 1)) == missing);
  CHECK(zip_error(bytes.substr(0, 200)) == missing);
  CHECK(zip_error(bytes + std::string(70000, ' ')) == missing);
  for (const std::size_t count :
       {std::size_t{3}, std::size_t{100'001}, ~std::size_t{0}, ~std::size_t{0} / 46 + 2})
    CHECK(zip_error(field(32, count)) ==
          "a.pth: zip directory: has an impossible number of entries, " + std::to_string(count));
  for (const std::size_t begin : {bytes.size(), ~std::size_t{0}, good.directory + 100})
    CHECK(zip_error(field(48, begin)) == "a.pth: zip directory: lies outside of the file");
  CHECK(zip_error(field(40, ~std::size_t{0})) == "a.pth: zip directory: lies outside of the file");
  CHECK(zip_error(field(48, good.directory - 1)) ==
        "a.pth: zip directory: has no record of an entry at byte " + std::to_string(good.directory - 1));
  for (const std::size_t place : {std::size_t{1}, ~std::size_t{0}, bytes.size() - 3})
    CHECK(zip_error(patched(bytes, bytes.size() - 22 - 12, u64(place))) ==
          "a.pth: zip directory: its zip64 record is not where the file says");
  CHECK(zip_error(patched(bytes, good.records[1] + 28, u16(0xFFFF))) ==
        "a.pth: zip directory: is truncated at byte " + std::to_string(good.records[1]));
  CHECK(zip_error(zip({{"", "x"}}).bytes).starts_with("a.pth: zip directory: has an entry without a name"));
}
