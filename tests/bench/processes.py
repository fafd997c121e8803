"""Whole processes, as a shell starts them: the time and the memory for one photo."""
import json
import os
import re
import statistics
import subprocess
import time

from passes import DTYPES

HERE = os.path.dirname(os.path.abspath(__file__))
MIB = 2**20


def run(command, output):
    """Returns the milliseconds from exec to exit and the peak resident memory. Writes the answer to the file `output`."""
    actions = [(os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
               (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
    began = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    ms = 1e3 * (time.perf_counter() - began)
    if status != 0:
        raise SystemExit(f"{' '.join(command)}: status {os.waitstatus_to_exitcode(status)}")
    return ms, usage.ru_maxrss * 1024


def best_class(file):
    """Returns the best class. alexnet answers in JSON, the others with one line per class that begins with its index."""
    with open(file, encoding='utf-8') as text:
        answer = text.read()
    return json.loads(answer)['predictions'][0]['index'] if answer.startswith('{') else int(answer.split()[0])


def one_photo(build, models, photo, rounds):
    """Returns medians of `rounds` runs of each program in turn. All except the default model must give the same class."""
    model = f'{models}/alexnet-torchvision'
    ours = [f'{build}/bin/alexnet', 'classify', '--json', photo]
    programs = {
        'alexnet, tiny-alexnet': ours,
        'alexnet': [*ours, '-m', f'{model}.safetensors'],
        **{f'alexnet, {dtype}': [*ours, '-m', f'{model}-{dtype}.safetensors'] for dtype in DTYPES},
        'ONNX Runtime': ['node', f'{HERE}/classify/onnxruntime.js', f'{model}.onnx', photo],
        'cv::dnn': [f'{build}/bin/alexnet_bench_classify_opencv', 'torchvision', f'{model}.onnx', photo],
        'PyTorch': ['/usr/bin/python3', f'{HERE}/classify/pytorch.py', f'{model}.safetensors', photo],
    }
    output = f'{models}/answer.txt'
    best = {}
    for name, command in programs.items():  # one run, so that the files are in the page cache
        run(command, output)
        best[name] = best_class(output)
    del best['alexnet, tiny-alexnet']
    if len(set(best.values())) != 1:
        raise SystemExit(f'the programs do not agree on the photo: {best}')
    runs = {name: [] for name in programs}
    for _ in range(rounds):
        for name, command in programs.items():
            runs[name].append(run(command, output))
    return [{'program': name, 'median_ms': statistics.median(ms for ms, _ in samples),
             'min_ms': min(ms for ms, _ in samples), 'max_ms': max(ms for ms, _ in samples),
             'peak_mib': max(peak for _, peak in samples) / MIB} for name, samples in runs.items()]


def memory(build, models, photo):
    """Returns the resident memory of `classify` in MiB: the peak, and the parts while it waits for a second photo."""
    rows = []
    for name in ('alexnet', 'alexnet-torchvision'):
        model = os.path.realpath(f'{models}/{name}.safetensors')
        process = subprocess.Popen([f'{build}/bin/alexnet', 'classify', '--json', '-m', model, photo, '-'],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        process.stdout.readline()
        with open(f'/proc/{process.pid}/status', encoding='ascii') as text:
            status = dict(re.findall(r'(\w+):\s+(\d+) kB', text.read()))
        with open(f'/proc/{process.pid}/smaps', encoding='utf-8') as text:
            mappings = re.findall(r'^[0-9a-f]+-[0-9a-f]+ .*?(/.*|)\n(?:.*\n)*?Rss: +(\d+) kB', text.read(), re.MULTILINE)
        process.kill()
        process.communicate()
        weights = sum(int(kib) for file, kib in mappings if file == model)
        rows.append({'model': name, 'peak_mib': int(status['VmHWM']) / 1024, 'anonymous_mib': int(status['RssAnon']) / 1024,
                     'weights_mapped_mib': weights / 1024, 'other_files_mib': (int(status['RssFile']) - weights) / 1024})
    return rows
