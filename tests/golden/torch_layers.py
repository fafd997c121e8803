#!/usr/bin/python3
"""Small random networks with PyTorch's output of each layer.   torch_layers.py   writes layers/NAME/

Each folder is a model: network.json and weights.safetensors. activations.safetensors holds its "input" and the output
of every layer under the layer's name, each N x C x H x W. Weights and inputs are float32 numbers made by
random_weights.py; PyTorch computes in float64, and the results are rounded to float32 at the end.
"""
import json
import os
import struct

import numpy as np
import torch
import torch.nn.functional as F

from random_weights import random_weights

HERE = os.path.dirname(os.path.abspath(__file__))


def layer(name, kind, **params):
    return {'name': name, 'type': kind, **params}


NETWORKS = {  # name: (batch, [height, width], layers); the seed of the weights is the network's position in this list, from 1
    'conv': (3, [17, 13], [
        layer('oblong', 'conv', output=6, kernel=[3, 5], stride=[2, 1], pad=[1, 2]),
        layer('relu', 'relu'),
        layer('dilated', 'conv', output=8, kernel=[3, 2], pad=[2, 1], dilation=[2, 3], group=2, bias=False),
        layer('pointwise', 'conv', output=12, kernel=1, group=4),
        layer('depthwise', 'conv', output=12, kernel=[2, 3], stride=[1, 2], pad=[0, 1], group=12),
        layer('square', 'conv', output=5, kernel=3, stride=2, pad=2, dilation=2, bias=True),
        layer('whole_map', 'conv', output=7, kernel=[4, 3]),
        layer('padding_only', 'conv', output=3, kernel=3, stride=3, pad=3)]),
    'max_pool': (2, [17, 13], [
        layer('dense', 'max_pool', kernel=[2, 3], pad=1),
        layer('signs', 'conv', output=4, kernel=1),
        layer('last_up', 'max_pool', kernel=3, stride=2, rounding='ceil'),
        layer('last_dropped', 'max_pool', kernel=2, stride=[2, 1], pad=1, rounding='ceil'),
        layer('mixed', 'conv', output=5, kernel=1),
        layer('padded', 'max_pool', kernel=3, stride=2, pad=[1, 1], rounding='floor'),
        layer('oblong', 'max_pool', kernel=[1, 2], stride=[2, 1], pad=[0, 1]),
        layer('whole_map', 'max_pool', kernel=[2, 5])]),
    'average_pool': (2, [23, 27], [
        layer('padding_counts', 'average_pool', kernel=[3, 2], stride=[1, 2], pad=1),
        layer('padding_does_not', 'average_pool', kernel=3, pad=1, count_include_pad=False),
        layer('last_up', 'average_pool', kernel=3, stride=2, pad=1, rounding='ceil', count_include_pad=True),
        layer('last_dropped', 'average_pool', kernel=3, stride=3, pad=1, rounding='ceil'),
        layer('both', 'average_pool', kernel=2, stride=2, pad=[1, 1], rounding='ceil', count_include_pad=False),
        layer('whole_map', 'average_pool', kernel=[3, 2], rounding='floor')]),
    'lrn': (2, [9, 7], [
        layer('defaults', 'lrn'),
        layer('spread', 'conv', output=11, kernel=1),
        layer('five', 'lrn', size=5, alpha=0.5, beta=0.75, k=2),
        layer('three', 'lrn', size=3, alpha=1, beta=0.5),
        layer('inverse', 'lrn', size=5, alpha=2, beta=1.0, k=0.25),
        layer('even', 'lrn', size=4, alpha=1, k=0.5),
        layer('wide', 'lrn', size=25, alpha=3, beta=0.6, k=1)]),
    'batchnorm': (3, [13, 11], [
        layer('of_input', 'batchnorm'),
        layer('conv', 'conv', output=9, kernel=3),
        layer('of_conv', 'batchnorm', epsilon=1e-3),
        layer('relu', 'relu'),
        layer('pool', 'max_pool', kernel=3, stride=2),
        layer('of_pool', 'batchnorm', epsilon=0.25),
        layer('fc', 'fc', output=7, bias=False),
        layer('of_fc', 'batchnorm', epsilon=0.1)]),
    'fc': (3, [5, 3], [
        layer('of_map', 'fc', output=10),
        layer('relu', 'relu'),
        layer('drop', 'dropout', ratio=0.3),
        layer('of_vector', 'fc', output=33, bias=False),
        layer('flat', 'flatten'),
        layer('drop_default', 'dropout'),
        layer('last', 'fc', output=6, bias=True),
        layer('prob', 'softmax')]),
    'softmax': (1, [11, 9], [
        layer('conv', 'conv', output=5, kernel=3, pad=1, group=1),
        layer('of_map', 'softmax'),
        layer('grouped', 'conv', output=10, kernel=3, group=5, bias=False),
        layer('norm', 'batchnorm', epsilon=1e-5),
        layer('again', 'softmax'),
        layer('mean', 'global_average_pool'),
        layer('flat', 'flatten'),
        layer('of_vector', 'softmax')]),
    'small_alexnet': (1, [31, 29], [
        layer('conv1', 'conv', output=8, kernel=5, stride=2, pad=2),
        layer('relu1', 'relu'),
        layer('norm1', 'lrn', size=5, alpha=0.1, beta=0.75),
        layer('pool1', 'max_pool', kernel=3, stride=2, rounding='ceil'),
        layer('conv2', 'conv', output=12, kernel=3, pad=1, group=2),
        layer('relu2', 'relu'),
        layer('pool2', 'max_pool', kernel=3, stride=2, rounding='ceil'),
        layer('norm2', 'lrn', size=3, alpha=0.1, beta=0.5, k=2),
        layer('flat', 'flatten'),
        layer('fc3', 'fc', output=10),
        layer('prob', 'softmax')]),
}


