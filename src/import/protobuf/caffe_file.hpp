// Reads Caffe's files. caffe.proto lists the supported fields.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "protobuf/caffe.pb.h"

namespace alexnet {

// A Caffe network. Old layers (`layers`, V1) are converted to new ones (`layer`, V2). v1 is true if the file
// had old ones.
struct CaffeFile {
  std::string path;
  caffe::NetParameter net;
  bool v1 = false;
  // Reasons to refuse layers with unknown fields. The key is null for an unknown field of the network itself.
  std::map<const caffe::LayerParameter*, std::string> unknown;
};

// Throws ModelError if the layer, or the network (null), has an unknown field. Call it for every layer that
// is used.
void refuse_unknown_fields(const CaffeFile& file, const caffe::LayerParameter* layer);

// Read a network or a mean file. All throw ModelError. Binary files of 2 GiB or more, which protobuf cannot
// hold, and text files of more than 64 MiB are refused before parsing.
std::shared_ptr<const CaffeFile> read_caffemodel(const std::filesystem::path& file);
std::shared_ptr<const CaffeFile> read_prototxt(const std::filesystem::path& file);
caffe::BlobProto read_binaryproto(const std::filesystem::path& file);

// Throws ModelError, with the offset of the error, unless bytes are a sequence of fields. If the message is a
// NetParameter, its layers are checked in the same way. protobuf itself reports only that parsing failed. The
// number of fields is limited to 100,000, because protobuf makes large objects from few bytes.
enum class CaffeMessage { net, blob };
void check_wire_format(std::span<const std::byte> bytes, CaffeMessage message, const std::string& file);

}  // namespace alexnet
