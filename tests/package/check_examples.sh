# shellcheck shell=bash
# Sourced: check_examples FOLDER PHOTO TIFF runs the examples that lie in FOLDER and fails if an answer is wrong.
check_examples() {
  local programs=$1 photo=$2 tiff=$3 output photos
  output=$(cd / && "$programs/classify" "$photo")
  [[ $output == 'tabby, tabby cat '* ]] || fail "$programs/classify says: $output"
  "$programs/classify" "$tiff" >/dev/null || fail "$programs/classify finds no module for a TIFF"
  photos=$(mktemp -d)
  cp "$photo" "$photos/1.png"
  echo 'no photo' >"$photos/2.txt"
  output=$("$programs/folder" "$photos" | sed 's/ 0\..*//')
  rm -r "$photos"
  [[ $output == $'1.png: tabby, tabby cat\n2.txt: '* ]] || fail "$programs/folder says: $output"
  "$programs/profile" | grep -qE '^conv1 [0-9.]+ ms$' || fail "$programs/profile shows no conv1"
}
