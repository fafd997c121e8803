// Test bench for outputs that can be resumed.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "batch/output/resumable_file.hpp"
#include "batch/some_run.hpp"
#include "cli/command.hpp"
#include "weights/temp_dir.hpp"

namespace alexnet::app {

// Images and an output with their records.
struct ResumableFileBench {
  TempDir folder;
  std::string file = path("r.csv");
  std::string prologue = "header\n";
  bool completes = false;
  std::vector<std::string> images;

  explicit ResumableFileBench(std::size_t count = 3) {
    for (std::size_t i = 0; i < count; ++i)
      images.push_back(folder.write("image" + std::to_string(i), std::string(i + 1, 'x')).string());
  }

  std::string path(const std::string& name) const { return (folder.path() / name).string(); }
  std::string write(const std::string& name, const std::string& bytes) const {
    return folder.write(name, bytes).string();
  }
  static std::string record(const std::string& image) { return "record of " + image + "\n"; }

  ResumableFile open(Existing existing, bool whole = false) const {
    return {
        {.file = file, .prologue = prologue, .completes = completes, .existing = existing, .whole = whole},
        kRun};
  }
  static void append(ResumableFile& out, const std::string& image, std::uint64_t index) {
    out.append({{record(image), {.index = index, .file = file_state(image), .path = image}}});
  }
  // Writes records like a batch run.
  void run(Existing existing, bool to_the_end = true) const {
    ResumableFile out = open(existing);
    for (std::size_t i = 0; i < images.size(); ++i)
      if (!out.has(images[i], i)) append(out, images[i], i);
    out.finish(to_the_end ? std::optional(EndOfList{images.size(), true}) : std::nullopt);
  }
  std::string refusal(Existing existing = Existing::refuse) const {
    return message_of<std::runtime_error>([&] { open(existing); });
  }
  std::string whole() const {
    std::string text = prologue;
    for (const std::string& image : images) text += record(image);
    return text;
  }
  // Returns the names and bytes of all files.
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> all;
    for (const std::filesystem::directory_entry& entry : std::filesystem::directory_iterator(folder.path()))
      all[entry.path().filename().string()] = cli::read_file(entry.path());
    return all;
  }
};

}  // namespace alexnet::app
