#include "convert/convert.hpp"

#include <map>
#include <memory>
#include <optional>

#include "alexnet/error.hpp"
#include "convert/check.hpp"
#include "core/module.hpp"
#include "import/readers.hpp"
#include "network/save_model.hpp"
#include "print/stdout_writer.hpp"
#include "run/exit_status.hpp"
#include "run/overwrite_guard.hpp"
#include "run/progress.hpp"

namespace alexnet::app {
namespace {

const std::map<std::string, std::string> kDtypes{
    {"f32", "F32"}, {"f16", "F16"}, {"bf16", "BF16"}, {"i8", "I8"}};

// Returns ", 9.0 MB", or "" if the file has no size, like a device.
std::string size_text(const std::string& file) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  return error ? "" : ", " + bytes(static_cast<double>(size));
}

}  // namespace

int run_convert(const ConvertOptions& options, ColorMode color) {
  OverwriteGuard guard;
  guard.add_results(options.output);
  guard.check_input(options.model.model);
  check_replaceable(options.output, options.overwrite);
  std::optional<Check> check;  // made first: if it fails, nothing is written
  if (!options.check.empty()) check.emplace(options.model, options.check);
  Model model = options.model.open();
  guard.check_input(model, options.model.import);
  print_notes(model);
  if (options.output.ends_with(".onnx")) {
    module<ProtobufModule>("protobuf").save_onnx(model, options.output);
  } else {
    save_model(model, options.output, options.dtype.empty() ? "F32" : kDtypes.at(options.dtype));
  }
  std::int64_t parameters = 0;
  for (const Layer& layer : model.description.layers) parameters += parameter_count(layer);
  Output out;
  out.write(escape_for_terminal(options.output) + ": " + escape_for_terminal(model.description.name) + ", " +
            std::to_string(model.description.layers.size()) + " layers, " + grouped(parameters) +
            " parameters" + size_text(options.output) + "\n");
  out.flush();
  const int status = check ? check->run(options.output, out, style_for(color, error_is_terminal())) : kWell;
  out.flush();
  return status;
}

}  // namespace alexnet::app
