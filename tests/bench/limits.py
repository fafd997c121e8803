"""The machine's limits, the minimum time of a network that they give, and the load of other programs."""
import json
import os
import subprocess
import time


def threads_to_measure():
    return sorted({1, len(os.sched_getaffinity(0))})


def machine(build):
    """Returns the machine's name and its measured limits by the number of threads."""
    with open('/proc/cpuinfo', encoding='utf-8') as text:
        names = [line.split(':')[1].strip() for line in text if line.startswith('model name')]
    version = subprocess.run([f'{build}/bin/alexnet', '--version'], capture_output=True, text=True, check=True).stdout
    measured = subprocess.run([f'{build}/bin/alexnet_bench_machine', *map(str, threads_to_measure())],
                              capture_output=True, text=True, check=True).stdout
    level = next(line.split(maxsplit=2)[2] for line in version.splitlines() if line.startswith('CPU level'))
    return {'cpu': names[0], 'cores': len(os.sched_getaffinity(0)), 'level': level,
            'limits': {int(threads): limit for threads, limit in json.loads(measured).items()}}


def weight_bytes(safetensors):
    """Returns the stored bytes of each layer's tensors."""
    with open(safetensors, 'rb') as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), 'little')))
    layers = {}
    for name, tensor in header.items():
        if name != '__metadata__':
            begin, end = tensor['data_offsets']
            layer = name.rsplit('.', 1)[0]
            layers[layer] = layers.get(layer, 0) + end - begin
    return layers


def layers(build, model):
    text = subprocess.run([f'{build}/bin/alexnet', 'inspect', '--json', model], capture_output=True, text=True,
                          check=True).stdout
    return json.loads(text)['layers']


def least_ms(network_layers, bytes_of, batch, limit):
    """Returns the sum over the layers of the larger of two times: multiply-adds at the peak, one read of the weights."""
    seconds = 0.0
    for layer in network_layers:
        arithmetic = 2e-9 * batch * layer['multiply_adds'] / limit['peak_gflops']
        reading = 1e-9 * bytes_of.get(layer['name'], 0) / limit['read_gb_per_s']
        seconds += max(arithmetic, reading)
    return 1e3 * seconds


class Watch:
    """Measures the CPU time that other programs, or the host of a virtual machine, use during a measurement."""

    def __init__(self):
        self.began, self.busy = time.monotonic(), self.others_busy_s()

    def core_share(self):
        """Returns the share of a core since the start. It is correct when the measured programs have ended."""
        return max(0.0, self.others_busy_s() - self.busy) / (time.monotonic() - self.began)

    @staticmethod
    def others_busy_s():
        with open('/proc/stat', encoding='ascii') as text:
            user, nice, system, _idle, _waiting, interrupts, soft_interrupts, stolen = map(int, text.readline().split()[1:9])
        busy = user + nice + system + interrupts + soft_interrupts + stolen
        return busy / os.sysconf('SC_CLK_TCK') - sum(os.times()[:4])
