#include "import/torch/torch_weights.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <span>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/mapped_file.hpp"
#include "import/torch/pickle.hpp"
#include "import/torch/state_dict.hpp"
#include "import/torch/zip.hpp"
#include "weights/stored_weights.hpp"
#include "weights/tensor_check.hpp"

namespace alexnet::torch {
namespace {

using Bytes = std::span<const std::byte>;

// The content of both file layouts: an object, and the bytes of its storages by key.
struct Contents {
  Pickle object;
  std::map<std::string, Bytes> records;
  std::string place;  // name of the object in errors
};

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// ---- zip layout: NAME/data.pkl, NAME/data/KEY, NAME/byteorder ... ----------------------------------------

// Returns "NAME/", the prefix of all entries. Throws ModelError if the archive is not a state dict. Reads
// only the names, because entries of TorchScript are compressed.
std::string find_folder(Bytes bytes, const std::string& file) {
  const std::set<std::string> names = zip_names(bytes, file);
  const std::string first = names.empty() ? "" : *names.begin();
  std::string folder = first.substr(0, first.find('/') + 1);
  const auto is_code = [&](const std::string& name) { return name.starts_with(folder + "code/"); };
  if (names.contains(folder + "constants.pkl") || std::ranges::any_of(names, is_code))
    throw ModelError(file, "",
                     "is a TorchScript archive, a program and not weights alone; save those: "
                     "torch.save(torch.jit.load(\"model.pt\").state_dict(), \"model.pth\")");
  if (!names.contains(folder + "data.pkl"))
    throw ModelError(file, "", "is a zip archive without data.pkl, which torch.save puts there");
  return folder;
}

Contents read_archive(Bytes bytes, const std::string& file) {
  const std::string folder = find_folder(bytes, file);
  const auto entries = read_zip(bytes, file);
  if (const auto entry = entries.find(folder + "byteorder"); entry != entries.end()) {
    const std::string_view order = text_of(entry->second);
    if (order != "little")
      throw ModelError(file, "byteorder", "is " + in_quotes(order) + "; only little-endian files are read");
  }
  Contents contents{{}, {}, file + ": data.pkl"};
  contents.object = read_pickle(text_of(entries.at(folder + "data.pkl")), contents.place);
  const std::string data = folder + "data/";
  for (auto entry = entries.lower_bound(data); entry != entries.end() && entry->first.starts_with(data);
       ++entry)
    contents.records.emplace(entry->first.substr(data.size()), entry->second);
  return contents;
}

// ---- legacy layout: five pickles, then for each key an int64 element count and the elements --------------

constexpr std::string_view kMagic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);  // 0x1950a86a20f9469cfc6c

// The magic number follows PROTO, in later protocols FRAME, and the opcode with the length.
bool is_legacy(std::string_view text) {
  constexpr std::size_t kMaxBytes = 2 + 9 + 2;
  return is_pickle(text) && text.substr(0, kMaxBytes + kMagic.size()).find(kMagic) != std::string_view::npos;
}

// ---- what torch.save does not write ----------------------------------------------------------------------

// A tar archive has this at byte 257 (POSIX.1-1988, ustar).
bool is_tar(std::string_view text) {
  constexpr std::size_t kAt = 257;
  return text.size() > kAt && text.substr(kAt).starts_with("ustar");
}

[[noreturn]] void fail_tar(std::string_view text, const std::string& file) {
  const std::string_view first = text.substr(0, std::min(text.find('\0'), std::size_t{100}));
  for (const std::string_view member : {"storages", "tensors", "pickle", "sys_info"})
    if (first == member)
      throw ModelError(file, "",
                       "is a tar archive of torch 0.1, which is not read; save it again with a later torch: "
                       "torch.save(torch.load(\"old.pth\"), \"model.pth\")");
  throw ModelError(file, "",
                   "is a tar archive, and torch.save writes none; extract the file inside: tar -xf ARCHIVE");
}

void check_system(const Pickle& pickle, const std::string& place) {
  const Dict* const dict = get<Dict>(pickle.root);
  Value* const order = dict == nullptr ? nullptr : find(*dict, "little_endian");
  const bool* const little = order == nullptr ? nullptr : get<bool>(order);
  if (little == nullptr || !*little)
    throw ModelError(place, "little_endian", "is not true; only little-endian files are read");
}

// Returns the storages that the object names, by key.
std::map<std::string_view, PickledStorage> storages(const Pickle& object) {
  std::map<std::string_view, PickledStorage> found;
  for (const Value& value : object.values)
    if (const PickledStorage* const storage = std::get_if<PickledStorage>(&value.content);
        storage != nullptr && storage->file.empty())
      found.emplace(storage->key, *storage);
  return found;
}

// Returns the elements of the storage. Their count is at `at`. Moves `at` past the elements.
Bytes read_record(Bytes bytes, std::size_t& at, const PickledStorage& storage, const std::string& file) {
  const auto fail = [&](const std::string& reason) {
    throw ModelError(file, "storage " + escape_for_terminal(storage.key, kExcerpt), reason);
  };
  std::int64_t count = 0;
  if (bytes.size() - at < sizeof count) fail("is missing: the file is truncated");
  std::memcpy(&count, bytes.data() + at, sizeof count);
  at += sizeof count;
  if (count != storage.count)
    fail("has " + std::to_string(count) + " elements, but the object says " + std::to_string(storage.count));
  const std::size_t room = (bytes.size() - at) / storage.dtype.bytes;
  if (static_cast<std::uint64_t>(count) > room)
    fail("has " + std::to_string(count) + " elements, but the file ends after " + std::to_string(room));
  const std::size_t size = static_cast<std::size_t>(count) * storage.dtype.bytes;
  at += size;
  return bytes.subspan(at - size, size);
}

Contents read_stream(Bytes bytes, const std::string& file) {
  const std::string_view text = text_of(bytes);
  const std::size_t magic_end = read_pickle(text, file + ": magic number").end;
  const Pickle protocol = read_pickle(text, file + ": protocol", magic_end);
  const std::int64_t* const version = get<std::int64_t>(protocol.root);
  constexpr std::int64_t kVersion = 1001;
  if (version == nullptr || *version != kVersion) throw ModelError(file, "protocol", "is not 1001");
  const Pickle system = read_pickle(text, file + ": system info", protocol.end);
  check_system(system, file + ": system info");
  Contents contents{{}, {}, file + ": object"};
  contents.object = read_pickle(text, contents.place, system.end);
  const std::string keys_place = file + ": storage keys";
  const Pickle keys = read_pickle(text, keys_place, contents.object.end);
  const List* const list = get<List>(keys.root);
  if (list == nullptr) throw ModelError(keys_place, "", "are not a list");
  const auto known = storages(contents.object);
  std::size_t at = keys.end;
  for (Value* const item : list->items) {
    const Text* const key = get<Text>(item);
    const auto storage = key == nullptr ? known.end() : known.find(key->text);
    if (storage == known.end())
      throw ModelError(keys_place, key == nullptr ? "" : escape_for_terminal(key->text, kExcerpt),
                       "is not a storage that the object names");
    const Bytes record = read_record(bytes, at, storage->second, file);
    if (!contents.records.emplace(key->text, record).second)
      throw ModelError(keys_place, escape_for_terminal(key->text, kExcerpt), "occurs twice");
  }
  return contents;
}

// ---- the layout of pickle.dump: one pickle, with each storage as the bytes of a legacy file ---------------

Contents read_dump(std::string_view text, const std::string& file) {
  Contents contents{{}, {}, file + ": object"};
  contents.object = read_pickle(text, contents.place);
  return contents;
}

// ---- tensors ----------------------------------------------------------------------------------------

// Returns the number of elements of the storage from the tensor's first to its last, or -1 if some are
// outside the storage.
std::int64_t extent(const Tensor& tensor) {
  const std::int64_t room = tensor.storage.count;
  if (tensor.offset < 0 || tensor.offset >= room) return -1;
  std::int64_t last = 0;
  for (std::size_t i = 0; i < tensor.dims.size(); ++i) {
    const std::int64_t steps = tensor.dims[i] - 1;
    const std::int64_t stride = tensor.strides[i];
    if (steps == 0) continue;
    if (stride < 0 || stride > (room - 1) / steps) return -1;
    last += steps * stride;  // no overflow: at most 64 times room, which is at most the file size
    if (last > room - 1 - tensor.offset) return -1;
  }
  return last + 1;
}

bool is_row_major(const Tensor& tensor) {
  std::int64_t expected = 1;
  for (std::size_t i = tensor.dims.size(); i-- > 0;) {
    if (tensor.dims[i] != 1 && tensor.strides[i] != expected) return false;
    expected *= tensor.dims[i];
  }
  return true;
}

// A storage and its bytes.
struct Record {
  PickledStorage storage;
  Bytes bytes;
};

class Records {
 public:
  Records(const Contents& contents, const std::string& file) : contents_(contents), file_(file) {}

