#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/parallel_pipeline.h>
#include <oneapi/tbb/task_arena.h>

#include <atomic>
#include <exception>
#include <memory>

#include "commands.hpp"
#include "core/error.hpp"
#include "faults.hpp"
#include "listing.hpp"
#include "progress.hpp"
#include "report/output.hpp"
#include "report/record.hpp"
#include "report/time_report.hpp"
#include "session.hpp"

namespace alexnet::app {
namespace {

enum class Format { text, jsonl, csv };

struct BatchOptions {
  ListingOptions listing;
  std::string model = kDefaultModel;
  std::size_t k = 5;
  std::string output = "-";
  std::optional<Format> format;
  int batch_size = 16;
  int threads = 0;
  bool time = false;
  std::optional<image::Rgb> background;
};

// Images that go through the network together.
struct Chunk {
  std::vector<Record> records;
  std::vector<std::size_t> good;  // the records that were decoded, in order
  std::vector<float> input;       // theirs, one after the other
};
using ChunkPtr = std::shared_ptr<Chunk>;  // the pipeline's tokens must be copyable

struct Totals {
  std::size_t images = 0;
  std::size_t failures = 0;
  std::atomic<double> decode_ms = 0.0;  // summed over threads
  double network_ms = 0.0;
};

// Takes stretches of the list through decoding, the network and writing, at the same time and in order.
class BatchRun {
 public:
  BatchRun(const BatchOptions& options, Format format, const std::vector<Listed>& list, Session& session,
           Output& out, const Style& error_style)
      : options_(options),
        format_(format),
        list_(list),
        session_(session),
        out_(out),
        workspace_(session.network, options.batch_size),
        layer_ms_(session.network.layers().size()),
        progress_(list.size(), error_style) {}

  void run() {
    constexpr std::size_t kChunksInFlight = 4;  // bounds the memory, whatever the list's length
    if (format_ == Format::csv) out_.write(csv_header());
    tbb::parallel_pipeline(
        kChunksInFlight,
        tbb::make_filter<void, ChunkPtr>(tbb::filter_mode::serial_in_order,
                                         [this](tbb::flow_control& control) { return next(control); }) &
            tbb::make_filter<ChunkPtr, ChunkPtr>(tbb::filter_mode::parallel,
                                                 [this](ChunkPtr c) { return decode(std::move(c)); }) &
            tbb::make_filter<ChunkPtr, ChunkPtr>(tbb::filter_mode::serial_in_order,
                                                 [this](ChunkPtr c) { return forward(std::move(c)); }) &
            tbb::make_filter<ChunkPtr, void>(tbb::filter_mode::serial_in_order,
                                             [this](const ChunkPtr& c) { write(*c); }));
    progress_.finish();
    if (failure_) std::rethrow_exception(failure_);
  }

  const Totals& totals() const { return totals_; }
  // Of the images that did not fail, summed over all passes.
  std::vector<LayerTime> layer_times() const {
    return summed_layer_times(session_.network.layers(), layer_ms_,
                              static_cast<int>(totals_.images - totals_.failures), passes_);
  }

 private:
  ChunkPtr next(tbb::flow_control& control) {
    const std::size_t count = std::min(static_cast<std::size_t>(options_.batch_size), list_.size() - next_);
    if (count == 0 || interrupted() != 0 || failed_) {
      control.stop();
      return nullptr;
    }
    auto chunk = std::make_shared<Chunk>();
    for (std::size_t i = 0; i < count; ++i) {
      const Listed& listed = list_[next_ + i];
      chunk->records.push_back({listed.path, {}, listed.reason.empty() ? "" : "list", listed.reason});
    }
    next_ += count;
    return chunk;
  }

  ChunkPtr decode(ChunkPtr chunk) {
    const std::size_t size = session_.network.input_shape().count();
    chunk->input.resize(chunk->records.size() * size);
    tbb::parallel_for(std::size_t{0}, chunk->records.size(), [&](std::size_t i) {
      Record& record = chunk->records[i];
      if (record.failed()) return;
      const Stopwatch watch;
      try {
        session_.read_input(record.path, options_.background, chunk->input.data() + i * size);
      } catch (const ImageError& e) {
        record.stage = e.stage();
        record.reason = e.what();
      }
      totals_.decode_ms += watch.ms();
    });
    for (std::size_t i = 0; i < chunk->records.size(); ++i) {
      if (chunk->records[i].failed()) continue;
      const auto from = chunk->input.begin() + static_cast<std::ptrdiff_t>(i * size);
      const auto to = chunk->input.begin() + static_cast<std::ptrdiff_t>(chunk->good.size() * size);
      if (from != to) std::copy_n(from, size, to);
      chunk->good.push_back(i);
    }
    return chunk;
  }

