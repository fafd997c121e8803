"""Helpers of the fault tests: photos, a model, runs of the command, and checks of their outputs."""
import contextlib
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

from formats import require

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOBODY = 65534
LONG = 60  # seconds; no run takes that long


class Skip(Exception):
    """Skips a test that cannot run here."""


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


HOSTILE_NAMES = [b'-k.png', b'--help.png', b'a\nb.png', b'%0A%25%.png', b'%.png', b'bad\xff.png', b'\xff\xfe.png', b'c,"d".png', b'e\rf.png',
                 b'back\\n.png', b' blank .png', b'tab\t.png', 'é.png'.encode(), b'ok failed 1 2 3.png', b'done.png', b'x' * 251 + b'.png']


def make_photos(folder, count, broken_every=0):
    """Writes 0.png, 1.jpg, ...; every broken_every-th is broken. Returns the paths in natural order."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for i in range(count):
        path = folder / (f'{i}.jpg' if i % 8 == 1 else f'{i}.png')
        data = JPEG if i % 8 == 1 else PNGS[i % len(PNGS)]
        path.write_bytes(data[:-30] if broken_every and i % broken_every == broken_every // 2 else data)
        paths.append(str(path))
    return paths


def make_model(folder):
    """Writes a model of three layers. Its weights are aligned in their file, so that they are used without a copy."""
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


# ---- runs -----------------------------------------------------------------------------------------------------------
def limited(memory_bytes=0, nobody=False):
    """Returns a preexec_fn for Popen that sets a memory limit or drops root's privileges."""
    def prepare():
        if memory_bytes:
            resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        if nobody:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
    return prepare


class Bench:
    """Holds the command, a temporary folder, and the model that all runs use."""

    def __init__(self, command, die_at):
        self.command = str(pathlib.Path(command).resolve())
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='alexnet-faults-'))
        self.die_at = shutil.copy(die_at, self.folder)  # LD_PRELOAD allows no spaces in a name
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
        return [self.command, 'batch', '-m', str(self.model), *form.arguments, '-o', str(output),
                '--resume', *map(str, more)]

    def start(self, args, kill_at=None, **settings):
        """Starts the command. kill_at: (n, how) kills it at the n-th call that changes a file; see die_at.cpp."""
        env = {'LC_ALL': 'C.UTF-8'}
        if kill_at:
            env |= {'LD_PRELOAD': self.die_at, 'DIE_AT': str(kill_at[0]), 'DIE_HOW': kill_at[1]}
        return subprocess.Popen(args, env=env, stdin=settings.pop('stdin', subprocess.DEVNULL),
                                stdout=settings.pop('stdout', subprocess.PIPE), stderr=subprocess.PIPE, **settings)

    def run(self, args, kill_at=None, statuses=(0,), names=None, **settings):
        """Runs the command. Returns its exit status and standard error."""
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
        """Returns the content that an undisturbed run writes."""
        output = self.output(form)
        self.run(self.args(form, output, *more), statuses=(0, 1), **settings)
        form.check(output)
        form.check_complete(output)
        return form.content(output)

    def resume_and_compare(self, form, output, reference, *more, statuses=(0, 1), **settings):
        """Resumes the run and compares its output. Returns the number of images that were done before."""
        _, err = self.run(self.args(form, output, *more), statuses=statuses, **settings)
        self.check_whole(form, output, reference)
        done = re.search(r'; ([\d,]+) were done before', err)
        return int(done[1].replace(',', '')) if done else 0

    def check_whole(self, form, output, reference):
        """Checks that the output equals that of an undisturbed run and that no other file is left."""
        form.check(output)
        form.check_complete(output)
        require(form.content(output) == reference, f'{output}: differs from the output of an undisturbed run')
        left = [f.name for f in output.parent.iterdir() if f.name.startswith(output.name) and f not in form.files(output)]
        require(not left, f'files are left: {left}')


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
    """Writes the names to the process and waits for its end. Returns its standard error."""
    return process.communicate(names, timeout=LONG)[1].decode(errors='replace')
