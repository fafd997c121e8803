#include "import/torch/globals.hpp"

#include <algorithm>
#include <array>

#include "core/escape_for_terminal.hpp"
#include "core/is_one_of.hpp"

namespace alexnet::torch {
namespace {

struct NamedDtype {
  std::string_view name;
  std::string_view dtype;
};
constexpr std::array<NamedDtype, 11> kStorages{{{"FloatStorage", "F32"},
                                                {"HalfStorage", "F16"},
                                                {"BFloat16Storage", "BF16"},
                                                {"DoubleStorage", "F64"},
                                                {"LongStorage", "I64"},
                                                {"IntStorage", "I32"},
                                                {"ShortStorage", "I16"},
                                                {"CharStorage", "I8"},
                                                {"ByteStorage", "U8"},
                                                {"BoolStorage", "BOOL"},
                                                {"UntypedStorage", "U8"}}};
constexpr std::array<NamedDtype, 14> kDtypes{{{"float32", "F32"},
                                              {"float16", "F16"},
                                              {"bfloat16", "BF16"},
                                              {"float64", "F64"},
                                              {"int64", "I64"},
                                              {"int32", "I32"},
                                              {"int16", "I16"},
                                              {"int8", "I8"},
                                              {"uint64", "U64"},
                                              {"uint32", "U32"},
                                              {"uint16", "U16"},
                                              {"uint8", "U8"},
                                              {"float8_e4m3fn", "F8_E4M3"},
                                              {"float8_e5m2", "F8_E5M2"}}};

// torch before 0.4 wrote _rebuild_tensor. Some published files are that old.
constexpr auto kKnown = std::to_array<Global>({
    {"collections", "OrderedDict"},
    {"torch._utils", "_rebuild_tensor"},
    {"torch._utils", "_rebuild_tensor_v2"},
    {"torch._utils", "_rebuild_tensor_v3"},
    {"torch._utils", "_rebuild_parameter"},
    {"torch._utils", "_rebuild_parameter_with_state"},
    {"torch._tensor", "_rebuild_from_type_v2"},
    {"torch.storage", "_load_from_bytes"},
    {"copyreg", "_reconstructor"},
    {"copyreg", "__newobj__"},
    {"copy_reg", "_reconstructor"},
    {"copy_reg", "__newobj__"},
});

constexpr std::string_view kAny = "*";  // all names of the module

// docs/models.md lists these. torch before 1.2 has the last one in each module.
constexpr auto kOpaque = std::to_array<Global>({
    {"argparse", "Namespace"},
    {"types", "SimpleNamespace"},
    {"functools", "partial"},
    {"_codecs", "encode"},
    {"collections", "Counter"},
    {"collections", "defaultdict"},
    {"collections", "deque"},
    {"datetime", "*"},
    {"pathlib", "*"},
    {"pathlib._local", "*"},
    {"decimal", "Decimal"},
    {"fractions", "Fraction"},
    {"uuid", "UUID"},
    {"uuid", "SafeUUID"},
    {"numpy", "dtype"},
    {"numpy", "ndarray"},
    {"numpy.core.multiarray", "scalar"},
    {"numpy.core.multiarray", "_reconstruct"},
    {"numpy._core.multiarray", "scalar"},
    {"numpy._core.multiarray", "_reconstruct"},
    {"numpy.core.numeric", "_frombuffer"},
    {"numpy._core.numeric", "_frombuffer"},
    {"numpy.random._pickle", "*"},
    {"torch", "device"},
    {"torch", "Size"},
    {"torch", "Generator"},
    {"torch.serialization", "_get_layout"},
    {"torch._utils", "_rebuild_sparse_tensor"},
    {"torch._utils", "_rebuild_sparse_csr_tensor"},
    {"torch._utils", "_rebuild_nested_tensor"},
    {"torch._utils", "_rebuild_qtensor"},
    {"torch._utils", "_rebuild_device_tensor_from_numpy"},
    {"torch._utils", "_rebuild_meta_tensor_no_storage"},
    {"torch._utils", "_rebuild_wrapper_subclass"},
    {"torch.nn.backends.thnn", "_get_thnn_function_backend"},
});

// Names in builtins, which Python 2 calls __builtin__.
constexpr auto kDataTypes = std::to_array<std::string_view>(
    {"set", "frozenset", "list", "dict", "tuple", "bytearray", "bytes", "str", "unicode", "slice", "range",
     "int", "long", "float", "complex", "bool", "object"});

// Modules and packages of Python that run programs or code, or open files or connections. Even as a value or
// the type of an object, one of their globals has no place beside weights.
constexpr auto kRefused = std::to_array<std::string_view>(
    {"__builtin__", "builtins", "_codecs",    "_ctypes",   "_io",       "_operator", "_pickle",
     "copy_reg",    "copyreg",  "ctypes",     "functools", "importlib", "io",        "marshal",
     "nt",          "operator", "os",         "pickle",    "posix",     "pty",       "runpy",
     "shutil",      "socket",   "subprocess", "sys",       "types"});

bool is_builtin(const Global& global) {
  return global.module == "builtins" || global.module == "__builtin__";
}

template <std::size_t kCount>
bool is_in(const std::array<Global, kCount>& table, const Global& global) {
  return std::ranges::any_of(table, [&](const Global& entry) {
    return entry.module == global.module && (entry.name == kAny || entry.name == global.name);
  });
}

template <std::size_t kCount>
std::optional<Dtype> find_in(const std::array<NamedDtype, kCount>& table, std::string_view name) {
  const auto* const found = std::ranges::find(table, name, &NamedDtype::name);
  return found == table.end() ? std::nullopt : find_dtype(found->dtype);
}

}  // namespace

GlobalUse use_of(const Global& global) {
  if (is_in(kKnown, global) || storage_dtype(global)) return GlobalUse::known;
  if (is_in(kOpaque, global) || (is_builtin(global) && is_one_of(global.name, kDataTypes)))
    return GlobalUse::opaque;
  constexpr std::size_t kMaxBytes = 20;  // longer than any of kRefused, so that long names take no time
  const std::string_view begin = global.module.substr(0, kMaxBytes);
  const std::string_view package = begin.substr(0, begin.find('.'));
  return is_one_of(package, kRefused) ? GlobalUse::refused : GlobalUse::by_name;
}

std::optional<Dtype> storage_dtype(const Global& global) {
  const bool untyped = global.module == "torch.storage" && global.name == "UntypedStorage";
  return global.module == "torch" || untyped ? find_in(kStorages, global.name) : std::nullopt;
}

std::optional<Dtype> tensor_dtype(const Global& global) {
  return global.module == "torch" ? find_in(kDtypes, global.name) : std::nullopt;
}

std::string name_of(const Global& global) {
  return escape_for_terminal(global.module, kExcerpt) + "." + escape_for_terminal(global.name, kExcerpt);
}

}  // namespace alexnet::torch
