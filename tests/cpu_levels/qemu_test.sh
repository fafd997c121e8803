#!/usr/bin/env bash
# qemu_test.sh CPU LEVEL ALEXNET PHOTO: on this CPU the command uses this level and prints the same as on the machine itself.
set -euo pipefail
cpu=$1 level=$2 alexnet=$3 photo=$4

if ! command -v qemu-x86_64 >/dev/null; then
  echo "skipped: qemu-x86_64 is not installed (Debian: qemu-user)"
  exit 77
fi
emulated() { qemu-x86_64 -cpu "$cpu" "$alexnet" "$@"; }

version=$(emulated --version)
if ! grep -qxF "CPU level  $level" <<<"$version"; then
  printf 'on %s the level should be %s:\n%s\n' "$cpu" "$level" "$version"
  exit 1
fi
native=$("$alexnet" classify "$photo")
foreign=$(emulated classify "$photo")
diff <(echo "$native") <(echo "$foreign")
