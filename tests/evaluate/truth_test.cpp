#include "evaluate/truth.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "cli/command.hpp"
#include "evaluate/some_model.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using app::Truth;
using cli::TemporaryFolder;
using namespace std::string_literals;

namespace {

// Returns "path class" for each image, with the path relative to the folder.
std::vector<std::string> read(const TemporaryFolder& folder, const std::string& place,
                              const std::string& images = "") {
  const Truth truth = app::read_truth(place == "." ? folder.path() : folder.path(place),
                                      images.empty() ? "" : folder.path(images), ClassNames(some_model()));
  REQUIRE(truth.list.size() == truth.classes.size());
  std::vector<std::string> found;
  for (std::size_t i = 0; i < truth.list.size(); ++i) {
    REQUIRE(truth.list[i].path.starts_with(folder.path() + "/"));
    CHECK(truth.list[i].reason == "");
    found.push_back(truth.list[i].path.substr(folder.path().size() + 1) + " " +
                    std::to_string(truth.classes[i]));
  }
  return found;
}

// Returns the error message for a refused `place`, without the folder's own name.
std::string truth_error(const TemporaryFolder& folder, const std::string& place,
                        const std::string& images = "") {
  std::string message = message_of<std::runtime_error>([&] { read(folder, place, images); });
  for (std::size_t at = message.find(folder.path() + "/"); at != std::string::npos;
       at = message.find(folder.path() + "/"))
    message.erase(at, folder.path().size() + 1);
  return message;
}

std::string annotation(const std::vector<std::string>& ids) {
  std::string xml = "<annotation>\n\t<folder>val</folder>\n\t<filename>x</filename>\n";
  for (const std::string& id : ids)
    xml += "\t<object>\n\t\t<name>" + id + "</name>\n\t\t<bndbox><xmin>1</xmin></bndbox>\n\t</object>\n";
  return xml + "</annotation>\n";
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("an image's class is the name of the top folder that contains it") {
  const TemporaryFolder folder;
  folder.write("n00000011/b10.jpg", "");
  folder.write("n00000011/b2.jpg", "");
  folder.write("Tabby, tabby cat/images/a.JPEG", "");
  folder.write("4/boxes.txt", "");
  folder.write("4/c.png", "");
  CHECK(read(folder, ".") ==
        Lines{"4/c.png 4", "Tabby, tabby cat/images/a.JPEG 0", "n00000011/b2.jpg 1", "n00000011/b10.jpg 1"});
}

TEST_CASE("a folder of classes is read the same with and without a trailing slash") {
  const TemporaryFolder folder;
  folder.write("all/tabby/a.png", "");
  CHECK(read(folder, "all/") == Lines{"all/tabby/a.png 0"});
  CHECK(read(folder, "all/.") == Lines{"all/./tabby/a.png 0"});
}

TEST_CASE("a folder whose name is not a class is refused") {
  const TemporaryFolder folder;
  folder.write("one/tabbi/a.png", "");
  CHECK(truth_error(folder, "one") ==
        "one/tabbi: 'tabbi' is not a class of some-model; did you mean 'tabby'?");
  folder.write("two/tabby/a.png", "");
  folder.write("two/b.png", "");
  CHECK(truth_error(folder, "two") == "two/b.png: is not in the folder of a class");
  folder.write("three/ILSVRC2012_val_00000001.JPEG", "");
  CHECK(
      truth_error(folder, "three") ==
      "three/ILSVRC2012_val_00000001.JPEG: is not in the folder of a class; ILSVRC's validation images need "
      "val.txt or "
      "LOC_val_solution.csv with --images, or ILSVRC's folder with Annotations");
  folder.write("four/notes.txt", "");
  CHECK(truth_error(folder, "four") == "four: no images");
  CHECK(truth_error(folder, "one", "two") == "one: is a folder; --images needs a list");
}

TEST_CASE("each line of a list has a path and a class, separated by a space or a tab") {
  const TemporaryFolder folder;
  folder.write("list.txt",
               "\xEF\xBB\xBF"
               "a.png n00000011\r\n\n  b.png   tabby, tabby cat  \nwith spaces.png\tcrane's\n");
  CHECK(truth_error(folder, "list.txt") ==
        "list.txt: line 4: 'crane's' is not a class of some-model; did you mean 'crane'?");
  folder.write("list.txt",
               "\xEF\xBB\xBF"
               "a.png n00000011\r\n\n  b.png   tabby, tabby cat  \nwith spaces.png\t3\t0\t1\nlast.png 5");
  CHECK(read(folder, "list.txt") == Lines{"a.png 1", "b.png 0", "with spaces.png 3", "last.png 5"});
}

TEST_CASE("a path and a class may contain spaces if the class is known") {
  const TemporaryFolder folder;
  folder.write("list.txt",
               "my cat.jpg 3\n"
               "my other cat.jpg   tabby, tabby cat\n"
               "a  b.png maillot, tank suit \n"
               "photo of a crane.jpg n00000011\n"
               "one 7\n"
               "my maillot, tank suit\n"  // the longest class
               "7 7 7 4\n"
               "my crane n00000011\t2\tx\n"  // a tab ends the path, whatever is before it
               "x.png 000002\n");
  CHECK(read(folder, "list.txt") == Lines{"my cat.jpg 3", "my other cat.jpg 0", "a  b.png 4",
                                          "photo of a crane.jpg 1", "one 5", "my 4", "7 7 7 4",
                                          "my crane n00000011 2", "x.png 2"});
  folder.write("list.txt", "my cat.jpg tabbi\n");
  CHECK(
      truth_error(folder, "list.txt") ==
      "list.txt: line 1: 'cat.jpg tabbi' is not a class of some-model; if the path has spaces, end it with a "
      "tab");
  folder.write("list.txt", "my crane crane\n" + std::string(100, ' ') + "a b\n");
  CHECK(truth_error(folder, "list.txt").starts_with("list.txt: line 1: 'crane' names the classes 1 and 2"));
}

TEST_CASE("a list that is not UTF-8 text is refused") {
  const TemporaryFolder folder;
  folder.write("list.txt",
               "\xFF\xFE"
               "a\0 \0000\0\n\0"s);
  CHECK(truth_error(folder, "list.txt") == "list.txt: is UTF-16; save it as UTF-8");
  folder.write("list.txt", "a.png 0\nb\0c.png 1\n"s);
  CHECK(truth_error(folder, "list.txt") ==
        "list.txt: line 2: contains a NUL byte; save the list as UTF-8 text");
  folder.write("LOC_val_solution.csv", "ImageId,PredictionString\nval\0x,n00000011 1 2 3 4\n"s);
  CHECK(truth_error(folder, "LOC_val_solution.csv") ==
        "LOC_val_solution.csv: line 2: contains a NUL byte; save the list as UTF-8 text");
  folder.write("LOC_val_solution.csv", "\xFE\xFF\0I"s);
  CHECK(truth_error(folder, "LOC_val_solution.csv") == "LOC_val_solution.csv: is UTF-16; save it as UTF-8");
  folder.write("list.txt", "a.png 0\n" + std::string(2000000, 'x') + " 0\n");
  CHECK(truth_error(folder, "list.txt") == "list.txt: line 2: is longer than 1 MiB");
}

TEST_CASE("the paths of a list are relative to its folder, to --images or to the root") {
  const TemporaryFolder folder;
  folder.write("lists/list.txt", "a.png 0\n" + folder.path("b.png") + " 1\n");
  CHECK(read(folder, "lists/list.txt") == Lines{"lists/a.png 0", "b.png 1"});
  std::filesystem::create_directory(folder.path("images"));
  CHECK(read(folder, "lists/list.txt", "images") == Lines{"images/a.png 0", "b.png 1"});
}

TEST_CASE("a list line without a valid class is refused with its line number") {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& text) {
    folder.write("list.txt", text);
    return truth_error(folder, "list.txt");
  };
  CHECK(refused("a.png 0\na.txt\n") ==
        "list.txt: line 2: has no class; write the path, a tab or a space, and the class");
  CHECK(refused("a.png\t\n") ==
        "list.txt: line 1: has no class; write the path, a tab or a space, and the class");
  CHECK(refused("\t0\n") == "list.txt: line 1: has no image path");
  CHECK(refused("a.png 0\nb.png 6\n") == "list.txt: line 2: '6' is not a class of some-model; use 0 to 5");
  CHECK(refused("a.png 0\nb.png 1\n\na.png 0\n") == "list.txt: line 4: a.png is already in line 1");
  CHECK(refused("\n") == "list.txt: no images");
  CHECK(refused("490\n361\n") ==
        "list.txt: line 1: holds only a number; ILSVRC2012_validation_ground_truth.txt numbers the classes "
        "in its "
        "own order; use val.txt, LOC_val_solution.csv or ILSVRC's folder with Annotations");
  CHECK(truth_error(folder, "none.txt") ==
        "none.txt: cannot be opened: No such file or directory; check the name");
}

TEST_CASE("Tiny ImageNet's own layout is read from its folder or its val folder") {
  const TemporaryFolder folder;
  const std::string list = "val_1.JPEG\tn00000014\t0\t32\t44\t62\nval_0.JPEG\tn00000010\t52\t55\t57\t59\n";
  folder.write("tiny/val/val_annotations.txt", list);
  const Lines found{"tiny/val/images/val_1.JPEG 4", "tiny/val/images/val_0.JPEG 0"};
  CHECK(read(folder, "tiny/val") == found);
  CHECK(read(folder, "tiny") == found);
  CHECK(read(folder, "tiny/val/val_annotations.txt") == found);
}

TEST_CASE("ILSVRC's LOC_val_solution.csv is read as a file or from its folder") {
  const TemporaryFolder folder;
  folder.write("kaggle/LOC_val_solution.csv",
               "ImageId,PredictionString\r\nval_2,n00000011 111 108 441 193 n00000011 3 4 5 6 "
               "\r\nval_1,n00000010 1 2 3 4 \r\n");
  const std::string images = "kaggle/ILSVRC/Data/CLS-LOC/val/";
  CHECK(read(folder, "kaggle") == Lines{images + "val_2.JPEG 1", images + "val_1.JPEG 0"});
  CHECK(read(folder, "kaggle/LOC_val_solution.csv") == read(folder, "kaggle"));
  std::filesystem::create_directory(folder.path("elsewhere"));
  CHECK(read(folder, "kaggle", "elsewhere") == Lines{"elsewhere/val_2.JPEG 1", "elsewhere/val_1.JPEG 0"});
  folder.write("bad.csv", "ImageId,PredictionString\nval_2 n00000011\n");
  CHECK(truth_error(folder, "bad.csv") == "bad.csv: line 2: has no comma");
  folder.write("bad.csv", "ImageId,PredictionString\nval_2,\n");
  CHECK(truth_error(folder, "bad.csv") ==
        "bad.csv: line 2: has no class; write the path, a tab or a space, and the class");
}

TEST_CASE("ILSVRC's own folder is read together with its annotations") {
  const TemporaryFolder folder;
  folder.write("kaggle/ILSVRC/Data/CLS-LOC/val/v2.JPEG", "");
  folder.write("kaggle/ILSVRC/Data/CLS-LOC/val/v10.JPEG", "");
  folder.write("kaggle/ILSVRC/Annotations/CLS-LOC/val/v2.xml", annotation({"n00000013", "n00000013"}));
  const std::string ten = "kaggle/ILSVRC/Annotations/CLS-LOC/val/v10.xml";
  CHECK(truth_error(folder, "kaggle") ==
        ten + ": cannot be opened: No such file or directory; check the name");
  folder.write(ten, annotation({}));
  CHECK(truth_error(folder, "kaggle") == ten + ": has no object");
  folder.write(ten, annotation({"n00000010", "n00000013"}));
  CHECK(truth_error(folder, "kaggle") == ten + ": its objects have several classes");
  folder.write(ten, "<object></name><name>");
  CHECK(truth_error(folder, "kaggle") == ten + ": an object has no name");
  folder.write(ten, annotation({"cat"}));
  CHECK(truth_error(folder, "kaggle") == ten + ": 'cat' is not a class of some-model");
  folder.write(ten, annotation({"n00000010"}));
  const std::string images = "kaggle/ILSVRC/Data/CLS-LOC/val/";
  CHECK(read(folder, "kaggle") == Lines{images + "v2.JPEG 3", images + "v10.JPEG 0"});
  CHECK(read(folder, "kaggle/ILSVRC") == read(folder, "kaggle"));
}
