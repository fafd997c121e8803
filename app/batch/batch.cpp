#include "command_line/commands.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "alexnet/error.hpp"
#include "batch/list/listing.hpp"
#include "batch/output/feature_sink.hpp"
#include "batch/output/result_format.hpp"
#include "batch/output/sqlite_sink.hpp"
#include "batch/output/text_sink.hpp"
#include "batch/run/filter.hpp"
#include "batch/run/pipeline.hpp"
#include "batch/sort/sorter.hpp"
#include "command_line/options.hpp"
#include "layers/layers.hpp"
#include "print/layer_times.hpp"
#include "print/stdout_writer.hpp"
#include "run/model_hint.hpp"
#include "run/overwrite_guard.hpp"
#include "run/record.hpp"
#include "run/signals.hpp"
#include "run/trace.hpp"

namespace alexnet::app {
namespace {

struct BatchOptions {
  ListingOptions listing;
  ModelChoice model;
  EngineOptions engine;
  PipelineOptions run;
  Filter filter;
  SortOptions sort;
  std::string output = "-";
  std::string format;  // "": chosen by the output's file name extension
  std::string trace;
  std::optional<std::string> layer;  // extract its output instead of predictions
  Existing existing = Existing::refuse;
  int threads = 0;
};

const std::map<std::string, Format> kTextFormats{
    {"text", Format::text}, {"jsonl", Format::jsonl}, {"csv", Format::csv}};

std::string format_of(const BatchOptions& options) {
  return choose_format(options.output, options.format, options.layer.has_value());
}

const char* name_of(Placing how) {
  return how == Placing::link ? "link" : how == Placing::copy ? "copy" : "move";
}

// Returns everything that the records depend on, and the choice of images.
ResumeKey resume_key(const BatchOptions& options, const Model& model, const Session& session) {
  const Reading& reading = options.run.reading;
  ResumeKey choices{{"format", format_of(options)},
                    {"extract", options.layer ? ResumeKey(*options.layer) : ResumeKey()},
                    {"engine", session.network.engine_name()},
                    {"conv", to_string(options.engine.conv)},
                    {"top_k", options.layer ? 0 : options.run.k},
                    {"min_prob", options.filter.min_prob},
                    {"label", options.filter.labels},
                    {"crops", reading.crops},
                    {"exact_decode", reading.exact},
                    {"background", reading.background ? ResumeKey(*reading.background) : ResumeKey()}};
  if (options.layer) choices["width"] = session.network.output_shape().count();
  if (options.sort.sorts()) {
    choices["sort_into"] = options.sort.into;
    choices["sort_by"] = name_of(options.sort.how);
    choices["dry_run"] = options.sort.dry_run;
  }
  ResumeKey list{{"places", options.listing.paths},
                 {"files_from", options.listing.files_from},
                 {"null", options.listing.null},
                 {"recursive", options.listing.recursive}};
  return {{"model", session.name()},
          {"model_hash", model_hash(model)},
          {"options", std::move(choices)},
          {"list", std::move(list)},
          {"shard", to_string(options.listing.shard)}};
}

std::unique_ptr<Sink> make_sink(const BatchOptions& options, const Model& model, const Session& session) {
  // Streams can't be resumed, so skip hashing the weights.
  const bool stream = is_stream(options.output) && !options.layer;
  const ResumeKey run = stream ? ResumeKey() : resume_key(options, model, session);
  if (options.layer) return std::make_unique<FeatureSink>(options.output, options.existing, run);
  const std::string format = format_of(options);
  if (format == "sqlite")
    return std::make_unique<SqliteSink>(options.output, options.existing, options.sort.moves(), run,
                                        session.model);
  ResumableFileOptions file{
      .file = options.output, .existing = options.existing, .gone_is_done = options.sort.moves()};
  return std::make_unique<TextSink>(kTextFormats.at(format), std::move(file), options.sort.sorts(), run,
                                    session.model);
}

// Returns no length if images were moved: they are not listed again, so the next run's list is shorter.
EndOfList end_of(const Listing& list, const BatchOptions& options) {
  if (options.sort.moves()) return {};
  return {list.listed(), options.listing.order == Order::natural};
}

// Prints the failures to standard error, because a features file has no records for them.
void tell_failures(const std::vector<Record>& records, const Progress& progress) {
  for (const Record& record : records) {
    if (!record.failed()) continue;
    progress.finish();
    print_failure(record.path, {*record.stage, record.reason});
  }
}

std::string summary(const BatchOptions& options, const Pipeline& run, const Sink& sink, std::size_t matches,
                    double ms, const Style& style) {
  const Totals& t = run.totals();
  const auto count = [](std::size_t n) { return grouped(static_cast<std::int64_t>(n)); };
  std::string text = counted(static_cast<std::int64_t>(t.images), "image", "images") + ", " +
                     count(t.failures) + " failed, " + number(1000.0 * static_cast<double>(t.images) / ms) +
                     " images/s; " + number(ms / 1000) + " s in all, decode " + number(t.decode_ms / 1000) +
                     " s, network " + number(t.network_ms / 1000) + " s (both summed over threads)" +
                     (sink.kept() > 0 ? "; " + count(sink.kept()) + " were done before" : "") + "\n";
  if (!options.filter.labels.empty())
    text +=
        count(matches) + " of " + count(t.images) + " images match " + options.filter.labels_text() + "\n";
  if (options.run.time && t.images > t.failures)
    text += (options.run.reading.crops > 1
                 ? "\nsummed over the images, ten crops each; m x k x n is of one crop\n"
                 : "\nsummed over the images; m x k x n is of one image\n") +
            layers_text(run.layer_times(), style);
  return text;
}

OverwriteGuard guard_of(const BatchOptions& options) {
  OverwriteGuard guard;
  guard.add_results(options.output);
  guard.add_side_file(options.trace, FileKind::trace);
  for (const std::string& path : options.listing.paths) guard.check_input(path);
  guard.check_input(options.listing.files_from);
  return guard;
}

int batch(const BatchOptions& options, const Global& global) {
  const OverwriteGuard guard = guard_of(options);
  format_of(options);  // throws if the output's extension is unknown, before anything is read
  if (options.sort.sorts()) refuse_to_sort(options.listing, options.sort.into);
  const Model model = options.model.open();
  guard.check_input(model, options.model.import);
  options.filter.require_classes(model);
  catch_interrupts();
  std::optional<RunTrace> trace;
  if (!options.trace.empty()) trace.emplace(options.trace, "alexnet batch");
  RunTrace* const traced = trace ? &*trace : nullptr;
  Listing list = [&] {
    const TraceSpan stage(traced, "list");
    return Listing(options.listing);
  }();
  if (const int signal = interrupted(); signal != 0) {
    print_message("stopped while the list was read");
    return 128 + signal;
  }
  Session session(options.layer ? truncated_after(model, *options.layer) : model, for_many(options.engine));
  if (!options.layer) require_classifier(session.model);
  session.trace = traced;
  print_notes(session.model, &session.network);
  if (options.format != "jsonl") print_model_hint(options.model.model, session.model);
  const std::unique_ptr<Sink> sink = make_sink(options, model, session);
  const Style style = style_for(global.color, error_is_terminal());
  // Number of images left to do. Moved images are not in the list, so they are not subtracted.
  std::optional<std::size_t> total = list.total();
  if (total && !options.sort.moves()) *total -= std::min(*total, sink->kept());
  Progress progress(total, style);
  Pipeline pipeline(options.run, session, progress);
  const NextImage next = [&](const std::stop_token& stop) {
    std::optional<Record> image = list.next(stop);
    while (image && sink->has(*image)) image = list.next(stop);
    return image;
  };
  std::optional<Sorter> sorter;
  if (options.sort.sorts()) sorter.emplace(options.sort, session.model);
  std::size_t matches = 0;  // images that --label keeps
  const Stopwatch watch;
  pipeline.run(next, [&](std::vector<Record>& records) {
    for (Record& record : records) {
      const auto best = record.predictions.empty() ? std::nullopt : std::optional(record.predictions.front());
      options.filter.apply(record, session.model);
      if (!record.failed() && !record.left_out) ++matches;
      if (sorter) sorter->place(record, best);
    }
    sink->write(records);
    if (sorter) sorter->remove_moved();
    if (options.layer) tell_failures(records, progress);
  });
  const int signal = interrupted();
  sink->finish(signal == 0 ? std::optional(end_of(list, options)) : std::nullopt);
  std::fputs(summary(options, pipeline, *sink, matches, watch.ms(), style).c_str(), stderr);
  if (trace) trace->finish();
  const Totals& totals = pipeline.totals();
  if (signal != 0) {
    const std::string of = total ? " of " + std::to_string(*total) : "";
    print_message("stopped after " + std::to_string(totals.images) + of + " images" +
                  (is_stream(options.output) ? "" : "; repeat the command with --resume to continue"));
    return 128 + signal;
  }
  return totals.failures > 0 ? kImagesFailed : kWell;
}

}  // namespace

void setup_batch(CLI::App& command, const Global& global, Command& run) {
  auto options = std::make_shared<BatchOptions>();
  add_listing_options(command, options->listing);
  auto* top_k =
      command.add_option("-k,--top-k", options->run.k, "Write this many predictions for each image")
          ->capture_default_str()
          ->check(whole_number(1, 1000000))
          ->type_name("N");
  auto* min_prob = command
                       .add_option("--min-prob", options->filter.min_prob,
                                   "Keep only predictions with at least this probability")
                       ->check(decimal(0, 1))
                       ->type_name("P");
  auto* label = command
                    .add_option("--label", options->filter.labels,
                                "Keep only predictions whose label matches this pattern (case-insensitive)")
                    ->type_name("PATTERN")
                    ->allow_extra_args(false);
  command
      .add_option("-o,--output", options->output,
                  "Write to this file; its extension sets the format. Default: standard output")
      ->type_name("FILE");
  auto* format = command
                     .add_option("--format", options->format,
                                 "Write text, jsonl, csv or sqlite. Default: by the extension of -o, or text")
                     ->check(one_of("format", {"text", "jsonl", "csv", "sqlite"}))
                     ->type_name("FORMAT");
  auto* json = command
                   .add_flag_callback(
                       "--json", [options] { options->format = "jsonl"; }, "Do the same as --format jsonl")
                   ->excludes(format);
  CLI::Option* sort_into = add_sort_options(command, options->sort);
  command
      .add_option_function<std::string>(
          "--extract",
          [options](const std::string& layer) {
            options->layer = layer;
            options->run.mode = Mode::extract;
          },
          "Write the output of this layer for each image to a .safetensors file")
      ->excludes(top_k, min_prob, label, format, json, sort_into)
      ->type_name("LAYER");
  CLI::Option* resume = command.add_flag_callback(
      "--resume", [options] { options->existing = Existing::resume; },
      "Continue an earlier run; repeat failed and changed images");
  command
      .add_flag_callback(
          "--overwrite", [options] { options->existing = Existing::overwrite; },
          "Replace the file of -o if it exists")
      ->excludes(resume);
  command.add_flag("--time", options->run.time, "Add the time of each layer, summed over the run");
  command
      .add_option("--trace", options->trace,
                  "Write what each thread does, as trace events for ui.perfetto.dev")
      ->type_name("FILE");
  add_reading_options(command, options->run.reading);
  add_model_options(command, options->model);
  add_engine_options(command, options->engine);
  add_batch_size_option(command, options->run.batch_size);
  add_threads_option(command, options->threads);
  add_detail(command, "The extensions .txt, .jsonl, .json, .csv, .db and .sqlite of -o set the format.");
  add_detail(
      command,
      "--label compares the label, the id and the index of a class, and keeps only images with a match among "
      "their -k predictions. It may be repeated: one match is enough.");
  add_detail(command,
             "--extract fc7 writes the output before the ReLU, --extract relu7 after it (Caffe's fc7).");
  command.callback([options, &global, &run] {
    // The earlier run may have moved all images.
    options->listing.may_be_empty = options->existing == Existing::resume && options->sort.moves();
    if (options->listing.paths.empty() && options->listing.files_from.empty())
      throw UsageError("name a PATH, or a list with --files-from");
    run = [options, &global] {
      return with_threads(options->threads, [&] { return batch(*options, global); });
    };
  });
}

}  // namespace alexnet::app
