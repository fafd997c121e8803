#!/usr/bin/env bash
# exports_test.sh NM LEVEL OBJECT: fails unless the object exports its two functions and nothing else.
set -euo pipefail
nm=$1 level=$2 object=$3

# nm's letters: U is undefined; small letters are local, except weak (w, v) and unique (u).
seen=$("$nm" --demangle "$object" | sed -E 's/^[0-9a-f ]{16} //' | grep -E '^[A-TV-Zuvw] ' | LC_ALL=C sort)
wanted="T alexnet::kernels::gemm_transposed_$level(alexnet::kernels::Gemm const&)
T alexnet::kernels::gemm_$level(alexnet::kernels::Gemm const&)"
if [[ $seen != "$wanted" ]]; then
  printf '%s: exports:\n%s\nexpected:\n%s\n' "$object" "$seen" "$wanted"
  exit 1
fi
