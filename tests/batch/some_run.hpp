// The resume key of an example run.
#pragma once

#include "batch/output/resume_journal.hpp"

namespace alexnet::app {

inline const ResumeKey kRun{{"model", "m"}, {"options", {{"top_k", 5}}}, {"shard", "1/1"}};

}  // namespace alexnet::app
