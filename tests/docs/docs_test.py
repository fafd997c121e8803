#!/usr/bin/python3
"""Runs every command of README.md and docs/*.md and compares what it prints with what the document shows.

    docs_test.py SOURCE_FOLDER BIN_FOLDER [--update]

A block that begins with ```console holds commands after "$ " and their output (standard output, then standard error). Those of
a document run one after the other, in a folder with the project's data/ and models/. Times, rates and shares of the time are
masked on both sides; everything else must be equal. --update writes the real output into the documents where it differs.

A block of another language that holds commands has a comment above it, which says what runs it or why nothing does:
<!-- run by script/NAME --> or <!-- not run: REASON -->. A block below <!-- from FILE --> is part of that file; one below
<!-- writes FILE --> is written to FILE for the commands that follow. Lines of a crontab are run,
and units of systemd are verified if systemd-analyze is installed. No command of alexnet is shown twice with its output. An
option in the text is one that a command has.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

UNIT = re.compile(r"`\S+/([\w-]+\.(?:service|timer))`:\n\n```ini\n(.*?)^```$", re.S | re.M)
SCHEDULE = re.compile(r"^(?:@\w+|(?:\S+ +){5}) *(.*)$", re.M)
BLOCK = re.compile(r"(?:^<!-- (.*?) -->\n)?^```(\w*)\n(.*?)^```$", re.S | re.M)
UNITS = r"(ms|s|images/s|left|GFLOP/s|GB/s)"
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
# Options in the text that belong to other programs: CMake, pkg-config, script/bench, GNU parallel and Slurm.
FOREIGN_OPTIONS = {"--install", "--quick", "--joblog", "--sshlogin", "--workdir", "--requeue", "--cflags", "--libs"}


def mask_row(line, names):
    """A row of such a table: its names and shapes. The rest are times, what follows from them, and what the CPU decides."""
    cells = re.split(r"\s{2,}", line.rstrip())
    return "  ".join(cells[:names] + [c for c in cells[names:] if " x " in c])


def mask(text):
    lines, kinds, table = [], [], 0  # of a table that the machine decides, the columns that hold names and shapes
    for line in text.strip().splitlines():
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
        line = re.sub(r"\b0\.\d{6,}(?=,)", lambda m: f"{float(m[0]):.4f}", line)
        line = re.sub(r'(?<="ms":)[\d.e+-]+', "N", line)
        lines.append(re.sub(r"\s+", " ", line).strip())
    return "\n".join(lines + sorted(kinds)).strip()


def run(command, folder, path):
    done = subprocess.run(["bash", "-c", command], cwd=folder, text=True, timeout=120, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={"PATH": f"{path}:{os.environ['PATH']}".lstrip(":"), "LC_ALL": "C.UTF-8", "HOME": folder})
    return done.stdout + done.stderr


def commands(block):
    """Yields (command, output) of a console block. A command goes on after a line that ends in a backslash."""
    for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
        command, _, output = re.sub(r"\\\n", "\\\\\0", part).partition("\n")
        yield command.replace("\\\0", "\\\n"), output.replace("\\\0", "\\\n")


def unindented(text):
    return "\n".join(line.strip() for line in text.splitlines())


class Documents:
    def __init__(self, root, binaries):
        self.root, self.binaries = root, binaries
        self.wrong, self.count = 0, 0
        self.shown = {}  # the document that shows a command
        self.options = self.known_options()

    def known_options(self):
        helps = run("alexnet --help; for c in $(alexnet man | sed -n 's/^alexnet-//p'); do alexnet $c --help; done",
                    tempfile.gettempdir(), self.binaries)
        return set(OPTION.findall(helps)) | FOREIGN_OPTIONS

    def complain(self, text):
        self.wrong += 1
        print(text)

    def check_block(self, name, comment, language, block):
        """Checks a block that is not run here."""
        if language == "json":
            json.loads(block)
        script = re.fullmatch(r"run by (script/[\w-]+)", comment)
        if script and not (self.root / script[1]).is_file():
            self.complain(f"{name}: {script[1]} does not exist")
        source = re.fullmatch(r"from (\S+)", comment)
        if source and unindented(block) not in unindented((self.root / source[1]).read_text(encoding="utf-8")):
            self.complain(f"{name}: {source[1]} does not contain the block that begins with '{block.splitlines()[0]}'")
        is_command = language in ("sh", "bash") or re.search(r"^(\$ )?alexnet ", block, re.M)
        if is_command and not script and not re.match(r"not run: \w", comment):
            self.complain(f"{name}: no test runs the block that begins with '{block.splitlines()[0]}'")

    def check_options(self, name, text):
        not_run = [m[0] for m in BLOCK.finditer(text) if m[2] != "console"]
        for block in not_run:
            text = text.replace(block, "")
        for option in sorted(set(OPTION.findall(text)) - self.options):
            self.complain(f"{name}: no command has the option {option}")

    def check_crontab(self, name, block, home):
        """Runs the commands of the lines in a home folder with photos and an installed program."""
        os.makedirs(f"{home}/.local/bin")
        os.symlink(f"{self.binaries}/alexnet", f"{home}/.local/bin/alexnet")
        shutil.copytree(self.root / "data/photos", f"{home}/Pictures")
        for command in SCHEDULE.findall(block):
            self.count += 1
            got = run(command + "; echo status $?", home, "")
            if got != "status 0\n":
                self.complain(f"{name}: {command}\n{got}")

    def check_units(self, name, text, home):
        if not shutil.which("systemd-analyze"):
            return
        units = dict(UNIT.findall(text))
        for unit, content in units.items():
            pathlib.Path(home, unit).write_text(content, encoding="utf-8")
        if units:
            got = run(f"XDG_RUNTIME_DIR=$PWD systemd-analyze --user verify {' '.join(f'./{u}' for u in units)}", home, "")
            if got:
                self.complain(f"{name}: systemd-analyze: {got}")

    def run_block(self, name, block, folder):
        """Runs the commands of a console block and returns it with their output."""
        new = []
        for command, shown in commands(block):
            got = run(command, folder, self.binaries)
            self.count += 1
            if mask(got) == mask(shown):
                new.append(f"$ {command}\n{shown.rstrip()}".rstrip())
            else:
                new.append(f"$ {command}\n{got.rstrip()}".rstrip())
                self.complain(f"--- {name}: {command}\n{mask(shown)}\n--- got:\n{mask(got)}\n")
            if command.startswith("alexnet ") and shown.strip():
                first = self.shown.setdefault(command, name)
                if first != name:
                    self.complain(f"{name}: {first} shows the same: {command}")
        return "\n\n".join(new) + "\n"

    def check(self, document, update):
        text, name = document.read_text(encoding="utf-8"), str(document.relative_to(self.root))
        self.check_options(name, text)
        with tempfile.TemporaryDirectory() as folder:
            for data in ("data", "models"):
                os.symlink(self.root / data, f"{folder}/{data}")
            for comment, language, block in BLOCK.findall(text):
                if comment.startswith("writes "):
                    file = pathlib.Path(folder, comment.removeprefix("writes "))
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(block, encoding="utf-8")
                if language == "crontab":
                    self.check_crontab(name, block, folder)
                elif language != "console":
                    self.check_block(name, comment, language, block)
                else:
                    text = text.replace(block, self.run_block(name, block, folder), 1)
            self.check_units(name, text, folder)
        if update:
            document.write_text(text, encoding="utf-8")


def main():
    root, update = pathlib.Path(sys.argv[1]).resolve(), "--update" in sys.argv
    documents = Documents(root, os.path.abspath(sys.argv[2]))
    for document in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        documents.check(document, update)
    print(f"{documents.count} commands of the documents ran; {documents.wrong} errors")
    return 1 if documents.wrong or not documents.count else 0


if __name__ == "__main__":
    sys.exit(main())
