#!/usr/bin/python3
"""PyTorch's outputs of both AlexNets with random weights.   torch_alexnet.py   writes alexnet/NAME.safetensors

Weights are random_weights(1, NAME, ...) of random_weights.py, the input random_weights(1, "input", (2, 3, H, W), 6),
which is uniform between -1 and 1. "logits" is the output of the last fully-connected layer, "probabilities" its
softmax, each 2 x 1000. PyTorch computes in float64 from the float32 weights; the results are rounded to float32 at the
end. This script defines the networks itself instead of reading models/, so that an error there is found.
"""
import os

import torch
import torch.nn.functional as F

from random_weights import random_weights
from torch_layers import save_safetensors

HERE = os.path.dirname(os.path.abspath(__file__))
BATCH, SEED = 2, 1


def weights(name, dims, dtype):
    fan_in = int(torch.tensor(dims[1:]).prod())
    return (torch.from_numpy(random_weights(SEED, f'{name}.weight', dims, fan_in)).to(dtype),
            torch.from_numpy(random_weights(SEED, f'{name}.bias', dims[:1], fan_in)).to(dtype))


def conv(x, name, output, kernel, stride=1, pad=0, group=1):
    w, b = weights(name, [output, x.shape[1] // group, kernel, kernel], x.dtype)
    return F.conv2d(x, w, b, stride, pad, 1, group)


def fc(x, name, output):
    return F.linear(x, *weights(name, [output, x.shape[1]], x.dtype))


def norm(x):
    return F.local_response_norm(x, 5, 1e-4, 0.75, 1.0)


def caffe(x):
    def pool(v):
        return F.max_pool2d(v, 3, 2, ceil_mode=True)
    x = pool(norm(F.relu(conv(x, 'conv1', 96, 11, stride=4))))
    x = pool(norm(F.relu(conv(x, 'conv2', 256, 5, pad=2, group=2))))
    x = F.relu(conv(x, 'conv3', 384, 3, pad=1))
    x = F.relu(conv(x, 'conv4', 384, 3, pad=1, group=2))
    x = pool(F.relu(conv(x, 'conv5', 256, 3, pad=1, group=2))).flatten(1)
    x = F.relu(fc(x, 'fc6', 4096))
    x = F.relu(fc(x, 'fc7', 4096))
    return fc(x, 'fc8', 1000)


def torchvision(x):
    def pool(v):
        return F.max_pool2d(v, 3, 2)
    x = pool(F.relu(conv(x, 'features.0', 64, 11, stride=4, pad=2)))
    x = pool(F.relu(conv(x, 'features.3', 192, 5, pad=2)))
    x = F.relu(conv(x, 'features.6', 384, 3, pad=1))
    x = F.relu(conv(x, 'features.8', 256, 3, pad=1))
    x = pool(F.relu(conv(x, 'features.10', 256, 3, pad=1)))
    x = F.adaptive_avg_pool2d(x, 6).flatten(1)      # changes nothing at 224 x 224
    x = F.relu(fc(x, 'classifier.1', 4096))
    x = F.relu(fc(x, 'classifier.4', 4096))
    return fc(x, 'classifier.6', 1000)


def main():
    torch.set_grad_enabled(False)
    os.makedirs(f'{HERE}/alexnet', exist_ok=True)
    for name, network, side in (('alexnet', caffe, 227), ('alexnet-torchvision', torchvision, 224)):
        x = torch.from_numpy(random_weights(SEED, 'input', [BATCH, 3, side, side], 6))
        logits = network(x.double())
        off = float((network(x) - logits).abs().max() / logits.abs().max())
        tensors = {'logits': logits, 'probabilities': torch.softmax(logits, 1)}
        save_safetensors(f'{HERE}/alexnet/{name}.safetensors', {k: v.float().numpy() for k, v in tensors.items()},
                         'tests/golden/torch_alexnet.py')
        for row, p in zip(logits, tensors['probabilities']):
            print(f'{name}: logits {float(row.min()):.4f} to {float(row.max()):.4f}, '
                  f'best {int(p.argmax())} with {float(p.max()):.4f}; float32 is off by {off:.1e} of the largest')


if __name__ == '__main__':
    main()
