"""What the tests of faults share: photos, a model, runs of the command, and what must be true of their outputs."""
import base64
import contextlib
import csv
import dataclasses
import io
import json
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOBODY = 65534
LONG = 60  # seconds; no run takes that long


class Skip(Exception):
    """What a test needs is not to be had here."""


def require(good, message):
    if not good:
        raise AssertionError(message)


def wait_for(what, message, seconds=LONG):
    until = time.monotonic() + seconds
    while not (found := what()):
        require(time.monotonic() < until, message)
    return found


# ---- photos and a model ---------------------------------------------------------------------------------------------
def png(seed, side=64):
    dice = random.Random(seed)
    small = [bytes(dice.randrange(256) for _ in range(3)) for _ in range(64)]
    rows = b''.join(b'\0' + b''.join(small[y // 8 * 8 + x // 8] for x in range(side)) for y in range(side))
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', side, side, 8, 2, 0, 0, 0)) +
            chunk(b'IDAT', zlib.compress(rows, 1)) + chunk(b'IEND', b''))


PNGS = [png(seed) for seed in range(32)]
JPEG = (ROOT / 'tests/fixtures/images/orientation1.jpg').read_bytes()


def make_photos(folder, count, broken_every=0):
    """0.png, 1.jpg, ...; some of them broken. Returns their paths in natural order."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for i in range(count):
        path = folder / (f'{i}.jpg' if i % 8 == 1 else f'{i}.png')
        data = JPEG if i % 8 == 1 else PNGS[i % len(PNGS)]
        path.write_bytes(data[:-30] if broken_every and i % broken_every == broken_every // 2 else data)
        paths.append(str(path))
    return paths


def make_model(folder):
    """Three layers; its weights lie aligned in their file, so that they are used where they are."""
    folder.mkdir()
    layers = [{'name': 'conv1', 'type': 'conv', 'output': 2, 'kernel': 3}, {'name': 'fc2', 'type': 'fc', 'output': 3},
              {'name': 'prob', 'type': 'softmax'}]
    (folder / 'network.json').write_text(json.dumps({'name': 'tiny', 'input': {'size': 4}, 'layers': layers,
                                                     'weights': 'weights.safetensors', 'labels': 'labels.txt'}))
    (folder / 'labels.txt').write_text('n01 first\nn02 second, other\nn03 third, last\n')
    header, at = {}, 0
    for name, shape in (('conv1.weight', [2, 3, 3, 3]), ('conv1.bias', [2]), ('fc2.weight', [3, 8]), ('fc2.bias', [3])):
        size = 4
        for side in shape:
            size *= side
        header[name] = {'dtype': 'F32', 'shape': shape, 'data_offsets': [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 64)
    numbers = struct.pack(f'<{at // 4}f', *(0.01 * (i * 37 % 19) - 0.09 for i in range(at // 4)))
    (folder / 'weights.safetensors').write_bytes(struct.pack('<Q', len(text)) + text + numbers)
    return folder


# ---- outputs --------------------------------------------------------------------------------------------------------
@dataclasses.dataclass
class Lines:
    """An output of lines, and its journal."""
    name: str
    ending: str
    paths_of: object  # of its text, in order
    header: int = 0  # lines before the first record
    path: object = bytes  # as paths_of gives it
    arguments: tuple = ()
    streams: bool = True  # to standard output too

    def count(self, output):
        """How many images stand in an output that grows."""
        return len(self.check(output, torn=True))

    def begun(self, output):
        return output.exists() and output.stat().st_size > 100

    def check(self, output, torn=False):
        """Every line parses, and no path is there twice. torn: what follows the last line's end does not count."""
        text = output.read_bytes() if output.exists() else b''
        if torn:
            text = text[:text.rfind(b'\n') + 1]
        require(text.endswith(b'\n') or not text, f'{output}: the last line has no end')
        paths = self.paths_of(text)
        require(len(set(paths)) == len(paths), f'{output}: a path is there twice')
        return paths

    def copy(self, output, to):
        shutil.copy(output, to)
        shutil.copy(journal_of(output), journal_of(to))

    def content(self, output):
        """Equal for outputs that hold the same."""
        return sorted(output.read_bytes().split(b'\n'))

    def check_complete(self, output):
        journal = journal_of(output).read_bytes().split(b'\n')
        require(journal[-2:] == [b'done', b''], f'{output}: its journal does not end with done')
        lengths = sum(int(line.split(b' ')[1]) for line in journal[1:-2])
        prologue = len(output.read_bytes().split(b'\n')[0]) + 1 if self.header else 0
        require(lengths + prologue == output.stat().st_size, f'{output}: its journal speaks of another length')


def jsonl_paths(text):
    records = [json.loads(line) for line in text.split(b'\n')[:-1]]
    for record in records:
        require('reason' in record or record['predictions'], f'neither a reason nor predictions: {record}')
    return [base64.b64decode(r['path_base64']) if 'path_base64' in r else os.fsencode(r['path']) for r in records]


def csv_paths(text):
    rows = list(csv.reader(io.StringIO(text.decode(errors='surrogateescape'), newline=''), strict=True))
    require(all(len(row) == 8 for row in rows), 'a row of CSV has not eight fields')
    return [os.fsencode(row[0]) for row in rows[1:] if row[1] in ('', '1')]


def printed(path):
    """How text shows it."""
    named = {0x0a: b'\\n', 0x09: b'\\t', 0x5c: b'\\\\'}
    return b''.join(named.get(c, b'\\x%02x' % c if c < 0x20 or c == 0x7f else bytes([c])) for c in path)


def text_paths(text):
    return [line.split(b': ')[0] for line in text.split(b'\n')[:-1]]


JSONL = Lines('jsonl', '.jsonl', jsonl_paths)
CSV = Lines('csv', '.csv', csv_paths, header=1)
TEXT = Lines('text', '.txt', text_paths, path=printed)
FORMATS = [JSONL, CSV, TEXT]


def journal_of(output):
    return pathlib.Path(f'{output}.journal')


# ---- runs -----------------------------------------------------------------------------------------------------------
def limited(memory_bytes=0, nobody=False):
    """For Popen: what the child does before it becomes the command."""
    def prepare():
        if memory_bytes:
            resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        if nobody:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
    return prepare


class Bench:
    """A folder of its own, the command, and the model that all runs use."""

    def __init__(self, command, die_at):
        self.command = str(pathlib.Path(command).resolve())
        self.die_at = str(pathlib.Path(die_at).resolve())
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='alexnet-faults-'))
        self.folder.chmod(0o755)
        self.model = make_model(self.folder / 'tiny')
        self.seed = 0
        self.made = 0

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def output(self, form, folder=None):
        self.made += 1
        return (folder or self.folder) / f'out{self.made}{form.ending}'

    def photos(self, count, broken_every=0):
        self.made += 1
        return make_photos(self.folder / f'photos{self.made}', count, broken_every)

    def args(self, form, output, *more):
        return [self.command, 'batch', '-m', str(self.model), '--format', form.name, *form.arguments, '-o', str(output),
                '--resume', *map(str, more)]

    def start(self, args, kill_at=None, **settings):
        """kill_at: (n, how) kills the command at the n-th call that changes a file; see die_at.cpp."""
        env = {'LC_ALL': 'C.UTF-8'}
        if kill_at:
            env |= {'LD_PRELOAD': self.die_at, 'DIE_AT': str(kill_at[0]), 'DIE_HOW': kill_at[1]}
        return subprocess.Popen(args, env=env, stdin=settings.pop('stdin', subprocess.DEVNULL),
                                stdout=settings.pop('stdout', subprocess.PIPE), stderr=subprocess.PIPE, **settings)

    def run(self, args, kill_at=None, statuses=(0,), names=None, **settings):
        """Returns the exit status and what stood on standard error."""
        if names is not None:
            settings['stdin'] = subprocess.PIPE
        with self.start(args, kill_at, **settings) as process:
            try:
                _, err = process.communicate(names, timeout=LONG)
            except subprocess.TimeoutExpired:
                process.kill()
                raise AssertionError(f'did not end: {args}') from None
        require(process.returncode in statuses,
                f'status {process.returncode}, not {statuses}: {err.decode(errors="replace")}\n  {args}')
        return process.returncode, err.decode(errors='replace')

    def reference(self, form, *more, **settings):
        """What an undisturbed run writes."""
        output = self.output(form)
        self.run(self.args(form, output, *more), statuses=(0, 1), **settings)
        form.check(output)
        form.check_complete(output)
        return form.content(output)

    def resume_and_compare(self, form, output, reference, *more, statuses=(0, 1), **settings):
        """Returns how many images were done before."""
        _, err = self.run(self.args(form, output, *more), statuses=statuses, **settings)
        form.check(output)
        form.check_complete(output)
        require(form.content(output) == reference, f'{output}: is not what an undisturbed run writes')
        left = [f.name for f in output.parent.iterdir() if f.name.startswith(output.name) and f.suffix in ('.new', '.part')]
        require(not left, f'left behind: {left}')
        done = re.search(r'; ([\d,]+) were done before', err)
        return int(done[1].replace(',', '')) if done else 0


@contextlib.contextmanager
def killed_in_the_end(process):
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


def finish(process, names=None):
    """Gives it the names and waits for its end; returns what it says on standard error."""
    return process.communicate(names, timeout=LONG)[1].decode(errors='replace')
