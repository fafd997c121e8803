#include <map>
#include <memory>
#include <optional>

#include "command_line/commands.hpp"
#include "command_line/options.hpp"
#include "convert/check.hpp"
#include "core/error.hpp"
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

void setup_convert(CLI::App& cli, const Global& global, Command& run) {
  auto options = std::make_shared<ConvertOptions>();
  CLI::App* command =
      cli.add_subcommand("convert", "Write a model of any format as one .safetensors or .onnx file");
  command
      ->add_option("MODEL", options->model.model,
                   "A model as -m takes it: a .pth, .caffemodel or .onnx file ...")
      ->required();
  command->add_option("-o,--output", options->output, "The file to write: .safetensors or .onnx")
      ->required()
      ->type_name("FILE");
  command
      ->add_option(
          "--dtype", options->dtype,
          "How .safetensors weights are stored: f32, f16, bf16, or i8: fully-connected layers with 8 "
          "bits and a scale for each output, convolutions f16 (default: f32)")
      ->check(CLI::IsMember({"f32", "f16", "bf16", "i8"}))
      ->type_name("DTYPE");
  command
      ->add_option("--check", options->check,
                   "Classify the photos of a folder, and of those inside, with both models and say how far "
                   "their answers differ")
      ->type_name("DIR");
  command->add_flag("--overwrite", options->overwrite, "Replace the file if it exists");
  add_import_options(*command, options->model.import);
  command->footer(
      "Example:\n  alexnet convert alexnet-owt-7be5be79.pth -o alexnet.safetensors\n"
      "  alexnet convert alexnet -o small.safetensors --dtype i8 --check photos/");
  command->callback([options, &global, &run] {
    const bool onnx = options->output.ends_with(".onnx");
    if (!onnx && !options->output.ends_with(".safetensors"))
      throw CLI::ValidationError("--output", "'" + options->output + "' must end in .safetensors or .onnx");
    if (onnx && !options->dtype.empty())
      throw CLI::ValidationError("--dtype", "is for .safetensors; an .onnx file is written in float32");
    run = [options, &global] { return with_threads(0, [&] { return convert(*options, global); }); };
  });
}

}  // namespace alexnet::app
