#include "explain/explain.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/memory.hpp"
#include "explain/explain_page.hpp"
#include "explain/explain_report.hpp"
#include "explain/explanation.hpp"
#include "print/stdout_writer.hpp"
#include "run/exit_status.hpp"
#include "run/overwrite_guard.hpp"
#include "weights/float_buffer.hpp"

namespace alexnet::app {
namespace {

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

}  // namespace

int run_explain(const ExplainOptions& options, ColorMode color) {
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
                         : explain_text(explanation, style_for(color, out.is_terminal())));
  out.flush();
  if (page) page.write(explain_page(explanation));
  return kWell;
}

}  // namespace alexnet::app
