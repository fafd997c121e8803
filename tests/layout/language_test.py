"""Checks comments, documents and messages by the section "How we write" of CONTRIBUTING.md: language_test.py SOURCE_DIR

Reads the section's two lists: words that a comment must not begin with, and words with what to write instead. A word stands
for its inflections too: "heed" for "heeded". Blocks of code in documents are left out: tests compare them with the program.
In app/ and src/, a string must not end or begin with a quotation mark beside a "+": in_quotes() quotes words in messages.
"""

import pathlib
import re
import sys

COMMENTS = {"//": re.compile(r"(?:^|\s)//+\s*(.*)$"), "#": re.compile(r"(?:^|\s)#(?!!)\s+(.*)$")}
PATTERNS = [f"{top}/**/*.[ch]pp" for top in ("app", "src", "include", "examples", "tests")] + [
    "README.md", "CHANGELOG.md", "docs/**/*.md", "src/**/*.md", "data/**/*.md", "models/**/*.md",
    "CMakeLists.txt", "cmake/*", "script/*", ".ci/*", "src/**/CMakeLists.txt", "examples/CMakeLists.txt",
    "tests/**/CMakeLists.txt", "tests/**/*.py", "tests/**/*.sh", "tests/**/*.conf", "tests/**/packages"]


def read_rules(text):
    """Returns the words that must not begin a comment, and {word: what to write instead}."""
    first = re.search(r"^ {4}first word: (.+)$", text, re.MULTILINE)
    replaced = dict(re.findall(r"^ {4}(\S.*?) +=> (.+)$", text, re.MULTILINE))
    return (first[1].split() if first else []), replaced


def comments(lines, mark):
    """Yields (line number, text, whether the comment begins here) of comments. Linter instructions are left out."""
    inside = False
    for number, line in enumerate(lines, 1):
        found = COMMENTS[mark].search(line)
        if found and not found[1].startswith("NOLINT"):
            whole_line = line.lstrip().startswith(mark)
            yield number, found[1], not (inside and whole_line)
            inside = whole_line
        else:
            inside = False


def prose(lines):
    """Yields (line number, text, False) of a document's lines outside blocks of code."""
    inside = False
    for number, line in enumerate(lines, 1):
        if line.startswith("```"):
            inside = not inside
        elif not inside:
            yield number, line, False


def texts(root):
    """Yields (file, line number, text, whether a comment begins here) of all comments and documents."""
    for pattern in PATTERNS:
        for file in sorted(root.glob(pattern)):
            lines = file.read_text(encoding="utf-8").splitlines()
            mark = "//" if file.suffix in (".cpp", ".hpp") else "#"
            for number, text, is_begin in prose(lines) if file.suffix == ".md" else comments(lines, mark):
                yield file.relative_to(root), number, text, is_begin


def violations(root, first_words, replaced):
    begins = re.compile(rf"(?:{'|'.join(first_words)})\b")
    words = {word: re.compile(rf"\b{re.escape(word)}(?:s|es|ed|ing)?\b", re.IGNORECASE) for word in replaced}
    for file, number, text, is_begin in texts(root):
        if is_begin and (found := begins.match(text)):
            yield f"{file}:{number}: a comment begins with '{found[0]}'"
        for word in (w for w, pattern in words.items() if pattern.search(text)):
            yield f"{file}:{number}: '{word}'; write {replaced[word]}"


def hand_made_quotes(root):
    """Yields the lines of app/ and src/ that quote a word by hand. Completions quote by the rules of their shell."""
    quote = re.compile(r"""'"\s*\+|\+\s*"'""")
    for file in sorted(file for top in ("app", "src") for file in (root / top).rglob("*.[ch]pp")):
        if file.name.endswith("_completion.cpp"):
            continue
        text = file.read_text(encoding="utf-8")
        for number in sorted({text.count("\n", 0, found.start()) + 1 for found in quote.finditer(text)}):
            yield f"{file.relative_to(root)}:{number}: quotes a word by hand; use in_quotes()"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    first_words, replaced = read_rules((root / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    if not first_words or not replaced:
        sys.exit("CONTRIBUTING.md: the lists of words were not found")
    found = [*violations(root, first_words, replaced), *hand_made_quotes(root)]
    print("\n".join(found) or "every comment, document and message follows CONTRIBUTING.md")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
