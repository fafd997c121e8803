// Fields of Caffe's files that caffe.proto does not list. Some change no answer; the layers that have others are refused.
#pragma once

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "protobuf/caffe.pb.h"

namespace alexnet {

// Reasons to refuse: what the first unknown field is and what the user can do. Empty: there is none.
struct UnknownFields {
  std::string net;                  // fields outside of layers
  std::vector<std::string> layers;  // one for each of `layers` (V1), then one for each of `layer` (V2)
};

// Finds the unknown fields of a network that was parsed from the binary form.
UnknownFields find_unknown_fields(const caffe::NetParameter& net);

// Collects what the parser of the text form reports. Lines and columns are counted from 0 here, from 1 in messages.
class TextReport : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column, const std::string& message) override;
  void AddWarning(int line, google::protobuf::io::ColumnNumber column, const std::string& message) override;

  // Throws ModelError with the first error; the others mostly follow from it.
  [[noreturn]] void fail(const std::string& file) const;

  // Finds the layers that the unknown fields are in. Throws ModelError if there are too many to keep.
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
