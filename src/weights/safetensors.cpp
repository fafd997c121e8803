#include "weights/weights.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string_view>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/mapped_file.hpp"
#include "weights/stored_weights.hpp"
#include "weights/strict_json.hpp"
#include "weights/tensor_check.hpp"

namespace alexnet {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // the format's own limit
constexpr std::size_t kLengthBytes = 8;

// A tensor's range in the data: [begin, end).
struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};
struct Entry {
  StoredTensor tensor;  // data is set after all entries are checked
  ByteRange bytes;
};
using Entries = std::map<std::string, Entry>;

// Returns the bytes of the header. Throws ModelError unless they are inside the file and begin with '{'.
std::string_view header_text(std::string_view text, const std::string& file) {
  refuse_git_lfs_pointer(text, file);
  const auto fail = [&](const std::string& reason) { throw ModelError(file, "header", reason); };
  if (text.size() < kLengthBytes) {
    fail("the file has " + std::to_string(text.size()) +
         " bytes, fewer than the 8 that give the header's length");
  }
  static_assert(std::endian::native == std::endian::little, "the length is little-endian");
  std::uint64_t length = 0;
  std::memcpy(&length, text.data(), sizeof length);
  if (length > kMaxHeaderBytes) {
    fail("length " + std::to_string(length) + " is more than the allowed " + std::to_string(kMaxHeaderBytes));
  }
  if (length > text.size() - kLengthBytes) {
    fail("length " + std::to_string(length) + " runs past the end of the file, which has " +
         std::to_string(text.size()) + " bytes");
  }
  const std::string_view header = text.substr(kLengthBytes, length);
  if (!header.starts_with('{')) {
    fail(header.empty() ? "is empty" : "begins with " + in_quotes(header.substr(0, 1)) + ", not with '{'");
  }
  return header;
}

std::map<std::string, std::string> read_metadata(const json& value, const std::string& file) {
  if (!value.is_object()) throw ModelError(file, "__metadata__", "is not an object");
  std::map<std::string, std::string> metadata;
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string())
      throw ModelError(file, "__metadata__", "the value of " + in_quotes(key) + " is not a string");
    metadata[key] = text.get<std::string>();
  }
  return metadata;
}

Entry read_entry(const json& value, std::uint64_t data_bytes, const std::string& file,
                 const std::string& name) {
  const auto fail = [&](const std::string& reason) { throw ModelError(file, name, reason); };
  if (!value.is_object()) fail("is not an object with dtype, shape and data_offsets");
  for (const char* key : {"dtype", "shape", "data_offsets"}) {
    if (!value.contains(key)) fail(std::string(key) + " is missing");
  }
  for (const auto& [key, ignored] : value.items()) {
    if (key != "dtype" && key != "shape" && key != "data_offsets") fail("unknown key " + in_quotes(key));
  }

  if (!value["dtype"].is_string()) fail("dtype is not a string");
  const auto& dtype_name = value["dtype"].get_ref<const std::string&>();
  const std::optional<Dtype> dtype = find_dtype(dtype_name);
  if (!dtype) fail("unknown dtype " + in_quotes(dtype_name));

  const json& offsets = value["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned()) {
    fail("data_offsets is not a pair of whole numbers of 64 bits");
  }
  const Dims dims = read_dims(value["shape"], file, name);
  const ByteRange bytes{offsets[0].get<std::uint64_t>(), offsets[1].get<std::uint64_t>()};

  const std::string range =
      "data_offsets [" + std::to_string(bytes.begin) + ", " + std::to_string(bytes.end) + ")";
  if (bytes.begin > bytes.end) fail(range + " end before they begin");
  if (bytes.end > data_bytes)
    fail(range + " run past the end of the data, which has " + std::to_string(data_bytes) + " bytes");
  // Cannot overflow: check_dims limits the count to kMaxElements.
  const std::uint64_t expected = static_cast<std::uint64_t>(check_dims(dims, file, name)) * dtype->bytes;
  if (bytes.end - bytes.begin != expected) {
    fail(range + " hold " + std::to_string(bytes.end - bytes.begin) + " bytes, but " + to_string(dims) +
         " of " + dtype_name + " takes " + std::to_string(expected));
  }
  return {{dims, *dtype, {}}, bytes};
}

