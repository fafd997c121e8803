"""Checks the includes of app/ and src/ against the table in CONTRIBUTING.md: layout_test.py SOURCE_DIR

The table has lines "folder -> folders that it may include"; a folder stands for all folders below it that have no line of
their own, and app/ may include all of src/. A second table has lines "<package> in folders and files".
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^#include ([<"])([^>"]+)[>"]', re.MULTILINE)


def read_tables(text):
    """Returns {folder: allowed folders} and {package: folders that may include it}."""
    folders, packages = {}, {}
    for left, sign, right in re.findall(r"^ {4}(\S+) +(->|in) +(.+)$", text, re.MULTILINE):
        table = folders if sign == "->" else packages
        table.setdefault(left.strip("<>"), set()).update(right.split())
    return folders, packages


def room_of(path, rooms):
    """Returns the deepest folder of the table that holds the file, or None."""
    return next((str(p) for p in path.parents if str(p) in rooms), None)


def includes(root):
    """Yields (file, sign, name, included file or None) of each include; files are relative to the root."""
    for top in ("app", "include", "src"):
        for file in sorted((root / top).rglob("*.[ch]pp")):
            for sign, name in INCLUDE.findall(file.read_text(encoding="utf-8")):
                places = (root / "include" / name, root / "app" / name, root / "src" / name, file.parent / name)
                found = next((p for p in places if p.is_file()), None)
                yield file.relative_to(root), sign, name, found and found.resolve().relative_to(root)


def faults(root, folders, packages):
    for file, sign, name, target in includes(root):
        room = room_of(file, folders)
        if room is None:
            yield f"{file}: is in a folder that CONTRIBUTING.md does not name"
        elif target is not None and sign == '"':
            to = room_of(target, folders)
            from_app_to_src = room.startswith("app") and to is not None and to.startswith("src")
            if to != room and not from_app_to_src and to not in folders[room]:
                yield f"{file}: includes {name}, but {room} may not include {to}"
        elif sign == "<" and (package := name.split("/")[0]) in packages:
            if not any(file.is_relative_to(place) for place in packages[package]):
                yield f"{file}: includes <{name}>, but only {', '.join(sorted(packages[package]))} may"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    folders, packages = read_tables((root / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    if len(folders) < 10 or not packages:
        sys.exit("CONTRIBUTING.md: the tables of includes were not found")
    found = sorted(set(faults(root, folders, packages)))
    print("\n".join(found) or "every include follows CONTRIBUTING.md")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
