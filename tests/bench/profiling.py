"""Cost of profiling: compares passes of `alexnet time` that measure each layer with plain passes, in turn."""
import json
import subprocess


def profiling(build, quick):
    rows = []
    for batch, runs in [(1, 40 if quick else 200), (16, 10 if quick else 50)]:
        text = subprocess.run([f'{build}/bin/alexnet', 'time', '-m', 'models/alexnet', '--random-weights', '--batch', str(batch),
                               '--runs', str(runs), '--json'], check=True, stdout=subprocess.PIPE, text=True).stdout
        report = json.loads(text)
        plain, profiled = report['plain_ms']['median'], report['profiled_ms']['median']
        rows.append({'batch': batch, 'runs': runs, 'plain_ms': plain, 'profiled_ms': profiled,
                     'layers_ms': sum(layer['ms']['median'] for layer in report['layers']), 'profiled_over_plain': profiled / plain})
    return rows
