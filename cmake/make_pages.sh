#!/usr/bin/env bash
# make_pages.sh ALEXNET VERSION FOLDER [HELP2MAN]: the completions and, with help2man, a manual page for the command and
# for each of its commands, from what --help says.
set -euo pipefail
alexnet=$1 version=$2 folder=$3 help2man=${4:-}

rm -rf "$folder"
mkdir -p "$folder"
"$alexnet" completion bash >"$folder/alexnet.bash"
"$alexnet" completion zsh >"$folder/_alexnet"

# page TITLE [COMMAND]; its NAME section is the first line of the help.
page() {
  local title=$1 about
  shift
  about=$("$alexnet" "$@" --help | sed '/./!d; s/\.$//; :rest; $!{N; s/\n.*//; b rest}')
  "$help2man" --no-info --name "$about" --version-string "$title $version" \
    --output "$folder/man1/$title.1" "'${alexnet//\'/\'\\\'\'}' $*"
}

if [[ $help2man ]]; then
  mkdir "$folder/man1"
  page alexnet
  for command in $("$alexnet" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
    page "alexnet-$command" "$command"
  done
fi
touch "$folder/made"
