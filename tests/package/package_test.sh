#!/usr/bin/env bash
# package_test.sh CMAKE BUILD PHOTO TIFF JPEG2000 GIF HEIC [OPTION...]: installs BUILD, moves it elsewhere, and uses it there: the
# files, the command, the headers, and a project that finds the library (configured with the options).
set -euo pipefail
cmake=$1 build=$2 photo=$3 tiff=$4 jpeg2000=$5 gif=$6 heic=$7
options=("${@:8}")
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
unset ALEXNET_MODELS

fail() {
  echo "$*"
  exit 1
}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$cmake" --install "$build" --prefix "$folder/first" >/dev/null
prefix="$folder/another place"
mv "$folder/first" "$prefix"

# the files
wanted=(include/alexnet/classifier.hpp share/alexnet/models/tiny-alexnet/weights.safetensors
  share/doc/alexnet/LICENSE share/doc/alexnet/README.md share/doc/alexnet/docs/README.md
  share/doc/alexnet/data/pictures/time.svg)
for page in $("$prefix/bin/alexnet" man); do
  wanted+=("share/man/man1/$page.1")
done
for file in "${wanted[@]}"; do
  [[ -s $prefix/$file ]] || fail "not installed: $file"
done
python3 "$here/../docs/links_test.py" "$prefix/share/doc/alexnet"
for shell in $("$prefix/bin/alexnet" completion); do
  "$prefix/bin/alexnet" completion "$shell" >"$folder/completion"
  find "$prefix/share" -type f -name '*alexnet*' -exec cmp -s "$folder/completion" {} \; -print | grep -q . || fail "not installed: the completion for $shell"
done
[[ -n $(find "$prefix" -name 'libalexnet.*') ]] || fail "no library is installed"
grep -rIlF -e "$folder/first" -e "$build" "$prefix" && fail "the files above contain folder names of this machine"

# the command
output=$(cd / && "$prefix/bin/alexnet" classify "$photo")
grep -q 'tabby' <<<"$output" || fail "the installed command says: $output"
(cd / && "$prefix/bin/alexnet" convert tiny-alexnet -o "$folder/tiny.onnx" >/dev/null) || fail "the command finds no module"
(cd / && "$prefix/bin/alexnet" classify "$tiff" "$jpeg2000" "$gif" "$heic" >/dev/null) || fail "the command finds no module for a rarer format"

# without the module for a rarer format, all other formats are read
without_module() {  # MODULE FORMAT FILE
  local module status=0
  module=$(find "$prefix" -name "alexnet_$1.so")
  mv "$module" "$folder"
  output=$("$prefix/bin/alexnet" classify --json -k 1 "$3" "$photo") || status=$?
  [[ $status == 1 ]] || fail "without the module $1 the status is $status"
  grep -q "\"stage\":\"decode\",\"reason\":\"$2: alexnet_$1.so: .*No such file" <<<"$output" || fail "without the module $1: $output"
  grep -q 'tabby' <<<"$output" || fail "without the module $1: $output"
  mv "$folder/alexnet_$1.so" "$module"
}
without_module tiff TIFF "$tiff"
without_module gif GIF "$gif"
without_module heif HEIC "$heic"
without_module imgcodecs 'JPEG 2000' "$jpeg2000"

# the headers: each compiles alone, and no other header is installed
cd "$prefix/include"
[[ $(ls) == alexnet ]] || fail "include contains more than alexnet: $(ls)"
grep -rnE '#include *[<"](opencv|Eigen|unsupported|CLI|nlohmann|tbb|oneapi|png|jpeglib|tiff|lcms|gif_lib|libheif)' . && fail "public headers include the above"
for header in alexnet/*.hpp; do
  "${CXX:-c++}" -std=c++20 -Wall -Wextra -Wpedantic -fsyntax-only -I. -x c++ - <<<"#include <$header>"
done

# the examples, through find_package and through pkg-config
# shellcheck source=tests/package/check_examples.sh
source "$here/check_examples.sh"
"$cmake" -S "$here/../../examples" -B "$folder/examples" "-DCMAKE_PREFIX_PATH=$prefix" "${options[@]}" >/dev/null
"$cmake" --build "$folder/examples" >/dev/null
check_examples "$folder/examples" "$photo" "$tiff"
"$folder/examples/classify" "$photo" "$folder/tiny.onnx" | grep -q '^tabby, tabby cat ' || fail "the examples find no module for ONNX"

pc=$(find "$prefix" -name alexnet.pc -printf %h)
# pkg-config separates words by spaces, so the name of the folder must not contain one.
ln -s "$prefix" "$folder/prefix"
export PKG_CONFIG_PATH=$folder/prefix${pc#"$prefix"}
mkdir "$folder/by_pkg_config"
read -ra flags <<<"${CXXFLAGS:-}"
for example in classify folder profile; do
  # shellcheck disable=SC2046  # words of a command line
  "${CXX:-c++}" -std=c++20 "${flags[@]}" "$here/../../examples/$example.cpp" -o "$folder/by_pkg_config/$example" \
    $(pkg-config --cflags --libs alexnet)
done
check_examples "$folder/by_pkg_config" "$photo" "$tiff"
