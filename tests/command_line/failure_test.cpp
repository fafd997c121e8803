// Messages and exit statuses for the exceptions that end the program.
#include "command_line/failure.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <new>
#include <system_error>

#include "alexnet/error.hpp"

using namespace alexnet;
using app::failure_of;

TEST_CASE("each kind of error has its exit status") {
  CHECK(failure_of(UsageError("-k: wrong")).status == 2);
  CHECK(failure_of(ModelError("net", "layers", "wrong")).status == 2);
  CHECK(failure_of(ImageError(Stage::read, "wrong")).status == 1);
  CHECK(failure_of(OutputError("out", "disk full")).status == 3);
  CHECK(failure_of(std::bad_alloc()).status == 2);
  CHECK(failure_of(std::system_error(EAGAIN, std::generic_category())).status == 2);
  CHECK(failure_of(OutputError("out", "disk full")).message == "out: disk full");
  CHECK(failure_of(ModelError("net", "layers", "wrong")).message == "net: layers: wrong");
}

TEST_CASE("any other exception is an internal error with status 70") {
  const app::Failure failure = failure_of(std::runtime_error("no such mark"));
  CHECK(failure.message == "internal error: no such mark");
  CHECK(failure.status == 70);
}

TEST_CASE("the library's errors about models get advice for the command line") {
  CHECK(failure_of(UnknownModel("vgg16", "not downloaded", "vgg16")).message ==
        "vgg16: not downloaded; 'alexnet fetch vgg16' downloads it");
  CHECK(failure_of(UnknownModel("x", "no such model", "")).message == "x: no such model");
  CHECK(failure_of(MissingWeights("net", "weights", "none")).message.find("--random-weights") !=
        std::string::npos);
}
