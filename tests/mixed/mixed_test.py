"""mixed_test.py BUILD: classifies 20,000 images, 1 in 50 of them broken. Only the broken ones fail, each with a reason, and
the memory stays the same from a quarter of the run to its end. On one thread it also equals the memory of a run over a quarter
of the images. (On several threads the memory depends on the images that are decoded at the same time.)

The images are hard links. Broken ones lead to the cases of tests/image/odd_images.cpp, the others to unusual images that can
be read, the test images and the sample photos.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

COUNT = 20000
ONE_IN = 50
WARM_UP = 0.1  # share of the run after which the modules are loaded and each thread has decoded its largest image
FLAT = 1.05
MIB = 2**20


def good_files(folder):
    fixtures = 'tests/fixtures/images'
    names = [name for name in os.listdir(fixtures) if name.startswith(('orientation', 'grey', 'rgb'))]
    photos = [name for name in os.listdir('data/photos') if name.endswith(('.jpg', '.png'))]
    odd = [f'{folder}/good/{name}' for name in sorted(os.listdir(f'{folder}/good'))]
    return odd + [f'{fixtures}/{name}' for name in sorted(names)] + 10 * [f'data/photos/{name}' for name in sorted(photos)]


def make(folder, images, count):
    """Makes the images. Returns the names of the broken ones."""
    bad = [f'{folder}/bad/{name}' for name in sorted(os.listdir(f'{folder}/bad'))]
    good = good_files(folder)
    os.mkdir(images)
    broken = set()
    for i in range(count):
        of = bad[i // ONE_IN % len(bad)] if i % ONE_IN == 0 else good[i % len(good)]
        name = f'{images}/{i}{os.path.splitext(of)[1]}'
        os.link(of, name)
        if i % ONE_IN == 0:
            broken.add(name)
    return broken


def run(build, images, output, threads):
    """Runs batch. Returns samples of (bytes of the output, resident bytes)."""
    process = subprocess.Popen([f'{build}/bin/alexnet', 'batch', '--json', '-o', output, '--threads', str(threads), images],
                               stderr=subprocess.DEVNULL)
    page = os.sysconf('SC_PAGE_SIZE')
    samples = []
    while process.poll() is None:
        try:
            with open(f'/proc/{process.pid}/statm', encoding='ascii') as text:
                samples.append((os.stat(output).st_size, int(text.read().split()[1]) * page))
        except (FileNotFoundError, IndexError, ProcessLookupError):
            pass  # not started yet, or ended
        time.sleep(0.005)
    check(process.returncode == 1, f'status {process.returncode} instead of 1')
    return samples


def check(holds, what):
    if not holds:
        raise SystemExit(f'mixed_test.py: {what}')


def check_records(output, images, broken):
    failed, seen = set(), set()
    with open(output, encoding='utf-8') as lines:
        for record in map(json.loads, lines):
            check(record['path'] not in seen, f"{record['path']}: occurs twice")
            seen.add(record['path'])
            if 'predictions' not in record:
                failed.add(record['path'])
                check(record['stage'] and record['reason'], f"{record['path']}: fails without a stage or a reason")
    check(seen == {entry.path for entry in os.scandir(images)}, 'an image has no record, or a record has no image')
    check(failed == broken, f'broken, but did not fail: {sorted(broken - failed)[:5]}; '
                            f'not broken, but failed: {sorted(failed - broken)[:5]}')


def peak(samples, begin, end):
    """Returns the peak memory between two shares of the output."""
    whole = samples[-1][0]
    return max(resident for size, resident in samples if begin * whole <= size <= end * whole)


def main():
    build = sys.argv[1]
    with tempfile.TemporaryDirectory(dir=build) as folder:
        subprocess.run([f'{build}/bin/alexnet_odd_images', folder], check=True)
        os.mkfifo(f'{folder}/bad/28_fifo.jpg')
        peaks = {}
        for count, threads in ((COUNT // 4, 1), (COUNT, 1), (COUNT, max(2, len(os.sched_getaffinity(0))))):
            images, output = f'{folder}/{count}-{threads}', f'{folder}/{count}-{threads}.jsonl'
            broken = make(folder, images, count)
            samples = run(build, images, output, threads)
            check_records(output, images, broken)
            first, rest = peak(samples, WARM_UP, 0.25), peak(samples, 0.25, 1)
            print(f'{count} images, {threads} threads: the {len(broken)} broken images failed with a reason; '
                  f'{first / MIB:.1f} MiB resident in the first quarter, {rest / MIB:.1f} MiB later')
            check(count < COUNT or rest <= FLAT * first, 'the memory grows in the last three quarters of the run')
            peaks[count, threads] = peak(samples, 0, 1)
    check(peaks[COUNT, 1] <= FLAT * peaks[COUNT // 4, 1], f'the memory grows with the number of images: {peaks}')


main()
