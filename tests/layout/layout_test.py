"""Checks the includes of app/, include/ and src/ against two tables in CONTRIBUTING.md: layout_test.py SOURCE_DIR

The first table has lines "folder -> folders that it may include", or "folder -> nothing". A folder stands for all folders
below it that have no line of their own. app/ may include all of src/, and every folder may include the public headers. The second table has
lines "<package> in folders, files and patterns of files"; a header of the project can stand there, too. The first include of
a .cpp file is the header that it implements.
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^#include ([<"])([^>"]+)[>"]', re.MULTILINE)


def read_tables(text):
    """Returns {folder: allowed folders} and {package or header: folders, files and patterns that may include it}."""
    folders, packages = {}, {}
    for left, relation, right in re.findall(r"^ {4}(\S+) +(->|in) +(.+)$", text, re.MULTILINE):
        table = folders if relation == "->" else packages
        table.setdefault(left.strip('<>"'), set()).update(right.split())
    return folders, packages


def folder_of(path, folders):
    """Returns the deepest folder of the table that holds the file, or None."""
    return next((str(p) for p in path.parents if str(p) in folders), None)


def includes(root):
    """Yields (file, opening quote, name, included file or None) of each include; files are relative to the root."""
    for top in ("app", "include", "src"):
        for file in sorted((root / top).rglob("*.[ch]pp")):
            for quote, name in INCLUDE.findall(file.read_text(encoding="utf-8")):
                candidates = (root / "include" / name, root / "app" / name, root / "src" / name, file.parent / name)
                found = next((p for p in candidates if p.is_file()), None)
                yield file.relative_to(root), quote, name, found and found.resolve().relative_to(root)


def forbidden_includes(root, folders, packages):
    for file, quote, name, target in includes(root):
        folder = folder_of(file, folders)
        if folder is None:
            yield f"{file}: is in a folder that CONTRIBUTING.md does not name"
        elif target is not None and quote == '"':
            to = folder_of(target, folders)
            free = ("include", "src") if folder.startswith("app") else ("include",)
            if to != folder and not (to or "").startswith(free) and to not in folders[folder]:
                yield f"{file}: includes {name}, but {folder} may not include {to}"
        package = name.split("/")[0] if quote == "<" else name
        if package in packages and not any(file.is_relative_to(p) or file.match(p) for p in packages[package]):
            yield f"{file}: includes {name}, but only {', '.join(sorted(packages[package]))} may"


def missing_headers(root):
    """Yields .cpp files whose first include is not the header that they implement."""
    for top in ("app", "src"):
        for file in sorted((root / top).rglob("*.cpp")):
            relative = file.relative_to(root)
            quote, first = (INCLUDE.findall(file.read_text(encoding="utf-8")) or [("", "")])[0]
            own = relative.relative_to(top).with_suffix(".hpp")
            if (root / top / own).is_file() and first != str(own):
                yield f"{relative}: does not begin with the include of {own}"
            elif quote != '"' and relative.name != "main.cpp":
                yield f"{relative}: does not begin with the include of the header that it implements"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    folders, packages = read_tables((root / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    if len(folders) < 10 or not packages:
        sys.exit("CONTRIBUTING.md: the tables of includes were not found")
    found = sorted({*forbidden_includes(root, folders, packages), *missing_headers(root)})
    print("\n".join(found) or "every include follows CONTRIBUTING.md")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
