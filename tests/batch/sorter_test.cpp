#include "batch/sort/sorter.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <stdexcept>

#include "alexnet/error.hpp"
#include "cli/command.hpp"
#include "evaluate/some_model.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using namespace alexnet::app;
using cli::read_file;
using cli::TemporaryFolder;

namespace fs = std::filesystem;

namespace {

constexpr std::array kSorterWays{Placing::link, Placing::copy, Placing::move};
const std::vector<Label> kAnimals{{"n1", "cat, tabby"}, {"n2", "dog"}};

// Photos of cats under three names, one name twice, and of a dog.
struct Photos {
  TemporaryFolder folder;
  std::vector<std::string> images{
      folder.write("photos/a/cat.jpg", "a cat"), folder.write("photos/a/dog.jpg", "a dog"),
      folder.write("photos/b/cat.jpg", "another cat"), folder.write("photos/b/tom.jpg", "a cat")};
  Model model = model_of_classes(kAnimals, 2);

  Sorter sorter(Placing how, bool dry_run = false) const {
    return {SortOptions{.into = folder.path("sorted"), .how = how, .dry_run = dry_run}, model};
  }
  static std::size_t class_of(const std::string& image) { return image.ends_with("dog.jpg") ? 1 : 0; }

  // Sorts one image. Returns its record.
  static Record place(Sorter& sorter, const std::string& image) {
    Record record;
    record.path = image;
    record.predictions = {{class_of(image), 0.9F}};
    sorter.place(record, record.predictions.front());
    return record;
  }
  // Returns where an image was put, below the folder.
  std::string placed(const Record& record) const {
    return fs::path(record.sorted_to).lexically_relative(folder.path("sorted"));
  }
  // Sorts all images in a run of its own. Returns where they were put.
  std::vector<std::string> sort(Placing how, bool dry_run = false) const {
    Sorter run = sorter(how, dry_run);
    std::vector<std::string> all;
    for (const std::string& image : images) all.push_back(placed(place(run, image)));
    run.remove_moved();
    return all;
  }
  // Returns the names of everything below a folder except folders.
  std::vector<std::string> files(const std::string& below) const {
    std::vector<std::string> all;
    if (!fs::exists(folder.path(below))) return all;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder.path(below)))
      if (!entry.is_directory() || entry.is_symlink())
        all.push_back(entry.path().lexically_relative(folder.path(below)));
    std::ranges::sort(all);
    return all;
  }
};

const std::vector<std::string> kPlaces{"cat/cat.jpg", "dog/dog.jpg", "cat/cat-2.jpg", "cat/tom.jpg"};
const std::vector<std::string> kFiles{"cat/cat-2.jpg", "cat/cat.jpg", "cat/tom.jpg", "dog/dog.jpg"};

// Returns the names of the folders for classes of these labels.
std::vector<std::string> folders_of(const std::vector<Label>& labels) {
  const TemporaryFolder folder;
  const std::string image = folder.write("a.jpg", "x");
  Sorter sorter({.into = folder.path("sorted"), .how = Placing::link, .dry_run = true},
                model_of_classes(labels, labels.size()));
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::max<std::size_t>(labels.size(), 1); ++i) {
    Record record;
    record.path = image;
    record.predictions = {{i, 1.0F}};
    sorter.place(record, record.predictions.front());
    names.push_back(fs::path(record.sorted_to).parent_path().lexically_relative(folder.path("sorted")));
  }
  return names;
}

}  // namespace

TEST_CASE("images go to the folders of their labels, and a second run finds them there") {
  for (const Placing how : kSorterWays) {
    const Photos photos;
    CHECK(photos.sort(how) == kPlaces);
    CHECK(photos.files("sorted") == kFiles);
    CHECK(read_file(photos.folder.path("sorted/cat/cat-2.jpg")) == "another cat");
    CHECK(photos.files("photos").size() == (how == Placing::move ? 0 : 4));
    if (how == Placing::move) continue;
    CHECK(photos.sort(how) == kPlaces);
    CHECK(photos.files("sorted") == kFiles);
  }
}

TEST_CASE("a dry run plans the same placements as a run and changes nothing") {
  for (const Placing how : kSorterWays) {
    const Photos photos;
    CHECK(photos.sort(how, true) == kPlaces);
    CHECK(!fs::exists(photos.folder.path("sorted")));
    photos.folder.write("sorted/dog/dog.jpg", "mine");
    const std::vector<std::string> planned = photos.sort(how, true);
    CHECK(planned[1] == "dog/dog-2.jpg");
    CHECK(photos.files("sorted").size() == 1);
    CHECK(photos.files("photos").size() == 4);
    CHECK(photos.sort(how) == planned);
  }
}

