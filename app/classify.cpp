#include <cstdio>

#include "commands.hpp"
#include "core/error.hpp"
#include "network/profiler.hpp"
#include "report/layer_times.hpp"
#include "report/output.hpp"
#include "report/record.hpp"
#include "session.hpp"

namespace alexnet::app {
namespace {

struct ClassifyOptions {
  std::vector<std::string> images;
  ModelChoice model;
  EngineOptions engine;
  std::size_t k = 5;
  Reading reading;
  bool time = false;
  bool json = false;
  std::string dump_input;
  int threads = 0;
};

void dump_input(const std::string& file, const std::vector<image::Image>& crops, std::span<const float> input,
                const Shape& shape) {
  if (file.ends_with(".png")) {
    image::save_png(file, crops.front());
  } else {
    save_safetensors(file,
                     {{"input", {std::ssize(crops), shape.channels, shape.height, shape.width}, input}});
  }
}

int classify(const ClassifyOptions& options, const Global& global) {
  for (const std::string& path : options.images) refuse_to_overwrite(path, options.dump_input);
  EngineOptions engine = options.engine;
  engine.batch = options.reading.crops;
  engine.passes = static_cast<int>(options.images.size());
  Session session(options.model.open(), engine);
  session.require_classifier();
  print_notes(session.model);
  Workspace workspace(session.network, options.reading.crops);
  Output out;
  const Style style = style_for(global.color, out.is_terminal());
  int status = kWell;
  for (const std::string& path : options.images) {
    const Stopwatch watch;
    Record record{path, {}, "", "", options.reading.crops};
    Profiler profiler(session.network);
    try {
      const Session::Input seen = session.read_input(path, options.reading, workspace.input().data());
      record.decode_scale = seen.decode_scale;
      if (!options.dump_input.empty())
        dump_input(options.dump_input, seen.crops, workspace.input(), session.network.input_shape());
      const auto observer = options.time ? profiler.observer() : Observer();
      const auto probabilities = session.network.forward(workspace, options.reading.crops, observer);
      record.predictions =
          top_k(mean_of_rows(probabilities, static_cast<std::size_t>(options.reading.crops)), options.k);
      session.warn_of_nan(record.predictions);
    } catch (const ImageError& e) {
      record.stage = e.stage();
      record.reason = e.what();
      status = kImagesFailed;
    }
    const double ms = watch.ms();
    const auto layers =
        options.time && !record.failed()
            ? layer_times(session.network.layers(), session.network.engine().steps(),
                          stats_of(profiler.samples_ms()), {options.reading.crops, 1, options.reading.crops})
            : std::vector<LayerTime>();
    if (options.json) {
      nlohmann::ordered_json json = record_json(record, session.model);
      if (!record.failed()) json["ms"] = ms;
      if (!layers.empty()) json["layers"] = layers_json(layers);
      out.write(dump(json) + "\n");
    } else if (record.failed()) {
      out.flush();
      std::fprintf(stderr, "alexnet: %s: %s: %s\n", printable_line(path).c_str(), record.stage.c_str(),
                   printable_line(record.reason).c_str());
    } else {
      out.write(text_block(record, session.model, style, out.is_terminal()));
      if (!layers.empty())
        out.write((options.reading.crops > 1 ? "\nthe ten crops in one pass, batch 10\n" : "\n") +
                  layers_text(layers, style));
    }
    out.flush();
  }
  out.close();
  return status;
}

}  // namespace

void setup_classify(CLI::App& cli, const Global& global, Command& run) {
  auto options = std::make_shared<ClassifyOptions>();
  CLI::App* command = cli.add_subcommand("classify", "Name what is in photos");
  command->add_option("IMAGE", options->images, "Image files; - reads one from standard input")->required();
  add_model_options(*command, options->model);
  add_engine_options(*command, options->engine);
  command->add_option("-k,--top-k", options->k, "How many answers to give")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000000))
      ->type_name("N");
  command->add_flag("--time", options->time, "Add the time of every layer of this very run");
  command->add_flag("--json", options->json, "One JSON object a line and image");
  command
      ->add_option("--dump-input", options->dump_input,
                   "Write what reaches the network: the pixels (.png) or the numbers (.safetensors)")
      ->type_name("FILE");
  add_reading_options(*command, options->reading);
  add_threads_option(*command, options->threads);
  command->footer(
      "Example:\n  alexnet classify photo.jpg\n  curl -s URL | alexnet classify - --json | jq -r "
      "'.predictions[0].label'");
  command->callback([options, &global, &run] {
    const std::string& file = options->dump_input;
    if (!file.empty() && options->images.size() != 1)
      throw CLI::ValidationError("--dump-input",
                                 "takes one image, not " + std::to_string(options->images.size()));
    if (!file.empty() && !file.ends_with(".png") && !file.ends_with(".safetensors"))
      throw CLI::ValidationError("--dump-input", "'" + file + "' must end in .png or .safetensors");
    if (file.ends_with(".png") && options->reading.crops > 1)
      throw CLI::ValidationError("--dump-input", "ten crops need a .safetensors file, not '" + file + "'");
    run = [options, &global] {
      return with_threads(options->threads, [&] { return classify(*options, global); });
    };
  });
}

}  // namespace alexnet::app