  ChunkPtr forward(ChunkPtr chunk) {
    if (chunk->good.empty()) return chunk;
    const Stopwatch watch;
    const auto images = static_cast<int>(chunk->good.size());
    std::copy_n(chunk->input.begin(), chunk->good.size() * session_.network.input_shape().count(),
                workspace_.input().begin());
    const Observer add_times = [this](std::size_t layer, std::span<const float>,
                                      std::chrono::nanoseconds elapsed) {
      layer_ms_[layer] += std::chrono::duration<double, std::milli>(elapsed).count();
    };
    // Isolated: while this thread waits for the others' share it takes up no image to decode, whose time would be counted
    // as the network's.
    const auto all = tbb::this_task_arena::isolate(
        [&] { return session_.network.forward(workspace_, images, options_.time ? add_times : Observer()); });
    ++passes_;
    const std::size_t classes = all.size() / chunk->good.size();
    for (std::size_t i = 0; i < chunk->good.size(); ++i) {
      auto& predictions = chunk->records[chunk->good[i]].predictions;
      predictions = top_k(all.subspan(i * classes, classes), options_.k);
      session_.warn_of_nan(predictions);
    }
    totals_.network_ms += watch.ms();
    return chunk;
  }

  void write(const Chunk& chunk) {
    if (failed_) return;
    std::string lines;
    for (const Record& record : chunk.records) {
      ++totals_.images;
      if (record.failed()) ++totals_.failures;
      lines += format_ == Format::jsonl ? dump(record_json(record, session_.model)) + "\n"
               : format_ == Format::csv ? csv_lines(record, session_.model)
                                        : text_line(record, session_.model);
    }
    try {
      out_.write(lines);
      out_.flush();
    } catch (const OutputError&) {  // TBB would leak the chunks in flight if it left the pipeline
      failure_ = std::current_exception();
      failed_ = true;
    }
    progress_.advance(chunk.records.size(), totals_.failures);
  }

  const BatchOptions& options_;
  Format format_;
  const std::vector<Listed>& list_;
  Session& session_;
  Output& out_;
  Workspace workspace_;
  std::vector<double> layer_ms_;
  int passes_ = 0;
  Progress progress_;
  Totals totals_;
  std::size_t next_ = 0;
  std::atomic<bool> failed_ = false;  // the output; no more is read then
  std::exception_ptr failure_;
};

Format format_of(const BatchOptions& options) {
  if (options.format) return *options.format;
  if (options.output.ends_with(".jsonl") || options.output.ends_with(".json")) return Format::jsonl;
  return options.output.ends_with(".csv") ? Format::csv : Format::text;
}

int batch(const BatchOptions& options, const Global& global) {
  Session session(options.model);
  session.require_classifier();
  const std::vector<Listed> list = list_images(options.listing);
  for (const Listed& listed : list) refuse_to_overwrite(listed.path, options.output);
  refuse_to_overwrite(options.listing.files_from, options.output);
  refuse_to_overwrite((session.model.path / session.model.description.weights).string(), options.output);
  refuse_to_overwrite(session.model.path.string(), options.output);
  Output out(options.output);
  const Style style = style_for(global.color, error_is_terminal());
  catch_interrupts();
  BatchRun run(options, format_of(options), list, session, out, style);
  const Stopwatch watch;
  run.run();
  out.close();

  const Totals& t = run.totals();
  std::string summary = grouped(static_cast<std::int64_t>(t.images)) + " images, " +
                        grouped(static_cast<std::int64_t>(t.failures)) + " failed, " +
                        number(1000.0 * static_cast<double>(t.images) / watch.ms()) + " images/s; " +
                        number(watch.ms() / 1000) + " s in all, decode " + number(t.decode_ms / 1000) +
                        " s (summed over threads), network " + number(t.network_ms / 1000) + " s\n";
  if (options.time && t.images > t.failures)
    summary +=
        "\nsummed over the images; m x k x n is of one image\n" + layers_text(run.layer_times(), 1, style);
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
  add_model_option(*command, options->model);
  command->add_option("-k", options->k, "How many answers to give for each image")
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
  command->add_option("--batch-size", options->batch_size, "Images that go through the network together")
      ->capture_default_str()
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
  command->add_flag("--time", options->time, "Add the time of every layer, summed over the run");
  add_background_option(*command, options->background);
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
