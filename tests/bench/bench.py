"""Compares speed and memory with the machine's limits and with other runtimes; script/bench prepares and calls it.

This is the driver. passes.py measures whole networks, profiling.py the cost of profiling, processes.py whole processes,
folders.py folders of photos and limits.py the machine. kernels/ holds benchmarks for Google Benchmark, passes/ and classify/
hold a program for each runtime, and report.py prints the figures.
"""
import argparse
import json
import os
import subprocess

import folders
import limits
import passes
import processes
import profiling
import report

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
BUILD = 'build/release'
MODELS = 'build/bench/models'
PARTS = ('kernels', 'profiling', 'networks', 'processes', 'folders')
WITHOUT_MODELS = {'kernels', 'profiling'}
BATCHES = [(1, 8, 5), (16, 5, 2), (64, 5, 1)]  # images, rounds, passes a round
QUICK_BATCHES = [(1, 2, 5), (16, 2, 1), (64, 2, 1)]
NETWORKS = {'alexnet': 227, 'alexnet-torchvision': 224}  # side of the input


def prepare():
    os.makedirs(MODELS, exist_ok=True)
    most = max(batch for batch, _, _ in BATCHES)
    subprocess.run([f'{BUILD}/bin/alexnet_bench_models', 'models', MODELS, str(most)], check=True)
    for name in NETWORKS:
        for dtype in passes.DTYPES:
            subprocess.run([f'{BUILD}/bin/alexnet', 'convert', f'{MODELS}/{name}.safetensors', '--dtype', dtype,
                            '--overwrite', '-o', f'{MODELS}/{name}-{dtype}.safetensors'], check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
    subprocess.run([f'{BUILD}/bin/alexnet', 'convert', 'tiny-alexnet', '--overwrite', '-o', f'{MODELS}/tiny-alexnet.onnx'],
                   check=True, stdout=subprocess.DEVNULL)
    os.sync()  # otherwise the kernel would write the files during a measurement


def kernels(quick):
    command = [f'{BUILD}/bin/alexnet_bench_kernels', 'models/alexnet/network.json', '--benchmark_format=json',
               f'--benchmark_min_time={0.02 if quick else 0.3}']
    text = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    rows = []
    for run in json.loads(text)['benchmarks']:
        kernel, layer, size = run['name'].split('/')
        rows.append({'kernel': kernel, 'layer': layer, 'size': size, 'ms': run['cpu_time'] / 1e6,
                     'gflops': run.get('flop_per_s', 0.0) / 1e9, 'gb_per_s': run['bytes_per_s'] / 1e9})
    return rows


def networks(name, threads, batches, machine):
    rows = passes.run(BUILD, f'{MODELS}/{name}', NETWORKS[name], threads, batches)
    layers = limits.layers(BUILD, name)
    ms = {(row['runtime'], row['batch']): row['median_ms'] for row in rows}
    for row in rows:
        row['network'] = name
        row['limit_ms'] = limits.least_ms(layers, limits.weight_bytes(row.pop('weights')), row['batch'],
                                          machine['limits'][threads])
        row['over_onnxruntime'] = row['median_ms'] / ms['ONNX Runtime', row['batch']]
        row['over_opencv'] = row['median_ms'] / ms['cv::dnn', row['batch']]
    return rows


def read_options():
    parser = argparse.ArgumentParser(prog='script/bench', description='Speed and memory against the machine\'s limits and '
                                     'against ONNX Runtime, OpenCV and PyTorch, in one run.')
    parser.add_argument('parts', nargs='*', metavar='PART', help=f"what to measure: {', '.join(PARTS)} (default: all)")
    parser.add_argument('--quick', action='store_true', help='fewer runs, on all cores only')
    parser.add_argument('--json', metavar='FILE', help='write the figures to FILE as well')
    options = parser.parse_args()
    for part in options.parts:
        if part not in PARTS:
            parser.error(f"unknown part '{part}'")
    options.parts = options.parts or PARTS
    options.json = options.json and os.path.abspath(options.json)
    return options


class Figures:
    """Holds all figures by name and prints each as soon as it is measured."""

    def __init__(self):
        self.values = {'disturbed_core_share': {}}

    def take(self, name, measure, text):
        """Calls measure, prints its figures with text, and stores them."""
        watch = limits.Watch()
        figures = measure()
        disturbed = watch.core_share()
        print(text(figures) + report.disturbed_text('other programs', disturbed), flush=True)
        self.values[name] = figures
        self.values['disturbed_core_share'][name] = disturbed
        return figures


def main():
    options = read_options()
    os.chdir(ROOT)
    os.environ['NODE_PATH'] = os.path.abspath('build/bench/node/node_modules')
    figures = Figures()
    machine = figures.take('machine', lambda: limits.machine(BUILD), report.machine_text)
    if 'kernels' in options.parts:
        figures.take('kernels', lambda: kernels(options.quick),
                     lambda rows: report.kernels_text(rows, machine['limits'][1]))
    if 'profiling' in options.parts:
        figures.take('profiling', lambda: profiling.profiling(BUILD, options.quick), report.profiling_text)
    if not WITHOUT_MODELS.issuperset(options.parts):
        prepare()
    if 'networks' in options.parts:
        print(report.NETWORKS_LEGEND)
        for threads in limits.threads_to_measure()[-1 if options.quick else 0:]:
            for name in NETWORKS:
                batches = QUICK_BATCHES if options.quick else BATCHES
                figures.take(f'{name}, threads {threads}', lambda: networks(name, threads, batches, machine),
                             report.networks_text)
    if 'processes' in options.parts:
        photo, = folders.make_photos(BUILD, f'{MODELS}/photo', 1, (500, 375))
        figures.take('one_photo', lambda: processes.one_photo(BUILD, MODELS, photo, 5 if options.quick else 21),
                     report.one_photo_text)
        figures.take('memory', lambda: processes.memory(BUILD, MODELS, photo), report.memory_text)
    if 'folders' in options.parts:
        figures.take('folders', lambda: folders.folders(BUILD, MODELS, options.quick), report.folders_text)
    if options.json:
        with open(options.json, 'w', encoding='utf-8') as file:
            json.dump(figures.values, file, indent=1)


main()
