// Help, manual pages and completions, made from the table of commands.
#include "command_line/help.hpp"

#include <doctest/doctest.h>

#include <set>

#include "cli/command.hpp"
#include "print/text.hpp"

using namespace alexnet::app;
using alexnet::cli::contains;
using alexnet::cli::lines;

namespace {

// The program's command line, as main() declares it.
struct Declared {
  Declared() { setup_commands(cli, global, run); }
  std::vector<HelpPage> pages() const {
    std::vector<HelpPage> all{help_page(cli, nullptr)};
    for (const CLI::App* command : shown_commands(cli)) all.push_back(help_page(cli, command));
    return all;
  }
  CLI::App cli;
  Global global;
  Command run;
};

// Returns the words of a text, split at blanks and line feeds.
std::multiset<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::multiset<std::string> words;
  for (std::string word; in >> word;) words.insert(word);
  return words;
}

}  // namespace

TEST_CASE("every command belongs to a group and has a summary and an example that names it") {
  const std::set<std::string> groups{"Classify", "Profile", "Understand", "Models"};
  for (const CommandEntry& entry : command_table()) {
    CAPTURE(entry.name);
    CHECK(*entry.summary != '\0');
    if (*entry.group == '\0') continue;
    CHECK(groups.contains(entry.group));
    REQUIRE(!entry.examples.empty());
    for (const Example& example : entry.examples)
      CHECK(contains(example.line, "alexnet " + std::string(entry.name)));
  }
}

TEST_CASE("the program's help lists the commands by group with their summaries") {
  const Declared declared;
  const std::string text = help_text(help_page(declared.cli, nullptr), 0);
  std::string group;
  for (const CommandEntry& entry : command_table()) {
    CAPTURE(entry.name);
    const bool is_listed = contains(text, "\n  " + std::string(entry.name) + " ");
    CHECK(is_listed == (*entry.group != '\0'));
    if (is_listed) CHECK(contains(text, std::string("  ") + entry.summary + "\n"));
    if (entry.group != group && is_listed) CHECK(contains(text, "\n" + std::string(entry.group) + ":\n"));
    group = entry.group;
  }
  CHECK(contains(text, "\n  70  "));
}

TEST_CASE("a command's help shows each option on one line of at most 100 columns, then examples") {
  const Declared declared;
  for (const HelpPage& page : declared.pages()) {
    CAPTURE(page.name);
    const std::string text = help_text(page, 100);
    for (const std::string& line : lines(text)) {
      CAPTURE(line);
      CHECK(width(line) <= 100);
    }
    for (const HelpSection& section : page.options)
      for (const HelpEntry& entry : section.entries) {
        CAPTURE(entry.name);
        CHECK(contains(text, "\n  " + entry.name + "  "));
        CHECK(contains(text, "  " + entry.text + "\n"));
        CHECK(!entry.text.ends_with("."));
      }
    for (const Example& example : page.examples)
      CHECK(contains(text, "\n  " + std::string(example.line) + "\n      " + example.what + "\n"));
  }
}

TEST_CASE("help breaks lines between words at every width") {
  const Declared declared;
  for (const HelpPage& page : declared.pages()) {
    CAPTURE(page.name);
    const std::multiset<std::string> words = words_of(help_text(page, 0));
    for (const std::size_t columns : {80U, 60U, 40U}) {
      const std::string text = help_text(page, columns);
      CHECK(words_of(text) == words);
      if (columns < 80) continue;
      for (const std::string& line : lines(text)) {
        CAPTURE(line);
        CHECK(width(line) <= columns);
      }
    }
  }
}

TEST_CASE("a manual page has the usual sections and escapes characters that roff interprets") {
  const Declared declared;
  for (const HelpPage& page : declared.pages()) {
    CAPTURE(page.name);
    const std::string text = manual_page(page);
    std::size_t at = 0;
    for (const char* section : {"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES", "EXIT STATUS",
                                "ENVIRONMENT", "FILES", "SEE ALSO"}) {
      CAPTURE(section);
      const std::size_t found = text.find("\n.SH " + std::string(section) + "\n", at);
      REQUIRE(found != std::string::npos);
      at = found;
    }
  }
  HelpPage page;
  page.name = page.usage = page.summary = "x";
  page.details = {".dot \\ -d", "'quote"};
  CHECK(contains(manual_page(page), "\n\\&.dot \\e \\-d\n"));
  CHECK(contains(manual_page(page), "\n\\&'quote\n"));
}
