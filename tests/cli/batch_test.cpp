// alexnet batch: selection, order and formats.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>

#include "command.hpp"

using namespace alexnet::cli;
using nlohmann::json;

namespace {

// Small images in nested folders, and files that are not images.
struct NestedAlbum {
  TemporaryFolder folder;
  std::string names;  // one line per image, in natural order

  NestedAlbum() {
    const std::string image = read_file(fixture("upright.png"));
    for (const char* name : {"img10.png", "img2.png", "img1.png"}) folder.write(name, image);
    folder.write("deep/img3.PNG", image);
    folder.write("deep/deeper/img4.png", image);
    folder.write("notes.txt", "no image");
    folder.write("img", "no image");
    names = folder.path("img1.png") + "\n" + folder.path("img2.png") + "\n" + folder.path("img10.png") + "\n";
  }
};

std::vector<std::string> paths(const std::string& jsonl) {
  std::vector<std::string> all;
  for (const json& record : json_lines(jsonl)) all.push_back(record.at("path"));
  return all;
}

}  // namespace

TEST_CASE("batch classifies only the images of a folder, in natural order") {
  const NestedAlbum album;
  const Result result = run({"batch", album.folder.path(), "--json"});
  CHECK(result.status == 0);
  CHECK(paths(result.out) == lines(album.names));
  CHECK(contains(result.err, "3 images, 0 failed, "));
  CHECK(lines(result.err).size() == 1);
}

TEST_CASE("batch -r includes the images of subfolders") {
  const NestedAlbum album;
  const Result result = run({"batch", "-r", "--json", album.folder.path()});
  CHECK(result.status == 0);
  // Folders are sorted among the files, in natural order.
  CHECK(paths(result.out) ==
        with({album.folder.path("deep/deeper/img4.png"), album.folder.path("deep/img3.PNG")},
             lines(album.names)));
}

TEST_CASE("batch reads names from a file, from standard input and separated by NUL") {
  const NestedAlbum album;
  const std::string file = album.folder.write("list.txt", album.names);
  CHECK(paths(run({"batch", "--json", "--files-from", file}).out) == lines(album.names));
  CHECK(paths(run({"batch", "--json", "--files-from", "-"}, album.names).out) == lines(album.names));
  std::string ended = album.names;
  for (char& c : ended)
    if (c == '\n') c = '\0';
  CHECK(paths(run({"batch", "--json", "--files-from", "-", "-0"}, ended).out) == lines(album.names));
  // CRLF lines, blank lines, and a last line without a newline.
  const std::string loose = album.folder.path("img1.png") + "\r\n\n" + album.folder.path("img2.png");
  CHECK(paths(run({"batch", "--json", "--files-from", "-"}, loose).out).size() == 2);
}

TEST_CASE("batch classifies one image from standard input") {
  const Result result = run({"batch", "--json", "-"}, read_file(photo("coffee.jpg")));
  CHECK(result.status == 0);
  CHECK(json_lines(result.out).at(0).at("predictions").at(0).at("label") == "espresso");
}

TEST_CASE("batch classifies an image once if it is named several times") {
  const NestedAlbum album;
  const std::string one = album.folder.path("img1.png");
  const std::string again = album.folder.path(".//./img1.png");
  const Result result = run({"batch", "--json", one, again, one, album.folder.path()});
  CHECK(paths(result.out) == lines(album.names));
}

TEST_CASE("batch keeps two paths apart if one goes through the parent of a link") {
  const NestedAlbum album;
  std::filesystem::create_directory_symlink(album.folder.path("deep/deeper"), album.folder.path("link"));
  const std::string here = album.folder.write("img3.PNG", read_file(fixture("1x1.png")));
  const std::string there = album.folder.path("link/../img3.PNG");  // inside "deep"
  const Result result = run({"batch", "--json", here, there});
  CHECK(result.status == 0);
  CHECK(paths(result.out) == std::vector<std::string>{here, there});
}

TEST_CASE("batch writes text, JSON lines or CSV, selected by the extension or by --format") {
  const NestedAlbum album;
  const auto written = [&](const std::string& name, const std::vector<std::string>& options) {
    const Result result = run(with(
        {"batch", album.folder.path("img2.png"), "-k", "2", "--overwrite", "-o", album.folder.path(name)},
        options));
    CHECK(result.status == 0);
    CHECK(result.out == "");
    return read_file(album.folder.path(name));
  };
  const std::string text = written("out.txt", {});
  CHECK(text.starts_with(album.folder.path("img2.png") + ": "));
  CHECK(text.ends_with(" %\n"));
  const std::string jsonl = written("out.jsonl", {});
  const json record = json_lines(jsonl).at(0);
  CHECK(record.at("path") == album.folder.path("img2.png"));
  CHECK(record.at("predictions").size() == 2);
  const auto rows = csv_rows(written("out.csv", {}));
  REQUIRE(rows.size() == 3);
  CHECK(rows.at(0) ==
        std::vector<std::string>{"path", "rank", "index", "id", "label", "probability", "stage", "reason"});
  for (std::size_t rank = 1; rank <= 2; ++rank) {
    const json& p = record.at("predictions")[rank - 1];
    CHECK(rows[rank][0] == album.folder.path("img2.png"));
    CHECK(rows[rank][1] == std::to_string(rank));
    CHECK(rows[rank][2] == std::to_string(p.at("index").get<int>()));
    CHECK(rows[rank][3] == p.at("id"));
    CHECK(rows[rank][4] == p.at("label"));
    CHECK(std::stof(rows[rank][5]) == p.at("probability").get<float>());
  }
  CHECK(written("out.data", {"--format", "jsonl"}) == jsonl);
  CHECK(written("out.data", {"--format", "text"}) == text);
}

