#include "network/label_file.hpp"

#include <doctest/doctest.h>

#include "alexnet/error.hpp"
#include "network/model.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using namespace std::string_literals;
using Lines = std::vector<std::string>;

namespace {

// Returns "id text" or "text" for each label.
Lines labels(std::string_view text) {
  Lines found;
  for (const Label& label : parse_label_file(text, "labels"))
    found.push_back((label.id.empty() ? "" : "[" + label.id + "] ") + label.text);
  return found;
}

std::string label_error(const std::string& text) {
  return message_of<ModelError>([&] { parse_label_file(text, "labels"); });
}

const Lines kFish{"tench", "goldfish", "great white shark"};
const Lines kIds{"[n01440764] tench", "[n01443537] goldfish"};

}  // namespace

TEST_CASE(
    "labels are read from plain lines, with any line ends, a byte-order mark and blank lines at the end") {
  CHECK(labels("tench\ngoldfish\ngreat white shark\n") == kFish);
  CHECK(labels("tench\ngoldfish\ngreat white shark") == kFish);
  CHECK(labels("\xEF\xBB\xBFtench\r\ngoldfish\r\ngreat white shark\r\n") == kFish);
  CHECK(labels("tench\ngoldfish\ngreat white shark\n\n \t\n\r\n") == kFish);
  CHECK(labels("").empty());
  CHECK(label_error("tench\n\ngoldfish\n") == "labels: line 2: is empty; each line names a class");
  CHECK(label_error("\ntench\n") == "labels: line 1: is empty; each line names a class");
}

TEST_CASE("labels in UTF-16 are refused by name, with and without a byte-order mark") {
  const std::string refused = "labels: is UTF-16; save it as UTF-8";
  CHECK(label_error("\xFF\xFEt\0e\0"s) == refused);
  CHECK(label_error("\xFE\xFF\0t\0e"s) == refused);
  CHECK(label_error("t\0e\0n\0c\0h\0\n\0"s) == refused);
  CHECK(label_error("\0t\0e\0n\0c\0h\0\n"s) == refused);
  CHECK(labels("t\0ench\n"s) == Lines{"t\0ench"s});
}

TEST_CASE("a label may begin with a WordNet id, and a column of ids may stand on either side") {
  CHECK(labels("n01440764 tench\nn01443537 goldfish\n") == kIds);
  CHECK(labels("n01440764\ttench\nn01443537\tgoldfish\n") == kIds);
  CHECK(labels("n01440764,tench\nn01443537,goldfish\n") == kIds);
  CHECK(labels("tench n01440764\ngoldfish n01443537\n") == kIds);
  CHECK(labels("n01440764 tench, Tinca tinca\nn01443537 goldfish, Carassius\n") ==
        Lines{"[n01440764] tench, Tinca tinca", "[n01443537] goldfish, Carassius"});
  CHECK(labels("n01440764 tench\ngoldfish\n") == Lines{"[n01440764] tench", "goldfish"});
  CHECK(labels("n01440764,tench\ngoldfish\n") == Lines{"n01440764,tench", "goldfish"});
  CHECK(labels("n0144076 tench\nn01443537 goldfish\n") == Lines{"n0144076 tench", "[n01443537] goldfish"});
  CHECK(labels("n01440764\nn01443537\n") == Lines{"n01440764", "n01443537"});
  CHECK(labels("background\nn01440764 tench\nn01443537 goldfish\n") ==
        Lines{"background", "[n01440764] tench", "[n01443537] goldfish"});
}

TEST_CASE("a column of indices is taken from the front or the back of every line") {
  for (const std::string d : {",", ", ", ";", "\t", ": ", ":", " "}) {
    CAPTURE(d);
    CHECK(labels("0" + d + "tench\n1" + d + "goldfish\n2" + d + "great white shark\n") == kFish);
    CHECK(labels("1" + d + "tench\n2" + d + "goldfish\n3" + d + "great white shark\n") == kFish);
  }
  for (const std::string d : {",", ";", "\t", " "}) {
    CAPTURE(d);
    CHECK(labels("tench" + d + "0\ngoldfish" + d + "1\ngreat white shark" + d + "2\n") == kFish);
  }
  CHECK(labels("2,great white shark\n0,tench\n1,goldfish\n") == kFish);
  CHECK(labels("goldfish\t1\ngreat white shark\t2\ntench\t0\n") == kFish);
  CHECK(labels("0,\"tench, \"\"Tinca\"\"\"\n1,\"goldfish\"\n") == Lines{"tench, \"Tinca\"", "goldfish"});
  CHECK(labels("\"0\",\"tench\"\n\"1\",\"goldfish\"\n") == Lines{"tench", "goldfish"});
  CHECK(labels("0,tench, Tinca\n1,goldfish\n") == Lines{"tench, Tinca", "goldfish"});
  CHECK(labels("n01440764 1 tench\nn01443537 2 goldfish\n") == kIds);
  CHECK(labels("1,n01443537,goldfish\n0,n01440764,tench\n") == kIds);
  CHECK(labels("00 tench\n01 goldfish\n") == Lines{"tench", "goldfish"});
  CHECK(labels("0,0\n1,1\n2,2\n") == Lines{"0", "1", "2"});
}

