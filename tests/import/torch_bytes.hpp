// Builds files of torch.save byte by byte, so that tests can corrupt them.
#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torch_bytes {

template <class T>
std::string little_endian(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}
inline std::string u16(std::size_t value) { return little_endian(static_cast<std::uint16_t>(value)); }
inline std::string u32(std::size_t value) { return little_endian(static_cast<std::uint32_t>(value)); }
inline std::string u64(std::size_t value) { return little_endian(static_cast<std::uint64_t>(value)); }

inline std::string floats(const std::vector<float>& values) {
  std::string bytes;
  for (const float value : values) bytes += little_endian(value);
  return bytes;
}

// ---- pickles -----------------------------------------------------------------------------------------

inline std::string text(std::string_view value) { return "X" + u32(value.size()) + std::string(value); }
inline std::string whole(std::int64_t value) {
  const bool small =
      value >= std::numeric_limits<std::int32_t>::min() && value <= std::numeric_limits<std::int32_t>::max();
  return small ? "J" + little_endian(static_cast<std::int32_t>(value)) : "\x8a\x08" + little_endian(value);
}
inline std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
inline std::string tuple(const std::vector<std::string>& items) {
  std::string bytes = "(";
  for (const std::string& item : items) bytes += item;
  return bytes + "t";
}
inline std::string numbers(const std::vector<std::int64_t>& values) {
  std::vector<std::string> items;
  items.reserve(values.size());
  for (const std::int64_t value : values) items.push_back(whole(value));
  return tuple(items);
}
inline std::string storage(const std::string& type, const std::string& key, std::int64_t count) {
  return tuple({text("storage"), global("torch", type), text(key), text("cpu"), whole(count)}) + "Q";
}
inline const std::string kOrderedDict = global("collections", "OrderedDict") + ")R";
inline std::string tensor(const std::string& of, std::int64_t offset, const std::vector<std::int64_t>& dims,
                          const std::vector<std::int64_t>& strides) {
  return global("torch._utils", "_rebuild_tensor_v2") +
         tuple({of, whole(offset), numbers(dims), numbers(strides), "\x89", kOrderedDict}) + "R";
}
inline std::string dict(const std::vector<std::pair<std::string, std::string>>& items) {
  std::string bytes = "}(";
  for (const auto& [key, value] : items) bytes += text(key) + value;
  return bytes + "u";
}
inline const std::string kEmptyList = "]";
inline std::string none() { return "N"; }
// An OrderedDict, as torch writes a state dict.
inline std::string ordered(const std::vector<std::pair<std::string, std::string>>& items) {
  return kOrderedDict + dict(items).substr(1);
}
// function(*arguments)
inline std::string call(const std::string& module, const std::string& name,
                        const std::vector<std::string>& arguments) {
  return global(module, name) + tuple(arguments) + "R";
}
// An object of a class, made without arguments, with its attributes.
inline std::string object(const std::string& type, const std::string& state) {
  return type + ")\x81" + state + "b";
}
// A module with its parts, as torch.save writes a whole one.
inline std::string module(const std::string& type, const std::string& parameters, const std::string& modules,
                          const std::string& buffers = kOrderedDict,
                          const std::string& left_out = call("__builtin__", "set", {kEmptyList})) {
  return object(type, dict({{"training", "\x89"},
                            {"_parameters", parameters},
                            {"_buffers", buffers},
                            {"_non_persistent_buffers_set", left_out},
                            {"_backward_hooks", kOrderedDict},
                            {"_modules", modules}}));
}
inline std::string pickle(const std::string& body, char protocol = 2) {
  return std::string("\x80") + protocol + body + ".";
}
// The opcodes of protocol 4: a short text, and a global whose names are on the stack.
inline std::string short_text(std::string_view value) {
  return "\x8c" + std::string(1, static_cast<char>(value.size())) + std::string(value);
}
inline std::string stack_global(std::string_view module, std::string_view name) {
  return short_text(module) + "\x94" + short_text(name) + "\x94\x93\x94";
}
inline std::string framed(const std::string& body, char protocol) {
  return pickle("\x95" + u64(body.size() + 1) + body, protocol);
}

// ---- zip archives -----------------------------------------------------------------------------------

