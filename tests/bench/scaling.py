"""Measures `batch` by the number of images and prints Markdown; script/bench-batch prepares and calls it.

The images are hard links: in the first table to 100 different JPEGs of 500 x 375, in the second to 100 of 4 x 4 pixels, with a
network of three classes, so that a run over every one of a million names takes a minute. All are in the page cache.
"""
import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time

from folders import make_photos

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
BUILD = 'build/release'
DIFFERENT = 100  # a file can have 65,000 links
MIB = 2**20


def make_links(photos, folder, count):
    os.mkdir(folder)
    for i in range(count):
        os.link(photos[i % len(photos)], f'{folder}/{i}.jpg')
    return folder


def make_list(folder, file, count):
    with open(file, 'w', encoding='ascii') as names:
        names.writelines(f'{folder}/{i}.jpg\n' for i in range(count))
    return ['--files-from', file]


def make_model(folder):
    """Writes a model of three classes: 4 x 4 pixels, one fully-connected layer."""
    os.mkdir(folder)
    layers = [{'name': 'fc', 'type': 'fc', 'output': 3}, {'name': 'prob', 'type': 'softmax'}]
    weights = {'fc.weight': {'shape': [3, 48], 'data': [i % 7 for i in range(144)]}, 'fc.bias': {'shape': [3], 'data': [0, 0, 0]}}
    for name, content in (('network', {'name': 'small', 'input': {'size': 4}, 'layers': layers, 'weights': 'weights.json'}),
                          ('weights', weights)):
        with open(f'{folder}/{name}.json', 'w', encoding='ascii') as file:
            json.dump(content, file)
    return ['-m', folder]


def peak_bytes(pid, before):
    """Returns the peak resident memory so far. (wait4 reports at least the memory of this program itself.)"""
    try:
        with open(f'/proc/{pid}/status', encoding='ascii') as text:
            return max([before] + [int(line.split()[1]) * 1024 for line in text if line.startswith('VmHWM')])
    except (FileNotFoundError, ProcessLookupError):
        return before  # the process has ended


def run(arguments, count):
    """Returns the seconds to the first record and to the end, and the peak resident memory."""
    with tempfile.TemporaryDirectory(dir='build/bench') as folder, open(f'{folder}/errors', 'w+', encoding='utf-8') as errors:
        output = f'{folder}/results.jsonl'
        began = time.monotonic()
        process = subprocess.Popen([f'{BUILD}/bin/alexnet', 'batch', *arguments, '-o', output], stderr=errors)
        first, peak = None, 0
        while process.poll() is None:
            peak = peak_bytes(process.pid, peak)
            if first is None and os.path.exists(output) and os.path.getsize(output) > 0:
                first = time.monotonic() - began
            time.sleep(0.001 if first is None else 0.01)
        seconds = time.monotonic() - began
        with open(output, 'rb') as records:
            written = sum(1 for _ in records)
        if process.returncode != 0 or written != count:
            errors.seek(0)
            raise SystemExit(f"{' '.join(process.args)}: status {process.returncode}, {written} of {count} records\n"
                             + errors.read())
        return first, seconds, peak


def print_row(cells):
    print('| ' + ' | '.join(cells) + ' |', flush=True)


def images_table(photos, folder, most):
    print_row(['images', 'order', 'time', 'images/s', 'peak memory'])
    print_row(['---:', '---', '---:', '---:', '---:'])
    count = 100
    while count <= most:
        links = make_links(photos, f'{folder}/{count}', count)
        for order in ('natural', 'none'):
            _, seconds, peak = run([links, '--order', order], count)
            print_row([f'{count:,}', order, f'{seconds:.2f} s', f'{count / seconds:,.0f}', f'{peak / MIB:.1f} MiB'])
        shutil.rmtree(links)
        count *= 10


def names_table(photos, folder, count):
    """Prints the memory per name: the peak minus that of a hundredth of the names."""
    model = make_model(f'{folder}/model')
    few = count // 100
    all_links, few_links = (make_links(photos, f'{folder}/{name}', n) for name, n in (('all', count), ('few', few)))
    sources = {'folder': ([all_links], [few_links]),
               '`--files-from`': (make_list(all_links, f'{folder}/all.txt', count), make_list(few_links, f'{folder}/few.txt', few))}
    print(f'\n{count:,} names of {len(all_links) + 1 + len(f"{count - 1}.jpg")} bytes:\n')
    print_row(['names from', 'order', 'first record after', 'whole run', 'peak memory', 'memory a name'])
    print_row(['---', '---', '---:', '---:', '---:', '---:'])
    for source, (all_names, few_names) in sources.items():
        for order in ('natural', 'none'):
            _, _, base = run([*few_names, *model, '--order', order], few)
            first, seconds, peak = run([*all_names, *model, '--order', order], count)
            print_row([source, order, f'{first:.2f} s', f'{seconds:.1f} s', f'{peak / MIB:.1f} MiB',
                       f'{(peak - base) / (count - few):.0f} bytes'])


def main():
    parser = argparse.ArgumentParser(prog='script/bench-batch', description='Time and memory of batch by the number of images, '
                                     'as Markdown.')
    parser.add_argument('--quick', action='store_true', help='a tenth of the images and names')
    quick = parser.parse_args().quick
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory(dir='build/bench') as folder:
        images_table(make_photos(BUILD, f'{folder}/photos', DIFFERENT, (500, 375)), folder, 10000 if quick else 100000)
        names_table(make_photos(BUILD, f'{folder}/small', DIFFERENT, (4, 4)), folder, 100000 if quick else 1000000)


main()