TEST_CASE("batch refuses an unknown extension and existing results") {
  const NestedAlbum album;
  const std::string photo = album.folder.path("img2.png");
  const auto refusal = [&](const std::string& name, const std::vector<std::string>& options) {
    const Result result = run(with({"batch", photo, "-o", album.folder.path(name)}, options));
    CHECK(result.status == 2);
    CHECK(result.out == "");
    return result.err;
  };
  CHECK(refusal("r.xlsx", {})
            .starts_with("alexnet: " + album.folder.path("r.xlsx") +
                         ": unknown extension '.xlsx'; use .txt, .jsonl, "));
  CHECK(!std::filesystem::exists(album.folder.path("r.xlsx")));
  CHECK(refusal("r.csv", {"--json"}) ==
        "alexnet: " + album.folder.path("r.csv") +
            ": the extension .csv is that of csv, not of jsonl; use another extension or format\n");
  CHECK(!std::filesystem::exists(album.folder.path("r.csv")));
  CHECK(run({"batch", photo, "-o", album.folder.path("r.csv")}).status == 0);
  const std::string before = read_file(album.folder.path("r.csv"));
  CHECK(contains(refusal("r.csv", {"-k", "1"}),
                 ": holds 1 records of an earlier run; use --resume to continue it"));
  CHECK(contains(refusal("r.csv", {"--resume", "--overwrite"}),
                 "--resume cannot be combined with --overwrite"));
  CHECK(read_file(album.folder.path("r.csv")) == before);
}

TEST_CASE("a bad image in a batch is one record, and the exit status is 1") {
  const NestedAlbum album;
  const std::string bad = album.folder.write("img3.png", "no image");
  Result result = run({"batch", album.folder.path(), "--json"});
  CHECK(result.status == 1);
  const std::vector<json> records = json_lines(result.out);
  REQUIRE(records.size() == 4);
  CHECK(records.at(2) == json{{"path", bad}, {"stage", "decode"}, {"reason", "not an image: it is text"}});
  CHECK(records.at(3).contains("predictions"));
  CHECK(contains(result.err, "4 images, 1 failed"));
  result = run({"batch", album.folder.path(), "--format", "csv", "-k", "1"});
  CHECK(csv_rows(result.out).at(3) ==
        std::vector<std::string>{bad, "", "", "", "", "", "decode", "not an image: it is text"});
  result = run({"batch", album.folder.path()});
  CHECK(lines(result.out).at(2) == bad + ": decode: not an image: it is text");
}

TEST_CASE("batch gives the same answers in list order for every batch size and number of threads") {
  std::string list;
  std::vector<std::string> classify{"classify", "--json"};
  for (const char* name : {"progressive.jpg", "none.jpg", "upright.png", "12bit.jpg", "grey.jpg", "1x1.png",
                           "rgb.ppm", "raw.tif"}) {
    list += fixture(name) + "\n";
    classify.push_back(fixture(name));
  }
  for (const char* name : {"rocket.jpg", "cat.png", "coffee.jpg"}) {
    list += photo(name) + "\n";
    classify.push_back(photo(name));
  }
  const std::vector<json> expected = json_lines(run(classify).out);
  std::string first;
  for (const auto& [size, threads] :
       {std::pair{"1", "1"}, {"1", "4"}, {"3", "2"}, {"16", "1"}, {"4096", "4"}}) {
    CAPTURE(size);
    CAPTURE(threads);
    const Result result =
        run({"batch", "--json", "--files-from", "-", "--batch-size", size, "--threads", threads}, list);
    CHECK(result.status == 1);
    CHECK(paths(result.out) == lines(list));
    if (first.empty()) first = result.out;
    CHECK(result.out == first);  // bit for bit
    const std::vector<json> records = json_lines(result.out);
    REQUIRE(records.size() == expected.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
      CAPTURE(records[i].at("path").get<std::string>());
      REQUIRE(records[i].contains("reason") == expected[i].contains("reason"));
      if (records[i].contains("reason")) {
        CHECK(records[i] == expected[i]);
        continue;
      }
      const json& found = records[i].at("predictions");
      const json& wanted = expected[i].at("predictions");
      CHECK(found[0].at("index") == wanted[0].at("index"));
      for (std::size_t rank = 0; rank < found.size(); ++rank)
        CHECK(std::abs(found[rank].at("probability").get<double>() -
                       wanted[rank].at("probability").get<double>()) < 1e-5);
    }
  }
}

TEST_CASE("a batch without images is refused") {
  const TemporaryFolder folder;
  folder.write("deep/a.png", read_file(fixture("1x1.png")));
  const Result result = run({"batch", folder.path()});
  CHECK(result.status == 2);
  CHECK(result.out == "");
  CHECK(result.err == "alexnet: " + folder.path() + ": no images; use -r to include folders inside\n");
  CHECK(run({"batch", "--files-from", "-"}).err == "alexnet: -: no images\n");
  CHECK(run({"batch", "--files-from", folder.path("none.txt")}).status == 2);
  CHECK(run({"batch"}).status == 2);
}

TEST_CASE("batch --time adds the times of the layers to the summary on standard error") {
  const NestedAlbum album;
  const Result result = run({"batch", album.folder.path(), "--time", "--json"});
  CHECK(result.status == 0);
  CHECK(json_lines(result.out).size() == 3);
  for (const char* part : {"3 images, 0 failed", "\nconv1 ", "\nprob ", "\nconv + fc: "})
    CHECK(contains(result.err, part));
}