TEST_CASE("a sorted image gets the first free number and overwrites no file") {
  for (const Placing how : kSorterWays) {
    const Photos photos;
    photos.folder.write("sorted/dog/dog.jpg", "mine");
    fs::create_directories(photos.folder.path("sorted/dog/dog-2.jpg"));
    fs::create_symlink("nowhere", photos.folder.path("sorted/dog/dog-3.jpg"));
    CHECK(photos.sort(how)[1] == "dog/dog-4.jpg");
    CHECK(read_file(photos.folder.path("sorted/dog/dog.jpg")) == "mine");
    CHECK(fs::read_symlink(photos.folder.path("sorted/dog/dog-3.jpg")) == "nowhere");
    CHECK(read_file(photos.folder.path("sorted/dog/dog-4.jpg")) == "a dog");
  }
}

TEST_CASE("images with the same name and bytes share a copy, but each is moved to its own name") {
  for (const bool dry_run : {true, false}) {
    const Photos photos;
    photos.folder.write("photos/b/cat.jpg", "a cat");
    fs::last_write_time(photos.images[2], fs::last_write_time(photos.images[0]));
    CHECK(photos.sort(Placing::copy, dry_run)[2] == "cat/cat.jpg");
    fs::remove_all(photos.folder.path("sorted"));
    CHECK(photos.sort(Placing::move, dry_run) == kPlaces);
    if (!dry_run) CHECK(photos.files("sorted") == kFiles);
  }
}

TEST_CASE("an image that already is in its folder stays there") {
  for (const Placing how : kSorterWays) {
    const Photos photos;
    const std::string image = photos.folder.write("sorted/dog/dog.jpg", "a dog");
    Sorter sorter = photos.sorter(how);
    CHECK(photos.placed(Photos::place(sorter, image)) == "dog/dog.jpg");
    sorter.remove_moved();
    CHECK(photos.files("sorted") == std::vector<std::string>{"dog/dog.jpg"});
    CHECK(read_file(image) == "a dog");
  }
}

TEST_CASE("a run that resumes after a kill without records finds the images that it placed") {
  for (const Placing how : kSorterWays) {
    for (std::size_t placed = 0; placed <= kPlaces.size(); ++placed) {
      const Photos photos;
      {
        Sorter killed = photos.sorter(how);  // does not come to remove_moved()
        for (std::size_t i = 0; i < placed; ++i) Photos::place(killed, photos.images[i]);
      }
      photos.folder.write("sorted/.alexnet-part-1", "half");
      CHECK(photos.sort(how) == kPlaces);
      CHECK(photos.files("sorted") == kFiles);
      CHECK(photos.files("photos").empty() == (how == Placing::move));
    }
  }
}

TEST_CASE("a resumed move to another file system finds the copy that a killed run made") {
  const Photos photos;
  for (std::size_t i = 0; i < kPlaces.size(); ++i) {
    const std::string copy = photos.folder.path("sorted/" + kPlaces[i]);
    fs::create_directories(fs::path(copy).parent_path());
    fs::copy_file(photos.images[i], copy);
    fs::last_write_time(copy, fs::last_write_time(photos.images[i]));
  }
  CHECK(photos.sort(Placing::move) == kPlaces);
  CHECK(photos.files("sorted") == kFiles);
  CHECK(photos.files("photos").empty());
}

TEST_CASE("an image without a probable best answer goes to the folder unsure") {
  const Photos photos;
  Sorter sorter = photos.sorter(Placing::link);
  const auto place_of = [&](const std::vector<Prediction>& kept, const std::optional<Prediction>& best) {
    Record record;
    record.path = photos.images[0];
    record.predictions = kept;
    sorter.place(record, best);
    return photos.placed(record);
  };
  const Prediction cat{0, 0.9F};
  const Prediction dog{1, 0.1F};
  CHECK(place_of({cat, dog}, cat) == "cat/cat.jpg");
  CHECK(place_of({dog}, cat) == "unsure/cat.jpg");
  CHECK(place_of({}, cat) == "unsure/cat.jpg");
  CHECK(place_of({}, std::nullopt) == "unsure/cat.jpg");
  const Prediction none{0, std::numeric_limits<float>::quiet_NaN()};
  CHECK(place_of({none}, none) == "unsure/cat.jpg");
}

