#include "batch/output/text_sink.hpp"

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

void TextSink::write(const std::vector<Record>& records) {
  std::vector<NewRecord> added;
  added.reserve(records.size());
  for (const Record& record : records) added.push_back({lines(record), entry_of(record)});
  file_.append(std::move(added));
}

std::string TextSink::lines(const Record& record) const {
  if (record.left_out) return "";
  return format_ == Format::jsonl ? record_json(record, model_) + "\n"
         : format_ == Format::csv ? csv_lines(record, model_, sorted_)
                                  : text_line(record, model_);
}

}  // namespace alexnet::app
