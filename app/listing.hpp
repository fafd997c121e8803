// Which images a batch run works through.
#pragma once

#include <string>
#include <vector>

namespace alexnet::app {

// An image to classify, or, where there is a reason, a place that could not be listed.
struct Listed {
  std::string path;
  std::string reason;
};

struct ListingOptions {
  std::vector<std::string> places;  // folders, files, or - for an image on standard input
  bool recursive = false;
  std::string files_from;  // a file with names, - for standard input; "": none
  bool null = false;       // names end in NUL, not in a line feed
};

// Folders give the files whose names end as images do, in natural order (img2 before img10); links to folders
// are followed, once. Places and names keep their order; a path that comes twice is listed once. Throws
// std::runtime_error where files_from cannot be read, and where there is nothing to list.
std::vector<Listed> list_images(const ListingOptions& options);

// Numbers inside names compare by value.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace alexnet::app
