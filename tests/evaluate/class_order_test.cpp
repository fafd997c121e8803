#include <doctest/doctest.h>

#include "cli/command.hpp"
#include "evaluate/some_model.hpp"
#include "evaluate/truth.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using namespace alexnet::app;
using cli::TemporaryFolder;

namespace {

// The classes of a model without labels.
ClassNames names_of(std::size_t count) { return ClassNames(model_of_classes({}, count)); }

// Writes an image into each folder and returns "folder class" for each.
std::vector<std::string> classes(const TemporaryFolder& folder, const ClassNames& names,
                                 std::optional<ClassOrder> order, bool noted) {
  const Truth truth = read_truth(folder.path(), "", names, order);
  CHECK(truth.notes.size() == (noted ? 1 : 0));
  std::vector<std::string> found;
  for (std::size_t i = 0; i < truth.list.size(); ++i) {
    const std::filesystem::path path = truth.list[i].path;
    found.push_back(path.parent_path().filename().string() + " " + std::to_string(truth.classes[i]));
  }
  return found;
}

void write_folders(const TemporaryFolder& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) folder.write(name + "/a.jpg", "");
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("folders that are numbers are indices, and a note says that ImageFolder orders them as text") {
  const TemporaryFolder folder;
  write_folders(folder, {"0", "2", "10"});
  const ClassNames names = names_of(12);
  CHECK(classes(folder, names, std::nullopt, true) == Lines{"0 0", "2 2", "10 10"});
  CHECK(classes(folder, names, ClassOrder::number, false) == Lines{"0 0", "2 2", "10 10"});
  // The order of their text is 0, 1, 10, 11, 2.
  CHECK(classes(folder, names, ClassOrder::text, false) == Lines{"0 0", "2 4", "10 2"});
  CHECK(read_truth(folder.path(), "", names).notes.front() ==
        "its folders are numbers and are taken as the indices of classes; torchvision's ImageFolder sorts "
        "folders as text (0, 1, 10, 11, 2): for a model trained with it, use --class-order text, otherwise "
        "--class-order number");
}

TEST_CASE("there is no note if both orders give the same classes") {
  const TemporaryFolder few;
  write_folders(few, {"0", "1", "2"});
  CHECK(classes(few, names_of(3), std::nullopt, false) == Lines{"0 0", "1 1", "2 2"});
  const TemporaryFolder first;
  write_folders(first, {"0", "1"});
  CHECK(classes(first, names_of(12), std::nullopt, false) == Lines{"0 0", "1 1"});
  const TemporaryFolder padded;
  write_folders(padded, {"000", "002", "010"});
  CHECK(classes(padded, names_of(12), std::nullopt, false) == Lines{"000 0", "002 2", "010 10"});
}

TEST_CASE("with a folder for each class, its rank by number or as text is its class") {
  const TemporaryFolder folder;
  Lines numbers;
  for (int i = 1; i <= 11; ++i) numbers.push_back(std::to_string(i));
  write_folders(folder, numbers);
  const ClassNames names = names_of(11);
  CHECK(classes(folder, names, ClassOrder::number, false) ==
        Lines{"1 0", "2 1", "3 2", "4 3", "5 4", "6 5", "7 6", "8 7", "9 8", "10 9", "11 10"});
  CHECK(classes(folder, names, ClassOrder::text, false) ==
        Lines{"1 0", "2 3", "3 4", "4 5", "5 6", "6 7", "7 8", "8 9", "9 10", "10 1", "11 2"});
  const TemporaryFolder words;
  write_folders(words, {"dog", "Cat", "ant"});
  CHECK(classes(words, names_of(3), ClassOrder::text, false) == Lines{"Cat 0", "ant 1", "dog 2"});
}

TEST_CASE("an order that does not fit the folders is refused") {
  const TemporaryFolder folder;
  write_folders(folder, {"all/cat", "all/dog"});
  const auto refused = [&](const std::string& place, ClassOrder order) {
    return message_of<UsageError>([&] { read_truth(folder.path(place), "", names_of(3), order); });
  };
  CHECK(refused("all", ClassOrder::text) == folder.path("all") +
                                                ": --class-order text: has 2 folders, but the model has 3 "
                                                "classes; without a folder for each class, "
                                                "they must be 0 to 2");
  CHECK(refused("all", ClassOrder::number) ==
        folder.path("all") + ": --class-order number: its folders are not numbers");
  folder.write("list.txt", "a.jpg 0\n");
  CHECK(refused("list.txt", ClassOrder::text) ==
        folder.path("list.txt") + ": is a list; --class-order is for a folder with a folder for each class");
}

TEST_CASE("folders that are labels of the model are not indices") {
  const TemporaryFolder folder;
  std::vector<Label> labels(12, Label{"", "x"});
  labels[5].text = "10";
  write_folders(folder, {"10"});
  CHECK(classes(folder, ClassNames(model_of_classes(labels, 12)), std::nullopt, false) == Lines{"10 5"});
}
