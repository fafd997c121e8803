#include "classify/classify.hpp"

#include <cstdio>
#include <filesystem>

#include "alexnet/analysis.hpp"
#include "alexnet/error.hpp"
#include "alexnet/profile.hpp"
#include "classify/classify_report.hpp"
#include "classify/occlusion_picture.hpp"
#include "image/save.hpp"
#include "network/model.hpp"
#include "print/layer_times.hpp"
#include "print/stdout_writer.hpp"
#include "run/exit_status.hpp"
#include "run/model_hint.hpp"
#include "run/overwrite_guard.hpp"
#include "run/record.hpp"
#include "run/record_format.hpp"

namespace alexnet::app {
namespace {

constexpr int kWhyBatch = 16;  // hidden squares per pass

void dump_input(const std::string& file, const std::vector<image::Image>& crops, std::span<const float> input,
                const Shape& shape) {
  if (file.ends_with(".png")) {
    image::save_png(file, crops.front());
  } else {
    save_safetensors(file,
                     {{"input", {std::ssize(crops), shape.channels, shape.height, shape.width}, input}});
  }
}

// Returns the crop that the network sees, enlarged to about 640 pixels. It is cut from the photo again.
// Standard input cannot be read again, so `seen` is enlarged instead.
image::Image photo_to_show(const std::string& path, const image::Preprocess& input, const Reading& how,
                           const image::Image& seen) {
  constexpr int kSide = 640;
  const int times = std::max(1, (kSide + seen.width / 2) / seen.width);
  image::Preprocess larger = input;
  larger.size = {seen.height * times, seen.width * times};
  larger.resize = {input.resize.h * times, input.resize.w * times};
  if (path != "-") return image::resize_and_crop(read_photo(path, larger, how).image, larger);
  larger.rule = image::ResizeRule::squash;
  larger.resize = larger.size;
  return image::resize_and_crop(seen, larger);
}

struct Why {
  Occlusion map;
  std::vector<std::uint8_t> picture;  // PNG
};

Why explain(const ClassifyOptions& options, const Session& session, Workspace& workspace,
            std::span<const float> input, const image::Image& seen, const Prediction& top) {
  try {
    Occlusion map = occlude(session.network, workspace, kWhyBatch, input, top.index, top.probability);
    const image::Image photo = photo_to_show(options.images.front(), session.input(), options.reading, seen);
    const image::Image drawn = occlusion_picture(map, session.network.input_shape(), photo);
    return {std::move(map), image::encode_png(options.why, drawn)};
  } catch (const std::bad_alloc&) {
    throw ImageError(Stage::preprocess, "not enough memory for the picture of --why");
  }
}

}  // namespace

int run_classify(const ClassifyOptions& options, ColorMode color) {
  OverwriteGuard guard;
  guard.add_side_file(options.dump_input,
                      options.dump_input.ends_with(".png") ? FileKind::picture : FileKind::input);
  guard.add_side_file(options.why, FileKind::picture);
  for (const std::string& path : options.images) guard.check_input(path);
  EngineOptions engine = options.engine;
  engine.batch = options.why.empty() ? options.reading.crops : kWhyBatch;
  engine.passes = static_cast<int>(options.images.size());
  Session session(options.model.open(), engine);
  require_classifier(session.model);
  guard.check_input(session.model, options.model.import);
  OptionalFile why_file(options.why);
  std::optional<Why> why;  // --why takes a single image
  print_notes(session.model, &session.network);
  if (!options.json) print_model_hint(options.model.model, session.model);
  Workspace workspace(session.network, engine.batch);
  Output out;
  const Style style = style_for(color, out.is_terminal());
  int status = kWell;
  for (const std::string& path : options.images) {
    const Stopwatch watch;
    Record record{.path = path, .crops = options.reading.crops};
    Profiler profiler(session.network);
    double ms = 0.0;  // time to the predictions, without the picture of --why
    try {
      if (std::error_code ignored; path != "-" && std::filesystem::is_directory(path, ignored))
        throw ImageError(Stage::read, "is a folder; use alexnet batch " + path);
      const PhotoInput seen = session.read_input(path, options.reading, workspace.input().data());
      record.decode_scale = seen.decode_scale;
      print_note(path, seen.note);
      const Shape& shape = session.network.input_shape();
      const auto given = workspace.input().first(seen.crops.size() * shape.count());
      if (!options.dump_input.empty()) dump_input(options.dump_input, seen.crops, given, shape);
      std::vector<float> input;  // copy for --why: a pass overwrites the input
      if (!options.why.empty()) input.assign(given.begin(), given.end());
      const auto observer = options.time ? profiler.observer() : Observer();
      const auto probabilities = session.network.forward(workspace, options.reading.crops, observer);
      record.predictions =
          top_k(mean_of_rows(probabilities, static_cast<std::size_t>(options.reading.crops)), options.k);
      ms = watch.ms();
      session.warn_of_nan(record.predictions);
      if (!options.why.empty())
        why = explain(options, session, workspace, input, seen.crops.front(), record.predictions.front());
    } catch (const ImageError& e) {
      record.fail(e);
      status = kImagesFailed;
    }
    const auto layers =
        options.time && !record.failed()
            ? layer_times(session.network.layers(), session.network.steps(), stats_of(profiler.samples_ms()),
                          {options.reading.crops, 1, options.reading.crops})
            : std::vector<LayerTime>();
    if (options.json) {
      out.write(classify_json(record, session.model, why ? &why->map : nullptr, ms, layers) + "\n");
    } else if (record.failed()) {
      out.flush();
      print_failure(path, {*record.stage, record.reason});
    } else {
      out.write(text_block(record, session.model, style, out.is_terminal()));
      if (why) out.write(occlusion_text(why->map, options.why, record, session.model, style.columns));
      if (!layers.empty())
        out.write((options.reading.crops > 1 ? "\nthe ten crops in one pass, batch 10\n" : "\n") +
                  layers_text(layers, style));
    }
    out.flush();
  }
  out.flush();
  if (why) why_file.write(why->picture);
  return status;
}

}  // namespace alexnet::app
