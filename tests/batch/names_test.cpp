#include "batch/list/names.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <thread>
#include <vector>

#include "cli/command.hpp"
#include "run/signals.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using app::Names;
using cli::TemporaryFolder;
using namespace std::string_literals;

namespace {

using Words = std::vector<std::string>;

Words all(Names& names) {
  Words words;
  while (const std::optional<std::string> name = names.next({})) words.push_back(*name);
  return words;
}

Words names_in(const std::string& text, char end = '\n') {
  const TemporaryFolder folder;
  Names names(folder.write("list", text), end);
  return all(names);
}

// Returns the error for a list file named "list".
std::string list_error(const std::string& text, char end = '\n') {
  const TemporaryFolder folder;
  const std::string file = folder.write("list", text);
  const std::string message = message_of<std::runtime_error>([&] {
    Names names(file, end);
    all(names);
  });
  return message.starts_with(file) ? "list" + message.substr(file.size()) : message;
}

std::string refusal_of_file(const std::string& file) {
  return message_of<std::runtime_error>([&] { Names(file, '\n'); });
}

std::string make_fifo(const TemporaryFolder& folder) {
  const std::string file = folder.path("fifo");
  REQUIRE(mkfifo(file.c_str(), 0600) == 0);
  return file;
}

}  // namespace

TEST_CASE("names end with any line ending, and empty lines are skipped") {
  CHECK(names_in("a\nb c\r\n\n\r\n d \nlast") == Words{"a", "b c", " d ", "last"});
  CHECK(names_in("").empty());
}

TEST_CASE("names that end in NUL are read byte for byte") {
  CHECK(names_in("a\nb\0\0c\r\0\xEF\xBB\xBF"s + "d"s, '\0') == Words{"a\nb", "c\r",
                                                                     "\xEF\xBB\xBF"
                                                                     "d"});
  CHECK(names_in("\xEF\xBB\xBF"
                 "first\0"s,
                 '\0') == Words{"\xEF\xBB\xBF"
                                "first"});
}

TEST_CASE("a NUL byte inside a line does not end the name") {
  CHECK(names_in("a\0b\nc\n"s) == Words{"a\0b"s, "c"});
}

TEST_CASE("a byte-order mark before the first name is skipped") {
  CHECK(names_in("\xEF\xBB\xBF"
                 "a.png\nb.png\n") == Words{"a.png", "b.png"});
  CHECK(names_in("\xEF\xBB\xBF") == Words{});
  CHECK(names_in("a.png\n\xEF\xBB\xBF"
                 "b.png\n") == Words{"a.png",
                                     "\xEF\xBB\xBF"
                                     "b.png"});
}

TEST_CASE("a list in UTF-16 is refused, and the error says so") {
  CHECK(list_error("\xFF\xFE"
                   "a\0.\0p\0n\0g\0\n\0"s) == "list: is UTF-16; save it as UTF-8");
  CHECK(list_error("\xFE\xFF\0a\0.\0p\0n\0g\0\n"s) == "list: is UTF-16; save it as UTF-8");
}

TEST_CASE("a name of 1 MiB is read, and a list with a longer name is refused") {
  const std::string longest(app::kMaxNameBytes, 'x');
  CHECK(names_in("a\n" + longest + "\nb") == Words{"a", longest, "b"});
  CHECK(names_in(longest) == Words{longest});
  CHECK(list_error("a\n\n" + longest + "x\nb\n") ==
        "list: line 3 is longer than 1 MiB; lists from find -print0 need -0");
  CHECK(list_error(longest + "x", '\0') ==
        "list: name 1 is longer than 1 MiB; leave out -0 for a list with a name on each line");
}

TEST_CASE("a folder or a device is refused as a list") {
  CHECK(refusal_of_file("/") ==
        "/: is a folder, not a list of names; use 'alexnet batch FOLDER' to classify its images");
  CHECK(refusal_of_file("/dev/zero") == "/dev/zero: is a device, not a list of names");
  CHECK(refusal_of_file("/nonexistent/list") ==
        "/nonexistent/list: cannot be read: No such file or directory; check the name");
  Names nothing("/dev/null", '\n');
  CHECK(all(nothing).empty());
}

TEST_CASE("names are read from a FIFO when a writer opens it") {
  const TemporaryFolder folder;
  const std::string file = make_fifo(folder);
  Names names(file, '\n');  // no writer yet
  std::thread writer([&] {
    const int fd = open(file.c_str(), O_WRONLY | O_CLOEXEC);
    for (const std::string part : {"fi", "rst\nsec", "ond"}) REQUIRE(write(fd, part.data(), part.size()) > 0);
    close(fd);
  });
  CHECK(all(names) == Words{"first", "second"});
  writer.join();
}

TEST_CASE("a stop request ends the wait for names and discards a partial name") {
  for (const bool writes : {false, true}) {
    CAPTURE(writes);
    const TemporaryFolder folder;
    const std::string file = make_fifo(folder);
    Names names(file, '\n');
    const int writer = writes ? open(file.c_str(), O_WRONLY | O_CLOEXEC) : -1;
    if (writes) REQUIRE(write(writer, "partial", 7) == 7);
    std::stop_source stop;
    std::thread stopper([&] { stop.request_stop(); });
    CHECK(!names.next(stop.get_token()));
    stopper.join();
    if (writes) close(writer);
  }
}

TEST_CASE("a stop request ends a read of endless input") {
  const int zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  std::array<char, 8> bytes{};
  CHECK(app::read_unless_stopped(zeros, bytes.data(), bytes.size()) == 8);
  std::stop_source stop;
  stop.request_stop();
  CHECK(!app::read_unless_stopped(zeros, bytes.data(), bytes.size(), stop.get_token()));
  close(zeros);
  constexpr int kClosed = 12345;
  CHECK(app::read_unless_stopped(kClosed, bytes.data(), bytes.size()) == -1);
}
