"""Faults from outside a run: too little memory, signals, truncated weights, other runs."""
import os
import random
import signal
import subprocess
import time

from formats import FORMATS, require
from harness import Skip, finish, killed_in_the_end, limited, wait_for

MEGABYTE = 1 << 20


def little_memory(bench):
    """a run under a memory limit ends with status 0, 1 or 2 and can be resumed without the limit"""
    folder = os.path.dirname(bench.photos(300, broken_every=30)[0])
    least = next((m for m in range(40, 4000, 4) if starts_within(bench, m)), None)
    if least is None:
        raise Skip('the command itself needs more memory than the limits of this test')
    endings = {}
    for form in FORMATS:
        reference = bench.reference(form, folder)
        for megabytes in (*range(least, least + 120, 8), *range(least + 120, least + 1200, 60)):
            output = bench.output(form)
            status, _ = bench.run(bench.args(form, output, folder), statuses=(0, 1, 2),
                                  preexec_fn=limited(memory_bytes=megabytes * MEGABYTE))
            endings[status] = endings.get(status, 0) + 1
            form.check(output)
            bench.resume_and_compare(form, output, reference, folder)
    require(2 in endings and len(endings) > 1, f'limits too high or too low: {endings}')


def starts_within(bench, megabytes):
    return subprocess.run([bench.command, '--version'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
                          preexec_fn=limited(memory_bytes=megabytes * MEGABYTE)).returncode == 0


def signals(bench):
    """SIGINT and SIGTERM end a run with whole records, status 130 or 143 and advice, and a second signal ends it at once"""
    dice = random.Random(bench.seed)
    folder = os.path.dirname(bench.photos(3000, broken_every=20)[0])
    for form in FORMATS:
        began = time.monotonic()
        reference = bench.reference(form, folder)
        took = time.monotonic() - began
        for sent, again in ((signal.SIGINT, False), (signal.SIGTERM, False), (signal.SIGINT, True), (signal.SIGTERM, True)):
            for _ in range(2):
                output = bench.output(form)
                with killed_in_the_end(bench.start(bench.args(form, output, folder))) as run:
                    wait_for(lambda: run.poll() is not None or form.begun(output), 'no record came')
                    time.sleep(dice.uniform(0, took / 2))
                    run.send_signal(sent)
                    if again:
                        run.send_signal(sent)
                    err = finish(run)
                ended = run.returncode
                require(ended in (0, 1, 128 + sent) or again and ended == -sent, f'status {ended}')
                if ended == 128 + sent:
                    require('repeat the command with --resume to continue' in err, f'unexpected message: {err}')
                form.check(output, torn=ended < 0)
                bench.resume_and_compare(form, output, reference, folder)


def signals_at_once(bench):
    """a signal after the first record ends the run within seconds"""
    folder = os.path.dirname(bench.photos(60)[0])
    for n in range(150):
        output = bench.output(FORMATS[0])
        with killed_in_the_end(bench.start(bench.args(FORMATS[0], output, folder, '--batch-size', 1))) as run:
            wait_for(lambda: run.poll() is not None or FORMATS[0].begun(output), 'no record came')
            run.send_signal(signal.SIGTERM)
            try:
                run.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                raise AssertionError(f'run {n} hangs') from None
        require(run.returncode in (0, 143), f'status {run.returncode}')


def cut_weights(bench):
    """a run whose weights are truncated ends with one line and status 2 and can be resumed with restored weights"""
    photos = bench.photos(60)
    every = ''.join(f'{path}\n' for path in photos).encode()
    options = ('--files-from', '-', '--order', 'none', '--batch-size', 1, '--engine', 'eigen')
    weights = bench.model / 'weights.safetensors'
    whole = weights.read_bytes()
    for form in FORMATS:
        reference = bench.reference(form, *options, names=every)
        for _ in range(12):  # several attempts, because different threads may find the truncation
            output = bench.output(form)
            with killed_in_the_end(bench.start(bench.args(form, output, *options), stdin=subprocess.PIPE)) as run:
                run.stdin.write(every[:every.index(b'\n', 500) + 1])
                run.stdin.flush()
                wait_for(lambda: form.count(output) > 3, 'no record came')
                os.truncate(weights, 0)
                err = finish(run, every)
            weights.write_bytes(whole)
            require(run.returncode == 2, f'status {run.returncode}: {err}')
            require(err == 'alexnet: a weights file was truncated, or its disk failed, while it was read\n',
                    f'unexpected message: {err}')
            form.check(output, torn=True)
            require(not list(bench.folder.rglob('core*')), 'a core file was left')
            bench.resume_and_compare(form, output, reference, *options, names=every)


def two_runs(bench):
    """a second run on the same output is refused and does not disturb the first run"""
    photos = bench.photos(200, broken_every=9)
    every = ''.join(f'{path}\n' for path in photos).encode()
    names = bench.folder / 'names'
    names.write_bytes(every)
    options = ('--files-from', '-', '--order', 'none', '--batch-size', 1)
    for form in FORMATS:
        reference = bench.reference(form, *options, names=every)
        output = bench.output(form)
        with killed_in_the_end(bench.start(bench.args(form, output, *options), stdin=subprocess.PIPE)) as first:
            first.stdin.write(every[:every.index(b'\n', 500) + 1])
            first.stdin.flush()
            wait_for(lambda: form.begun(output), 'no record came')
            _, err = bench.run(bench.args(form, output, *options), statuses=(2,), names=every)
            require(err == f'alexnet: {form.locked(output)}: another run is writing it\n', f'unexpected message: {err}')
            finish(first, every)
        require(first.returncode == 1, f'the first was disturbed: {first.returncode}')
        bench.resume_and_compare(form, output, reference, *options, names=every)
        # Start six runs at once. Each run that locks the output removes the failed images from its middle.
        for _ in range(5):
            runs = []
            for _ in range(6):
                with open(names, 'rb') as stdin:
                    runs.append(bench.start(bench.args(form, output, *options), stdin=stdin))
            for run in runs:
                finish(run)
            ends = [run.returncode for run in runs]
            require(1 in ends and set(ends) <= {1, 2}, f'the runs ended with {ends}')
            bench.resume_and_compare(form, output, reference, *options, names=every)


TESTS = [little_memory, signals, signals_at_once, cut_weights, two_runs]
