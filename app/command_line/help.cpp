#include "command_line/help.hpp"

#include <algorithm>
#include <sstream>

namespace alexnet::app {
namespace {

constexpr std::size_t kMaxColumns = 100;
constexpr std::size_t kDefaultColumns = 80;  // without a terminal and without COLUMNS
constexpr std::size_t kMaxNameColumns = 24;  // a longer name has its text on the next line
constexpr std::size_t kMinTextColumns = 24;

std::string shown_name(const CLI::Option& option) {
  std::string text;
  for (const std::string& name : names_of(option)) text += (text.empty() ? "" : ", ") + name;
  if (!takes_value(option)) return text;
  const bool optional = option.get_items_expected_min() == 0;
  return text + (optional ? " [" : " ") + value_name(option) + (optional ? "]" : "");
}

std::string shown_text(const CLI::Option& option) {
  const std::string fallback = option.get_default_str();
  return option.get_description() + (fallback.empty() ? "" : ". Default: " + fallback);
}

std::vector<const CLI::Option*> positionals_of(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) { return option->get_positional(); });
}

std::string usage_of(const CLI::App& command) {
  std::string usage = "alexnet " + command.get_name() + " [OPTION...]";
  for (const CLI::Option* argument : positionals_of(command)) {
    const bool many = argument->get_expected_max() >= CLI::detail::expected_max_vector_size;
    const std::string name = argument->get_name(true) + (many ? "..." : "");
    usage += argument->get_required() ? " " + name : " [" + name + "]";
  }
  return usage;
}

// Returns sections in the order in which their titles first appear.
class Sections {
 public:
  void add(const std::string& title, HelpEntry entry) {
    auto found = std::ranges::find(all_, title, &HelpSection::title);
    if (found == all_.end()) found = all_.insert(found, {title, {}});
    found->entries.push_back(std::move(entry));
  }
  std::vector<HelpSection> all() && { return std::move(all_); }

 private:
  std::vector<HelpSection> all_;
};

std::vector<HelpSection> option_sections(const CLI::App& cli, const CLI::App& command) {
  Sections sections;
  for (const CLI::Option* argument : positionals_of(command))
    sections.add("Arguments", {argument->get_name(true), shown_text(*argument)});
  for (const CLI::Option* option : shown_options(cli, command))
    sections.add(option->get_group(), {shown_name(*option), shown_text(*option)});
  return std::move(sections).all();
}

std::vector<std::string> paragraphs(const std::string& text) {
  std::vector<std::string> found;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) found.push_back(line);
  return found;
}

std::size_t name_columns(const std::vector<HelpSection>& sections) {
  std::size_t most = 0;
  for (const HelpSection& section : sections)
    for (const HelpEntry& entry : section.entries)
      if (entry.name.size() <= kMaxNameColumns) most = std::max(most, entry.name.size());
  return most;
}

std::string sections_text(const std::vector<HelpSection>& sections, std::size_t columns) {
  constexpr std::size_t kGap = 2;
  const std::size_t text_column = kGap + name_columns(sections) + kGap;
  const std::size_t most = std::max(columns, text_column + kMinTextColumns);
  const std::string indent(text_column, ' ');
  std::string out;
  for (const HelpSection& section : sections) {
    out += "\n" + section.title + ":\n";
    for (const HelpEntry& entry : section.entries) {
      std::string name = "  " + entry.name;
      name += name.size() + kGap <= text_column ? std::string(text_column - name.size(), ' ') : "\n" + indent;
      out += name + wrapped(entry.text, most, indent) + "\n";
    }
  }
  return out;
}

}  // namespace

HelpPage help_page(const CLI::App& cli, const CLI::App* command) {
  HelpPage page;
  if (command != nullptr) {
    const CommandEntry* const entry = find_command(command->get_name());
    page.name = "alexnet-" + command->get_name();
    page.usage = usage_of(*command);
    page.summary = command->get_description();
    page.options = option_sections(cli, *command);
    page.details = paragraphs(command->get_footer());
    page.examples = entry->examples;
    return page;
  }
  page.name = "alexnet";
  page.usage = "alexnet [COMMAND] [OPTION...] [ARGUMENT...]";
  page.summary = cli.get_description();
  Sections commands;
  for (const CLI::App* one : shown_commands(cli))
    commands.add(one->get_group(), {one->get_name(), one->get_description()});
  page.commands = std::move(commands).all();
  page.options = option_sections(cli, cli);
  page.details = paragraphs(cli.get_footer());
  page.examples = program_examples();
  return page;
}

std::string help_text(const HelpPage& page, std::size_t columns) {
  columns = columns == 0 ? kDefaultColumns : std::min(columns, kMaxColumns);
  std::string out =
      wrapped(page.summary, columns) + "\n\nUsage: " + wrapped(page.usage, columns, "       ") + "\n";
  out += sections_text(page.commands, columns) + sections_text(page.options, columns);
  for (const std::string& paragraph : page.details) out += "\n" + wrapped(paragraph, columns) + "\n";
  if (!page.commands.empty()) out += sections_text({{"Exit status", exit_statuses()}}, columns);
  if (!page.examples.empty()) out += "\nExamples:\n";
  for (const Example& example : page.examples)
    out += "  " + std::string(example.line) + "\n      " + wrapped(example.what, columns, "      ") + "\n";
  return out;
}

const std::vector<HelpEntry>& exit_statuses() {
  static const std::vector<HelpEntry> kStatuses{{"0", "Success"},
                                                {"1", "Some images failed"},
                                                {"2", "The command line, a model or an input file is wrong"},
                                                {"3", "The output could not be written"},
                                                {"70", "Internal error: a fault in the program"},
                                                {"130, 143", "Stopped by SIGINT or SIGTERM"}};
  return kStatuses;
}

std::vector<const CLI::App*> shown_commands(const CLI::App& cli) {
  return cli.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
}

std::vector<const CLI::Option*> shown_options(const CLI::App& cli, const CLI::App& command) {
  const auto is_named = [](const CLI::Option* option) {
    return option->nonpositional() && !option->get_group().empty();
  };
  std::vector<const CLI::Option*> options = command.get_options(is_named);
  // CLI11 declares --help first.
  std::stable_partition(options.begin(), options.end(),
                        [&](const CLI::Option* o) { return o != command.get_help_ptr(); });
  if (&command == &cli) return options;
  for (const CLI::Option* option : cli.get_options(is_named))
    if (option != cli.get_help_ptr()) options.push_back(option);
  return options;
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

std::string value_name(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return type.substr(0, type.find(':'));
}

}  // namespace alexnet::app
