# shellcheck shell=bash
# Shared by the parts: PATH with a command that can lose a worker before BUILD/bin, photos, and the result of one run.
# Sourced with BUILD as its argument. Changes to a new folder.
set -euo pipefail
here=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
document=$here/../../docs/cluster.md
ALEXNET_COMMAND=$(readlink -f "$1")/bin/alexnet
export ALEXNET_COMMAND PATH=$here/losing:$PATH
folder=$(mktemp -d)
cd "$folder"
mkdir logs
clean_up() {
  local status=$?
  cd "$folder"
  ((status == 0)) || tail -n 20 logs/* ./*/slurm-*.out >&2 2>/dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT

fail() {
  echo "${0##*/cluster/}: $*" >&2
  exit 1
}

# shown TEXT: prints the block of docs/cluster.md that contains TEXT.
shown() {
  awk -v text="$1" '/^```/ { if (inside && index(block, text)) printf "%s", block; inside = !inside; block = ""; next }
                    inside { block = block $0 "\n" }' "$document" | grep . || fail "docs/cluster.md has no block with '$1'"
}

# until_true SECONDS COMMAND...: waits until the command succeeds.
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < end)) || fail "waited too long for: $*"
    sleep 0.05
  done
}

# scene NAME: makes a folder for one run over the photos, without lost workers, and changes to it.
scene() {
  mkdir "$folder/$1"
  cd "$folder/$1"
  ln -s ../photos .
  export ALEXNET_LOST=$PWD/lost
  mkdir lost
}

# lost_workers N: succeeds if N workers were lost during their first attempt.
lost_workers() { [[ $(find lost -type f | wc -l) == "$1" ]]; }

equals_one_run() {
  cmp results.jsonl ../one.jsonl || fail "the merged result differs from that of one run"
  echo "$(wc -l <results.jsonl) records, equal to those of one run; $(find lost -type f | wc -l) workers were lost"
}

# Makes 400 photos in folders, two photos with difficult names, and two broken files.
make_photos() {
  local n
  mkdir -p photos/{0..6}
  for n in {1..400}; do cp "$here/../../data/photos/rocket.jpg" "photos/$((n % 7))/img$n.jpg"; done
  cp "$here/../../data/photos/coffee.jpg" $'photos/1/a b\n$c.jpg'
  cp "$here/../../data/photos/cat.png" $'photos/2/-\xff\'.png'
  head -c 20000 photos/3/img3.jpg >photos/3/broken.jpg
  : >photos/4/broken.jpg
}
make_photos
"$ALEXNET_COMMAND" batch -r photos -o one.jsonl 2>/dev/null || [[ $? == 1 ]] || fail "one run: status $?"
[[ $(wc -l <one.jsonl) == 404 ]] || fail "one run wrote $(wc -l <one.jsonl) records"
