#include "import/readers.hpp"

#include "core/module.hpp"

extern "C" ALEXNET_MODULE const alexnet::ProtobufModule alexnet_protobuf{
    alexnet::read_caffe, alexnet::read_onnx, alexnet::write_onnx};
