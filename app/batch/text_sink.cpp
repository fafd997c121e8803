#include "batch/text_sink.hpp"

namespace alexnet::app {

TextSink::TextSink(Format format, const std::string& file, bool resume, const RunIdentity& run,
                   const Model& model)
    : format_(format),
      model_(model),
      file_({.file = file, .prologue = format == Format::csv ? csv_header(false) : "", .resume = resume},
            run) {}

void TextSink::write(const std::vector<Result>& results) {
  std::vector<NewRecord> records;
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
         : format_ == Format::csv ? csv_lines(record, model_, false)
                                  : text_line(record, model_);
}

}  // namespace alexnet::app
