#include "import/protobuf/caffe_weights.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <set>
#include <span>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "import/parallel_convs.hpp"
#include "weights/stored_weights.hpp"
#include "weights/tensor_check.hpp"

namespace alexnet {
namespace {

// Owns the memory that the tensors point to.
struct Owner {
  std::shared_ptr<const CaffeFile> file;
  std::deque<std::vector<float>> computed;
};

bool is_double(const caffe::BlobProto& blob) { return blob.double_data_size() > 0; }

template <class Numbers>
std::span<const std::byte> bytes_of(const Numbers& numbers) {
  return std::as_bytes(std::span(numbers.data(), static_cast<std::size_t>(numbers.size())));
}

StoredTensor stored(const caffe::BlobProto& blob) {
  if (is_double(blob)) return {{}, *find_dtype("F64"), bytes_of(blob.double_data())};
  return {{}, *find_dtype("F32"), bytes_of(blob.data())};
}

class BlobReader {
 public:
  BlobReader(const std::shared_ptr<const CaffeFile>& file, const CaffeFile& network)
      : owner_(std::make_shared<Owner>(Owner{file, {}})), network_(network) {
    for (const caffe::LayerParameter& layer : file->net.layer())
      if (layer.blobs_size() > 0 && !layers_.emplace(layer.name(), &layer).second)
        throw ModelError(file->path, "layers", "two are called " + in_quotes(layer.name()));
    for (const caffe::LayerParameter& layer : network.net.layer())
      if (is_in_test_phase(layer, network)) described_.emplace(layer.name(), &layer);
  }

  void read(const Layer& layer) {
    const std::vector<WeightSpec> specs = weight_specs(layer);
    const std::string place = "layers." + escape_for_terminal(layer.name, kExcerpt);
    const auto found = layers_.find(layer.name);
    if (found == layers_.end()) {
      if (specs.empty()) return;
      throw ModelError(path(), place, "there are no weights (blobs) for this layer" + of_network());
    }
    const caffe::LayerParameter& source = *found->second;
    const caffe::LayerParameter& described = *described_.at(layer.name);
    if (std::holds_alternative<BatchNorm>(layer.params)) {
      read_batch_norm(source, described, specs, place);
      return;
    }
    require_blobs(source, static_cast<int>(specs.size()), place);
    for (int i = 0; i < source.blobs_size(); ++i) {
      const WeightSpec& spec = specs[static_cast<std::size_t>(i)];
      const caffe::BlobProto& blob = source.blobs(i);
      StoredTensor tensor = stored(blob);
      tensor.dims = blob_dims(blob, path(), blob_place(place, i));
      // The older form always has four dimensions: 1 x 1 x out x in, or 1 x 1 x 1 x out.
      while (tensor.dims.size() > spec.dims.size() && tensor.dims.front() == 1)
        tensor.dims.erase(tensor.dims.begin());
      if (described.inner_product_param().transpose() && tensor.dims.size() == 2) {
        std::ranges::reverse(tensor.dims);
        tensor.strides = {1, tensor.dims[0]};
      }
      if (tensor.dims != spec.dims)
        throw ModelError(path(), blob_place(place, i),
                         "is " + to_string(tensor.dims) +
                             ", but num_output and the other parameters of the " + "layer" + of_network() +
                             " make " + to_string(spec.dims));
      add(spec, std::move(tensor));
    }
  }

  // Reads the tensors of the parts, and makes those of the layer that they became.
  void read_merged(const Layer& layer, const std::vector<Layer>& parts) {
    for (const Layer& part : parts) read(part);
    const Conv& merged = std::get<Conv>(layer.params);
    const int channels = layer.in.channels;
    std::vector<float>& weight = owner_->computed.emplace_back(kernel_elements(merged, channels));
    std::vector<float> bias(merged.bias ? static_cast<std::size_t>(merged.output) : 0);
    const std::size_t row = weight.size() / static_cast<std::size_t>(merged.output);
    std::size_t output = 0;
    for (const Layer& part : parts) {
      const Conv& conv = std::get<Conv>(part.params);
      const std::vector<WeightSpec> specs = weight_specs(part);
      std::map<std::string, StoredTensor> tensors;
      for (const WeightSpec& spec : specs) tensors.insert(tensors_.extract(spec.name));
      StoredWeights floats(path(), std::move(tensors), nullptr, 0);
      embed_kernels(conv, merged, channels, floats.fetch(specs[0]), std::span(weight).subspan(output * row));
      if (conv.bias)
        std::ranges::copy(floats.fetch(specs[1]), bias.begin() + static_cast<std::ptrdiff_t>(output));
      output += static_cast<std::size_t>(conv.output);
    }
    const std::vector<WeightSpec> specs = weight_specs(layer);
    const Dtype dtype = *find_dtype("F32");
    tensors_.emplace(specs[0].name, StoredTensor{specs[0].dims, dtype, bytes_of(weight)});
    if (!merged.bias) return;
    const std::vector<float>& kept = owner_->computed.emplace_back(std::move(bias));
    tensors_.emplace(specs[1].name, StoredTensor{specs[1].dims, dtype, bytes_of(kept)});
  }

  // Adds the weights that turn one score into 0 and the score.
  void add_two_scores(const Layer& layer) {
    static constexpr std::array<float, 2> kTwoScores{0, 1};
    const WeightSpec spec = weight_specs(layer)[0];
    tensors_.emplace(spec.name, StoredTensor{spec.dims, *find_dtype("F32"), bytes_of(kTwoScores)});
  }

