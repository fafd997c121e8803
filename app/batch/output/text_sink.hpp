// Writes results as text, JSON Lines or CSV.
#pragma once

#include "batch/output/resumable_file.hpp"
#include "batch/output/sink.hpp"

namespace alexnet::app {

enum class Format { text, jsonl, csv };

class TextSink : public Sink {
 public:
  // Sets file.prologue. sorted: CSV has the column sorted_to. The model must outlive the sink.
  TextSink(Format format, ResumableFileOptions file, bool sorted, const ResumeKey& run, const Model& model);

  bool has(const Record& image) override { return file_.has(image.path, image.index); }
  std::size_t kept() const override { return file_.kept(); }
  void write(const std::vector<Record>& records) override;
  void finish(const std::optional<EndOfList>& end) override { file_.finish(end); }

 private:
  std::string lines(const Record& record) const;

  Format format_;
  bool sorted_;
  const Model& model_;
  ResumableFile file_;
};

}  // namespace alexnet::app