TEST_CASE("numbers that are not the indices of all classes are parts of the labels") {
  CHECK(labels("7 up\n3 wheeler\n") == Lines{"7 up", "3 wheeler"});
  CHECK(labels("0 tench\ngoldfish\n") == Lines{"0 tench", "goldfish"});
  CHECK(labels("0 tench\n2 goldfish\n") == Lines{"0 tench", "2 goldfish"});
  CHECK(labels("0 tench\n0 goldfish\n") == Lines{"0 tench", "0 goldfish"});
  CHECK(labels("0\n1\n2\n") == Lines{"0", "1", "2"});
  CHECK(labels("terminal 0\nterminal 1\n") == Lines{"terminal 0", "terminal 1"});
  CHECK(labels("1 way\n2 way\n3 way\n") == Lines{"1 way", "2 way", "3 way"});
  CHECK(labels("boeing 747\nairbus 380\n") == Lines{"boeing 747", "airbus 380"});
  CHECK(labels("-1,tench\n0,goldfish\n") == Lines{"-1,tench", "0,goldfish"});
}

TEST_CASE("the names of MIT Places lose their folder") {
  CHECK(labels("/a/airfield 0\n/a/alcove 1\n/b/bar 2\n") == Lines{"airfield", "alcove", "bar"});
  CHECK(labels("/a/airfield\n/a/apartment_building/outdoor\n") ==
        Lines{"airfield", "apartment_building/outdoor"});
  CHECK(labels("/a/airfield 0\n/usr/bin 1\n") == Lines{"/a/airfield", "/usr/bin"});
}

TEST_CASE("a text that could be read in two ways is refused, with both") {
  CHECK(label_error("1 piece\n0 parts\n") ==
        "labels: could mean two things: each line is a label, and class 0 is '1 piece'; or each line begins "
        "with its index, and class 0 is 'parts'; write one label per line, that of class 0 first");
  CHECK(label_error("0,1\n1,2\n2,0\n")
            .starts_with("labels: could mean two things: each line begins with its index, "
                         "and class 0 is '1'; or each line ends with its index"));
  CHECK(label_error(R"({"0": "1", "1": "2", "2": "0"})") ==
        "labels: could mean two things: its keys are the indices, and class 0 is '1'; or its values are the "
        "indices, and class 0 is '2'; write one label per line, that of class 0 first");
  CHECK(label_error("class,label\n0,1\n1,2\n2,0\n")
            .find("the column 'class' has the indices, and class 0 is '1'; or "
                  "the column 'label' has the indices") != std::string::npos);
}

TEST_CASE("CSV with a header has columns for the label, the index and the WordNet id in any order") {
  CHECK(labels("index,name\n0,tench\n1,goldfish\n2,great white shark\n") == kFish);
  CHECK(labels("Name;Idx\ngreat white shark;2\ntench;0\ngoldfish;1\n") == kFish);
  CHECK(labels(",label\n0,tench\n1,goldfish\n2,great white shark\n") == kFish);  // as pandas writes it
  CHECK(labels("label,name\n0,tench\n1,goldfish\n2,great white shark\n") == kFish);
  CHECK(labels("class_id,wnid,class_name\n1,n01443537,goldfish\n0,n01440764,tench\n") == kIds);
  CHECK(labels("wnid,name\nn01440764,tench\nn01443537,goldfish\n") == kIds);
  CHECK(labels("id,name,description\n0,tench,\"a fish, brown\"\n1,goldfish,red\n") ==
        Lines{"tench", "goldfish"});
  CHECK(labels("id,name\n0,\"tench, Tinca\"\n1,goldfish, Carassius\n") ==
        Lines{"tench, Tinca", "goldfish, Carassius"});
  CHECK(label_error("id,name\n1,person\n3,car\n") == "labels: column 'id': does not have the indices 0 to 1");
  CHECK(label_error("name,index\ntench,0\ngoldfish\n") ==
        "labels: line 3: has 1 fields, but the header has 2");
  CHECK(label_error("id,name,category\n0,tench,fish\n1,cat,mammal\n") ==
        "labels: line 1: exactly one of the columns 'id', 'name', 'category' must have the labels");
}

