#include "run/overwrite_guard.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>
#include <string_view>

#include "alexnet/error.hpp"
#include "alexnet/image.hpp"
#include "image/png_mark.hpp"
#include "print/html.hpp"
#include "print/svg.hpp"
#include "run/file_marks.hpp"
#include "run/output_file.hpp"
#include "run/session.hpp"
#include "run/trace.hpp"

namespace alexnet::app {
namespace {

namespace fs = std::filesystem;

// Extensions of files kept beside an output: those of batch and merge, of SQLite, and of unfinished files.
constexpr std::array<std::string_view, 7> kCompanions{".journal", ".lock", ".part",   ".new",
                                                      "-wal",     "-shm",  "-journal"};

struct Mark {
  const char* kind;        // with its article, for messages
  const char* extensions;  // for messages
  std::size_t offset;
  std::string_view bytes;
};

Mark mark_of(FileKind kind) {
  switch (kind) {
    case FileKind::page:
      return {"a page", ".html or .htm", 0, kPageMark};
    case FileKind::svg:
      return {"a drawing", ".svg", 0, kSvgMark};
    case FileKind::trace:
      return {"a trace", ".json", 0, kTraceMark};
    case FileKind::picture:
      return {"a picture", ".png", image::kPngMarkOffset, image::kPngMark};
    case FileKind::matrix:
      return {"a confusion matrix", ".csv", 0, kMatrixMark};
    case FileKind::input:
      return {"an input", ".safetensors", sizeof(std::uint64_t),
              R"({"input":)"};  // after the length of a safetensors header
  }
  throw std::logic_error("a kind of file without a mark");
}

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
  throw UsageError(file + ": " + why + "; use another output file");
}

bool is_filled(const std::string& file) {
  std::error_code error;
  return fs::is_regular_file(file, error) && fs::file_size(file, error) > 0 && !error;
}

bool holds(const std::string& file, const Mark& mark) {
  return bytes_at(file, mark.offset, mark.bytes.size()) == mark.bytes;
}

bool has_extension_of(const std::string& file, const Mark& mark) {
  const std::string extension = fs::path(file).extension().string();
  return !extension.empty() &&
         (std::string(mark.extensions) + " ").find(extension + " ") != std::string::npos;
}

bool is_same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  return fs::is_regular_file(b, error) && fs::equivalent(a, b, error);
}

fs::path real_path(const std::string& file) {
  std::error_code error;
  fs::path real = fs::weakly_canonical(fs::absolute(real_name(file), error), error);
  return error ? fs::path(file) : real;
}

void refuse_companion(const std::string& file) {
  const auto* const extension =
      std::ranges::find_if(kCompanions, [&](std::string_view end) { return file.ends_with(end); });
  if (extension != kCompanions.end())
    refuse(file, "names that end in " + std::string(*extension) + " are those of files beside an output");
}

void refuse_batch_output(const std::string& file) {
  if (is_journal(journal_name(file))) refuse(file, "is the output of a batch run");
}

}  // namespace

void OverwriteGuard::add(const std::string& file) {
  refuse_companion(file);
  const fs::path real = real_path(file);
  refuse_companion(real.string());
  for (const std::string& other : outputs_)
    if (is_same_file(other, file) || real_path(other) == real)
      throw UsageError(file + ": is given for two outputs; use two files");
  outputs_.push_back(file);
}

void OverwriteGuard::add_side_file(const std::string& file, FileKind kind) {
  if (file.empty()) return;
  if (file == "-") throw UsageError("-: standard output is for the results; name a file");
  add(file);
  if (is_same_file("/dev/stdout", file)) refuse(file, "standard output goes there");
  refuse_batch_output(file);
  const Mark mark = mark_of(kind);
  if (is_filled(file) && !holds(file, mark))
    refuse(file, "is not " + std::string(mark.kind) + " that alexnet wrote");
  if (!is_stream(file) && !has_extension_of(file, mark))
    refuse(file, "the name of " + std::string(mark.kind) + " ends in " + mark.extensions);
}

void OverwriteGuard::add_results(const std::string& file) {
  if (file == "-") return;
  add(file);
  if (is_filled(file) && image::is_image(file)) refuse(file, "is an image");
  for (const std::string_view extension : kCompanions) companions_.push_back(file + std::string(extension));
}

void OverwriteGuard::check_input(const std::string& file) const {
  const std::string& input = file == "-" ? "/dev/stdin" : file;
  for (const std::string& output : outputs_)
    if (is_same_file(input, output)) refuse(output, "is being read");
  for (const std::string& companion : companions_)
    if (is_same_file(input, companion))
      refuse(companion, "is being read, and would be written beside the output");
}

void OverwriteGuard::check_input(const Model& model, const ImportOptions& options) const {
  check_input(model.path.string());
  check_input(description_file(model));
  for (const std::string& file : {model.description.weights, model.description.labels})
    if (!file.empty()) check_input((model.path / file).string());
  for (const std::string& file : {options.network.string(), options.labels.string(), options.mean})
    check_input(file);
}

void check_replaceable(const std::string& file, bool overwrite) {
  refuse_batch_output(file);
  if (is_filled(file) && !overwrite)
    throw UsageError(file + ": already exists; use --overwrite to replace it");
}

}  // namespace alexnet::app
