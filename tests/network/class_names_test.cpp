#include "network/class_names.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "evaluate/some_model.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;

namespace {

std::string class_name_error(const ClassNames& names, const std::string& name) {
  return message_of<std::runtime_error>([&] { names.find(name); });
}

}  // namespace

TEST_CASE("a class is named by its id, its label, its label up to the first comma, or its index") {
  const ClassNames names(some_model());
  CHECK(names.find("n00000011") == 1);
  CHECK(names.find("tabby, tabby cat") == 0);
  CHECK(names.find("tabby") == 0);
  CHECK(names.find("TABBY, Tabby Cat") == 0);
  CHECK(names.find("4") == 4);
  CHECK(names.find("04") == 4);
}

TEST_CASE("a whole label has priority over the beginning of another label and over an index") {
  const ClassNames names(some_model());
  CHECK(names.find("maillot") == 3);
  CHECK(names.find("maillot, tank suit") == 4);
  CHECK(names.find("7") == 5);
}

TEST_CASE("a label that two classes have is refused") {
  CHECK(class_name_error(ClassNames(some_model()), "crane") ==
        "'crane' names the classes 1 and 2 of some-model; use the id or the index");
}

TEST_CASE("an unknown class is refused with the most similar one") {
  const ClassNames names(some_model());
  CHECK(class_name_error(names, "tabbi") == "'tabbi' is not a class of some-model; did you mean 'tabby'?");
  CHECK(class_name_error(names, "Maillot, tank suits") ==
        "'Maillot, tank suits' is not a class of some-model; did you mean 'maillot, tank suit'?");
  CHECK(class_name_error(names, "n00000099") ==
        "'n00000099' is not a class of some-model; did you mean 'n00000010'?");
  CHECK(class_name_error(names, "an ornithorhynchus") == "'an ornithorhynchus' is not a class of some-model");
}

TEST_CASE("an index beyond the last class is refused") {
  CHECK(class_name_error(ClassNames(some_model()), "6") == "'6' is not a class of some-model; use 0 to 5");
  CHECK(class_name_error(ClassNames(some_model()), "-1") ==
        "'-1' is not a class of some-model; did you mean '7'?");
}

TEST_CASE("the classes of a model without labels are named only by index") {
  const ClassNames names(model_of_classes({}, 3));
  CHECK(names.find("2") == 2);
  CHECK(class_name_error(names, "cat") ==
        "'cat' is not a class of some-model; the model has no labels, use the index of the class");
}

TEST_CASE("the name of a class is its label, or its index if the model has no labels") {
  CHECK(class_name(some_model(), 0) == "tabby, tabby cat");
  CHECK(class_name(model_of_classes({}, 3), 2) == "class 2");
  CHECK(class_name(2) == "class 2");
}
