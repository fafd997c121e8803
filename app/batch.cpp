#include <memory>

#include "batch_run.hpp"
#include "commands.hpp"
#include "faults.hpp"

namespace alexnet::app {
namespace {

struct BatchOptions {
  ListingOptions listing;
  ModelChoice model;
  EngineOptions engine;
  std::string output = "-";
  std::optional<Format> format;  // else as the output's ending says
  int threads = 0;
  RunOptions run;
};

Format format_of(const BatchOptions& options) {
  if (options.format) return *options.format;
  if (options.output.ends_with(".jsonl") || options.output.ends_with(".json")) return Format::jsonl;
  return options.output.ends_with(".csv") ? Format::csv : Format::text;
}

int batch(const BatchOptions& options, const Global& global) {
  Model model = options.model.open();
  const std::vector<Listed> list = list_images(options.listing);
  EngineOptions engine = options.engine;
  engine.batch = images_in_pass(options.run) * options.run.reading.crops;
  engine.passes = (static_cast<int>(list.size()) - 1) / images_in_pass(options.run) + 1;
  Session session(std::move(model), engine);
  session.require_classifier();
  print_notes(session.model);
  for (const Listed& listed : list) refuse_to_overwrite(listed.path, options.output);
  refuse_to_overwrite(options.listing.files_from, options.output);
  refuse_to_overwrite((session.model.path / session.model.description.weights).string(), options.output);
  refuse_to_overwrite(session.model.path.string(), options.output);
  Output out(options.output);
  const Style style = style_for(global.color, error_is_terminal());
  catch_interrupts();
  RunOptions run_options = options.run;
  run_options.format = format_of(options);
  BatchRun run(run_options, list, session, out, style);
  const Stopwatch watch;
  run.run();
  out.close();

  const Totals& t = run.totals();
  std::string summary = grouped(static_cast<std::int64_t>(t.images)) + " images, " +
                        grouped(static_cast<std::int64_t>(t.failures)) + " failed, " +
                        number(1000.0 * static_cast<double>(t.images) / watch.ms()) + " images/s; " +
                        number(watch.ms() / 1000) + " s in all, decode " + number(t.decode_ms / 1000) +
                        " s (summed over threads), network " + number(t.network_ms / 1000) + " s\n";
  if (options.run.time && t.images > t.failures)
    summary += (options.run.reading.crops > 1
                    ? "\nsummed over the images, ten crops each; m x k x n is of one crop\n"
                    : "\nsummed over the images; m x k x n is of one image\n") +
               layers_text(run.layer_times(), 1, style);
  std::fputs(summary.c_str(), stderr);
  if (const int signal = interrupted(); signal != 0) {
    std::fprintf(stderr, "alexnet: stopped after %zu of %zu images\n", t.images, list.size());
    return 128 + signal;
  }
  return t.failures > 0 ? kImagesFailed : kWell;
}

}  // namespace

void setup_batch(CLI::App& cli, const Global& global, Command& run) {
  auto options = std::make_shared<BatchOptions>();
  CLI::App* command = cli.add_subcommand("batch", "Work through folders of photos");
  command->add_option("PLACE", options->listing.places,
                      "Folders and image files; - reads one image from standard input");
  command->add_flag("-r,--recursive", options->listing.recursive, "Folders inside folders too");
  command
      ->add_option("--files-from", options->listing.files_from,
                   "A file with one name a line; - for standard input")
      ->type_name("FILE");
  command->add_flag("-0,--null", options->listing.null,
                    "Those names end in NUL, as find -print0 writes them");
  add_model_options(*command, options->model);
  add_engine_options(*command, options->engine);
  command->add_option("-k", options->run.k, "How many answers to give for each image")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000000))
      ->type_name("N");
  command
      ->add_option("-o,--output", options->output,
                   "Write the results there; .jsonl and .csv choose the format (default: standard output)")
      ->type_name("FILE");
  static const std::map<std::string, Format> kFormats{
      {"text", Format::text}, {"jsonl", Format::jsonl}, {"csv", Format::csv}};
  auto* format =
      command
          ->add_option_function<std::string>(
              "--format", [options](const std::string& name) { options->format = kFormats.at(name); },
              "text, jsonl or csv (default: text)")
          ->check(CLI::IsMember({"text", "jsonl", "csv"}))
          ->type_name("FORMAT");
  command
      ->add_flag_callback(
          "--json", [options] { options->format = Format::jsonl; }, "The same as --format jsonl")
      ->excludes(format);
  command
      ->add_option("--batch-size", options->run.batch_size,
                   "Images that go through the network together; of ten crops, each counts as one")
      ->capture_default_str()
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
  command->add_flag("--time", options->run.time, "Add the time of every layer, summed over the run");
  add_reading_options(*command, options->run.reading);
  add_threads_option(*command, options->threads);
  command->footer(
      "Example:\n  alexnet batch photos/\n  find . -name '*.jpg' -print0 | alexnet batch --files-from - -0 "
      "-o results.jsonl");
  command->callback([options, &global, &run] {
    if (options->listing.places.empty() && options->listing.files_from.empty())
      throw CLI::RequiredError("PLACE or --files-from");
    run = [options, &global] {
      return with_threads(options->threads, [&] { return batch(*options, global); });
    };
  });
}

}  // namespace alexnet::app
