#!/usr/bin/python3
"""Runs every command of README.md and compares what it prints with what the README shows.

    readme_test.py README.md BIN_FOLDER [--update]

A block that begins with ```console holds commands after "$ " and their output (standard output, then standard error).
They run one after the other in a folder where data/ and models/ of the project are at hand. Times, rates and shares of
the time are masked on both sides, everything else must be equal. --update writes the real output into the README.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"```console\n(.*?)```", re.S)
UNITS = r"(ms|s|images/s|left|GFLOP/s|GB/s)"


def mask_row(line, names):
    """A row of such a table: its names and shapes. The rest are times, what follows from them, and what the CPU decides."""
    cells = re.split(r"\s{2,}", line.rstrip())
    return "  ".join(cells[:names] + [c for c in cells[names:] if " x " in c])


def mask(text):
    lines, kinds, table = [], [], 0  # of a table that the machine decides, the columns that hold names and shapes
    for line in text.splitlines():
        words = line.split()
        if "ms" in words and words[0] == "layer":
            table = 4 if "input" in words else 2
        elif words[:2] in (["kind", "ms"], ["conv", "by"]) or words[1:2] == ["ms"]:
            table = 1
        elif not words:
            table = 0
        elif line.startswith("sum "):
            line = "sum"
        elif table > 1:
            line = mask_row(line, table)
        elif table == 1:  # whose rows may come in the order of their times
            kinds.append(mask_row(line.strip(), 1))
            continue
        line = re.sub(r"\d[\d,.]*(?= " + UNITS + r"\b)", "N", line)
        line = re.sub(r"(min|max) \d[\d,.]*", r"\1 N", line)
        line = re.sub(r"[+-]\d[\d.]* %(?= against)|\d[\d.]* %(?= of the time| reached)", "N %", line)
        line = re.sub(r", engine \w+", ", engine E", line)
        line = re.sub(r"threads \d+", "threads N", line)
        line = re.sub(r'(?<="probability":)[\d.e-]+', lambda m: f"{float(m[0]):.4f}", line)  # the CPU decides the last digits
        line = re.sub(r'(?<="ms":)[\d.e+-]+', "N", line)
        lines.append(re.sub(r"\s+", " ", line).strip())
    return "\n".join(lines + sorted(kinds)).strip()


def run(command, folder, path):
    done = subprocess.run(["bash", "-c", command], cwd=folder, text=True, timeout=120, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={"PATH": f"{path}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "HOME": folder})
    return done.stdout + done.stderr


def main():
    readme, binaries = pathlib.Path(sys.argv[1]).resolve(), os.path.abspath(sys.argv[2])
    text, wrong, count = readme.read_text(encoding="utf-8"), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for name in ("data", "models"):
            os.symlink(readme.parent / name, f"{folder}/{name}")
        for block in BLOCK.findall(text):
            shown, new = re.split(r"^\$ ", block, flags=re.M)[1:], ""
            for part in shown:
                # A command goes on after a line that ends in a backslash.
                command, _, expected = re.sub(r"\\\n", "\\\\\0", part).partition("\n")
                command = command.replace("\\\0", "\\\n")
                expected = expected.replace("\\\0", "\\\n")
                got = run(command, folder, binaries)
                new += f"$ {command}\n{got.rstrip()}".rstrip() + ("\n\n" if part is not shown[-1] else "\n")
                count += 1
                if mask(got) != mask(expected):
                    wrong += 1
                    print(f"--- README: {command}\n{mask(expected)}\n--- got:\n{mask(got)}\n")
            if "--update" in sys.argv:
                text = text.replace(block, new)
    if "--update" in sys.argv:
        readme.write_text(text, encoding="utf-8")
    print(f"{count} commands of the README ran, {wrong} printed something else")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