TEST_CASE("failed and filtered images are not sorted, and an image that cannot be moved fails") {
  const Photos photos;
  Sorter sorter = photos.sorter(Placing::move);
  Record left_out;
  left_out.path = photos.images[0];
  left_out.left_out = true;
  sorter.place(left_out, Prediction{0, 0.9F});
  CHECK(left_out.sorted_to == "");
  fs::create_symlink("cat.jpg", photos.folder.path("photos/a/link.jpg"));
  const Record link = Photos::place(sorter, photos.folder.path("photos/a/link.jpg"));
  CHECK(link.failed());
  CHECK(link.reason == "is a symbolic link; links are not moved");
  CHECK(link.predictions.empty());
  CHECK(photos.files("sorted").empty());
}

TEST_CASE("each class has its own folder with a safe name") {
  using Folders = std::vector<std::string>;
  CHECK(folders_of(kAnimals) == Folders{"cat", "dog"});
  CHECK(folders_of({}) == Folders{"class 0"});
  CHECK(folders_of({{"n1", "crane"}, {"n2", "crane, machine"}, {"n3", "bird"}}) ==
        Folders{"crane (n1)", "crane (n2)", "bird"});
  CHECK(folders_of({{"", "same"}, {"", "same"}}) == Folders{"same (0)", "same (1)"});
  CHECK(folders_of({{"n1", "same"}, {"n1", "same"}}) == Folders{"same (0)", "same (1)"});
  CHECK(folders_of({{"n1", "unsure"}}) == Folders{"unsure (n1)"});
  CHECK(folders_of({{"", "../up\ta"}}) == Folders{"___up_a"});
  CHECK(folders_of({{"", "/"}, {"", "."}, {"", ""}}) == Folders{"_ (0)", "_ (1)", "_ (2)"});
  CHECK(folders_of({{"", std::string(199, 'x') + "\xc3\xa9"}}) == Folders{std::string(199, 'x')});
}

TEST_CASE("names of maximum length and names with any bytes are sorted") {
  const std::string longest = std::string(249, 'x') + "\xc3\xa9.jpg";
  for (const Placing how : kSorterWays) {
    Photos photos;
    photos.images.clear();
    for (const std::string& name : {longest, "deep/" + longest, std::string("bad\xff.jpg")})
      photos.images.push_back(photos.folder.write("photos/" + name, name));
    CHECK(photos.sort(how) == std::vector<std::string>{"cat/" + longest,
                                                       "cat/" + std::string(249, 'x') + "-2.jpg",
                                                       "cat/bad\xff.jpg"});
    CHECK(read_file(photos.folder.path("sorted/cat/" + std::string(249, 'x') + "-2.jpg")) ==
          "deep/" + longest);
  }
}

TEST_CASE("a folder that cannot be created or written is an error of the output") {
  const Photos photos;
  photos.folder.write("sorted", "a file");
  CHECK(message_of<OutputError>([&] { photos.sorter(Placing::link); }) ==
        photos.folder.path("sorted") + ": Not a directory");
  fs::remove(photos.folder.path("sorted"));
  photos.folder.write("sorted/cat", "a file");
  CHECK(message_of<OutputError>([&] { photos.sort(Placing::link); }) ==
        photos.folder.path("sorted/cat") + ": Not a directory");
  CHECK(message_of<OutputError>([&] { photos.sort(Placing::link, true); }) ==
        photos.folder.path("sorted/cat/cat.jpg") + ": Not a directory");
}

TEST_CASE("a sort into a folder that the listing includes is refused") {
  const Photos photos;
  const std::string& root = photos.folder.path();
  const auto refusal = [&](const std::string& place, const std::string& into, bool recursive) {
    ListingOptions listing;
    listing.paths = {place == "-" ? place : photos.folder.path(place)};
    listing.recursive = recursive;
    std::string said =
        message_of<std::runtime_error>([&] { refuse_to_sort(listing, photos.folder.path(into)); });
    for (std::size_t at = said.find(root); at != std::string::npos; at = said.find(root))
      said.erase(at, root.size() + 1);
    return said;
  };
  CHECK(refusal("photos", "photos/", true) ==
        "--sort-into: photos/: is inside photos, so -r would list the sorted images; use a folder outside");
  CHECK(refusal("photos", "photos/a/new", true) ==
        "--sort-into: photos/a/new: is inside photos, so -r would list the sorted images; use a folder "
        "outside");
  CHECK(refusal("photos/a", "photos", false) ==
        "--sort-into: photos/a: is inside photos, so the sorted images would be listed; use another folder");
  CHECK(refusal("-", "sorted", false) == "--sort-into: standard input cannot be sorted");
  CHECK(refusal("photos", "sorted", true) == "no error");
  CHECK(refusal("photos", "photos/new", false) == "no error");
  CHECK(refusal("photos/a/cat.jpg", "photos", false) == "no error");
}
