#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "core/error.hpp"
#include "core/excerpt.hpp"
#include "core/new_file.hpp"
#include "weights/half.hpp"
#include "weights/stored_weights.hpp"
#include "weights/tensor_check.hpp"

namespace alexnet {
namespace {

namespace fs = std::filesystem;

// The length and the header, padded with spaces so that the data begins on a 64-byte boundary: a cache line,
// and the widest vector register. Throws rather than write what would not open again.
std::string make_header(const std::vector<NamedTensor>& tensors,
                        const std::map<std::string, std::string>& metadata) {
  // The text is put together by hand to keep the order of the tensors; the library quotes and checks the
  // strings.
  const auto quoted = [](const std::string& text) { return nlohmann::json(text).dump(); };
  std::string header = "{";
  if (!metadata.empty()) header += "\"__metadata__\":" + nlohmann::json(metadata).dump() + ",";
  std::set<std::string_view> names{"__metadata__"};
  std::uint64_t offset = 0;
  for (const NamedTensor& tensor : tensors) {
    const std::string name = excerpt(tensor.name);
    if (tensor.dtype != "F32" && tensor.dtype != "F16" && tensor.dtype != "BF16")
      throw ModelError(name, "", "weights are written as F32, F16 or BF16, not " + excerpt(tensor.dtype));
    if (!names.insert(tensor.name).second) throw ModelError(name, "", "the name is taken");
    const std::int64_t count = check_dims(tensor.dims, name, "");
    if (tensor.data.size() != static_cast<std::uint64_t>(count)) {
      throw ModelError(name, "",
                       to_string(tensor.dims) + " takes " + std::to_string(count) + " numbers, not " +
                           std::to_string(tensor.data.size()));
    }
    const std::uint64_t end = offset + tensor.data.size() * find_dtype(tensor.dtype)->bytes;
    header += quoted(tensor.name) + R"(:{"dtype":")" + std::string(tensor.dtype) + R"(","shape":)" +
              nlohmann::json(tensor.dims).dump() + R"(,"data_offsets":[)" + std::to_string(offset) + "," +
              std::to_string(end) + "]},";
    offset = end;
  }
  if (header.back() == ',') header.pop_back();
  header += '}';

  constexpr std::size_t kAlignment = 64;
  std::string length(sizeof(std::uint64_t), '\0');
  header.resize((length.size() + header.size() + kAlignment - 1) / kAlignment * kAlignment - length.size(),
                ' ');
  for (std::size_t i = 0; i < length.size(); ++i)
    length[i] = static_cast<char>(header.size() >> (8 * i) & 0xFF);
  return length + header;
}

// Writes 16-bit numbers, a block at a time.
void write_halves(NewFile& out, const NamedTensor& tensor, bool brain) {
  constexpr std::size_t kBlock = std::size_t{1} << 16;
  std::vector<std::uint16_t> halves(kBlock);
  for (std::size_t begin = 0; begin < tensor.data.size(); begin += kBlock) {
    const std::span<const float> block =
        tensor.data.subspan(begin, std::min(kBlock, tensor.data.size() - begin));
    (brain ? float_to_bfloat16 : float_to_half)(block.data(), block.size(), halves.data());
    for (std::size_t i = 0; i < block.size(); ++i)
      if (std::isfinite(block[i]) && (halves[i] & 0x7FFFU) == (brain ? 0x7F80U : 0x7C00U))
        throw ModelError(excerpt(tensor.name), "",
                         "holds " + std::to_string(block[i]) + ", more than " +
                             (brain ? "bfloat16" : "float16") + " can hold" + (brain ? "" : "; bf16 can"));
    out.write_all({reinterpret_cast<const char*>(halves.data()), block.size() * sizeof(std::uint16_t)});
  }
}

}  // namespace

void save_safetensors(const fs::path& file, const std::vector<NamedTensor>& tensors,
                      const std::map<std::string, std::string>& metadata) {
  std::string header;
  try {
    header = make_header(tensors, metadata);
  } catch (const ModelError& error) {
    throw OutputError(file.string(), error.what());
  } catch (const nlohmann::json::exception&) {
    throw OutputError(file.string(), "a name or the metadata is not valid UTF-8");
  }
  NewFile out(file);
  out.write_all(header);
  for (const NamedTensor& tensor : tensors) {
    if (tensor.dtype == "F32") {
      out.write_all({reinterpret_cast<const char*>(tensor.data.data()), tensor.data.size_bytes()});
    } else {
      write_halves(out, tensor, tensor.dtype == "BF16");
    }
  }
  out.finish();
}

}  // namespace alexnet
