#!/usr/bin/python3
"""Files of torch.save in every form, with the values that PyTorch reads.   torch_files.py   writes torch/

network.json describes the network; its layers' weights have torch's names. expected.safetensors holds the "input", and
for each file NAME.pth the float32 value of every tensor, "NAME/features.0.weight", and the scores, "NAME/scores",
computed in float64 from these values and rounded to float32 at the end.
"""
import os
from collections import OrderedDict

import numpy as np
import torch
import torch.nn.functional as F

from random_weights import random_weights
from torch_layers import save_safetensors

HERE = os.path.dirname(os.path.abspath(__file__)) + '/torch'
SEED = 1


def draw(name, shape, fan_in=6):
    return torch.from_numpy(random_weights(SEED, name, shape, fan_in))


def scores(weights, x):
    t = {name: value.double() for name, value in weights.items()}
    x = F.conv2d(x.double(), t['features.0.weight'], t['features.0.bias'], padding=1)
    x = F.batch_norm(x, t['features.1.running_mean'], t['features.1.running_var'], t['features.1.weight'],
                     t['features.1.bias'])
    x = F.max_pool2d(F.relu(x), 2)
    return F.linear(x.flatten(1), t['classifier.weight'], t['classifier.bias']).float()


def main():
    torch.set_grad_enabled(False)
    weights = OrderedDict({
        'features.0.weight': draw('features.0.weight', [4, 3, 3, 3], 27),
        'features.0.bias': draw('features.0.bias', [4]),
        'features.1.weight': 1 + draw('features.1.weight', [4]) / 2,
        'features.1.bias': draw('features.1.bias', [4]),
        'features.1.running_mean': draw('features.1.running_mean', [4]),
        'features.1.running_var': 1 + draw('features.1.running_var', [4]) / 2,
        'classifier.weight': draw('classifier.weight', [5, 36], 36),
        'classifier.bias': draw('classifier.bias', [5])})
    # Doubles that float32 cannot represent. Some are ties, which are rounded to even.
    double = OrderedDict((k, v.double() * (1 + 2 ** -30)) for k, v in weights.items())
    double['classifier.bias'][:2] = torch.tensor([1 + 2 ** -24, 1 + 3 * 2 ** -24])
    # Views: of a transposed tensor, of every second row and column of a larger one, of parts of one storage, and tied.
    strided = OrderedDict(weights)
    strided['classifier.weight'] = weights['classifier.weight'].t().contiguous().t()
    larger = torch.full([8, 3, 3, 7], 99.)
    larger[::2, :, :, 1::2] = weights['features.0.weight']
    strided['features.0.weight'] = larger[::2, :, :, 1::2]
    flat = torch.cat([weights['features.1.weight'], weights['features.1.bias']])
    strided['features.1.weight'], strided['features.1.bias'] = flat[:4], flat[4:]
    strided['features.1.running_mean'] = strided['features.1.bias']
    module = torch.nn.Module()  # its state dict has _metadata
    module.classifier = torch.nn.Linear(36, 5)
    state = module.state_dict()
    for name, value in weights.items():
        state[name] = value
    checkpoint = {'epoch': 3, 'arch': 'small', 'best_acc': torch.tensor(0.5), 'loss': 0.25, 'done': True, 'next': None,
                  'optimizer': {'state': {0: {'step': 70000}}, 'param_groups': [{'lr': 0.1, 'params': [0, 1]}]},
                  'state_dict': OrderedDict(('module.' + k, torch.nn.Parameter(v)) for k, v in weights.items())}
    checkpoint['state_dict']['module.features.1.num_batches_tracked'] = torch.tensor(7)
    files = {
        'zip': weights, 'legacy': weights, 'metadata': state, 'strided': strided, 'strided_legacy': strided,
        'checkpoint': checkpoint, 'double': double,
        'half': OrderedDict((k, v.half()) for k, v in weights.items()),
        'bfloat16': OrderedDict((k, v.bfloat16()) for k, v in weights.items())}
    x = draw('input', [2, 3, 6, 6])
    expected = {'input': x.numpy()}
    for name, value in files.items():
        torch.save(value, f'{HERE}/{name}.pth', _use_new_zipfile_serialization='legacy' not in name)
        tensors = torch.load(f'{HERE}/{name}.pth')
        if name == 'checkpoint':
            tensors = {k[len('module.'):]: v for k, v in tensors['state_dict'].items()}
        tensors = {k: v.detach().float().contiguous() for k, v in tensors.items() if 'num_batches' not in k}
        for key, tensor in tensors.items():
            expected[f'{name}/{key}'] = tensor.numpy()
        expected[f'{name}/scores'] = scores(tensors, x).numpy()
    save_safetensors(f'{HERE}/expected.safetensors', expected, 'tests/golden/torch_files.py')
    for name in files:
        print(name, expected[f'{name}/scores'][0])


if __name__ == '__main__':
    main()
