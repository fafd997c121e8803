"""Checks that no line of a source has more columns than .clang-format allows: columns_test.py SOURCE_DIR

clang-format does not wrap comments and long strings. The contents of raw strings are left out.
"""

import pathlib
import re
import sys

RAW_STRING = re.compile(r'R"([^\s()\\]{0,16})\((.*?)\)\1"', re.DOTALL)


def long_lines(root, columns):
    for top in ("app", "src", "include", "examples", "tests"):
        for file in sorted((root / top).rglob("*.[ch]pp")):
            text = file.read_text(encoding="utf-8")
            text = RAW_STRING.sub(lambda found: "\n" * found[2].count("\n"), text)
            for number, line in enumerate(text.split("\n"), 1):
                if len(line) > columns:
                    yield f"{file.relative_to(root)}:{number}: has {len(line)} columns, more than {columns}"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    limit = re.search(r"^ColumnLimit: (\d+)$", (root / ".clang-format").read_text(encoding="utf-8"), re.MULTILINE)
    if not limit:
        sys.exit(".clang-format: ColumnLimit was not found")
    found = list(long_lines(root, int(limit[1])))
    print("\n".join(found) or "every line fits")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
