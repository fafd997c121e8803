// Images whose right class is known.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "batch/list/listing.hpp"
#include "network/class_names.hpp"

namespace alexnet::app {

struct Truth {
  std::vector<Record> list;
  std::vector<std::size_t> classes;     // the right class of each image
  std::vector<std::string> notes = {};  // assumptions that were made, one sentence each
};

// Which class a folder named by a number, or by a word that the model does not know, belongs to.
enum class ClassOrder {
  number,  // the number is the index of the class; if there is a folder for each class, its rank by value
  text     // its rank if the names are sorted as text, as torchvision's ImageFolder does
};

// Reads the images and their classes. `path` is one of:
//  - A folder with a subfolder for each class, named as ClassNames::find accepts, or ordered by `order`.
//    Images may be in deeper folders. Without `order`, a note says so if the folders are numbers whose order
//    as text would give other classes.
//  - A list with a line for each image: path, tab, class. Text after a second tab is ignored. A space may
//    replace the tab: then the path ends at the first space that a class follows. Path and class may contain
//    spaces in both forms. Relative paths start at `images`, or at the list's own folder if `images` is "".
//  - Tiny ImageNet's folder, or its `val`: val_annotations.txt is such a list of images/.
//  - ILSVRC's LOC_val_solution.csv ("ImageId,PredictionString"), or its folder. The images are in `images`,
//    or in ILSVRC/Data/CLS-LOC/val beside the file if `images` is "".
//  - ILSVRC's own folder, with Data/CLS-LOC/val and an XML file for each image in Annotations/CLS-LOC/val.
// ILSVRC2012_validation_ground_truth.txt is rejected: its numbers are the devkit's own ids, not class indices
// of a model.
//
// Throws UsageError if a class is unknown, if `order` does not fit the folders or there are none, if there
// are no images, if a list has an image twice, if a line has a NUL byte or more than kMaxNameBytes, or if
// `images` is given with a folder that has no list. The error names the file, and in lists the line. Throws
// ModelError if a list is UTF-16.
Truth read_truth(const std::string& path, const std::string& images, const ClassNames& names,
                 std::optional<ClassOrder> order = std::nullopt);

}  // namespace alexnet::app
