#include "weights/weights.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/file.hpp"
#include "weights/half.hpp"
#include "weights/safetensors_header.hpp"
#include "weights/stored_weights.hpp"
#include "weights/tensor_check.hpp"

namespace alexnet {
namespace {

namespace fs = std::filesystem;

void check_tensor(const NamedTensor& tensor) {
  const std::string name = escape_for_terminal(tensor.name, kExcerpt);
  if (tensor.dtype != "F32" && tensor.dtype != "F16" && tensor.dtype != "BF16" && tensor.dtype != "I8")
    throw ModelError(
        name, "",
        "weights are written as F32, F16, BF16 or I8, not " + escape_for_terminal(tensor.dtype, kExcerpt));
  const std::int64_t count = check_dims(tensor.dims, name, "");
  if (tensor.data.size() != static_cast<std::uint64_t>(count)) {
    throw ModelError(name, "",
                     to_string(tensor.dims) + " takes " + std::to_string(count) + " numbers, not " +
                         std::to_string(tensor.data.size()));
  }
  if (tensor.dtype == "I8" && tensor.dims.empty())
    throw ModelError(name, "", "is one number; I8 is for rows, each with a scale");
}

// Writes the tensor as bfloat16 (brain) or binary16, one block at a time.
void write_halves(AtomicFile& out, const NamedTensor& tensor, bool brain) {
  constexpr std::size_t kBlock = std::size_t{1} << 16;
  std::vector<std::uint16_t> halves(kBlock);
  for (std::size_t begin = 0; begin < tensor.data.size(); begin += kBlock) {
    const std::span<const float> block =
        tensor.data.subspan(begin, std::min(kBlock, tensor.data.size() - begin));
    (brain ? float_to_bfloat16 : float_to_half)(block.data(), block.size(), halves.data());
    for (std::size_t i = 0; i < block.size(); ++i)
      if (std::isfinite(block[i]) && (halves[i] & 0x7FFFU) == (brain ? 0x7F80U : 0x7C00U))
        throw ModelError(escape_for_terminal(tensor.name, kExcerpt), "",
                         "holds " + std::to_string(block[i]) + ", more than " +
                             (brain ? "bfloat16" : "float16") + " can hold" + (brain ? "" : "; bf16 can"));
    out.write_all({reinterpret_cast<const char*>(halves.data()), block.size() * sizeof(std::uint16_t)});
  }
}

// Calls use(row) for each row of the tensor.
template <class Use>
void each_row(const NamedTensor& tensor, const Use& use) {
  const std::size_t length = tensor.data.size() / static_cast<std::size_t>(tensor.dims[0]);
  for (std::size_t at = 0; at < tensor.data.size(); at += length) use(tensor.data.subspan(at, length));
}

float row_scale(const NamedTensor& tensor, std::span<const float> row) {
  float max = 0.0F;
  for (const float value : row) {
    if (!std::isfinite(value))
      throw ModelError(escape_for_terminal(tensor.name, kExcerpt), "",
                       "holds " + std::to_string(value) + ", which I8 cannot hold; F16 and BF16 can");
    max = std::max(max, std::abs(value));
  }
  // A denormal scale has too few bits to divide by, and engines treat it as 0.
  const float scale = max / 127.0F;
  return scale < std::numeric_limits<float>::min() ? 0.0F : scale;
}

void write_int8(AtomicFile& out, const NamedTensor& tensor) {
  std::string bytes;
  each_row(tensor, [&](std::span<const float> row) {
    const float scale = row_scale(tensor, row);
    bytes.assign(row.size(), '\0');
    // lrint rounds ties to even. No result exceeds 127, because the relative error of scale is at most 2^-24.
    if (scale > 0.0F)
      std::ranges::transform(row, bytes.begin(),
                             [scale](float value) { return static_cast<char>(std::lrint(value / scale)); });
    out.write_all(bytes);
  });
}

// The tensors in the order in which the file stores them.
struct Layout {
  explicit Layout(const std::vector<NamedTensor>& given) {
    for (const NamedTensor& tensor : given) {
      tensors.push_back(tensor);
      if (tensor.dtype != "I8") continue;
      std::vector<float>& own = scales.emplace_back();
      each_row(tensor, [&](std::span<const float> row) { own.push_back(row_scale(tensor, row)); });
      tensors.push_back({tensor.name + std::string(kScaleSuffix), {tensor.dims[0]}, own});
    }
    std::ranges::stable_sort(tensors, std::greater(),
                             [](const NamedTensor& tensor) { return find_dtype(tensor.dtype)->bytes; });
  }

  std::vector<NamedTensor> tensors;
  std::deque<std::vector<float>> scales;  // scales of the I8 tensors; `tensors` points to them
};

}  // namespace

std::string safetensors_header(const std::vector<NamedTensor>& tensors,
                               const std::map<std::string, std::string>& metadata, std::size_t min_bytes) {
  // Builds the text by hand to keep the order of the tensors. The library quotes and checks the strings.
  const auto in_json = [](const std::string& text) { return nlohmann::json(text).dump(); };
  std::string header = "{";
  if (!metadata.empty()) header += "\"__metadata__\":" + nlohmann::json(metadata).dump() + ",";
  std::set<std::string_view> names{"__metadata__"};
  std::uint64_t offset = 0;
  for (const NamedTensor& tensor : tensors) {
    if (!names.insert(tensor.name).second)
      throw ModelError(escape_for_terminal(tensor.name, kExcerpt), "", "the name is taken");
    std::uint64_t end = find_dtype(tensor.dtype)->bytes;
    for (const std::int64_t side : tensor.dims) end *= static_cast<std::uint64_t>(side);
    end += offset;
    header += in_json(tensor.name) + R"(:{"dtype":")" + std::string(tensor.dtype) + R"(","shape":)" +
              nlohmann::json(tensor.dims).dump() + R"(,"data_offsets":[)" + std::to_string(offset) + "," +
              std::to_string(end) + "]},";
    offset = end;
  }
  if (header.back() == ',') header.pop_back();
  header += '}';

  constexpr std::size_t kAlignment = 64;
  std::string length(sizeof(std::uint64_t), '\0');
  const std::size_t bytes = std::max(min_bytes, length.size() + header.size());
  header.resize((bytes + kAlignment - 1) / kAlignment * kAlignment - length.size(), ' ');
  for (std::size_t i = 0; i < length.size(); ++i)
    length[i] = static_cast<char>(header.size() >> (8 * i) & 0xFF);
  return length + header;
}

void save_safetensors(const fs::path& file, const std::vector<NamedTensor>& tensors,
                      const std::map<std::string, std::string>& metadata) {
  const auto refusing = [&file](const auto& work) {
    try {
      return work();
    } catch (const ModelError& error) {
      throw OutputError(file.string(), error.what());
    } catch (const nlohmann::json::exception&) {
      throw OutputError(file.string(), "a name or the metadata is not valid UTF-8");
    }
  };
  refusing([&] { std::ranges::for_each(tensors, check_tensor); });
  const Layout layout(tensors);
  const std::string header = refusing([&] { return safetensors_header(layout.tensors, metadata); });
  AtomicFile out(file);
  out.write_all(header);
  for (const NamedTensor& tensor : layout.tensors) {
    if (tensor.dtype == "F32") {
      out.write_all({reinterpret_cast<const char*>(tensor.data.data()), tensor.data.size_bytes()});
    } else if (tensor.dtype == "I8") {
      write_int8(out, tensor);
    } else {
      write_halves(out, tensor, tensor.dtype == "BF16");
    }
  }
  out.finish();
}

}  // namespace alexnet
