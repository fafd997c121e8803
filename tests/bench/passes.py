"""Passes through whole networks. Every runtime is a separate program. All are verified, then measured in turn.

A program gets MODEL INPUT SIDE THREADS and loads them; INPUT holds as many images of 3 x SIDE x SIDE float32 as the
largest batch. It then answers each line `COMMAND BATCH COUNT` with a JSON list on one line: it makes COUNT passes over the
first BATCH images and prints the scores of the last pass (`scores`) or the milliseconds of each (`time`). Copying the
images to the input is not counted, because photos can be decoded directly into the input. When the program has loaded the
model, it prints [].
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
DTYPES = {'f16': 5e-3, 'i8': 5e-2}  # types of convert --dtype, with the tolerance of their scores


@dataclasses.dataclass
class Runtime:
    name: str
    command: list  # without INPUT SIDE THREADS
    weights: str  # .safetensors file with the weights in the type that this runtime reads; their bytes determine the limit
    tolerance: float = 1e-4  # relative to the spread of the scores


def runtimes(build, model):
    """model: path of the models without an extension. The scores of the first runtime are the reference."""
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
                pass  # the thread has ended
        return total / 1e9

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def rest(children):
    """Waits at most a second until all children are idle, because threads spin for a while after their work."""
    pause = 0.01
    for _ in range(100):
        before = [child.cpu_seconds() for child in children]
        time.sleep(pause)
        if sum(child.cpu_seconds() for child in children) - sum(before) < 0.05 * pause:
            return


def difference(ours, theirs, batch):
    """Returns the maximum difference of two scores of a batch, relative to the spread of the image's scores."""
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
    """Returns the milliseconds of each child's passes, and the share of a core that waiting children used. The children take
    turns, so that a slow period of the machine affects all of them. The first pass of each turn does not count, because the
    caches hold other data and threads sleep."""
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
    """Returns one row per batch and runtime. batches: (batch, rounds, passes per round)."""
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
