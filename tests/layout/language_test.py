"""Checks the language of comments and documents by the page "How we write" of CONTRIBUTING.md: language_test.py SOURCE_DIR

Reads the page's two lists: words that a comment must not begin with, and words with what to write instead.
"""

import pathlib
import re
import sys

COMMENT = re.compile(r"(?:^|\s)//+\s*(.*)$")


def read_rules(text):
    """Returns the words that must not begin a comment, and {word: what to write instead}."""
    first = re.search(r"^ {4}first word: (.+)$", text, re.MULTILINE)
    replaced = dict(re.findall(r"^ {4}(\S.*?) +=> (.+)$", text, re.MULTILINE))
    return (first[1].split() if first else []), replaced


def comments(lines):
    """Yields (line number, text, whether the comment begins here) of // comments. Linter instructions are left out."""
    inside = False
    for number, line in enumerate(lines, 1):
        found = COMMENT.search(line)
        if found and not found[1].startswith("NOLINT"):
            whole_line = line.lstrip().startswith("//")
            yield number, found[1], not (inside and whole_line)
            inside = whole_line
        else:
            inside = False


def faults(root, first_words, replaced):
    begins = re.compile(rf"(?:{'|'.join(first_words)})\b")
    words = {word: re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE) for word in replaced}
    for top in ("app", "src", "include", "docs"):
        for file in sorted((root / top).rglob("*")):
            lines = file.read_text(encoding="utf-8").splitlines() if file.suffix in (".cpp", ".hpp", ".md") else []
            texts = ((n, line, False) for n, line in enumerate(lines, 1)) if file.suffix == ".md" else comments(lines)
            for number, text, is_begin in texts:
                where = f"{file.relative_to(root)}:{number}"
                if is_begin and (found := begins.match(text)):
                    yield f"{where}: a comment begins with '{found[0]}'"
                for word in (w for w, pattern in words.items() if pattern.search(text)):
                    yield f"{where}: '{word}'; write {replaced[word]}"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    first_words, replaced = read_rules((root / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    if not first_words or not replaced:
        sys.exit("CONTRIBUTING.md: the lists of words were not found")
    found = list(faults(root, first_words, replaced))
    print("\n".join(found) or "every comment follows CONTRIBUTING.md")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
