// The ending of messages about shards that do not fit together.
#pragma once

#include <string>

inline const std::string kAdvice =
    "; run each shard again with --resume, or with --overwrite if images left the list";
