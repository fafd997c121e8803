#!/usr/bin/env fish
# fish_test.fish ALEXNET: checks the completions in fish.
set -g PATH (path dirname $argv[1]) $PATH
alexnet completion fish | source
or exit 1
set -g folder (mktemp -d)
cd $folder
touch 'a photo.jpg' other.png
set -g failures 0

# offers 'CANDIDATE CANDIDATE...' LINE: completing the line offers these, in any order.
function offers
    set -l found (complete -C $argv[2] | string replace -r '\t.*' '' | sort | string join ' ')
    test "$found" = "$argv[1]"; and return
    echo "'$argv[2]' offers [$found], expected [$argv[1]]"
    set -g failures (math $failures + 1)
end

offers classify 'alexnet cl'
offers 'a photo.jpg' 'alexnet a'
offers '--version' 'alexnet --vers'
offers never 'alexnet --color ne'
offers inspect 'alexnet --color never ins'
offers '--dump-input' 'alexnet classify --du'
offers '--dump-input' 'alexnet --color never classify --du'
offers '' 'alexnet time --du'
offers '--format=csv' 'alexnet batch --format=c'
offers 'csv jsonl sqlite text' 'alexnet batch --format '
offers packed 'alexnet classify --engine p'
offers tiny-alexnet 'alexnet classify -m tiny'
offers tiny-alexnet 'alexnet inspect --json tiny'
offers 'vgg16 vgg16-bn' 'alexnet fetch vgg16'
offers other.png 'alexnet fetch vgg16 --from o'
offers other.png 'alexnet classify -k 3 o'
offers '' 'alexnet classify -k '

rm -r $folder
test $failures -eq 0
