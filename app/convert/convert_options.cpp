#include "command_line/commands.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "alexnet/error.hpp"
#include "command_line/options.hpp"
#include "convert/convert.hpp"

namespace alexnet::app {

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
    run = [options, &global] { return with_threads(0, [&] { return run_convert(*options, global.color); }); };
  });
}

}  // namespace alexnet::app
