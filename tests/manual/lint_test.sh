#!/usr/bin/env bash
# lint_test.sh ALEXNET MANDOC: mandoc accepts every manual page, and shows the name of the page.
set -euo pipefail
alexnet=$1 mandoc=$2
if [[ ! -x $mandoc ]]; then
  echo 'skipped: mandoc is not installed'
  exit 77
fi

pages=$("$alexnet" man)
[[ $pages == *alexnet-batch* ]]
for page in $pages; do
  "$alexnet" man "$page" | "$mandoc" -T lint -W warning
  text=$("$alexnet" man "$page" | "$mandoc" -T ascii | col -b)
  grep -q -- "^ *$page - " <<<"$text" || { echo "$page: the page does not show its name"; exit 1; }
done
