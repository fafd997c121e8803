#include "batch/output/text_sink.hpp"

#include "print/json.hpp"
#include "run/record.hpp"
#include "run/record_format.hpp"

namespace alexnet::app {

namespace {

ResumableFileOptions with_header(ResumableFileOptions file, Format format, bool sorted) {
  if (format == Format::csv) file.prologue = csv_header(sorted);
  return file;
}

}  // namespace

TextSink::TextSink(Format format, ResumableFileOptions file, bool sorted, const ResumeKey& run,
                   const Model& model)
    : format_(format),
      sorted_(sorted),
      model_(model),
      file_(with_header(std::move(file), format, sorted), run) {}

void TextSink::write(const std::vector<Result>& results) {
  std::vector<NewRecord> records;
  records.reserve(results.size());
  for (const Result& result : results)
    records.push_back({lines(result.record),
                       {.index = result.index,
                        .file = result.file,
                        .failed = result.record.failed(),
                        .path = result.record.path}});
  file_.append(std::move(records));
}

std::string TextSink::lines(const Record& record) const {
  if (record.left_out) return "";
  return format_ == Format::jsonl ? dump(record_json(record, model_)) + "\n"
         : format_ == Format::csv ? csv_lines(record, model_, sorted_)
                                  : text_line(record, model_);
}

}  // namespace alexnet::app
