"""Checks the includes of app/, include/ and src/ against three tables in CONTRIBUTING.md: layout_test.py SOURCE_DIR

The first table has lines "folder -> folders that it may include", or "folder -> nothing". A folder stands for all folders
below it that have no line of their own. app/ may include all of src/, and every folder may include the public headers. The second table has
lines "<package> in folders, files and patterns of files"; a header of the project can stand there, too. Each of them must be
used. The first include of a .cpp file is the header of its own name. A file without one begins with a header of its folder or
of a folder above, or with one that the third table allows: "header implemented-in folders".
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^#include ([<"])([^>"]+)[>"]', re.MULTILINE)


def read_tables(text):
    """Returns {folder: allowed folders}, {package or header: folders, files and patterns that may include it} and
    {header: folders that implement it}."""
    tables = {"->": {}, "in": {}, "implemented-in": {}}
    for left, relation, right in re.findall(r"^ {4}(\S+) +(->|in|implemented-in) +(.+)$", text, re.MULTILINE):
        tables[relation].setdefault(left.strip('<>"'), set()).update(right.split())
    return tuple(tables.values())


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


def is_in(file, place):
    """Returns true if the place, a folder, a file or a pattern, stands for the file."""
    return file.is_relative_to(place) or file.match(place)


def package_of(quote, name):
    return name.split("/")[0] if quote == "<" else name


def forbidden_includes(root, folders, packages):
    for file, quote, name, target in includes(root):
        folder = folder_of(file, folders)
        if folder is None:
            yield f"{file}: is in a folder that CONTRIBUTING.md does not name"
        elif target is not None:
            if quote == "<":
                yield f"{file}: includes <{name}>; write a header of the project in quotation marks"
            to = folder_of(target, folders)
            free = ("include", "src") if folder.startswith("app") else ("include",)
            if to != folder and not (to or "").startswith(free) and to not in folders[folder]:
                yield f"{file}: includes {name}, but {folder} may not include {to}"
        package = package_of(quote, name)
        if package in packages and not any(is_in(file, place) for place in packages[package]):
            yield f"{file}: includes {name}, but only {', '.join(sorted(packages[package]))} may"


def unused_rows(root, packages):
    """Yields the places of the second table that include nothing of their package."""
    used = [(package_of(quote, name), file) for file, quote, name, _ in includes(root)]
    for package, places in packages.items():
        for place in places:
            if not any(name == package and is_in(file, place) for name, file in used):
                yield f"CONTRIBUTING.md: {place} does not include {package}; remove it from the table"


def missing_headers(root, implemented):
    """Yields .cpp files whose first include is not the header that they implement."""
    for top in ("app", "src"):
        for file in sorted((root / top).rglob("*.cpp")):
            relative = file.relative_to(root)
            _, first = (INCLUDE.findall(file.read_text(encoding="utf-8")) or [("", "")])[0]
            own = relative.relative_to(top).with_suffix(".hpp")
            if (root / top / own).is_file():
                if first != str(own):
                    yield f"{relative}: does not begin with the include of {own}"
                continue
            is_above = (root / top / first).is_file() and pathlib.PurePath(first).parent in own.parents
            is_allowed = any(relative.is_relative_to(folder) for folder in implemented.get(first, ()))
            if not is_above and not is_allowed and relative.name != "main.cpp":
                yield f"{relative}: does not begin with the include of the header that it implements"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    folders, packages, implemented = read_tables((root / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    if len(folders) < 10 or not packages or not implemented:
        sys.exit("CONTRIBUTING.md: the tables of includes were not found")
    found = sorted({*forbidden_includes(root, folders, packages), *unused_rows(root, packages),
                    *missing_headers(root, implemented)})
    print("\n".join(found) or "every include follows CONTRIBUTING.md")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
