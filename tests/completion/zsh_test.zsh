#!/usr/bin/env zsh
# zsh_test.zsh ALEXNET: checks the completions in zsh, in a terminal of its own.
zmodload zsh/zpty || exit 77
alexnet=$1
folder=$(mktemp -d) || exit 1
trap 'zpty -d shell 2>/dev/null; rm -rf $folder' EXIT
mkdir $folder/functions $folder/photos
touch "$folder/photos/a photo.jpg"
$alexnet completion zsh >$folder/functions/_alexnet || exit 1
zsh -n $folder/functions/_alexnet || exit 1

# ^X writes the current line to a file and clears it.
cat >$folder/setup <<SETUP
path=("${alexnet:h}" \$path)
fpath=($folder/functions \$fpath)
cd $folder/photos
autoload -Uz compinit
compinit -u -D
finish() { print -r -- "\$BUFFER" >$folder/line.part; mv $folder/line.part $folder/line; BUFFER= }
zle -N finish
bindkey '^X' finish
bindkey '^I' complete-word
print -r ready >$folder/line
SETUP

# Sets heard to the next line that the shell writes to the file. Gives up after a while.
listen() {
  integer tries=0
  local output
  until [[ -e $folder/line ]]; do
    zpty -r -t shell output  # so that the terminal does not fill up
    (( ++tries > 1000 )) && { print "zsh does not answer to: $1"; exit 1 }
    sleep 0.02
  done
  heard=$(<$folder/line)
  rm $folder/line
}

failures=0
# TYPED becomes WANTED.
completes() {
  zpty -w -n shell "$1"$'\t\C-X'
  listen $1
  [[ $heard == $2 ]] && return
  print -r -- "'$1' becomes '$heard', not '$2'"
  (( ++failures ))
}

TERM=dumb zpty shell zsh -f -i || { print 'skipped: there is no pseudo terminal'; exit 77 }
zpty -w shell "source $folder/setup"
listen 'the setup'

completes 'alexnet cl' 'alexnet classify '
completes 'alexnet a' 'alexnet a\ photo.jpg '
completes 'alexnet --color ne' 'alexnet --color never '
completes 'alexnet --color never ins' 'alexnet --color never inspect '
completes 'alexnet classify --du' 'alexnet classify --dump-input='
completes 'alexnet batch --format=c' 'alexnet batch --format=csv '
completes 'alexnet classify -m tiny' 'alexnet classify -m tiny-alexnet '
completes 'alexnet inspect --json tiny' 'alexnet inspect --json tiny-alexnet '
completes 'alexnet fetch caf' 'alexnet fetch caffenet '
completes 'alexnet classify -k 3 a' 'alexnet classify -k 3 a\ photo.jpg '
completes 'alexnet classify -k a' 'alexnet classify -k a'

(( failures == 0 ))
