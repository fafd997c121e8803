// Images whose right class is known.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "batch/list/listing.hpp"
#include "network/class_names.hpp"

namespace alexnet::app {

struct Truth {
  std::vector<Listed> list;
  std::vector<std::size_t> classes;  // the right one of each
};

// `place` is one of:
//  - a folder with a folder for each class, named as ClassNames::find takes it; images may lie deeper inside;
//  - a list with a line for each image: its path, a tab or else a space, its class. With tabs, what comes after a second
//    one is ignored. Without, the path ends at the first space that a class follows, so that both may contain spaces.
//    Relative paths begin at `images`, or if that is "" at the list's own folder;
//  - Tiny ImageNet's folder, or its `val`: val_annotations.txt is such a list of images/;
//  - ILSVRC's LOC_val_solution.csv ("ImageId,PredictionString"), whose images are in `images`, or where that is "" in
//    ILSVRC/Data/CLS-LOC/val beside it; or the folder that both are in;
//  - ILSVRC's own folder, with Data/CLS-LOC/val and an XML file for each of its images in Annotations/CLS-LOC/val.
// ILSVRC2012_validation_ground_truth.txt is refused: its numbers are the devkit's own ids, not places in a model's order.
// Throws std::runtime_error that names the file and the line, also if an image comes twice, if there is none, for a line
// with a NUL byte or of more than kMaxNameBytes, and for UTF-16.
Truth read_truth(const std::string& place, const std::string& images, const ClassNames& names);

}  // namespace alexnet::app
