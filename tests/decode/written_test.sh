#!/usr/bin/env bash
# written_test.sh DECODE SOURCE: decodes all images of the tests and altered copies of them twice. Each time, unwritten
# memory holds other bytes: the decoders' own memory by --fill, that of the libraries by glibc. The pixels must be the same.
set -euo pipefail
decode=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
find "$2/tests/fixtures/images" "$2/tests/golden" "$2/data/photos" -type f \
  '(' -path '*/images/*' -o -name '*.png' -o -name '*.jpg' ')' | sort >"$folder/files"

for options in '--changes 4' '--background 255,255,255'; do
  for fill in 85 170; do
    # shellcheck disable=SC2086 # each is an option and its value
    GLIBC_TUNABLES=glibc.malloc.perturb=$fill "$decode" --fill $fill $options <"$folder/files" >"$folder/$fill"
  done
  (($(stat -c %s "$folder/85") > 1000000)) || { echo "nothing was decoded"; exit 1; }
  cmp "$folder/85" "$folder/170" || { echo "the pixels depend on unwritten memory"; exit 1; }
done
