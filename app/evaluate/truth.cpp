#include "evaluate/truth.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "alexnet/error.hpp"
#include "alexnet/image.hpp"
#include "batch/list/names.hpp"
#include "core/ascii.hpp"
#include "core/byte_order_mark.hpp"
#include "core/mapped_file.hpp"
#include "network/class_names.hpp"

namespace alexnet::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTinyList = "val_annotations.txt";
constexpr const char* kIlsvrcList = "LOC_val_solution.csv";
constexpr const char* kIlsvrcImages = "Data/CLS-LOC/val";
constexpr const char* kIlsvrcAnnotations = "Annotations/CLS-LOC/val";
constexpr std::string_view kBlanks = " \t\r";

[[noreturn]] void fail(const fs::path& file, const std::string& reason) {
  throw UsageError(file.string() + ": " + reason);
}

// Returns the class of this name. Throws UsageError that begins with `file` and `line` and ends with
// `advice`.
std::size_t class_of(std::string_view name, const fs::path& file, const std::string& line,
                     const ClassNames& names, const std::string& advice = "") {
  try {
    return names.find(name);
  } catch (const UsageError& e) {
    fail(file, line + e.what() + advice);
  }
}

// ---- lists ------------------------------------------------------------------------------------------------

struct Entry {
  std::string_view path, name;
};

// Splits a line into a path and a class. If there is a tab, it ends the path, and a second tab ends the
// class. Otherwise the path ends at the first space that a known class follows, or at the first space if none
// is known.
Entry entry_of(std::string_view line, const ClassNames& names) {
  if (const std::size_t tab = line.find('\t'); tab != std::string_view::npos) {
    const std::string_view rest = line.substr(tab + 1);
    return {line.substr(0, tab), trimmed(rest.substr(0, rest.find('\t')), kBlanks)};
  }
  line = trimmed(line, kBlanks);
  if (line.find_first_not_of("0123456789") == std::string_view::npos)
    throw UsageError(
        "holds only a number; ILSVRC2012_validation_ground_truth.txt numbers the classes in its own order; "
        "use "
        "val.txt, LOC_val_solution.csv or ILSVRC's folder with Annotations");
  std::size_t end = std::min(line.find(' '), line.size());
  const Entry shortest{line.substr(0, end), trimmed(line.substr(end), kBlanks)};
  while (end < line.size()) {
    const std::size_t begin = line.find_first_not_of(' ', end);
    if (names.find_if_known(line.substr(begin))) return {line.substr(0, end), line.substr(begin)};
    end = std::min(line.find(' ', begin), line.size());
  }
  return shortest;
}

// Splits "ILSVRC2012_val_00000001,n01751748 111 108 441 193 n01751748 3 4 5 6". Each object is a class and
// four coordinates; the first object gives the class.
Entry csv_entry_of(std::string_view line) {
  const std::size_t comma = line.find(',');
  if (comma == std::string_view::npos) throw UsageError("has no comma");
  const std::string_view objects = trimmed(line.substr(comma + 1), kBlanks);
  return {line.substr(0, comma), objects.substr(0, objects.find(' '))};
}

Entry checked(const Entry& entry) {
  if (entry.path.empty()) throw UsageError("has no image path");
  if (entry.name.empty()) throw UsageError("has no class; write the path, a tab or a space, and the class");
  return entry;
}

// Throws UsageError if the line is too long or has a NUL byte.
void check_line(std::string_view line) {
  if (line.size() > kMaxNameBytes) throw UsageError("is longer than 1 MiB");
  // A system call would cut the name at the NUL byte and open another file.
  if (line.find('\0') != std::string_view::npos)
    throw UsageError("contains a NUL byte; save the list as UTF-8 text");
}

