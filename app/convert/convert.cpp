#include "command_line/commands.hpp"

#include <map>
#include <memory>
#include <optional>

#include "alexnet/error.hpp"
#include "command_line/options.hpp"
#include "convert/check.hpp"
#include "core/module.hpp"
#include "import/readers.hpp"
#include "network/save_model.hpp"
#include "print/stdout_writer.hpp"
#include "run/overwrite_guard.hpp"
#include "run/progress.hpp"
#include "run/session.hpp"

namespace alexnet::app {
namespace {

struct ConvertOptions {
  ModelChoice model;
  std::string output;
  std::string dtype;  // a key of kDtypes, or "" for the default
  std::string check;  // a folder of photos, or "" for no check
  bool overwrite = false;
};

const std::map<std::string, std::string> kDtypes{
    {"f32", "F32"}, {"f16", "F16"}, {"bf16", "BF16"}, {"i8", "I8"}};

// Returns ", 9.0 MB", or "" if the file has no size, like a device.
std::string size_text(const std::string& file) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  return error ? "" : ", " + bytes(static_cast<double>(size));
}

int convert(const ConvertOptions& options, const Global& global) {
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
  const int status =
      check ? check->run(options.output, out, style_for(global.color, error_is_terminal())) : kWell;
  out.flush();
  return status;
}

}  // namespace

void setup_convert(CLI::App& command, const Global& global, Command& run) {
  auto options = std::make_shared<ConvertOptions>();
  command.add_option("MODEL", options->model.model, "Name, folder or model file")->required();
  command.add_option("-o,--output", options->output, "Write this .safetensors or .onnx file")
      ->required()
      ->check(has_extension({".safetensors", ".onnx"}))
      ->type_name("FILE");
  command.add_option("--dtype", options->dtype, "Store weights as f32, f16, bf16 or i8. Default: f32")
      ->check(one_of("type of weights", {"f32", "f16", "bf16", "i8"}))
      ->type_name("DTYPE");
  command.add_option("--check", options->check, "Compare both models on the photos in this folder")
      ->type_name("DIR");
  command.add_flag("--overwrite", options->overwrite, "Replace the file of -o if it exists");
  add_import_options(command, options->model.import);
  add_detail(
      command,
      "--dtype is for .safetensors; .onnx files hold float32. i8 stores fully-connected layers in 8 bits "
      "with a scale for each output, and convolutions as f16.");
  command.callback([options, &global, &run] {
    if (options->output.ends_with(".onnx") && !options->dtype.empty())
      throw UsageError("--dtype: .onnx files hold float32; use a .safetensors file");
    run = [options, &global] { return with_threads(0, [&] { return convert(*options, global); }); };
  });
}

}  // namespace alexnet::app
