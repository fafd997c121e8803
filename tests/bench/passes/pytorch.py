"""PyTorch; see passes.py."""
import json
import os
import sys
import time

import numpy as np
import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from torch_network import Network  # noqa: E402


def main(model, input_file, side, threads):
    torch.set_num_threads(int(threads))
    torch.set_flush_denormal(True)
    images = torch.from_numpy(np.fromfile(input_file, np.float32)).reshape(-1, 3, int(side), int(side))
    # Lays the weights out for the kernels once; without it a pass takes half as long again.
    network = torch.jit.optimize_for_inference(torch.jit.trace(Network(model).eval(), images[:1]))
    print('[]', flush=True)  # loaded
    for line in sys.stdin:
        command, batch, count = line.split()
        ms = []
        for _ in range(int(count)):
            began = time.perf_counter()
            scores = network(images[:int(batch)])
            ms.append(1e3 * (time.perf_counter() - began))
        print(json.dumps(scores.ravel().tolist() if command == 'scores' else ms), flush=True)


main(*sys.argv[1:])
