// Models on disk: how a photo is prepared, the layers, their weights and the names of the classes.
//
//   const alexnet::Model model = alexnet::open_model(alexnet::find_model("tiny-alexnet"));
//   const alexnet::Network network = alexnet::make_network(model);
//
// A native model is a folder with network.json, weights and labels, or one .safetensors file that contains
// all three. Models of Caffe, torch and ONNX are opened, too.
//
// All functions may be called from several threads at the same time, also with one Model, unless the program
// changes the environment meanwhile.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alexnet/image.hpp"
#include "alexnet/network.hpp"

#pragma GCC visibility push(default)
namespace alexnet {

// A published accuracy. top1 and top5 are fractions, 0 to 1.
struct Accuracy {
  std::string data;  // "ILSVRC-2012 validation"
  double top1 = 0.0;
  std::optional<double> top5;
};

struct Description {
  std::string name;
  std::string source;
  std::string licence;
  std::optional<Accuracy> accuracy;
  image::Preprocess input;
  std::vector<Layer> layers;  // at least one; each layer's input is the output of the previous one
  std::string weights;        // file name relative to network.json's folder; "" if there is none
  std::string labels;         // file name relative to network.json's folder; "" if there is none
};

inline constexpr const char* kNativeFormat = "alexnet";

// The label of one class. The line "n02124075 Egyptian cat" has the id "n02124075" and the text "Egyptian
// cat". The id is empty if the line does not begin with a WordNet id.
struct Label {
  std::string id;
  std::string text;
};

struct Model {
  std::filesystem::path path;  // the folder or the file
  Description description;
  std::vector<Label> labels;            // empty, or one per class
  std::shared_ptr<Weights> weights;     // null if the model has none
  std::string format = kNativeFormat;   // source format: kNativeFormat, "torch (zip)", "ONNX, opset 9", ...
  std::vector<std::string> notes = {};  // assumptions made during import, one sentence each
};

// A class and its probability. The label is "class 281" if the model has no labels.
struct Prediction {
  std::size_t index = 0;
  float probability = 0.0F;
  std::string label = {};
  std::string id = {};  // WordNet id, or ""
};

inline constexpr const char* kDefaultModel = "tiny-alexnet";

// Returns the folder that models are downloaded to: $XDG_DATA_HOME/alexnet/models, or
// $HOME/.local/share/alexnet/models if XDG_DATA_HOME is not an absolute path. Returns "" if HOME is not
// one either.
std::filesystem::path user_models();

// Returns the search path for models: the folders in ALEXNET_MODELS (separated by ':'), user_models(), the
// models that are installed with the library, and ../share/alexnet/models relative to the program's folder.
std::vector<std::filesystem::path> model_folders();

// Returns the path of a model: the first of these that exists.
//   1. The argument, if it is a folder with network.json or a file with the extension of a model.
//   2. If the argument NAME contains no '/', in the first of model_folders() that has one: NAME.safetensors,
//      the folder or file NAME, or NAME with .pth, .pt, .caffemodel, .onnx or .prototxt.
//   3. The argument, if it is a regular file.
// Throws ModelError, which lists the folders searched, if there is none.
std::filesystem::path find_model(const std::string& path_or_name);

// Returns the name by which find_model() finds a model: the file or folder name without the extension of a
// model file.
std::string model_name(const std::filesystem::path& model);

// Returns all models in model_folders(), in the order of the folders and sorted by path within each. If
// several folders have a model of the same name, returns the first one only, as find_model() does.
std::vector<std::filesystem::path> list_models();

// Returns the names of the known preprocessing presets, such as "torchvision" and "caffe".
std::vector<std::string> preset_names();

// Information that files of other programs lack. Leave a field empty to add nothing. A native model has its
// own network and preparation, so it accepts only labels.
struct ImportOptions {
  std::filesystem::path network = {};  // network.json with the layers, or a .prototxt
  std::filesystem::path labels = {};   // one class per line
  std::string preset = {};             // preparation of photos: one of preset_names()
  // These override the preparation of the preset or file.
  std::string mean = {};  // "104,117,123" in the network's channel order, or a Caffe mean file
  std::string std = {};   // "58,57,57" in the network's channel order, or one number
  std::optional<double> scale = {};
  std::optional<image::ChannelOrder> channels = {};
  std::string resize = {};         // "256", the shorter side, or "256x256", height and width
  std::optional<Size2> crop = {};  // input of the network, if its file does not fix it
};

// Opens the model at `path`. A model with 1000 outputs and no labels of its own gets the ImageNet labels, if
// they are found, and a note that says so. An imported network that ends in a vector without softmax gets
// one. Throws ModelError.
Model open_model(const std::filesystem::path& path, const ImportOptions& options = {});

// Returns the file that describes the model's layers: network.json in a model folder, or the model file
// itself.
std::filesystem::path description_file(const Model& model);

// Returns the model without the layers after the one of this name. Throws ModelError if there is no such
// layer.
Model truncated_after(Model model, const std::string& layer);

// Throws ModelError unless the model ends in a softmax over at least two classes.
void require_classifier(const Model& model);

// Returns the model's network. Its weights are those of the model or, if `seed` is given, random ones made
// from it. The network shares the ownership of the weights, so the model may be destroyed. Throws ModelError,
// also if there is no seed and the model has no weights.
Network make_network(const Model& model, std::optional<std::uint64_t> seed = std::nullopt,
                     const EngineOptions& options = {});

// Returns a hash of 32 hexadecimal digits over the description (including name, source, licence and
// accuracy), the labels and the weights as they are stored. File names and the names of tensors do not affect
// it. Reads all weights. Throws ModelError.
std::string model_hash(const Model& model);

// Writes a .safetensors file whose metadata contain the network, the preprocessing, the name, the source, the
// licence, the accuracy and the labels. `dtype` is the element type of the weights: "F32", "F16", "BF16" or
// "I8". "I8" stores fully-connected layers as I8 with one scale per row, and convolutions as F16. Biases and
// the tensors of batch normalisation stay F32. Throws ModelError if the model has no weights, if its labels
// are not UTF-8 or if the type cannot hold a weight, and OutputError if the file cannot be written.
void save_model(const Model& model, const std::filesystem::path& file, std::string_view dtype = "F32");

}  // namespace alexnet
#pragma GCC visibility pop
