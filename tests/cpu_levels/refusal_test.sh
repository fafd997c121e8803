#!/usr/bin/env bash
# refusal_test.sh NM LEVEL OBJECT: an object that was not isolated is refused because of its weak symbols.
set -uo pipefail
if output=$("$(dirname -- "${BASH_SOURCE[0]}")/exports_test.sh" "$@"); then
  echo "$3: was accepted"
  exit 1
fi
grep '^[WV] ' <<<"$output"
