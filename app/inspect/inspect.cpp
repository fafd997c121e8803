#include "command_line/commands.hpp"

#include "alexnet/error.hpp"
#include "command_line/options.hpp"
#include "inspect/inspect_report.hpp"
#include "print/stdout_writer.hpp"
#include "run/session.hpp"

namespace alexnet::app {
namespace {

struct InspectOptions {
  std::optional<std::string> model;
  ImportOptions import;
  bool json = false;
};

bool is_given(const ImportOptions& import) {
  return !import.network.empty() || !import.labels.empty() || !import.preset.empty() ||
         !import.mean.empty() || !import.std.empty() || import.scale || import.channels ||
         !import.resize.empty() || import.crop;
}

int inspect(const InspectOptions& options, const Global& global) {
  int status = kWell;
  Output out;
  const Style style = style_for(global.color, out.is_terminal());
  if (options.model) {
    const Model model = open_model(find_known_model(*options.model), options.import);
    out.write(options.json ? model_json(model) + "\n" : model_text(model, style));
  } else {
    std::vector<Model> models;
    for (const auto& path : list_models()) {
      try {
        models.push_back(open_model(path));
      } catch (const ModelError& e) {  // report the error and show the other models
        print_message(e.what());
        status = kUsageError;
      }
    }
    if (models.empty() && status == kWell)
      throw ModelError("models", "", "none found; set ALEXNET_MODELS to the folder that holds them");
    out.write(options.json ? models_json(models) : models_text(models, style));
  }
  out.flush();
  return status;
}

}  // namespace

void setup_inspect(CLI::App& command, const Global& global, Command& run) {
  auto options = std::make_shared<InspectOptions>();
  CLI::Option* const model =
      command.add_option("MODEL", options->model, "Name, folder or model file. Default: list all models");
  command.add_option("-m,--model", options->model, "Do the same as MODEL")
      ->excludes(model)
      ->type_name("MODEL");
  command.add_flag("--json", options->json, "Print JSON: one object for MODEL, or one per line for the list");
  add_import_options(command, options->import);
  command.callback([options, &global, &run] {
    if (!options->model && is_given(options->import))
      throw UsageError("name a MODEL for the options for models from other programs");
    run = [options, &global] { return inspect(*options, global); };
  });
}

}  // namespace alexnet::app
