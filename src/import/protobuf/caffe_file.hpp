// Caffe's files as messages; caffe.proto lists the fields that are read.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "protobuf/caffe.pb.h"

namespace alexnet {

// Both forms of the layers come as the newer one, `layer`; v1 says that they were of the older.
struct CaffeFile {
  std::string path;
  caffe::NetParameter net;
  bool v1 = false;
  // Reasons to refuse the layers that have fields which nobody here knows, and the network (null) for such a field of its
  // own.
  std::map<const caffe::LayerParameter*, std::string> unknown;
};

// Throws ModelError if the layer, or the network (null), has an unknown field. Every layer that is used is checked.
void refuse_unknown_fields(const CaffeFile& file, const caffe::LayerParameter* layer);

// All throw ModelError. A file of 2 GiB, which is more than protobuf can hold, is refused before it is read.
std::shared_ptr<const CaffeFile> read_caffemodel(const std::filesystem::path& file);
std::shared_ptr<const CaffeFile> read_prototxt(const std::filesystem::path& file);
caffe::BlobProto read_binaryproto(const std::filesystem::path& file);

// Throws ModelError, with the place of the fault, unless bytes are fields of a message one after another; so are those
// of its layers, where it is a NetParameter. protobuf itself says only that it failed; and it makes large objects of
// few bytes, whence a limit on their number.
enum class CaffeMessage { net, blob };
void check_wire_format(std::span<const std::byte> bytes, CaffeMessage message, const std::string& file);

}  // namespace alexnet
