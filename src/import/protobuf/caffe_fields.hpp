// Finds the fields of Caffe's files that caffe.proto does not list. Fields known to be harmless are skipped;
// a layer with any other one is refused.
#pragma once

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "protobuf/caffe.pb.h"

namespace alexnet {

// Reasons to refuse the file: the first unknown field and what the user can do. Empty if there is none.
struct UnknownFields {
  std::string net;                  // fields outside layers
  std::vector<std::string> layers;  // one for each of `layers` (V1), then one for each of `layer` (V2)
};

// Finds the unknown fields of a network that was parsed from binary format.
UnknownFields find_unknown_fields(const caffe::NetParameter& net);

// Collects the errors and warnings of the text parser. Lines and columns count from 0 in the arguments, from
// 1 in messages.
class TextReport : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column, const std::string& message) override;
  void AddWarning(int line, google::protobuf::io::ColumnNumber column, const std::string& message) override;

  // Throws ModelError with the first error. The others mostly follow from it.
  [[noreturn]] void fail(const std::string& file) const;

  // Assigns the unknown fields to layers. Throws ModelError if there are too many to keep.
  UnknownFields unknown_fields(const caffe::NetParameter& net,
                               const google::protobuf::TextFormat::ParseInfoTree& places,
                               const std::string& file) const;

 private:
  using Place = std::pair<int, int>;

  std::string place_;
  std::string reason_;
  std::map<Place, std::string> unknown_;
};

}  // namespace alexnet