Truth read_list(const fs::path& file, const fs::path& images, const ClassNames& names) {
  const MappedFile mapped(file);
  std::string_view text = without_byte_order_mark(mapped.text(), file.string());
  const bool csv = text.starts_with("ImageId,PredictionString");
  Truth truth;
  std::unordered_map<std::string, std::size_t> lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (trimmed(line, kBlanks).empty() || (csv && number == 1)) continue;
    const std::string where = "line " + std::to_string(number) + ": ";
    Entry entry;
    try {
      check_line(line);
      entry = checked(csv ? csv_entry_of(line) : entry_of(line, names));
    } catch (const UsageError& e) {
      fail(file, where + e.what());
    }
    const std::string path = (images / (std::string(entry.path) + (csv ? ".JPEG" : ""))).string();
    const bool has_tab = line.find('\t') != std::string_view::npos;
    const bool may_be_path = !csv && !has_tab && entry.name.find(' ') != std::string_view::npos;
    const std::size_t right = class_of(entry.name, file, where, names,
                                       may_be_path ? "; if the path has spaces, end it with a tab" : "");
    if (const auto [before, is_new] = lines.emplace(path, number); !is_new)
      fail(file, where + std::string(entry.path) + " is already in line " + std::to_string(before->second));
    truth.list.push_back({.path = path});
    truth.classes.push_back(right);
  }
  if (truth.list.empty()) fail(file, "no images");
  return truth;
}

fs::path images_of(const fs::path& list) {
  fs::path folder = list.parent_path();
  if (list.filename() == kTinyList) return folder / "images";
  if (list.filename() == kIlsvrcList) return folder / "ILSVRC" / kIlsvrcImages;
  return folder;
}

// ---- folders ----------------------------------------------------------------------------------------------

// Returns the images of a folder and its subfolders in natural order.
std::vector<Record> images_in(const fs::path& folder) {
  ListingOptions options;
  options.paths = {folder.string()};
  options.recursive = true;
  Listing listing(options);
  std::vector<Record> images;
  while (std::optional<Record> image = listing.next()) images.push_back(std::move(*image));
  return images;
}

// Returns the class of all objects in an annotation. Throws UsageError if there are several classes
// or none.
std::string annotated_class(const fs::path& file) {
  const MappedFile mapped(file);
  const std::string_view text = mapped.text();
  std::string_view found;
  for (std::size_t at = text.find("<object>"); at != std::string_view::npos;
       at = text.find("<object>", at + 1)) {
    constexpr std::string_view kName = "<name>";
    const std::size_t name = text.find(kName, at);
    const std::size_t end = text.find("</name>", at);
    if (name == std::string_view::npos || end == std::string_view::npos || end < name)
      fail(file, "an object has no name");
    const std::string_view here =
        trimmed(text.substr(name + kName.size(), end - name - kName.size()), kBlanks);
    if (!found.empty() && here != found) fail(file, "its objects have several classes");
    found = here;
  }
  if (found.empty()) fail(file, "has no object");
  return std::string(found);
}

Truth read_annotated(const fs::path& root, const ClassNames& names) {
  Truth truth;
  for (Record& image : images_in(root / kIlsvrcImages)) {
    if (image.failed()) fail(image.path, image.reason);
    const fs::path file = root / kIlsvrcAnnotations / fs::path(image.path).stem().concat(".xml");
    truth.classes.push_back(class_of(annotated_class(file), file, "", names));
    truth.list.push_back(std::move(image));
  }
  return truth;
}

using ClassOfFolder = std::map<std::string, std::size_t>;

std::optional<std::size_t> number_in(const std::string& name) {
  std::size_t number = 0;
  const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool whole = error == std::errc() && stop == name.data() + name.size();
  return whole ? std::optional(number) : std::nullopt;
}

bool all_numbers(const std::vector<std::string>& folders) {
  return std::ranges::all_of(folders, [](const std::string& name) { return number_in(name).has_value(); });
}

std::vector<std::string> folders_in(const fs::path& root) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root, error))
    if (std::error_code ignored; entry.is_directory(ignored))
      names.push_back(entry.path().filename().string());
  if (error) fail(root, error.message());
  return names;
}

// Returns the class of each folder if the model was trained on folders in this order. If some folders are
// missing, they must be the indices of their classes. Throws UsageError if the order cannot be known.
ClassOfFolder order_folders(std::vector<std::string> folders, ClassOrder order, std::size_t classes,
                            const fs::path& root) {
  const std::string option = std::string("--class-order ") + (order == ClassOrder::text ? "text" : "number");
  const bool numbers = all_numbers(folders);
  if (order == ClassOrder::number && !numbers) fail(root, option + ": its folders are not numbers");
  if (folders.size() != classes) {
    std::vector<std::string> every;
    for (std::size_t i = 0; i < classes; ++i) every.push_back(std::to_string(i));
    const auto is_index = [&](const std::string& name) {
      return std::ranges::find(every, name) != every.end();
    };
    if (!std::ranges::all_of(folders, is_index))
      fail(root, option + ": has " + std::to_string(folders.size()) + " folders, but the model has " +
                     std::to_string(classes) +
                     " classes; without a folder for each class, they must be 0 to " +
                     std::to_string(classes - 1));
    folders = std::move(every);
  }
  if (order == ClassOrder::text)
    std::ranges::sort(folders);
  else
    std::ranges::sort(folders, {}, [](const std::string& name) { return number_in(name); });
  ClassOfFolder ranks;
  for (std::size_t i = 0; i < folders.size(); ++i) ranks[folders[i]] = i;
  return ranks;
}