  // Returns the bytes of a tensor's storage. Throws ModelError about the tensor `name`.
  Record find(const PickledStorage& storage, const std::string& name) {
    if (!storage.file.empty()) return find_in(storage.file, name);
    const auto record = contents_.records.find(std::string(storage.key));
    if (record == contents_.records.end())
      throw ModelError(file_, name, which(storage) + " is not in the file");
    return {storage, record->second};
  }

  static std::string which(const PickledStorage& storage) {
    return "storage " + escape_for_terminal(storage.key, kExcerpt);
  }

 private:
  // Reads the legacy file of a storage. Several tensors may share it.
  Record find_in(std::string_view text, const std::string& name) {
    const auto known = files_.find(text.data());
    if (known != files_.end()) return known->second;
    const std::string place = file_ + ": " + name;
    if (!is_legacy(text)) throw ModelError(place, "storage", "is not in the legacy format of torch.save");
    const Contents contents = read_stream(std::as_bytes(std::span(text)), place);
    const PickledStorage* const storage = get<PickledStorage>(contents.object.root);
    if (storage == nullptr || !storage->file.empty()) throw ModelError(place, "storage", "is not a storage");
    const auto record = contents.records.find(std::string(storage->key));
    if (record == contents.records.end()) throw ModelError(place, which(*storage), "is not in the file");
    return files_.emplace(text.data(), Record{*storage, record->second}).first->second;
  }

