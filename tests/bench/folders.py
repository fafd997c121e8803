"""Folders of photos: compares `batch` with a loop of cv::imread, cv::dnn::blobFromImage and forward, and with the speed of the
cores if only decoding, preprocessing and the network took time."""
import dataclasses
import glob
import json
import os
import shutil
import statistics
import subprocess

from processes import MIB, run

BATCH_SIZE = 16  # batch's default


@dataclasses.dataclass
class Network:
    name: str
    preset: str
    ours: str  # argument of -m
    size: tuple  # size of photos that the preset crops without resizing


@dataclasses.dataclass
class Folder:
    size: tuple
    count: int
    goal: float  # as a multiple of cv::dnn's images/s


def networks(models):
    return [Network('tiny-alexnet', 'tiny-imagenet', 'tiny-alexnet', (86, 64)),
            Network('alexnet-torchvision', 'torchvision', f'{models}/alexnet-torchvision.safetensors', (342, 256)),
            Network('alexnet', 'caffe', f'{models}/alexnet.safetensors', (227, 227))]


def make_photos(build, folder, count, size):
    """Writes different JPEGs. Returns their paths."""
    shutil.rmtree(folder, ignore_errors=True)
    samples = [f'data/photos/{name}.jpg' for name in ('cat', 'coffee', 'rocket')]
    subprocess.run([f'{build}/bin/alexnet_bench_photos', folder, str(count), *map(str, size), *samples], check=True)
    os.sync()  # otherwise the kernel would write them during a measurement
    return sorted(glob.glob(f'{folder}/*.jpg'))


def loop_command(build, models, network, photos):
    return [f'{build}/bin/alexnet_bench_classify_opencv', network.preset, f'{models}/{network.name}.onnx', *photos]


def verify(build, models, network, count):
    """Checks that both programs give each photo the same class if it is not resized. Returns the number of classes."""
    photos = make_photos(build, f'{models}/exact', count, network.size)
    ours = subprocess.run([f'{build}/bin/alexnet', 'batch', '--json', '--exact-decode', '-m', network.ours, *photos],
                          check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    theirs = subprocess.run(loop_command(build, models, network, photos), check=True, stdout=subprocess.PIPE, text=True).stdout
    ours = [(record['path'], record['predictions'][0]['index']) for record in map(json.loads, ours.splitlines())]
    best = dict(zip(photos, (int(line.split()[0]) for line in theirs.splitlines())))
    unlike = [path for path, index in ours if best[path] != index]
    if unlike or len(ours) != count or len(best) != count:
        raise SystemExit(f'{network.name}: alexnet and cv::dnn do not agree on {unlike[:5]}: not measured')
    return len(set(best.values()))


def one_thread_ms(build, network, photos):
    """Returns the CPU time per photo without a pipeline."""
    text = subprocess.run([f'{build}/bin/alexnet_bench_one_thread', network.ours, str(BATCH_SIZE), *photos], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    return json.loads(text)


def measure(build, models, network, folder, photos, rounds):
    """Returns medians of `rounds` runs of alexnet in turn, and one run of cv::dnn's long loop. The share of the cores excludes
    the start, which a run of one photo measures."""
    batch = [f'{build}/bin/alexnet', 'batch', '-m', network.ours]
    cores = len(os.sched_getaffinity(0))
    count = len(photos)
    run([*batch, photos[0]], os.devnull)
    runs, shares, costs, peaks = [], [], [], []
    for _ in range(rounds):
        start_ms, _ = run([*batch, photos[0]], os.devnull)
        ms, peak = run([*batch, os.path.dirname(photos[0])], os.devnull)
        cost = one_thread_ms(build, network, photos)
        runs.append(ms)
        peaks.append(peak)
        costs.append(cost)
        shares.append((count - 1) * sum(cost.values()) / cores / (ms - start_ms))
    loop_ms, loop_peak = run(loop_command(build, models, network, photos), os.devnull)
    ms = statistics.median(runs)
    return {'folder': f'{count} of {folder.size[0]} x {folder.size[1]}', 'network': network.name, 'goal': folder.goal,
            'images_per_s': 1e3 * count / ms, 'opencv_images_per_s': 1e3 * count / loop_ms, 'over_opencv': loop_ms / ms,
            'one_thread_cpu': {part: statistics.median(cost[part] for cost in costs) for part in costs[0]},
            'core_share': statistics.median(shares), 'peak_mib': max(peaks) / MIB, 'opencv_peak_mib': loop_peak / MIB}


def folders(build, models, quick):
    classes = {network.name: verify(build, models, network, 60 if quick else 200) for network in networks(models)}
    rows = []
    for folder in (Folder((500, 375), 200 if quick else 2000, 2.0), Folder((4000, 3000), 20 if quick else 200, 3.0)):
        photos = make_photos(build, f'{models}/photos', folder.count, folder.size)
        for network in networks(models):
            rows.append({**measure(build, models, network, folder, photos, 1 if quick else 3),
                         'classes': classes[network.name]})
        shutil.rmtree(f'{models}/photos')
    return rows
