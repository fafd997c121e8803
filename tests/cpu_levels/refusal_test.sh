#!/usr/bin/env bash
# refusal_test.sh NM LEVEL OBJECT: an object that was not isolated is refused, and for its weak symbols.
set -uo pipefail
if output=$("$(dirname -- "${BASH_SOURCE[0]}")/exports_test.sh" "$@"); then
  echo "accepted: $3"
  exit 1
fi
grep '^[WV] ' <<<"$output"