  std::unique_ptr<Weights> weights() {
    return std::make_unique<StoredWeights>(path(), std::move(tensors_), owner_, stored_bytes_);
  }

 private:
  const std::string& path() const { return owner_->file->path; }
  std::string of_network() const { return network_.path == path() ? "" : " of " + network_.path; }
  static std::string blob_place(const std::string& layer, int i) {
    return layer + ".blobs[" + std::to_string(i) + "]";
  }

  void require_blobs(const caffe::LayerParameter& source, int expected, const std::string& place) const {
    if (source.blobs_size() != expected)
      throw ModelError(path(), place + ".blobs",
                       "there are " + std::to_string(source.blobs_size()) + ", but the layer takes " +
                           std::to_string(expected));
  }

  void add(const WeightSpec& spec, StoredTensor tensor) {
    stored_bytes_ += tensor.data.size();
    tensors_.emplace(spec.name, std::move(tensor));
  }

  // BatchNorm stores means and variances, both multiplied by a factor that is stored too. Scale stores
  // factors and summands. The network's layer for either has all four tensors.
  void read_batch_norm(const caffe::LayerParameter& source, const caffe::LayerParameter& described,
                       const std::vector<WeightSpec>& specs, const std::string& place) {
    const auto channels = static_cast<std::size_t>(specs[0].dims[0]);
    enum { kWeight, kBias, kMean, kVariance };
    std::array<std::vector<float>, 4> values;
    for (std::size_t i = 0; i < values.size(); ++i) values[i].assign(channels, specs[i].neutral);
    const auto fill = [&](int blob, std::vector<float>& out) {
      const std::string where = blob_place(place, blob);
      blob_dims(source.blobs(blob), path(), where);
      const caffe::BlobProto& numbers = source.blobs(blob);
      const auto count =
          static_cast<std::size_t>(is_double(numbers) ? numbers.double_data_size() : numbers.data_size());
      if (count != out.size())
        throw ModelError(path(), where,
                         "has " + std::to_string(count) + " numbers, expected " + std::to_string(out.size()));
      for (std::size_t i = 0; i < count; ++i)
        out[i] = is_double(numbers) ? static_cast<float>(numbers.double_data(static_cast<int>(i)))
                                    : numbers.data(static_cast<int>(i));
    };
    if (described.type() == "Scale") {
      require_blobs(source, described.scale_param().bias_term() ? 2 : 1, place);
      fill(0, values[kWeight]);
      if (source.blobs_size() == 2) fill(1, values[kBias]);
    } else {
      require_blobs(source, 3, place);
      fill(0, values[kMean]);
      fill(1, values[kVariance]);
      std::vector<float> divisor(1);
      fill(2, divisor);
      const float factor = divisor[0] == 0 ? 0 : 1 / divisor[0];
      for (const int i : {kMean, kVariance})
        for (float& value : values[static_cast<std::size_t>(i)]) value *= factor;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::vector<float>& kept = owner_->computed.emplace_back(std::move(values[i]));
      add(specs[i], {specs[i].dims, *find_dtype("F32"), bytes_of(kept)});
    }
  }

  std::shared_ptr<Owner> owner_;
  const CaffeFile& network_;
  std::map<std::string, const caffe::LayerParameter*> layers_;     // layers of the file with blobs
  std::map<std::string, const caffe::LayerParameter*> described_;  // layers of the network
  std::map<std::string, StoredTensor> tensors_;
  std::uint64_t stored_bytes_ = 0;
};

}  // namespace

Dims blob_dims(const caffe::BlobProto& blob, const std::string& file, const std::string& place) {
  Dims dims(blob.shape().dim().begin(), blob.shape().dim().end());
  if (!blob.has_shape() && (blob.has_num() || blob.has_channels() || blob.has_height() || blob.has_width()))
    dims = {blob.num(), blob.channels(), blob.height(), blob.width()};
  const std::int64_t expected = check_dims(dims, file, place);
  const std::int64_t found = is_double(blob) ? blob.double_data_size() : blob.data_size();
  if (found != expected)
    throw ModelError(file, place,
                     "has " + std::to_string(found) + " numbers, but its shape " + to_string(dims) +
                         " takes " + std::to_string(expected));
  return dims;
}

std::unique_ptr<Weights> caffe_weights(const std::shared_ptr<const CaffeFile>& file,
                                       const CaffeLayers& layers, const CaffeFile& network) {
  BlobReader reader(file, network);
  for (const Layer& layer : layers.layers) {
    const auto merged = layers.merged.find(layer.name);
    if (layers.sigmoids.contains(layer.name)) {
      reader.add_two_scores(layer);
    } else if (merged == layers.merged.end()) {
      reader.read(layer);
    } else {
      reader.read_merged(layer, merged->second);
    }
  }
  return reader.weights();
}

std::vector<std::string> unused_caffe_layers(const CaffeFile& file, const CaffeLayers& layers) {
  std::set<std::string> used;
  for (const Layer& layer : layers.layers) used.insert(layer.name);
  for (const auto& [name, parts] : layers.merged)
    for (const Layer& part : parts) used.insert(part.name);
  std::vector<std::string> unused;
  for (const caffe::LayerParameter& layer : file.net.layer())
    if (layer.blobs_size() > 0 && !used.contains(layer.name())) unused.push_back(layer.name());
  return unused;
}

}  // namespace alexnet