TEST_CASE("JSON and Python give labels by index, in any order") {
  CHECK(labels(R"({"0":["n01440764","tench"],"1":["n01443537","goldfish"]})") == kIds);
  CHECK(labels("{1: 'goldfish',\n 0: 'tench',\n 2: \"great white shark\",}\n") == kFish);
  CHECK(labels(R"(["tench", "goldfish", "great white shark"])") == kFish);
  CHECK(labels(R"([["n01440764","tench"],["n01443537","goldfish"]])") == kIds);
  CHECK(labels("[('n01440764', 'tench'), (u'n01443537', u'goldfish')]") == kIds);
  CHECK(labels(R"({"0":"n01440764 tench","1":"n01443537 goldfish"})") == kIds);
  CHECK(labels(R"({"tench": 0, "great white shark": 2, "goldfish": 1})") == kFish);
  CHECK(labels(R"({"0": 0, "1": 1, "2": 2})") == Lines{"0", "1", "2"});
  CHECK(labels(R"({"0": 3, "1": 7})") == Lines{"3", "7"});
  CHECK(labels(R"({"a": null, "x": [1, {"y": true}], "id2label": {"0": "tench", "1": "goldfish"}})") ==
        Lines{"tench", "goldfish"});
  CHECK(labels(R"(["\u00e9t\u00e9", "\ud83d\ude00", "a\"b\\c"])") ==
        Lines{"\xC3\xA9t\xC3\xA9", "\xF0\x9F\x98\x80", "a\"b\\c"});
  CHECK(labels("['\\xe9', 'it\\'s']") == Lines{"\xC3\xA9", "it's"});
  CHECK(labels("[unknown]\ntench\n") == Lines{"[unknown]", "tench"});
  CHECK(labels("{other}\ntench\n") == Lines{"{other}", "tench"});
}

TEST_CASE("JSON and Python that do not give a label for each index are refused with the reason") {
  CHECK(label_error(R"({"1": "tench", "2": "goldfish"})") ==
        "labels: has no label for index 0; its 2 keys must be 0 to 1");
  CHECK(label_error(R"({"0": "tench", "0": "goldfish"})") ==
        "labels: has the index 0 twice; its 2 keys must be 0 to 1");
  CHECK(label_error(R"({"cat": "animal", "car": "thing"})") ==
        "labels: neither its keys nor its values are the indices 0 to 1 of classes");
  CHECK(label_error(R"({"0": null})") ==
        "labels: the value of 0 is neither a label nor a WordNet id with a label");
  CHECK(label_error("{0: 'tench',\n 1: 'goldfish'\n 2: 'x'}") ==
        "labels: line 3, column 2: expected ',' or '}'");
  CHECK(label_error(R"(["tench", )") == "labels: line 1, column 11: the text ends too early");
  CHECK(label_error(R"(["tench)") == "labels: line 1, column 8: a string does not end");
  CHECK(label_error(R"(["tench"] x)") == "labels: line 1, column 11: the text goes on after the value");
  CHECK(label_error(R"(["te\qnch"])") == "labels: line 1, column 6: unknown escape");
  CHECK(label_error(R"(["\ud83d"])") == "labels: line 1, column 9: an escape is not a character");
  CHECK(label_error(std::string(100, '[')) == "labels: line 1, column 66: the values are nested too deeply");
  CHECK(label_error("{}") == "labels: has no labels");
  CHECK(label_error(R"(["tench", ""])") == "labels: class 1: has no label");
  CHECK(label_error(R"(["a\nb"])") == "labels: class 0: the label 'a\\nb' has several lines");
  CHECK(label_error("[[\"tench\", \"fish\"]]") ==
        "labels: item 0: is neither a label nor a WordNet id with a label");
}

TEST_CASE("a network of 1001 outputs says that a background label may be missing") {
  Model model;
  Layer last;
  last.out = {1001, 1, 1};
  model.description.layers.push_back(last);
  model.labels.assign(1000, Label{"", "x"});
  CHECK(message_of<ModelError>([&] { check_labels(model, "labels"); }) ==
        "labels: has 1000 labels, but the network has 1001 outputs; if output 0 is a background class, add "
        "'background' as the first label");
  model.labels.insert(model.labels.begin(), Label{"", "background"});
  check_labels(model, "labels");
  CHECK(model.labels.size() == 1001);
  CHECK(model.notes.empty());
}
