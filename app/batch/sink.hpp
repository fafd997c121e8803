// Where the results of a batch run go.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "batch/pipeline.hpp"

namespace alexnet::app {

class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  // Whether an earlier run has written the image's result, so that it is not to be done again. For any thread.
  virtual bool has(const std::string& path) const = 0;
  // How many results an earlier run has written.
  virtual std::size_t kept() const = 0;

  // In the list's order. Throws OutputError.
  virtual void write(const std::vector<Result>& results) = 0;

  // complete: the whole list was worked through. Throws OutputError.
  virtual void finish(bool complete) = 0;
};

}  // namespace alexnet::app
