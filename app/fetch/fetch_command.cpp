#include "fetch/fetch_command.hpp"

#include <cstdio>

#include "alexnet/error.hpp"
#include "alexnet/version.hpp"
#include "print/json.hpp"
#include "print/stdout_writer.hpp"
#include "run/exit_status.hpp"
#include "run/progress.hpp"
#include "run/signals.hpp"

namespace alexnet::app {
namespace {

bool is_fetched(const CatalogueEntry& entry) {
  std::error_code ignored;
  return !user_models().empty() && std::filesystem::exists(fetched_model(entry), ignored);
}

std::string list_text(const std::vector<CatalogueEntry>& catalogue, const Style& style) {
  using enum Table::Align;
  Table table({{"name"},
               {"about", right},
               {"top-1", right},
               {"fetched"},
               {"source", left, {}, 1},
               {.title = "licence", .wraps = true}});
  for (const CatalogueEntry& entry : catalogue)
    table.add({escape_for_terminal(entry.name), bytes(static_cast<double>(entry.about_bytes())),
               entry.accuracy ? percent(entry.accuracy->top1) : "", is_fetched(entry) ? "yes" : "",
               escape_for_terminal(entry.source), escape_for_terminal(entry.licence)});
  return table.text(style);
}

std::string list_json(const std::vector<CatalogueEntry>& catalogue) {
  std::string lines;
  for (const CatalogueEntry& entry : catalogue) {
    lines += dump({{"name", entry.name},
                   {"source", entry.source},
                   {"file", entry.file},
                   {"urls", entry.urls},
                   {"about_bytes", entry.about_bytes()},
                   {"parameters", entry.parameters},
                   {"licence", entry.licence},
                   {"accuracy", accuracy_json(entry.accuracy)},
                   {"fetched", is_fetched(entry)}}) +
             "\n";
  }
  return lines;
}

int list(const FetchCommandOptions& options, ColorMode color) {
  const std::vector<CatalogueEntry> catalogue = read_catalogues();
  Output out;
  out.write(options.json ? list_json(catalogue) : list_text(catalogue, style_for(color, out.is_terminal())));
  out.flush();
  return kWell;
}

const CatalogueEntry& entry_of(const std::vector<CatalogueEntry>& catalogue, const std::string& name) {
  try {
    return find_entry(catalogue, name);
  } catch (const UnknownModel& e) {
    if (!e.published().empty()) throw UsageError(e.what());
    throw UsageError(std::string(e.what()) + "; 'alexnet fetch --list' lists the models");
  }
}

int fetch(const FetchCommandOptions& options, ColorMode color) {
  const std::vector<CatalogueEntry> catalogue = read_catalogues();
  const CatalogueEntry& entry = entry_of(catalogue, options.name);
  const std::string place = fetched_model(entry).string();
  const bool was_there = is_fetched(entry);
  catch_interrupts();
  DownloadProgress progress(style_for(color, error_is_terminal()));
  FetchOptions how = options.how;
  how.agent = std::string("alexnet/") + version();
  how.interrupted = [] { return interrupted() != 0; };
  how.progress = [&](std::uint64_t done, std::uint64_t total) {
    progress.advance(done, total > 0 ? total : static_cast<std::uint64_t>(entry.about_bytes()));
  };
  how.note = [&](const std::string& line) {
    progress.finish();
    print_message(line);
  };
  const bool done = fetch_model(entry, how);
  progress.finish();
  if (!done) {
    constexpr int kSignal = 128;
    print_message("stopped; repeat the command to continue the download");
    return kSignal + interrupted();
  }
  Output out;
  out.write(options.json ? dump({{"name", entry.name}, {"path", place}}) + "\n"
                         : escape_for_terminal(entry.name) + "  " + escape_for_terminal(place) + "\n");
  out.flush();
  std::fprintf(stderr, "%stry: alexnet classify -m %s photo.jpg\n", was_there ? "it was already here; " : "",
               escape_for_terminal(entry.name).c_str());
  return kWell;
}

}  // namespace

int run_fetch(const FetchCommandOptions& options, ColorMode color) {
  return options.list ? list(options, color) : fetch(options, color);
}

}  // namespace alexnet::app
