#!/usr/bin/python3
"""Checks the links of all documents: links_test.py SOURCE_FOLDER

A relative link leads to a file or folder of the project, and its #anchor to a heading of that document. docs/README.md links to
every page of docs/. Functions named before a link to a source file, as in "`im2col()` in [im2col.cpp](...)", are in that file.
Links to other sites are not followed.
"""
import pathlib
import re
import sys

PATTERNS = ("*.md", "docs/**/*.md", "data/**/*.md", "models/**/*.md", "src/**/*.md", "tests/**/*.md")
FENCED = re.compile(r"^```.*?^```$", re.S | re.M)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(([^()\s]+)\)")
SOURCE_LINK = re.compile(r"([^()|.;]*(?:\([^()]*\)[^()|.;]*)*?)\(?\[[^\]]*\]\(([^()\s]+\.[ch]pp)\)")
FUNCTION = re.compile(r"`(?:\w+::)*(\w+)\(")
HEADING = re.compile(r"^#+ +(.+?) *$", re.M)


def anchors(text):
    """Returns the anchors that GitHub gives to the headings."""
    found = set()
    for heading in HEADING.findall(FENCED.sub("", text)):
        slug = re.sub(r"[^\w\- ]", "", re.sub(r"\[(.*?)\]\(.*?\)", r"\1", heading).lower()).replace(" ", "-")
        number = 0
        while (slug if number == 0 else f"{slug}-{number}") in found:
            number += 1
        found.add(slug if number == 0 else f"{slug}-{number}")
    return found


def links(text):
    return LINK.findall(CODE.sub("``", FENCED.sub("", text)))


def missing_functions(file, text):
    """Yields (function, link) of functions that the text names before a link to a file that does not contain them."""
    for before, link in SOURCE_LINK.findall(FENCED.sub("", text)):
        source = file.parent / link
        for function in FUNCTION.findall(before):
            if source.is_file() and not re.search(rf"\b{function}\(", source.read_text(encoding="utf-8")):
                yield function, link


def violations(root):
    texts = {file.resolve(): file.read_text(encoding="utf-8") for pattern in PATTERNS for file in sorted(root.glob(pattern))}
    linked = set()
    for file, text in texts.items():
        for link in links(text):
            if re.match(r"[a-z]+:", link):
                continue
            name, _, anchor = link.partition("#")
            target = (file.parent / name).resolve() if name else file
            if file == root / "docs/README.md":
                linked.add(target)
            if not target.is_relative_to(root) or not target.exists():
                yield f"{file.relative_to(root)}: ({link}): the file does not exist"
            elif anchor and anchor not in anchors(texts.get(target, "")):
                yield f"{file.relative_to(root)}: ({link}): the heading does not exist"
        for function, link in missing_functions(file, text):
            yield f"{file.relative_to(root)}: ({link}): has no function {function}()"
    for page in sorted((root / "docs").glob("*.md")):
        if page.resolve() not in linked and page.name != "README.md":
            yield f"docs/README.md: does not link to {page.name}"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    if not (root / "docs/README.md").is_file():
        sys.exit("docs/README.md was not found")
    found = list(violations(root))
    print("\n".join(found) or "every link leads to an existing file and heading")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
