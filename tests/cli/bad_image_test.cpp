// Images that are refused and odd images that are accepted, as the command reports them. The tests of the
// image folder cover each decoder's own refusals.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include "command.hpp"
#include "image/byte_edits.hpp"
#include "image/odd_images.hpp"
#include "skip.hpp"

using namespace alexnet::cli;
using alexnet::image::bad_images;
using alexnet::image::big_endian;
using alexnet::image::crc_of;
using alexnet::image::FileBytes;
using alexnet::image::from_text;
using alexnet::image::good_images;
using alexnet::image::joined;
using alexnet::image::OddImage;
using alexnet::image::patched;
using nlohmann::json;
using namespace std::string_literals;

namespace {

FileBytes bytes_of(const char* name) { return alexnet::image::fixture(name); }

// Writes the images and returns a list of their names.
std::string listed(const TemporaryFolder& folder, const std::vector<OddImage>& cases) {
  std::string list;
  for (const OddImage& c : cases)
    list += folder.write(c.name, {reinterpret_cast<const char*>(c.bytes.data()), c.bytes.size()}) + "\n";
  return list;
}

}  // namespace

TEST_CASE("each bad image is one record with a stage and a reason, and the run continues") {
  const TemporaryFolder folder;
  std::vector<OddImage> cases = bad_images();
  cases.push_back({"last.png", bytes_of("upright.png"), ""});
  const Result result = run({"batch", "--json", "--files-from", "-"}, listed(folder, cases));
  CHECK(result.status == 1);
  CHECK(lines(result.err).size() == 1);
  CHECK(contains(result.err, "32 images, 31 failed"));
  const std::vector<json> records = json_lines(result.out);
  REQUIRE(records.size() == cases.size());
  for (std::size_t i = 0; i + 1 < cases.size(); ++i) {
    CAPTURE(records[i].dump());
    CHECK(records[i].size() == 3);
    CHECK(records[i].at("path") == folder.path(cases[i].name));
    CHECK(records[i].at("stage") == (cases[i].bytes.empty() ? "read" : "decode"));
    CHECK(contains(records[i].at("reason").get<std::string>(), cases[i].reason));
  }
  CHECK(records.back().at("predictions").size() == 5);
}

TEST_CASE("classify reports the same stages and reasons on standard error") {
  const TemporaryFolder folder;
  const std::vector<OddImage> cases = bad_images();
  std::vector<std::string> args = lines(listed(folder, cases));
  args.insert(args.begin(), "classify");
  const Result result = run(args);
  CHECK(result.status == 1);
  CHECK(result.out == "");
  const std::vector<std::string> said = lines(result.err);
  REQUIRE(said.size() == cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i) {
    CAPTURE(said[i]);
    CHECK(said[i].starts_with("alexnet: " + args[i + 1] +
                              (cases[i].bytes.empty() ? ": read: " : ": decode: ")));
    CHECK(contains(said[i], cases[i].reason));
  }
}

TEST_CASE("a bad image on standard input is reported as standard input") {
  for (const auto& [input, reason] : {std::pair{""s, "the file is empty"}, {"no image"s, "it is text"}}) {
    const Result result = run({"classify", "-"}, input);
    CHECK(result.status == 1);
    CHECK(result.out == "");
    CHECK(result.err.starts_with("alexnet: -: decode: "));
    CHECK(contains(result.err, reason));
  }
}

TEST_CASE("unusual but valid images are classified") {
  const TemporaryFolder folder;
  const std::vector<OddImage> cases = good_images();
  const Result result = run({"batch", "--json", "--files-from", "-"}, listed(folder, cases));
  CHECK(result.status == 0);
  const std::vector<json> records = json_lines(result.out);
  REQUIRE(records.size() == cases.size());
  for (const json& record : records) {
    CAPTURE(record.dump());
    CHECK(record.at("predictions").size() == 5);
  }
}

TEST_CASE("a JPEG without its end marker is classified, and a note says so") {
  const TemporaryFolder folder;
  const std::string whole = read_file(photo("cat.jpg"));
  const std::string file = folder.write("samsung.jpg", whole.substr(0, whole.size() - 2) + "SEFT");
  const std::string note =
      "alexnet: note: " + file + ": JPEG: its end marker is missing; all pixels are there\n";
  Result result = run({"classify", "-k", "1", file});
  CHECK(result.status == 0);
  CHECK(contains(result.out, "tabby"));
  CHECK(result.err == note);
  result = run({"batch", "-k", "1", folder.path()});
  CHECK(result.status == 0);
  CHECK(result.err.starts_with(note + "1 image, 0 failed"));
  CHECK(run({"classify", "-k", "1", photo("cat.jpg")}).err == "");
}