struct Entry {
  std::string name;
  std::string data;
  unsigned flags = 0x808;  // as torch writes it: sizes follow the data, names are UTF-8
  unsigned method = 0;
  bool sizes_in_64 = false;
};

struct Zip {
  std::string bytes;
  std::vector<std::size_t> locals;   // offset of each entry's local header
  std::vector<std::size_t> records;  // offset of its record in the directory
  std::size_t directory = 0;
};

// Builds an archive as torch writes it: no sizes in the local headers, data aligned to 64 bytes, with or
// without a zip64 end record.
inline Zip zip(const std::vector<Entry>& entries, bool end64 = true) {
  Zip made;
  std::string& out = made.bytes;
  for (const Entry& e : entries) {
    made.locals.push_back(out.size());
    const std::size_t pad = 4 + (64 - (out.size() + 30 + e.name.size() + 4) % 64) % 64;
    out += "PK\x03\x04" + u16(0) + u16(e.flags) + u16(e.method) + std::string(16, '\0') + u16(e.name.size()) +
           u16(pad) + e.name + "FB" + u16(pad - 4) + std::string(pad - 4, 'Z') + e.data;
    out += "PK\x07\x08" + u32(0) + u32(e.data.size()) + u32(e.data.size());
  }
  made.directory = out.size();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& e = entries[i];
    made.records.push_back(out.size());
    const std::string in_64 = u32(0xFFFFFFFF);
    const std::string extra =
        e.sizes_in_64 ? u16(1) + u16(24) + u64(e.data.size()) + u64(e.data.size()) + u64(made.locals[i]) : "";
    const std::string size = e.sizes_in_64 ? in_64 : u32(e.data.size());
    out += "PK\x01\x02" + u16(0) + u16(0) + u16(e.flags) + u16(e.method) + std::string(8, '\0') + size +
           size + u16(e.name.size()) + u16(extra.size()) + std::string(10, '\0') +
           (e.sizes_in_64 ? in_64 : u32(made.locals[i])) + e.name + extra;
  }
  const std::size_t size = out.size() - made.directory;
  if (end64) {
    const std::size_t end = out.size();
    out += "PK\x06\x06" + u64(44) + u16(0x31E) + u16(45) + u32(0) + u32(0) + u64(entries.size()) +
           u64(entries.size()) + u64(size) + u64(made.directory);
    out += "PK\x06\x07" + u32(0) + u64(end) + u32(1);
  }
  out += "PK\x05\x06" + u32(0) + u16(entries.size()) + u16(entries.size()) + u32(size) + u32(made.directory) +
         u16(0);
  return made;
}

// ---- files ------------------------------------------------------------------------------------------

using Records = std::vector<std::pair<std::string, std::string>>;  // key and bytes of each storage

inline std::vector<Entry> entries(const std::string& object, const Records& records) {
  std::vector<Entry> all{{"model/data.pkl", object}};
  for (const auto& [key, data] : records) all.push_back({"model/data/" + key, data});
  all.push_back({"model/version", "3\n"});
  return all;
}
inline std::string archive(const std::string& object, const Records& records) {
  return zip(entries(object, records)).bytes;
}

inline const std::string kMagic = pickle("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19");
inline std::string system_info(const std::string& little = "\x88") {
  return pickle(dict({{"protocol_version", whole(1001)}, {"little_endian", little}}));
}
// The records that torch 2 adds.
inline std::vector<Entry> entries_of_torch_2(const std::string& object, const Records& records) {
  std::vector<Entry> all = entries(object, records);
  all.insert(
      all.begin() + 1,
      {{"model/.format_version", "1"}, {"model/.storage_alignment", "64"}, {"model/byteorder", "little"}});
  all.push_back({"model/.data/serialization_id", "1234567890123456789012345678901234567890"});
  return all;
}

inline std::string keys(const Records& records) {
  std::string list = "](";
  for (const auto& [key, data] : records) list += text(key);
  return pickle(list + "e");
}
// Builds a legacy torch file. All storages have elements of `element_bytes`.
inline std::string stream(const std::string& object, const Records& records, std::size_t element_bytes = 4) {
  std::string bytes = kMagic + pickle(whole(1001)) + system_info() + object + keys(records);
  for (const auto& [key, data] : records) bytes += u64(data.size() / element_bytes) + data;
  return bytes;
}

}  // namespace torch_bytes