// Throws ModelError unless the tensors cover the data without gaps and overlaps.
void check_coverage(const Entries& entries, std::uint64_t data_bytes, const std::string& file) {
  std::vector<const Entries::value_type*> order;
  for (const auto& entry : entries) order.push_back(&entry);
  std::ranges::sort(order, {}, [](const auto* entry) {
    return std::pair(entry->second.bytes.begin, entry->second.bytes.end);
  });

  std::uint64_t covered = 0;
  std::string previous;
  for (const auto* entry : order) {
    const std::string& name = entry->first;
    const ByteRange& bytes = entry->second.bytes;
    if (bytes.begin < covered) {
      throw ModelError(file, escape_for_terminal(name, kExcerpt),
                       "data begins at byte " + std::to_string(bytes.begin) + " and overlaps " + previous +
                           ", which ends at " + std::to_string(covered));
    }
    if (bytes.begin > covered) {
      throw ModelError(file, escape_for_terminal(name, kExcerpt),
                       "data begins at byte " + std::to_string(bytes.begin) + " and leaves a hole from " +
                           std::to_string(covered));
    }
    covered = bytes.end;
    previous = escape_for_terminal(name, kExcerpt);
  }
  if (covered != data_bytes) {
    throw ModelError(file, "header",
                     "the tensors cover " + std::to_string(covered) + " bytes, but the file holds " +
                         std::to_string(data_bytes) + " bytes of data");
  }
}

// Throws ModelError if scales would not be used: the weights would then have other values than their writer
// meant.
void refuse_stray_scales(const Entries& entries, const std::string& file) {
  for (const auto& [name, entry] : entries) {
    if (!name.ends_with(kScaleSuffix)) continue;
    const std::string scaled = name.substr(0, name.size() - kScaleSuffix.size());
    const auto found = entries.find(scaled);
    if (found == entries.end() && scaled.ends_with(".weight"))
      throw ModelError(file, escape_for_terminal(name, kExcerpt),
                       "scales " + escape_for_terminal(scaled, kExcerpt) + ", which is missing");
    if (found != entries.end() && found->second.tensor.dtype.name != "I8")
      throw ModelError(file, escape_for_terminal(name, kExcerpt),
                       "scales " + escape_for_terminal(scaled, kExcerpt) + ", which is " +
                           std::string(found->second.tensor.dtype.name) + ", not I8");
  }
}

}  // namespace

std::unique_ptr<Weights> open_safetensors(const std::filesystem::path& path) {
  const std::string file = path.string();
  const auto mapped = std::make_shared<const MappedFile>(path);
  const std::string_view header = header_text(mapped->text(), file);
  const std::span<const std::byte> data = mapped->bytes().subspan(kLengthBytes + header.size());
  const json document = parse_json(header, file + ": header");
  std::map<std::string, std::string> metadata;
  Entries entries;
  for (const auto& [name, value] : document.items()) {
    if (name == "__metadata__") {
      metadata = read_metadata(value, file);
    } else {
      entries.emplace_hint(entries.end(), name,
                           read_entry(value, data.size(), file, escape_for_terminal(name, kExcerpt)));
    }
  }
  check_coverage(entries, data.size(), file);
  refuse_stray_scales(entries, file);
  std::map<std::string, StoredTensor> tensors;
  for (auto& [name, entry] : entries) {
    entry.tensor.data = data.subspan(entry.bytes.begin, entry.bytes.end - entry.bytes.begin);
    tensors.emplace_hint(tensors.end(), name, std::move(entry.tensor));
  }
  return std::make_unique<StoredWeights>(file, std::move(tensors), mapped, data.size(), std::move(metadata));
}

}  // namespace alexnet