TEST_CASE("a file of a system's metadata is refused by its kind if it is named") {
  const TemporaryFolder folder;
  const auto reason = [&](const std::string& name, const std::string& bytes) {
    const Result result = run({"classify", folder.write(name, bytes)});
    CHECK(result.status == 1);
    return result.err.substr(result.err.find(": decode: ") + 10);
  };
  CHECK(reason("._a.jpg", "\0\5\x16\7\0\2\0\0Mac OS X        "s) ==
        "not an image: it is an AppleDouble file, which holds only metadata of the file without '._'\n");
  CHECK(reason(".DS_Store", "\0\0\0\1Bud1\0\0\x10\0"s) ==
        "not an image: it is a .DS_Store, the settings of a folder\n");
  CHECK(reason("Thumbs.db", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0"s) ==
        "not an image: it is an OLE file, such as Thumbs.db\n");
  CHECK(reason("desktop.ini", "[.ShellClassInfo]\r\nIconIndex=0\r\n") ==
        "not an image: it is a desktop.ini, the settings of a folder\n");
}

TEST_CASE("a photo has the same answer in every stored orientation") {
  std::string list;
  for (const char* end : {".jpg", ".tif"})
    for (int i = 1; i <= 8; ++i) list += fixture("orientation" + std::to_string(i) + end) + "\n";
  const Result result = run({"batch", "--json", "--files-from", "-", "-k", "1"}, list);
  CHECK(result.status == 0);
  const std::vector<json> records = json_lines(result.out);
  REQUIRE(records.size() == 16);
  for (const json& record : records)
    CHECK(record.at("predictions").at(0).at("index") == records.at(0).at("predictions").at(0).at("index"));
}

TEST_CASE("an image that declares a huge size is refused before memory is allocated") {
  constexpr std::uint64_t kMemory = std::uint64_t{2} << 30;
  // A sanitizer's shadow memory alone is larger. 2^28 pixels would take 768 MB in addition to the decoded
  // data.
  if (run(Call{.args = {"classify", photo("cat.png")}, .memory_bytes = kMemory}).status != 0) {
    alexnet::test::skip("the command itself needs more memory here");
    return;
  }
  const FileBytes png = bytes_of("upright.png");
  const FileBytes bmp = bytes_of("rgb24.bmp");
  FileBytes plausible = patched(png, 16, joined(big_endian(16384), big_endian(16384)));
  plausible = patched(plausible, 29, crc_of({plausible.begin() + 12, plausible.begin() + 29}));
  const std::vector<OddImage> cases{
      {"65536.png", patched(png, 16, joined(big_endian(65536), big_endian(65536))), "65535 pixels at most"},
      {"65535.png", patched(png, 16, joined(big_endian(65535), big_endian(65535))),
       "268435456 pixels at most"},
      {"16384.png", plausible, "too short for 16384 x 16384 pixels"},
      {"65536.bmp",
       patched(bmp, 18, joined(alexnet::image::little_endian(65536), alexnet::image::little_endian(65536))),
       "65535 pixels at most"},
      {"65535.ppm", from_text("P6 65535 65535 255\n"), "268435456 pixels at most"},
      {"16384.ppm", from_text("P6 16384 16384 255\n"), "PNM: truncated"},
  };
  const TemporaryFolder folder;
  const Result result = run(Call{.args = {"batch", "--json", "--files-from", "-", "--threads", "2"},
                                 .input = listed(folder, cases),
                                 .memory_bytes = kMemory});
  CHECK(result.status == 1);
  const std::vector<json> records = json_lines(result.out);
  REQUIRE(records.size() == cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i) {
    CAPTURE(records[i].dump());
    CHECK(contains(records[i].at("reason").get<std::string>(), cases[i].reason));
  }
}

TEST_CASE("a FIFO or a device instead of an image does not block") {
  const TemporaryFolder folder;
  REQUIRE(mkfifo(folder.path("fifo.jpg").c_str(), 0600) == 0);
  const Result result =
      run({"batch", "--json", folder.path(), "/dev/zero", "/dev/tty", folder.path("fifo.jpg")});
  CHECK(result.status == 1);
  const std::vector<json> records = json_lines(result.out);
  REQUIRE(records.size() == 3);
  CHECK(records.at(0) ==
        json{{"path", folder.path("fifo.jpg")}, {"stage", "read"}, {"reason", "it is a FIFO"}});
  CHECK(records.at(1).at("reason") == "it is a character device");
  CHECK(!records.at(2).at("reason").get<std::string>().empty());  // no terminal may be present
}
