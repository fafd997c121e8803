"""Checks the includes of app/ and src/ against the tables in CONTRIBUTING.md: layout_test.py SOURCE_DIR

The first has lines "folder -> folders that it may include"; a folder stands for all folders below it that have no line of
their own, and app/ may include all of src/. The second has lines "<package> in folders, files and patterns of files"; a
header of the project can stand there too. The third has lines "header by files that implement it"; every other .cpp file
has a header of its name.
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^#include ([<"])([^>"]+)[>"]', re.MULTILINE)


def read_tables(text):
    """Returns {folder: allowed folders}, {package or header: places that may include it} and {.cpp file: its header}."""
    folders, packages, headers = {}, {}, {}
    for left, sign, right in re.findall(r"^ {4}(\S+) +(->|in|by) +(.+)$", text, re.MULTILINE):
        if sign == "by":
            headers.update((file, left) for file in right.split())
        else:
            table = folders if sign == "->" else packages
            table.setdefault(left.strip('<>"'), set()).update(right.split())
    return folders, packages, headers


def room_of(path, rooms):
    """Returns the deepest folder of the table that holds the file, or None."""
    return next((str(p) for p in path.parents if str(p) in rooms), None)


def includes(root):
    """Yields (file, sign, name, included file or None) of each include; files are relative to the root."""
    for top in ("app", "src"):
        for file in sorted((root / top).rglob("*.[ch]pp")):
            for sign, name in INCLUDE.findall(file.read_text(encoding="utf-8")):
                places = (root / "app" / name, root / "src" / name, file.parent / name)
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
        package = name.split("/")[0] if sign == "<" else name
        if package in packages and not any(file.is_relative_to(p) or file.match(p) for p in packages[package]):
            yield f"{file}: includes {name}, but only {', '.join(sorted(packages[package]))} may"


def faults_of_names(root, headers):
    """Yields .cpp files that implement no header of their name and are in no line of the table, and wrong lines of it."""
    for file in sorted(f.relative_to(root) for top in ("app", "src") for f in (root / top).rglob("*.cpp")):
        has_own = (root / file.with_suffix(".hpp")).is_file()
        if has_own and str(file) in headers:
            yield f"{file}: has a header of its name, and a line in CONTRIBUTING.md"
        if not has_own and str(file) not in headers and str(file) != "app/main.cpp":
            yield f"{file}: has no header of its name and no line in CONTRIBUTING.md"
    for file, header in headers.items():
        for name in (file, header):
            if not (root / name).is_file():
                yield f"{name}: does not exist, but CONTRIBUTING.md has a line for it"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    folders, packages, headers = read_tables((root / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    if len(folders) < 10 or not packages or not headers:
        sys.exit("CONTRIBUTING.md: the tables of includes were not found")
    found = sorted({*faults(root, folders, packages), *faults_of_names(root, headers)})
    print("\n".join(found) or "every include and every name of a file follows CONTRIBUTING.md")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
