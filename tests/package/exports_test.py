"""Compares the symbols that the shared library exports with the public headers: exports_test.py HEADERS LIBRARY"""

import pathlib
import re
import subprocess
import sys


def exported(library):
    """Returns the demangled names, without parameters."""
    lines = subprocess.run(["nm", "-DC", "--defined-only", library], check=True, capture_output=True, text=True).stdout
    names = {line.split(" ", 2)[2] for line in lines.splitlines() if " " in line}
    return {re.sub(r"\[abi:[^]]*\]", "", name) for name in names}


def identifiers(headers):
    """Returns every word of the headers outside comments."""
    text = "\n".join(header.read_text(encoding="utf-8") for header in headers.glob("*.hpp"))
    return set(re.findall(r"\w+", re.sub(r"//.*", "", text)))


def main():
    headers, library = pathlib.Path(sys.argv[1]), sys.argv[2]
    known = identifiers(headers)
    wrong = []
    functions = 0
    for name in sorted(exported(library)):
        plain = re.sub(r"^(typeinfo name for|typeinfo for|vtable for) ", "", name)
        if not plain.startswith("alexnet::"):
            wrong.append(f"{name}: is outside the namespace alexnet")
            continue
        functions += plain == name
        last = re.sub(r"[(<].*", "", plain).split("::")[-1].lstrip("~")
        if last.split(" ")[0].removesuffix("=") not in known and not last.startswith("operator"):
            wrong.append(f"{name}: is not declared in a public header")
    print("\n".join(wrong))
    if functions < 40:
        sys.exit(f"{library}: exports {functions} functions, fewer than the public headers declare")
    for needed in ("alexnet::Classifier::Classifier(", "alexnet::open_model(", "alexnet::Network::forward(",
                   "typeinfo for alexnet::ModelError"):
        if not any(name.startswith(needed) for name in exported(library)):
            sys.exit(f"{library}: does not export {needed}...")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
