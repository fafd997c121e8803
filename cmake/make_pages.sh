#!/usr/bin/env bash
# make_pages.sh ALEXNET FOLDER: writes the completions and manual pages that the command prints into FOLDER.
set -euo pipefail
alexnet=$1 folder=$2

rm -rf "$folder"
mkdir -p "$folder/man1"
for shell in $("$alexnet" completion); do
  "$alexnet" completion "$shell" >"$folder/alexnet.$shell"
done
for page in $("$alexnet" man); do
  "$alexnet" man "$page" >"$folder/man1/$page.1"
done
touch "$folder/made"
