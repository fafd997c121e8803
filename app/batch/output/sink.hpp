// Interface of the outputs of a batch run.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "batch/output/resume_journal.hpp"
#include "run/record.hpp"

namespace alexnet::app {

class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  // Returns true if the image is to be skipped, because an earlier run wrote its result. One thread may call
  // has() while another calls write().
  virtual bool has(const Record& image) = 0;
  // Number of results that are kept from an earlier run.
  virtual std::size_t kept() const = 0;

  // Writes records, which come in list order. Throws OutputError.
  virtual void write(const std::vector<Record>& records) = 0;

  // Closes the output. end: none if the run did not reach the end of its list. Throws OutputError.
  virtual void finish(const std::optional<EndOfList>& end) = 0;
};

}  // namespace alexnet::app