  const Contents& contents_;
  const std::string& file_;
  std::map<const char*, Record> files_;
};

StoredTensor stored(const Tensor& given, const Record& record, const std::string& file,
                    const std::string& name) {
  const auto fail = [&](const std::string& reason) { throw ModelError(file, name, reason); };
  Tensor tensor = given;
  tensor.storage = record.storage;
  const PickledStorage& storage = tensor.storage;
  const std::string which = Records::which(storage);
  const Bytes bytes = record.bytes;
  if (bytes.size() % storage.dtype.bytes != 0 ||
      static_cast<std::uint64_t>(storage.count) != bytes.size() / storage.dtype.bytes)
    fail(which + " should have " + std::to_string(storage.count) + " elements of " +
         std::string(storage.dtype.name) + ", but the file has " + std::to_string(bytes.size()) +
         " bytes of it");
  const std::int64_t count = check_dims(tensor.dims, file, name);
  if (tensor.strides.size() != tensor.dims.size()) fail("has not one stride for each dimension");
  if (count > storage.count)
    fail("has " + std::to_string(count) + " elements, more than the " + std::to_string(storage.count) +
         " of its " + which);
  const std::int64_t reach = extent(tensor);
  if (reach < 0) fail("its offset and strides lead past the end of its " + which);
  const auto begin = static_cast<std::size_t>(tensor.offset) * storage.dtype.bytes;
  const auto size = static_cast<std::size_t>(reach) * storage.dtype.bytes;
  return {tensor.dims, storage.dtype, bytes.subspan(begin, size),
          is_row_major(tensor) ? Dims{} : tensor.strides};
}

}  // namespace

bool is_saved_by_torch(std::string_view text) {
  return text.starts_with("PK\x03\x04") || is_pickle(text) || is_tar(text);
}

StateDict open_state_dict(const std::filesystem::path& path, const std::set<std::string>& wanted) {
  const std::string file = path.string();
  const auto mapped = std::make_shared<const MappedFile>(path);
  refuse_git_lfs_pointer(mapped->text(), file);
  const bool legacy = is_legacy(mapped->text());
  if (!legacy && is_tar(mapped->text())) fail_tar(mapped->text(), file);
  const bool dumped = !legacy && is_pickle(mapped->text());
  if (!legacy && !dumped && !mapped->text().starts_with("PK"))
    throw ModelError(file, "", "is not a file of torch.save: neither a zip archive nor a stream of pickles");
  const Contents contents = legacy   ? read_stream(mapped->bytes(), file)
                            : dumped ? read_dump(mapped->text(), file)
                                     : read_archive(mapped->bytes(), file);
  std::map<std::string, StoredTensor> tensors;
  std::map<const std::byte*, std::uint64_t> sizes;  // sizes of the storages in use
  Records records(contents, file);
  NamedTensors found = find_weights(contents.object, contents.place, wanted);
  for (const auto& [name, tensor] : found.tensors) {
    const std::string shown = escape_for_terminal(name, kExcerpt);
    const Record record = records.find(tensor->storage, shown);
    tensors.emplace(name, stored(*tensor, record, file, shown));
    sizes[record.bytes.data()] = record.bytes.size();
  }
  std::uint64_t stored_bytes = 0;
  for (const auto& [data, size] : sizes) stored_bytes += size;
  return {std::make_unique<StoredWeights>(file, std::move(tensors), mapped, stored_bytes),
          legacy   ? "torch (legacy)"
          : dumped ? "torch (pickle)"
                   : "torch (zip)",
          std::move(found.notes)};
}

}  // namespace alexnet::torch
