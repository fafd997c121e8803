// Names with a NUL byte must never refer to the file whose name ends there.
#include <doctest/doctest.h>

#include "alexnet/error.hpp"
#include "alexnet/image.hpp"
#include "batch/output/resume_journal.hpp"
#include "cli/command.hpp"
#include "core/mapped_file.hpp"
#include "network/model.hpp"
#include "run/file_state.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using cli::TemporaryFolder;
using namespace std::string_literals;

TEST_CASE("a file name with a NUL byte opens no file") {
  const TemporaryFolder folder;
  const std::string name = folder.write("a.png", cli::read_file(cli::fixture("1x1.png"))) + "\0b"s;
  CHECK(message_of<ImageError>([&] { image::load(name); }) == "the name contains a NUL byte");
  CHECK(!image::is_image(name));
  CHECK(message_of<ModelError>([&] { MappedFile{name}; }) ==
        folder.path("a.png") + "\\x00b: the name contains a NUL byte");
  CHECK(app::file_state(folder.path("a.png")).bytes > 0);
  CHECK(app::file_state(name) == app::FileState());
}

TEST_CASE("a journal keeps the whole path if it contains a NUL byte") {
  const TemporaryFolder folder;
  app::JournalEntry entry;
  entry.path = "a%\n\0b\nc"s;
  entry.failed = true;
  const std::string file =
      folder.write("out.journal", app::journal_header({{"model", "m"}}) + app::journal_line(entry));
  const std::optional<app::Journal> journal = app::read_journal(file);
  REQUIRE(journal);
  REQUIRE(journal->entries.size() == 1);
  CHECK(journal->entries[0].path == entry.path);
}

TEST_CASE("labels may contain a NUL byte, and labels in UTF-16 are refused") {
  CHECK(parse_labels("a\nb\0c\n"s, "labels.txt").at(1).text == "b\0c"s);
  CHECK(message_of<ModelError>([] {
          parse_labels(
              "\xFF\xFE"
              "a\0\n\0"s,
              "labels.txt");
        }) == "labels.txt: is UTF-16; save it as UTF-8");
  CHECK(parse_labels("\xEF\xBB\xBF"
                     "a\r\n",
                     "labels.txt")
            .at(0)
            .text == "a");
}
