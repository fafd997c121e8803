"""Images and folders that cannot be read, and outputs that cannot be written."""
import contextlib
import os
import random
import signal
import subprocess

from formats import FORMATS, require
from harness import HOSTILE_NAMES, NOBODY, Skip, killed_in_the_end, limited, make_photos, wait_for


def unreadable_folder(bench):
    """a folder without read permission is one failure, and the resume reads it when it has permission"""
    place = bench.folder / 'place'
    make_photos(place, 20)
    make_photos(place / 'closed', 20)
    place.chmod(0o755)
    nobody = {'preexec_fn': limited(nobody=True)} if os.geteuid() == 0 else {}
    try:
        subprocess.run([bench.command, '--version'], check=True, stdout=subprocess.DEVNULL, **nobody)
    except (OSError, subprocess.SubprocessError, subprocess.CalledProcessError):
        raise Skip('the command cannot be run without root privileges here') from None
    for form in FORMATS:
        (place / 'closed').chmod(0o755)
        reference = bench.reference(form, place, '-r')
        (place / 'closed').chmod(0o000)
        results = bench.folder / f'results-{form.name}'
        results.mkdir()
        if nobody:
            os.chown(results, NOBODY, NOBODY)
        output = bench.output(form, results)
        bench.run(bench.args(form, output, place, '-r'), statuses=(1,), **nobody)
        require(len(form.check(output)) == 21, 'the folder is not one failure')
        (place / 'closed').chmod(0o755)
        bench.resume_and_compare(form, output, reference, place, '-r', statuses=(0,), **nobody)


def vanishing_files(bench):
    """images that vanish during a run are failures, and the resume processes them when they are back"""
    dice = random.Random(bench.seed)
    photos = bench.photos(2000)
    folder = os.path.dirname(photos[0])
    away = bench.folder / 'away'
    away.mkdir()
    for form in FORMATS:
        for order in ('natural', 'none'):
            reference = bench.reference(form, folder, '--order', order)
            output = bench.output(form)
            gone = dice.sample(photos, 300)
            with killed_in_the_end(bench.start(bench.args(form, output, folder, '--order', order))) as run:
                wait_for(lambda: run.poll() is not None or form.growing(output).exists(), 'the run did not start')
                for path in gone:
                    os.rename(path, away / os.path.basename(path))
                run.wait()
            require(run.returncode in (0, 1), f'status {run.returncode}')
            form.check(output)
            for path in gone:
                os.rename(away / os.path.basename(path), path)
            bench.resume_and_compare(form, output, reference, folder, '--order', order, statuses=(0,))


def link_loops(bench):
    """each circular link is one failure, in the first run and in the resume"""
    place = bench.folder / 'place'
    make_photos(place / 'a/b', 30)
    (place / 'a/b/loop').symlink_to(place)
    (place / 'a/self.png').symlink_to('self.png')
    for form in FORMATS:
        reference = bench.reference(form, place, '-r', '--batch-size', 1)
        output = bench.output(form)
        bench.run(bench.args(form, output, place, '-r', '--batch-size', 1), kill_at=(25, 'half'), statuses=(-signal.SIGKILL,))
        bench.resume_and_compare(form, output, reference, place, '-r', '--batch-size', 1, statuses=(1,))
        require(len(form.check(output)) == 32, 'not every loop is one failure')


def hostile_names(bench):
    """an output and its journal keep every byte of every name if the run is killed"""
    place = os.fsencode(bench.folder / 'place')
    os.mkdir(place)
    paths = [place + b'/' + name for name in HOSTILE_NAMES]
    for path, photo in zip(paths, bench.photos(len(paths)), strict=True):
        os.rename(photo, path)
    ended = [path + b'\0' for path in paths]
    every = b''.join(ended)
    listed = ('--files-from', '-', '-0', '--order', 'none', '--batch-size', 1)
    for form in FORMATS:
        reference = bench.reference(form, *listed, names=every)
        for n in range(1, len(paths) + 1):
            output = bench.output(form)
            with killed_in_the_end(bench.start(bench.args(form, output, *listed), stdin=subprocess.PIPE)) as run:
                run.stdin.write(b''.join(ended[:n]))
                run.stdin.flush()
                wait_for(lambda: form.count(output) >= n, f'{n} records did not come')
            done = bench.resume_and_compare(form, output, reference, *listed, statuses=(0,), names=every)
            require(done >= n - 1, f'{form.name}: only {done} of {n} names were recognised')
        require(set(form.check(output)) == {form.path(path) for path in paths}, f'{form.name}: other names')
        bench.reference(form, os.fsdecode(place))


def full_disk(bench):
    """a full disk ends a run with status 3, and the resume loses no record when there is space again"""
    photos = bench.photos(1000, broken_every=9)
    folder = os.path.dirname(photos[0])
    for device in ('/dev/full', '-'):
        with open('/dev/full', 'wb') as full:
            args = [bench.command, 'batch', '-m', bench.model, folder, '-o', device]
            status = subprocess.run(args, stdout=full, stderr=subprocess.DEVNULL, check=False).returncode
        require(status == 3, f'{device}: status {status}')
    for form in FORMATS:
        reference = bench.reference(form, folder)
        whole = bench.output(form)
        bench.run(bench.args(form, whole, folder), statuses=(1,))
        needed = form.room * sum(file.stat().st_size for file in form.files(whole)) // 1024
        with small_disk(bench, needed) as disk:
            output = bench.output(form, disk)
            done = 0
            for kilobytes in (needed // 4, needed // 4, needed // 3, needed // 2, needed * 3 // 4):
                subprocess.run(['mount', '-o', f'remount,size={kilobytes}k', disk], check=True)
                _, err = bench.run(bench.args(form, output, folder), statuses=(3,))
                said = [line for line in err.splitlines() if ': decode: ' not in line]  # features do not contain failures
                require(len(said) == 1 and form.full in said[0], f'unexpected message: {err}')
                known = len(form.check(output, torn=True))
                require(known >= done, f'{kilobytes} KiB: only {known} of {done} records are left')
                done = max(done, known - known // 9 - 1)  # broken images are repeated
            require(done > 100, f'only {done} records before the disk was full')
            subprocess.run(['mount', '-o', 'remount,size=10m', disk], check=True)
            known = bench.resume_and_compare(form, output, reference, folder)
            require(known >= done, f'{known} images were recognised, not {done}')


@contextlib.contextmanager
def small_disk(bench, kilobytes):
    disk = bench.folder / 'disk'
    disk.mkdir(exist_ok=True)
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={kilobytes}k', 'none', disk], check=False,
                      stderr=subprocess.DEVNULL).returncode:
        raise Skip('no permission to mount a small disk')
    try:
        yield disk
    finally:
        subprocess.run(['umount', disk], check=True)


def closed_pipe(bench):
    """a reader that closes the pipe early gets whole lines, and the command ends with status 3"""
    folder = os.path.dirname(bench.photos(3000)[0])
    for form in FORMATS:
        if not form.streams:
            continue
        args = [bench.command, 'batch', '-m', bench.model, *form.arguments, folder]
        with subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
            head = subprocess.run(['head', '-1'], stdin=run.stdout, stdout=subprocess.PIPE, check=True).stdout
            run.stdout.close()
            err = run.stderr.read()
            run.stderr.close()
        require(run.returncode == 3 and err == b'alexnet: standard output: Broken pipe\n', f'{run.returncode}: {err}')
        form.paths_of(head)


TESTS = [unreadable_folder, vanishing_files, link_loops, hostile_names, full_disk, closed_pipe]
