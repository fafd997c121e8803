// Manual pages.
#include "command_line/commands.hpp"

#include <algorithm>
#include <memory>

#include "alexnet/error.hpp"
#include "alexnet/version.hpp"
#include "command_line/help.hpp"
#include "command_line/options.hpp"
#include "core/ascii.hpp"
#include "core/escape_for_terminal.hpp"
#include "print/stdout_writer.hpp"

namespace alexnet::app {
namespace {

const std::vector<HelpEntry>& environment() {
  static const std::vector<HelpEntry> kVariables{
      {"ALEXNET_MODELS", "Folders of models, separated by colons; searched first"},
      {"ALEXNET_NO_HINTS", "If set, do not print notes about models that could be downloaded"},
      {"XDG_DATA_HOME", "Folder of the user's data, instead of ~/.local/share"},
      {"NO_COLOR", "If set and not empty, no colour unless --color always is given"},
      {"COLUMNS", "Width of the output, instead of that of the terminal"}};
  return kVariables;
}

const std::vector<HelpEntry>& job_array() {
  static const std::vector<HelpEntry> kVariables{
      {"SLURM_ARRAY_TASK_ID",
       "Task that --shard auto takes, with SLURM_ARRAY_TASK_MIN, _MAX, _STEP and _COUNT"},
      {"JOB_COMPLETION_INDEX", "Index that --shard auto/N takes in an indexed job of Kubernetes"}};
  return kVariables;
}

const std::vector<HelpEntry>& files() {
  static const std::vector<HelpEntry> kFiles{
      {"~/.local/share/alexnet/models", "Models of the user; alexnet-fetch(1) stores them here"},
      {"../share/alexnet/models", "Models installed with the command, relative to its folder"}};
  return kFiles;
}

// Escapes text for roff. A dash is a hyphen in roff, and stays what a user types only if it is escaped.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\\' ? "\\e" : c == '-' ? "\\-" : std::string(1, c);
  // A line that begins with one of these would be a request.
  return out.starts_with(".") || out.starts_with("'") ? "\\&" + out : out;
}

std::string bold(const std::string& text) { return "\\fB" + roff(text) + "\\fR"; }

// Sets options and commands in bold and the names of values in italics.
std::string styled(const std::string& name) {
  const std::size_t value = name.find_last_of(' ');
  if (!name.starts_with("-") || value == std::string::npos || name[value + 1] == '-') return bold(name);
  return bold(name.substr(0, value)) + " \\fI" + roff(name.substr(value + 1)) + "\\fR";
}

std::string entries(const std::vector<HelpEntry>& all) {
  std::string out;
  for (const HelpEntry& entry : all)
    out += ".TP\n" + styled(entry.name) + "\n" + roff(entry.text + (entry.text.ends_with(".") ? "" : ".")) +
           "\n";
  return out;
}

std::string subsections(const std::vector<HelpSection>& sections) {
  std::string out;
  for (const HelpSection& section : sections)
    out += ".SS \"" + roff(section.title) + "\"\n" + entries(section.entries);
  return out;
}

std::string examples(const std::vector<Example>& all) {
  std::string out;
  for (const Example& example : all) out += ".TP\n" + bold(example.line) + "\n" + roff(example.what) + ".\n";
  return out;
}

// Returns the names of the other pages: ".BR alexnet (1)," and so on.
std::string see_also(const std::string& self) {
  std::vector<std::string> pages{"alexnet"};
  for (const CommandEntry& entry : command_table())
    if (*entry.group != '\0') pages.push_back("alexnet-" + std::string(entry.name));
  std::erase(pages, self);
  std::string out;
  for (const std::string& page : pages)
    out += ".BR " + roff(page) + " (1)" + (page == pages.back() ? "\n" : ",\n");
  return out;
}

}  // namespace

std::string manual_page(const HelpPage& page) {
  std::string upper = page.name;
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  std::string summary = page.summary;
  summary.front() = to_lower_ascii(summary.front());
  std::string out =
      ".TH " + roff(upper) + " 1 " ALEXNET_DATE " \"alexnet " + version() + "\" \"User Commands\"\n.nh\n";
  out += ".SH NAME\n" + roff(page.name) + " \\- " + roff(summary) + "\n";
  out += ".SH SYNOPSIS\n.nf\n" + roff(page.usage) + "\n.fi\n";
  out += ".SH DESCRIPTION\n" + roff(page.summary) + ".\n";
  for (const std::string& paragraph : page.details) out += ".PP\n" + roff(paragraph) + "\n";
  out += subsections(page.commands);
  out += ".SH OPTIONS\n" + subsections(page.options);
  out += ".SH EXAMPLES\n" + examples(page.examples);
  out += ".SH EXIT STATUS\n" + entries(exit_statuses());
  out += ".SH ENVIRONMENT\n" + entries(environment());
  if (page.name == "alexnet-batch") out += entries(job_array());
  out += ".SH FILES\n" + entries(files());
  return out + ".SH SEE ALSO\n" + see_also(page.name);
}

void setup_man(CLI::App& command, const Global& /*global*/, Command& run) {
  auto chosen = std::make_shared<std::string>();
  command.add_option("PAGE", *chosen, "Manual page, such as alexnet-batch. Default: list them");
  command.callback([chosen, &command, &run] {
    run = [chosen, &command] {
      const CLI::App& cli = *command.get_parent();
      std::vector<HelpPage> pages{help_page(cli, nullptr)};
      for (const CLI::App* one : shown_commands(cli)) pages.push_back(help_page(cli, one));
      const auto page = std::ranges::find(pages, *chosen, &HelpPage::name);
      if (!chosen->empty() && page == pages.end())
        throw UsageError("unknown manual page " + in_quotes(*chosen) + "; alexnet man lists the pages");
      Output out;
      if (page != pages.end()) {
        out.write(manual_page(*page));
      } else {
        for (const HelpPage& one : pages) out.write(one.name + "\n");
      }
      out.flush();
      return kWell;
    };
  });
}

}  // namespace alexnet::app
