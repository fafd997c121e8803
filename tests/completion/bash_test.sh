#!/usr/bin/env bash
# bash_test.sh ALEXNET: checks the completions in bash.
set -uo pipefail
alexnet=$1

# shellcheck source=/dev/null
source <("$alexnet" completion bash) || exit 1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
touch 'a photo.jpg' other.png
failures=0

# offers "CANDIDATE CANDIDATE..." WORD...: completing the last WORD offers these, in any order.
offers() {
  local expected=$1
  shift
  COMP_WORDS=("$alexnet" "$@")
  COMP_CWORD=$#
  COMPREPLY=()
  _alexnet "$alexnet" "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
  local found
  found=$(printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort | paste -sd' ')
  [[ $found == "$expected" ]] && return
  printf '%s: offers [%s], expected [%s]\n' "$*" "$found" "$expected"
  failures=$((failures + 1))
}

# the first word
commands=$("$alexnet" man | sed -n 's/^alexnet-//p' | LC_ALL=C sort | paste -sd' ')
[[ $commands == *classify* ]] || { echo 'alexnet man lists no commands'; failures=$((failures + 1)); }
offers "$commands" ''
offers 'classify' cl
offers '' ot  # bash itself offers files if no command fits
[[ $(complete -p alexnet) == *' -o default '* ]] || { echo 'files are not offered instead of a command'; failures=$((failures + 1)); }
offers '--version' --v
# an option of a command, and one of every command
offers '--dump-input' classify --du
offers '--dump-input' --color never classify --du
offers '' time --du
offers '--color --compare --conv --counters' time --co
offers '--overwrite' batch --ov
offers '--overwrite' merge --o
offers '-m' inspect -m
# values
offers 'always auto never' classify --color ''
offers 'csv jsonl sqlite text' batch --format ''
offers 'eigen packed' time --engine ''
offers 'packed' classify --engine p
offers 'auto gemm winograd' batch --conv ''
offers 'csv' batch --format = c
offers 'tiny-alexnet' evaluate --compare tiny
offers 'csv jsonl sqlite text' batch --format =
offers '' classify -k ''
offers 'tiny-alexnet' classify -m tiny
offers 'tiny-alexnet' inspect --json tiny
offers 'vgg16 vgg16-bn' fetch vgg16
offers 'other.png' fetch vgg16 --from o
offers 'a photo.jpg' batch -o 'a p'
# files; a blank in a name is part of it
offers 'a photo.jpg other.png' classify ''
offers 'other.png' classify -k 3 o

((failures == 0))
