"""Runs alexnet's .safetensors models with PyTorch's operators, without the softmax."""
import json

import numpy as np
import torch
from torch.nn import functional as F


def read(file):
    """Returns the network.json in the file and its tensors, which share the mapped file's pages."""
    data = np.memmap(file, np.uint8, 'c')
    start = 8 + int(data[:8].view('<u8')[0])
    header = json.loads(bytes(data[8:start]))
    network = json.loads(header.pop('__metadata__')['network'])
    tensors = {}
    for name, tensor in header.items():
        begin, end = tensor['data_offsets']
        tensors[name] = torch.from_numpy(data[start + begin:start + end].view('<f4')).reshape(tensor['shape'])
    return network, tensors


def step(layer, tensors):
    weights = [tensors[f"{layer['name']}.{part}"] for part in ('weight', 'bias') if layer['type'] in ('conv', 'fc')]
    window = {'stride': layer.get('stride', 1), 'padding': layer.get('pad', 0)}
    return {
        'conv': lambda x: F.conv2d(x, *weights, groups=layer.get('group', 1), **window),
        'fc': lambda x: F.linear(x.flatten(1), *weights),
        'relu': F.relu_,
        'lrn': lambda x: F.local_response_norm(x, layer['size'], layer['alpha'], layer['beta'], layer.get('k', 1.0)),
        'max_pool': lambda x: F.max_pool2d(x, layer['kernel'], ceil_mode=layer.get('rounding') == 'ceil', **window),
    }[layer['type']]


class Network(torch.nn.Module):
    def __init__(self, file):
        super().__init__()
        torch.set_grad_enabled(False)
        network, tensors = read(file)
        self.steps = [step(layer, tensors) for layer in network['layers'] if layer['type'] not in ('dropout', 'softmax')]

    def forward(self, x):
        for one in self.steps:
            x = one(x)
        return x
