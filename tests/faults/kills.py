"""Runs that are killed."""
import os
import random
import shutil
import signal
import subprocess
import time

from formats import FORMATS, require
from harness import HOSTILE_NAMES, killed_in_the_end, wait_for

RECORDS = 50
MOMENTS = 50
MANY = 5000


def after_each_record(bench):
    """a run killed with kill -9 after any of the first 50 records can be resumed"""
    photos = bench.photos(RECORDS + 10, broken_every=7)
    every = ''.join(f'{p}\n' for p in photos).encode()
    options = ('--files-from', '-', '--order', 'none', '--batch-size', 1)
    for form in FORMATS:
        reference = bench.reference(form, *options, names=every)
        for n in range(1, RECORDS + 1):
            output = bench.output(form)
            with killed_in_the_end(bench.start(bench.args(form, output, *options), stdin=subprocess.PIPE)) as run:
                # Write a few more names than the records waited for, so that the run is still working when it is killed.
                run.stdin.write(''.join(f'{p}\n' for p in photos[:n + 5]).encode())
                run.stdin.flush()
                wait_for(lambda: form.count(output) >= n, f'{n} records did not come')
            require(run.returncode == -signal.SIGKILL, f'the run ended by itself: {run.returncode}')
            require(len(form.check(output, torn=True)) >= n - 1, f'fewer than {n} records')
            bench.resume_and_compare(form, output, reference, *options, names=every)


def at_random_moments(bench):
    """a run over 5,000 images killed at any of 50 random moments can be resumed"""
    dice = random.Random(bench.seed)
    photos = bench.photos(MANY, broken_every=50)
    folder = photos[0].rpartition('/')[0]
    for form in FORMATS:
        began = time.monotonic()
        reference = bench.reference(form, folder)
        took = time.monotonic() - began
        for _ in range(MOMENTS // len(FORMATS) + 1):
            output = bench.output(form)
            with killed_in_the_end(bench.start(bench.args(form, output, folder))):
                time.sleep(dice.uniform(0, took))
            form.check(output, torn=True)
            bench.resume_and_compare(form, output, reference, folder)
            output.unlink(missing_ok=True)


def during_the_resume(bench):
    """a run that is killed repeatedly while it resumes can be resumed"""
    dice = random.Random(bench.seed + 1)
    photos = bench.photos(1000, broken_every=20)
    folder = photos[0].rpartition('/')[0]
    for form in FORMATS:
        began = time.monotonic()
        reference = bench.reference(form, folder, '--batch-size', 1)
        took = time.monotonic() - began
        output = bench.output(form)
        for _ in range(15):
            with killed_in_the_end(bench.start(bench.args(form, output, folder, '--batch-size', 1))):
                time.sleep(dice.uniform(0, took / 3))
            form.check(output, torn=True)
        bench.resume_and_compare(form, output, reference, folder, '--batch-size', 1)


def at_every_call(bench):
    """a run and its resume can be killed during and after every call that changes a file"""
    photos = bench.photos(6, broken_every=4)
    folder = photos[0].rpartition('/')[0]
    for photo, name in zip(photos, HOSTILE_NAMES, strict=False):
        os.rename(photo, os.fsencode(folder) + b'/' + name)
    options = (folder, '--batch-size', 1)
    for form in FORMATS:
        reference = bench.reference(form, *options)
        calls = killed_at_each_call(bench, form, options, reference)
        require(calls > 2 * len(photos), f'only {calls} calls changed a file')
        # A run so far advanced that the resume must remove a failed image from the middle.
        begun = bench.output(form)
        bench.run(bench.args(form, begun, *options), kill_at=(calls - 4, 'half'), statuses=(-signal.SIGKILL,))
        killed_at_each_call(bench, form, options, reference, begun)


def killed_at_each_call(bench, form, options, reference, begun=None):
    """Returns the number of calls that change a file."""
    def output():
        made = bench.output(form)
        if begun:
            form.copy(begun, made)
        return made

    done = bench.resume_and_compare(form, output(), reference, *options)
    n = 0
    while True:
        for how in ('half', 'after'):  # 'before' equals 'after' of the previous call
            killed = output()
            status, _ = bench.run(bench.args(form, killed, *options), kill_at=(n + 1, how), statuses=(-signal.SIGKILL, 1))
            if status == 1:
                return n
            form.check(killed, torn=True)
            done_then = bench.resume_and_compare(form, killed, reference, *options)
            require(done_then >= done, f'call {n + 1}, {how}: {done_then} images were done, not {done}')
        n += 1


def while_they_merge(bench):
    """a merge killed during or after any call that changes a file can be repeated"""
    folder = bench.photos(12, broken_every=4)[0].rpartition('/')[0]
    for form in FORMATS:
        reference = bench.reference(form, folder)
        shards = [bench.output(form) for _ in range(2)]
        for i, shard in enumerate(shards):
            bench.run(bench.args(form, shard, folder, '--shard', f'{i + 1}/2'), statuses=(0, 1))
        n, status = 0, -signal.SIGKILL
        while status:
            n += 1
            for how in ('half', 'after'):
                merged = bench.output(form)
                merge = [bench.command, 'merge', str(merged), *map(str, shards)]
                status, _ = bench.run(merge, kill_at=(n, how), statuses=(0, -signal.SIGKILL))
                form.check(merged, torn=True)
                _, err = bench.run(merge, statuses=(0, 2))  # 2: the merge was complete when it was killed
                require('image' in err or 'of an earlier run; use --overwrite to replace it' in err,
                        f'unexpected message: {err}')
                bench.check_whole(form, merged, reference)
        require(n > 5, f'only {n} calls changed a file')


def while_they_sort(bench):
    """a run killed after any call that changes a file loses no image and moves each image once"""
    kept = bench.photos(6, broken_every=4)[0].rpartition('/')[0]
    place, to = bench.folder / 'place', bench.folder / 'sorted'
    options = (place, '--batch-size', 2, '--sort-into', to, '--move')

    def images():
        return sorted(file.read_bytes() for folder in (place, to) for file in folder.rglob('*.*') if file.is_file())

    def begin():
        for folder in (place, to):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(kept, place)
        return images()

    def sorted_images():
        return sorted((str(file), file.read_bytes()) for file in to.rglob('*') if file.is_file())

    for form in FORMATS:
        if form.name == 'features':  # features have no answers to sort by
            continue
        every = begin()
        reference = bench.reference(form, *options)
        moved = sorted_images()
        require(len(moved) > 3, 'no image was moved')
        n, status = 0, -signal.SIGKILL
        while status != 1:
            n += 1
            begin()
            output = bench.output(form)
            status, _ = bench.run(bench.args(form, output, *options), kill_at=(n, 'after'), statuses=(1, -signal.SIGKILL))
            require(set(images()) >= set(every), f'call {n}: an image is lost')
            bench.resume_and_compare(form, output, reference, *options)
            require(sorted_images() == moved and images() == every, f'call {n}: images are in wrong folders')


TESTS = [after_each_record, at_random_moments, during_the_resume, at_every_call, while_they_merge, while_they_sort]
