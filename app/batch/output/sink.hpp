// Where the results of a batch run go.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "batch/output/resume_journal.hpp"
#include "batch/run/pipeline.hpp"

namespace alexnet::app {

class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  // Whether an earlier run has written the image's result, so that it is not to be done again. One thread may call it
  // while another writes.
  virtual bool has(const Listed& listed) = 0;
  // How many results an earlier run has written.
  virtual std::size_t kept() const = 0;

  // In the list's order. Throws OutputError.
  virtual void write(const std::vector<Result>& results) = 0;

  // `end`: none if the run did not come to the end of its list. Throws OutputError.
  virtual void finish(const std::optional<EndOfList>& end) = 0;
};

}  // namespace alexnet::app
