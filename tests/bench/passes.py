"""Passes through whole networks: every runtime a program of its own, all verified, then measured in turn.

A program gets MODEL INPUT SIDE THREADS and loads them; INPUT holds as many images of 3 x SIDE x SIDE float32 as the
largest batch. It then answers each line `COMMAND BATCH COUNT` with a JSON list in a line: it makes COUNT passes over the
first BATCH images, and gives the scores of the last (`scores`) or the milliseconds of each (`time`). Taking the
images in is not counted, as it is done once where photos are decoded straight into the input. Before the first line it
answers [], loaded.
"""
import dataclasses
import glob
import json
import math
import os
import statistics
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
DTYPES = {'f16': 5e-3, 'i8': 5e-2}  # of convert --dtype, with the tolerance of their scores


@dataclasses.dataclass
class Runtime:
    name: str
    command: list  # without INPUT SIDE THREADS
    weights: str  # the .safetensors file with the weights as this runtime reads them: their bytes make the limit
    tolerance: float = 1e-4  # of the spread of the scores


def runtimes(build, model):
    """model: the models' path without an ending. The first is what the others' scores are held against."""
    ours = f'{build}/bin/alexnet_bench_pass_alexnet'
    plain = f'{model}.safetensors'
    return [
        Runtime('alexnet, eigen', [ours, 'eigen', plain], plain),
        Runtime('alexnet', [ours, 'packed', plain], plain),
        *(Runtime(f'alexnet, {dtype}', [ours, 'packed', f'{model}-{dtype}.safetensors'], f'{model}-{dtype}.safetensors', tolerance)
          for dtype, tolerance in DTYPES.items()),
        Runtime('ONNX Runtime', ['node', f'{HERE}/passes/onnxruntime.js', f'{model}.onnx'], plain),
        Runtime('cv::dnn', [f'{build}/bin/alexnet_bench_pass_opencv', f'{model}.onnx'], plain),
        Runtime('PyTorch', ['/usr/bin/python3', f'{HERE}/passes/pytorch.py', plain], plain),
    ]


class Child:
    def __init__(self, runtime, arguments):
        self.runtime = runtime
        self.process = subprocess.Popen([*runtime.command, *arguments], text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f'{self.runtime.name} ended with status {self.process.wait()}')
        return json.loads(line)

    def ask(self, command, batch, count):
        self.process.stdin.write(f'{command} {batch} {count}\n')
        self.process.stdin.flush()
        return self.answer()

    def cpu_seconds(self):
        total = 0
        for file in glob.glob(f'/proc/{self.process.pid}/task/*/schedstat'):
            try:
                with open(file, encoding='ascii') as text:
                    total += int(text.read().split()[0])
            except (FileNotFoundError, ProcessLookupError):
                pass  # a thread that has ended
        return total / 1e9

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def rest(children):
    """Waits, for a second at most, until no child works on: threads spin for a while after their work, in the hope of
    more."""
    pause = 0.01
    for _ in range(100):
        before = [child.cpu_seconds() for child in children]
        time.sleep(pause)
        if sum(child.cpu_seconds() for child in children) - sum(before) < 0.05 * pause:
            return


def difference(ours, theirs, batch):
    """The largest difference of two scores of a batch, as a share of the spread of the image's scores."""
    if len(ours) != len(theirs) or not ours:
        raise SystemExit(f'{len(theirs)} scores instead of {len(ours)}')
    classes = len(ours) // batch
    worst = 0.0
    for begin in range(0, len(ours), classes):
        row = ours[begin:begin + classes]
        spread = max(row) - min(row)
        for a, b in zip(row, theirs[begin:begin + classes]):
            off = abs(a - b) / spread
            if not off <= worst:
                worst = math.inf if math.isnan(off) else off
    return worst


def verify(children, batch):
    scores = [child.ask('scores', batch, 1) for child in children]
    off = [difference(scores[0], row, batch) for row in scores]
    for child, worst in zip(children, off):
        if not worst <= child.runtime.tolerance:
            raise SystemExit(f'{child.runtime.name}: scores differ by {worst:.1e} of their spread, more than '
                             f'{child.runtime.tolerance:.0e}: not measured')
    return off


def measure(children, batch, rounds, passes):
    """Milliseconds of each child's passes, and the share of a core that the children used whose turn it was not. A slow
    spell of the machine hits all alike; the first pass of each turn, with other programs' data in the caches and threads
    asleep, does not count."""
    ms = [[] for _ in children]
    turns = waiting = 0.0
    for _ in range(rounds):
        for child, samples in zip(children, ms):
            rest(children)
            others = [other for other in children if other is not child]
            before = sum(other.cpu_seconds() for other in others)
            began = time.monotonic()
            samples += child.ask('time', batch, 1 + passes)[1:]
            turns += time.monotonic() - began
            waiting += sum(other.cpu_seconds() for other in others) - before
    return ms, waiting / turns


def run(build, model, side, threads, batches):
    """One row for each batch and runtime. batches: (batch, rounds, passes a round)."""
    children = [Child(runtime, [f'{model}.input', str(side), str(threads)]) for runtime in runtimes(build, model)]
    rows = []
    for batch, rounds, passes in batches:
        off = verify(children, batch)
        samples, waiting = measure(children, batch, rounds, passes)
        for child, worst, ms in zip(children, off, samples):
            rows.append({'runtime': child.runtime.name, 'weights': child.runtime.weights, 'threads': threads,
                         'batch': batch, 'median_ms': statistics.median(ms), 'min_ms': min(ms), 'max_ms': max(ms),
                         'passes': len(ms), 'difference': worst, 'waiting_core_share': waiting})
    for child in children:
        child.end()
    return rows