// Returns a note if the folders are taken as indices, but would be other classes in the order of their text.
std::string doubt_order(const std::vector<std::string>& folders, const ClassNames& names,
                        const fs::path& root) {
  const auto is_label = [&](const std::string& name) { return names.find_label(name).has_value(); };
  if (!all_numbers(folders) || std::ranges::any_of(folders, is_label)) return "";
  try {
    const ClassOfFolder ranks = order_folders(folders, ClassOrder::text, names.count(), root);
    const auto differs = [&](const std::string& name) { return ranks.at(name) != number_in(name); };
    if (std::ranges::none_of(folders, differs)) return "";
  } catch (const UsageError&) {  // the numbers are not the indices of all classes
    return "";
  }
  return "its folders are numbers and are taken as the indices of classes; torchvision's ImageFolder sorts "
         "folders as text (0, 1, 10, 11, 2): for a model trained with it, use --class-order text, otherwise "
         "--class-order number";
}

Truth read_class_folders(const fs::path& root, const ClassNames& names, std::optional<ClassOrder> order) {
  Truth truth;
  ClassOfFolder known;
  const std::vector<std::string> folders = folders_in(root);
  if (order)
    known = order_folders(folders, *order, names.count(), root);
  else if (std::string note = doubt_order(folders, names, root); !note.empty())
    truth.notes.push_back(std::move(note));
  for (Record& image : images_in(root)) {
    const fs::path inside = fs::path(image.path).lexically_relative(root);
    const bool in_folder = std::distance(inside.begin(), inside.end()) > (image.failed() ? 0 : 1);
    if (image.failed() && (!in_folder || inside == ".")) fail(image.path, image.reason);
    if (!in_folder)
      fail(image.path,
           std::string("is not in the folder of a class") +
               (inside.string().starts_with("ILSVRC2012_val_")
                    ? "; ILSVRC's validation images need val.txt or LOC_val_solution.csv with --images, or "
                      "ILSVRC's folder with Annotations"
                    : ""));
    const std::string folder = inside.begin()->string();
    auto found = known.find(folder);
    if (found == known.end()) found = known.emplace(folder, class_of(folder, root / folder, "", names)).first;
    truth.classes.push_back(found->second);
    truth.list.push_back(std::move(image));
  }
  return truth;
}

}  // namespace

Truth read_truth(const std::string& path, const std::string& images, const ClassNames& names,
                 std::optional<ClassOrder> order) {
  std::error_code ignored;
  if (!images.empty() && !fs::is_directory(images, ignored)) fail("--images " + images, "no such folder");
  if (image::is_image(path)) fail(path, "is an image; name a list of images, or a folder of classes");
  fs::path list = path;
  if (fs::is_directory(path, ignored)) {
    const fs::path root = path;
    const auto candidates = {root / kTinyList, root / "val" / kTinyList, root / kIlsvrcList};
    const auto* const found =
        std::ranges::find_if(candidates, [&](const fs::path& f) { return fs::exists(f, ignored); });
    if (found == candidates.end()) {
      if (!images.empty()) fail(path, "is a folder; --images needs a list");
      for (const fs::path& ilsvrc : {root, root / "ILSVRC"})
        if (!order && fs::is_directory(ilsvrc / kIlsvrcAnnotations, ignored))
          return read_annotated(ilsvrc, names);
      return read_class_folders(root, names, order);
    }
    list = *found;
  }
  if (order) fail(list, "is a list; --class-order is for a folder with a folder for each class");
  return read_list(list, images.empty() ? images_of(list) : fs::path(images), names);
}

}  // namespace alexnet::app
