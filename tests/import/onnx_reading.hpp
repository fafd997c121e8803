// Reads and runs the files of OnnxMaker.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "alexnet/error.hpp"
#include "core/module.hpp"
#include "import/onnx_maker.hpp"
#include "import/readers.hpp"
#include "weights/temp_dir.hpp"

namespace alexnet::test {

// Reads the file without the layers and checks for photos that open_model() adds.
inline Model read_file(const std::filesystem::path& file) {
  return module<ProtobufModule>("protobuf").onnx(file, {});
}

inline Model read(const OnnxMaker& maker) {
  const TempDir dir;
  return read_file(dir.write("model.onnx", maker.bytes()));
}

// Returns the message of the refusal, from the field on.
inline std::string refusal(const OnnxMaker& maker) {
  const TempDir dir;
  const auto file = dir.write("model.onnx", maker.bytes());
  const std::string message = message_of<ModelError>([&] { read_file(file); });
  const std::string prefix = file.string() + ": ";
  return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
}

// Returns the model's output for a batch.
inline std::vector<float> answers(Model model, int batch, const std::vector<float>& input) {
  const Network network = make_network(model);
  Workspace workspace(network, batch);
  std::ranges::copy(input, workspace.input().begin());
  const auto output = network.forward(workspace, batch);
  return {output.begin(), output.end()};
}

inline const Layer& layer(const Model& model, std::size_t i) { return model.description.layers.at(i); }

}  // namespace alexnet::test
