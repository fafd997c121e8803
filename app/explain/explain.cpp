#include "command_line/commands.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "alexnet/error.hpp"
#include "command_line/options.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/memory.hpp"
#include "explain/explain_page.hpp"
#include "explain/explain_report.hpp"
#include "explain/explanation.hpp"
#include "print/stdout_writer.hpp"
#include "run/overwrite_guard.hpp"
#include "run/session.hpp"
#include "weights/float_buffer.hpp"

namespace alexnet::app {
namespace {

struct ExplainOptions {
  ModelChoice model;
  std::optional<std::uint64_t> seed;
  std::string layer;
  std::optional<std::string> image;
  OutputChoice output;
  Reading reading;
  std::string html;
  bool json = false;
  int threads = 0;
};

// Parses a row and a column: "3,4". Throws UsageError if the text is anything else.
Position parse_position(const std::string& text) {
  Position position;
  const char* const end = text.data() + text.size();
  const auto [comma, error] = std::from_chars(text.data(), end, position.y);
  if (error == std::errc() && comma != end && *comma == ',') {
    const auto [stop, second] = std::from_chars(comma + 1, end, position.x);
    if (second == std::errc() && stop == end && position.y >= 0 && position.x >= 0) return position;
  }
  throw UsageError("--at: invalid position " + in_quotes(text) +
                   " (expected a row and a column from 0, such as 3,4)");
}

// A network's input. The buffer is not touched, and so takes no memory, until the photo has been read.
struct Input {
  FloatBuffer values;
  std::optional<image::Image> photo;
};

// Reads {"input": {"shape": [3, 3, 3], "data": [...]}}. Throws ImageError.
void read_tensor(const std::string& file, const Shape& shape, float* out) {
  try {
    const auto tensors = open_weights(file);
    std::ranges::copy(tensors->fetch({"input", {shape.channels, shape.height, shape.width}}), out);
  } catch (const ModelError& e) {
    const std::string message = e.what();  // "file: reason"
    throw ImageError(Stage::read,
                     message.starts_with(file + ": ") ? message.substr(file.size() + 2) : message);
  }
}

Input read_input(const std::string& path, const Model& model, const Reading& how) {
  const Shape& shape = model.description.layers.front().in;
  Input input{allocate_floats(shape.count()), std::nullopt};
  if (path.ends_with(".json")) {
    read_tensor(path, shape, input.values.get());
  } else {
    PhotoInput seen = read_photo_input(path, model.description.input, how, input.values.get());
    input.photo = std::move(seen.crops.front());
  }
  return input;
}

// Returns the path of input.json in the model's folder, if it exists.
std::optional<std::string> own_input(const Model& model) {
  const std::filesystem::path file = model.path / "input.json";
  std::error_code ignored;
  return std::filesystem::is_regular_file(file, ignored) ? std::optional(file.string()) : std::nullopt;
}

// Throws UsageError if --at or --channel is given without an input, or --at for a fully-connected
// layer.
void check_output(const ExplainOptions& options, const Layer& layer, bool has_input) {
  const char* const option = options.output.at ? "--at" : options.output.channel ? "--channel" : "";
  if (!has_input && *option != '\0') throw UsageError(std::string(option) + " needs an IMAGE");
  if (options.output.at && std::holds_alternative<FullyConnected>(layer.params))
    throw UsageError("--at: " + in_quotes(layer.name) +
                     ": in a fully-connected layer each output uses the whole input; use --channel");
}

int explain(const ExplainOptions& options, const Global& global) {
  OverwriteGuard guard;
  guard.add_side_file(options.html, FileKind::page);
  const Model model = options.model.open();
  guard.check_input(model, options.model.import);
  Explanation explanation = explain_structure(model, options.layer);
  // Without weights only sizes are shown, and the model's own input is not used.
  const bool runs = options.seed || model.weights;
  const std::optional<std::string> own = options.image || !runs ? std::nullopt : own_input(model);
  const std::optional<std::string> from = options.image ? options.image : own;
  guard.check_input(from.value_or(""));
  OptionalFile page(options.html);
  check_output(options, explanation.layer, from.has_value());
  if (from) {
    print_notes(model);
    require_memory(layer_run_bytes(model, options.layer), "explain");
    try {
      const Input input = read_input(*from, model, options.reading);
      const std::size_t count = model.description.layers.front().in.count();
      explanation.example =
          run_example(model, options.seed, explanation, {input.values.get(), count}, options.output);
      explanation.example->input = *from;
      explanation.example->input_of_model = own.has_value();
      explanation.example->photo = input.photo;
      explanation.example->bgr = model.description.input.order == image::ChannelOrder::bgr;
    } catch (const ImageError& e) {
      print_failure(*from, e);
      return kImagesFailed;
    }
  }
  Output out;
  out.write(options.json ? explain_json(explanation) + "\n"
                         : explain_text(explanation, style_for(global.color, out.is_terminal())));
  out.flush();
  if (page) page.write(explain_page(explanation));
  return kWell;
}

}  // namespace

void setup_explain(CLI::App& command, const Global& global, Command& run) {
  auto options = std::make_shared<ExplainOptions>();
  command.add_option("LAYER", options->layer, "Name of the layer; alexnet inspect lists them")->required();
  command.add_option("IMAGE", options->image,
                     "Photo, or a .json file with the tensor \"input\". Default: the model's own");
  command
      .add_option_function<std::string>(
          "--at", [options](const std::string& text) { options->output.at = parse_position(text); },
          "Explain the output at this row and column, from 0. Default: the maximum")
      ->type_name("Y,X");
  command
      .add_option("--channel", options->output.channel,
                  "Explain this output channel. Default: the maximum at the position")
      ->check(whole_number(0, 1 << 20))
      ->type_name("C");
  command.add_option("--html", options->html, "Also write an HTML page with drawings")->type_name("FILE");
  command.add_flag("--json", options->json, "Print one JSON object with every number");
  add_model_options(command, options->model);
  add_random_weights_option(command, options->seed);
  add_threads_option(command, options->threads);
  add_detail(command, "Without IMAGE, and if the model has no input.json, only the sizes are explained.");
  command.callback([options, &global, &run] {
    run = [options, &global] {
      return with_threads(options->threads, [&] { return explain(*options, global); });
    };
  });
}

}  // namespace alexnet::app
