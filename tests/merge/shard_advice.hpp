// What messages about shards that do not fit each other end with.
#pragma once

#include <string>

inline const std::string kAdvice =
    "; run each shard again with --resume, or with --overwrite if images left the list";
