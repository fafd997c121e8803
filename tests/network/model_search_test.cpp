#include <doctest/doctest.h>

#include <cstdlib>

#include "alexnet/error.hpp"
#include "alexnet/model.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;

TEST_CASE("find_model() finds every listed model by its name") {
  const TempDir folder;
  std::filesystem::create_directory(folder.path() / "both");
  folder.write("both/network.json", "{}");
  folder.write("both.safetensors", "");  // a downloaded model beside its description without weights
  folder.write("foo.onnx", "");
  folder.write("pair.caffemodel", "");
  folder.write("pair.prototxt", "");
  folder.write("notes.txt", "");
  setenv("ALEXNET_MODELS", folder.path().c_str(), 1);
  const std::vector<std::filesystem::path> all = list_models();
  std::vector<std::filesystem::path> here;
  for (const auto& model : all)
    if (model.parent_path() == folder.path()) here.push_back(model.filename());
  for (const auto& model : all) CHECK(find_model(model_name(model)) == model);
  CHECK_THROWS_AS(find_model("notes"), ModelError);
  unsetenv("ALEXNET_MODELS");
  CHECK(here == std::vector<std::filesystem::path>{"both.safetensors", "foo.onnx", "pair.caffemodel"});
}
