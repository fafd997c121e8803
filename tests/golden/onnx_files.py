#!/usr/bin/python3
"""ONNX files that torch.onnx.export writes, with PyTorch's outputs.   onnx_files.py   writes onnx/NAME.onnx

onnx/NAME.safetensors holds the "input" (2 x 3 x H x W) and the "output". Weights and inputs are float32 numbers made by
random_weights.py; PyTorch computes in float64, and the results are rounded to float32 at the end. All networks except `logits`
end with a softmax; `log_softmax` outputs logarithms.
"""
import os
import warnings

import numpy as np
import torch
from torch import nn

from random_weights import random_weights
from torch_layers import save_safetensors

HERE = os.path.dirname(os.path.abspath(__file__))
BATCH = 2


class Product(nn.Module):
    """Computes x W + b, or x transposed(W) + b, as a product and a sum."""
    def __init__(self, inputs, outputs, transposed):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(*((outputs, inputs) if transposed else (inputs, outputs))))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.transposed = transposed

    def forward(self, x):
        return torch.matmul(x, self.weight.t() if self.transposed else self.weight) + self.bias


class Squeeze(nn.Module):
    def forward(self, x):
        return x.squeeze(3).squeeze(2)


class View(nn.Module):
    def __init__(self, count):
        super().__init__()
        self.count = count

    def forward(self, x):
        return x.view(-1, self.count)


# name: (opset, [height, width], layers, arguments of the export)
NETWORKS = {
    'alexnet': (9, (21, 19), lambda: nn.Sequential(
        nn.Conv2d(3, 8, 5, stride=2, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=False),
        nn.Conv2d(8, 12, (3, 2), padding=(1, 0), groups=2), nn.ReLU(), nn.MaxPool2d(2, 1),
        nn.AdaptiveAvgPool2d((4, 2)), nn.Flatten(), nn.Dropout(), nn.Linear(96, 10), nn.ReLU(), nn.Dropout(0.25),
        nn.Linear(10, 7), nn.Softmax(1)), {'keep_initializers_as_inputs': True}),
    'pads': (10, (17, 13), lambda: nn.Sequential(
        nn.ConstantPad2d((0, 1, 2, 0), 0.0), nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(),
        nn.ConstantPad2d((1, 0, 0, 1), 0.0), nn.MaxPool2d(2, 2), nn.ConstantPad2d((1, 1, 0, 1), 0.0),
        nn.AvgPool2d((2, 3), 2), nn.Flatten(), nn.Linear(120, 4), nn.Softmax(1)), {}),
    'logits': (11, (17, 13), lambda: nn.Sequential(
        nn.Conv2d(3, 6, 3, dilation=2, bias=False), nn.ReLU6(), nn.MaxPool2d(2, 2, padding=1), nn.BatchNorm2d(6),
        nn.AvgPool2d(3, 2, padding=1, ceil_mode=True, count_include_pad=False), View(72), Product(72, 9, False)),
        {'dynamic_axes': {'input': {0: 'batch'}}}),
    'log_softmax': (13, (12, 15), lambda: nn.Sequential(
        nn.Conv2d(3, 5, 3, stride=(1, 2)), nn.BatchNorm2d(5), nn.Hardtanh(-0.5, 1.5), nn.AvgPool2d(2, 2, padding=1),
        nn.MaxPool2d(3, 2, ceil_mode=True), nn.AdaptiveAvgPool2d(1), Squeeze(), Product(5, 6, True), nn.BatchNorm1d(6),
        nn.LogSoftmax(1)), {'do_constant_folding': False}),
    'newest': (17, (14, 14), lambda: nn.Sequential(
        nn.AvgPool2d(2, 2, padding=1), nn.Conv2d(3, 6, 3, groups=3, padding=1), nn.ReLU(),
        nn.MaxPool2d(3, 2, padding=1, ceil_mode=True), nn.Conv2d(6, 4, 1), nn.Flatten(), nn.Linear(100, 5),
        nn.Softmax(-1)), {'dynamic_axes': {'input': {0: 'N'}, 'output': {0: 'N'}}}),
}


def fill(network, seed):
    with torch.no_grad():
        for name, tensor in list(network.named_parameters()) + list(network.named_buffers()):
            if not tensor.is_floating_point():
                continue
            dims = list(tensor.shape)
            values = random_weights(seed, name, dims, max(1, tensor.numel() // dims[0]) if len(dims) > 1 else 6)
            tensor.copy_(torch.from_numpy(np.abs(values) + 0.5 if name.endswith('running_var') else values))


def main():
    warnings.simplefilter('ignore')
    os.makedirs(f'{HERE}/onnx', exist_ok=True)
    for seed, (name, (opset, size, make, arguments)) in enumerate(NETWORKS.items(), 1):
        network = make().eval()
        fill(network, seed)
        x = torch.from_numpy(random_weights(seed, 'input', [BATCH, 3, *size], 6))
        torch.onnx.export(network, x[:1], f'{HERE}/onnx/{name}.onnx', opset_version=opset, input_names=['input'],
                          output_names=['output'], **arguments)
        with torch.no_grad():
            output = network.double()(x.double()).float()
        save_safetensors(f'{HERE}/onnx/{name}.safetensors', {'input': x.numpy(), 'output': output.numpy()},
                         'tests/golden/onnx_files.py')
        print(f'{name}: opset {opset}, output {"x".join(map(str, output.shape))}')


if __name__ == '__main__':
    main()
