"""Compiles the example in the first comment of each public header: header_examples_test.py INCLUDE_DIR COMPILER

An example is the part of the comment that is indented by three spaces. It sees the header, the headers that it includes itself and
the standard library. It becomes the body of a function whose parameters are the names that it does not declare.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

# Headers that the examples and the public headers include. They are compiled once.
STANDARD = ("algorithm", "array", "chrono", "cstdio", "filesystem", "functional", "iostream", "limits", "map", "memory",
            "optional", "ranges", "span", "stdexcept", "string", "variant", "vector")
# Names that the examples take from the program around them.
PARAMETERS = {
    "analysis.hpp": "const alexnet::Classifier& classifier, const std::vector<std::filesystem::path>& photos, "
                    "std::size_t classes, std::size_t (*truth_of)(const std::filesystem::path&)",
    "image.hpp": "const alexnet::Model& model, alexnet::Workspace& workspace",
    "layers.hpp": "const alexnet::Network& network",
    "network.hpp": "const std::vector<float>& images",
    "profile.hpp": "const alexnet::Network& network",
}


def example_of(text):
    """Returns the lines of the example in the comment that the text begins with."""
    comment = re.match(r"(?://.*\n)+", text)
    return re.findall(r"^//   (.*)$", comment[0] if comment else "", re.MULTILINE)


def program_of(header):
    """Returns the source of a translation unit with the header's example."""
    lines = example_of(header.read_text(encoding="utf-8"))
    own = [line for line in lines if line.startswith("#include")]
    body = [line for line in lines if not line.startswith("#include")]
    if not body:
        return None
    includes = ["#include \"standard.hpp\"", f"#include <alexnet/{header.name}>", *own]
    return "\n".join([*includes, f"void example({PARAMETERS.get(header.name, '')}) {{", *body, "}", ""])


def precompile(folder, command):
    """Writes standard.hpp and its precompiled form into the folder."""
    header = folder / "standard.hpp"
    header.write_text("".join(f"#include <{name}>\n" for name in STANDARD), encoding="utf-8")
    subprocess.run([*command, "-x", "c++-header", header, "-o", f"{header}.gch"], check=True)


def compile_example(header, command):
    """Returns what is wrong with the header's example, or ""."""
    program = program_of(header)
    if program is None:
        return f"{header.name}: its first comment has no example"
    result = subprocess.run([*command, "-fsyntax-only", "-x", "c++", "-"], input=program, capture_output=True, text=True)
    return f"{header.name}: the example does not compile\n{result.stderr}" if result.returncode else ""


def main():
    include, compiler = sys.argv[1:]
    headers = sorted(pathlib.Path(include, "alexnet").glob("*.hpp"))
    unknown = PARAMETERS.keys() - {header.name for header in headers}
    if not headers or unknown:
        sys.exit(f"no headers in {include}, or none of these names: {sorted(unknown)}")
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        command = [compiler, "-std=c++20", "-I", folder, "-I", include]
        precompile(pathlib.Path(folder), command)
        found = list(filter(None, pool.map(lambda header: compile_example(header, command), headers)))
    print("\n".join(found) or f"the examples of {len(headers)} headers compile")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
