#include "batch/run/filter.hpp"

#include <doctest/doctest.h>
#include <locale.h>

#include <stdexcept>

#include "evaluate/some_model.hpp"
#include "skip.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using app::Filter;

namespace {

Model model() {
  return model_of_classes({{"n02123045", "tabby, tabby cat"},
                           {"n02124075", "Egyptian cat"},
                           {"n07920052", "ISTANBUL"},
                           {"",
                            "\xC3\xA9"
                            "clair"}},
                          4);
}

// Returns the indices of the classes that the patterns keep.
std::vector<std::size_t> kept(const std::vector<std::string>& labels) {
  app::Record record{.predictions = {{0, 0.4F}, {1, 0.3F}, {2, 0.2F}, {3, 0.1F}}};
  Filter{.min_prob = 0.0, .labels = labels}.apply(record, model());
  CHECK(record.left_out == record.predictions.empty());
  std::vector<std::size_t> indices;
  for (const Prediction& p : record.predictions) indices.push_back(p.index);
  return indices;
}

std::string label_error(const std::vector<std::string>& labels, const Model& of = model()) {
  return message_of<std::runtime_error>(
      [&] { Filter{.min_prob = 0.0, .labels = labels}.require_classes(of); });
}

using Indices = std::vector<std::size_t>;

// Sets the thread's locale for its lifetime.
class ScopedLocale {
 public:
  explicit ScopedLocale(const char* name) : locale_(newlocale(LC_ALL_MASK, name, nullptr)) {
    if (locale_ != nullptr) before_ = uselocale(locale_);
  }
  ScopedLocale(const ScopedLocale&) = delete;
  ScopedLocale& operator=(const ScopedLocale&) = delete;
  ~ScopedLocale() {
    if (locale_ == nullptr) return;
    uselocale(before_);
    freelocale(locale_);
  }
  bool exists() const { return locale_ != nullptr; }

 private:
  locale_t locale_;
  locale_t before_ = nullptr;
};

void check_any_case() {
  CHECK(kept({"*EGYPTIAN*"}) == Indices{1});
  CHECK(kept({"*istanbul*"}) == Indices{2});
  CHECK(kept({"EGYPT[I]AN CAT"}) == Indices{1});
  CHECK(kept({"?clair"}) == Indices{3});  // a character, not a byte
}

}  // namespace

TEST_CASE("a label pattern matches a label, one of its names, an id or an index") {
  CHECK(kept({"tabby, tabby cat"}) == Indices{0});
  CHECK(kept({"Tabby Cat"}) == Indices{0});
  CHECK(kept({"N02124075"}) == Indices{1});
  CHECK(kept({"3"}) == Indices{3});
  CHECK(kept({"*cat"}) == Indices{0, 1});
  CHECK(kept({"cat"}).empty());
  CHECK(kept({}) == Indices{0, 1, 2, 3});
}

TEST_CASE("an answer is kept if any of several label patterns matches") {
  CHECK(kept({"egyptian cat", "*clair"}) == Indices{1, 3});
  CHECK(kept({"cat", "dog"}).empty());
}

TEST_CASE("label patterns match independently of the locale") {
  check_any_case();
  for (const char* name : {"C", "C.UTF-8", "tr_TR.UTF-8"}) {
    const ScopedLocale locale(name);
    if (!locale.exists()) {
      alexnet::test::skip("there is no locale " + std::string(name) + " here");
      continue;
    }
    CAPTURE(name);
    check_any_case();
  }
}

TEST_CASE("a filter keeps failures and drops less probable answers, with and without label patterns") {
  app::Record failed{.stage = Stage::read, .reason = "gone"};
  Filter{.min_prob = 0.5, .labels = {"*cat*"}}.apply(failed, model());
  CHECK(!failed.left_out);
  app::Record record{.predictions = {{0, 0.6F}, {1, 0.3F}}};
  Filter{.min_prob = 0.5, .labels = {"*cat*"}}.apply(record, model());
  REQUIRE(record.predictions.size() == 1);
  CHECK(record.predictions[0].index == 0);
}

TEST_CASE("a label pattern that matches no class is refused with a suggestion") {
  CHECK(label_error({"*cat*", "3", "N07920052"}) == "no error");
  CHECK(label_error({"*cat*", "cat"}) ==
        "--label: 'cat' matches no class of some-model; did you mean '*cat*'?");
  CHECK(label_error({"egiptian cat"}) ==
        "--label: 'egiptian cat' matches no class of some-model; did you mean 'Egyptian cat'?");
  CHECK(label_error({"4"}) == "--label: '4' matches no class of some-model; did you mean '*4*'?");
  CHECK(label_error({"zebra crossing"}) ==
        "--label: 'zebra crossing' matches no class of some-model; use a whole label, an id, an index or a "
        "pattern such as '*cat*'");
  CHECK(label_error({"cat"}, model_of_classes({}, 4)) ==
        "--label: 'cat' matches no class of some-model; the model has no labels, use the index of a class");
  CHECK(label_error({"3"}, model_of_classes({}, 4)) == "no error");
  CHECK(label_error({"\x1b[31m"}).starts_with("--label: '\\x1b[31m' matches no class"));
}

TEST_CASE("the text of a filter lists all label patterns") {
  CHECK(Filter{.min_prob = 0.0, .labels = {"*cat*", "dog"}}.labels_text() == "'*cat*' or 'dog'");
  CHECK(Filter{.min_prob = 0.0, .labels = {"\x1b[31m"}}.labels_text() == "'\\x1b[31m'");
}