def pair(value):
    return tuple(value) if isinstance(value, list) else (value, value)


def make_weights(seed, entry, shape):
    """Returns the layer's float32 tensors by name, for an input of shape C x H x W."""
    name, kind = entry['name'], entry['type']
    if kind == 'batchnorm':
        def draw(what):
            return random_weights(seed, f'{name}.{what}', [shape[0]], 6)    # between -1 and 1
        return {f'{name}.weight': 1 + draw('weight') / 2, f'{name}.bias': draw('bias'),
                f'{name}.running_mean': draw('running_mean'), f'{name}.running_var': 1 + draw('running_var') / 2}
    if kind == 'conv':
        dims = [entry['output'], shape[0] // entry.get('group', 1), *pair(entry['kernel'])]
    elif kind == 'fc':
        dims = [entry['output'], int(np.prod(shape))]
    else:
        return {}
    fan_in = int(np.prod(dims[1:]))
    tensors = {f'{name}.weight': random_weights(seed, f'{name}.weight', dims, fan_in)}
    if entry.get('bias', True):
        tensors[f'{name}.bias'] = random_weights(seed, f'{name}.bias', dims[:1], fan_in)
    return tensors


def lrn(x, size, alpha, beta, k):
    """An even window extends one channel further up than down, as in ONNX. PyTorch's own extends further down."""
    squares = F.pad(x * x, (0, 0, 0, 0, (size - 1) // 2, size // 2))
    total = sum(squares[:, i:i + x.shape[1]] for i in range(size))
    y = x * (k + alpha / size * total) ** -beta
    if size % 2 == 1:
        accuracy = 1e-12 if x.dtype == torch.float64 else 1e-5
        assert torch.allclose(y, F.local_response_norm(x, size, alpha, beta, k), rtol=accuracy, atol=0)
    return y


def run(entry, tensors, x):
    """Returns the layer's output for x, N x C x H x W, in the precision of x."""
    name, kind = entry['name'], entry['type']
    t = {key[len(name) + 1:]: torch.from_numpy(value).to(x.dtype) for key, value in tensors.items()}
    if kind == 'conv':
        return F.conv2d(x, t['weight'], t.get('bias'), pair(entry.get('stride', 1)), pair(entry.get('pad', 0)),
                        pair(entry.get('dilation', 1)), entry.get('group', 1))
    if kind == 'fc':
        return F.linear(x.flatten(1), t['weight'], t.get('bias'))[..., None, None]
    if kind in ('max_pool', 'average_pool'):
        window = pair(entry['kernel']), pair(entry.get('stride', 1)), pair(entry.get('pad', 0))
        ceil = entry.get('rounding', 'floor') == 'ceil'
        if kind == 'max_pool':
            return F.max_pool2d(x, *window, ceil_mode=ceil)
        return F.avg_pool2d(x, *window, ceil_mode=ceil, count_include_pad=entry.get('count_include_pad', True))
    if kind == 'global_average_pool':
        return F.adaptive_avg_pool2d(x, 1)
    if kind == 'lrn':
        return lrn(x, entry.get('size', 5), entry.get('alpha', 1e-4), entry.get('beta', 0.75), entry.get('k', 1))
    if kind == 'batchnorm':
        return F.batch_norm(x, t['running_mean'], t['running_var'], t['weight'], t['bias'],
                            eps=entry.get('epsilon', 1e-5))
    if kind == 'flatten':
        return x.flatten(1)[..., None, None]
    return {'relu': torch.relu, 'dropout': lambda v: v, 'softmax': lambda v: torch.softmax(v, 1)}[kind](x)


def save_safetensors(path, tensors, made_by):
    """Writes float32 tensors, with the data aligned to 64 bytes."""
    header = {'__metadata__': {'made_by': made_by, 'torch': torch.__version__, 'numpy': np.__version__}}
    offset = 0
    for name, t in tensors.items():
        assert t.dtype == np.float32 and np.isfinite(t).all(), name
        header[name] = {'dtype': 'F32', 'shape': list(t.shape), 'data_offsets': [offset, offset + t.nbytes]}
        offset += t.nbytes
    text = json.dumps(header).encode()
    text += b' ' * (-(8 + len(text)) % 64)
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text)
        for t in tensors.values():
            file.write(t.astype('<f4').tobytes())


def save_network(path, name, size, layers):
    rows = ',\n'.join('    ' + json.dumps(entry) for entry in layers)
    with open(path, 'w') as file:
        file.write(f'{{\n  "name": {json.dumps(name)},\n  "input": {{"size": {json.dumps(size)}}},\n'
                   f'  "layers": [\n{rows}\n  ],\n  "weights": "weights.safetensors"\n}}\n')


def main():
    torch.set_grad_enabled(False)
    for seed, (name, (batch, size, layers)) in enumerate(NETWORKS.items(), 1):
        x = random_weights(seed, 'input', [batch, 3, *size], 6)     # between -1 and 1
        weights, activations = {}, {'input': x}
        exact, single, worst = torch.from_numpy(x).double(), torch.from_numpy(x), 0.
        for entry in layers:
            tensors = make_weights(seed, entry, exact.shape[1:])
            exact, single = run(entry, tensors, exact), run(entry, tensors, single)
            worst = max(worst, float((exact - single).abs().max() / exact.abs().max()))
            weights.update(tensors)
            activations[entry['name']] = exact.float().contiguous().numpy()
        folder = f'{HERE}/layers/{name}'
        os.makedirs(folder, exist_ok=True)
        save_network(f'{folder}/network.json', name, size, layers)
        save_safetensors(f'{folder}/weights.safetensors', weights, 'tests/golden/torch_layers.py')
        save_safetensors(f'{folder}/activations.safetensors', activations, 'tests/golden/torch_layers.py')
        print(f'{name}: {" ".join("x".join(map(str, a.shape)) for a in activations.values())}; '
              f'float32 is off by {worst:.1e} of the largest value at most')


if __name__ == '__main__':
    main()
