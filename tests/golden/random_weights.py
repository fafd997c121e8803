#!/usr/bin/python3
"""The random weights of src/weights/weights.hpp, bit for bit, in NumPy.   random_weights.py   writes random_weights.json

The golden file holds, for a few tensors, the first and the last values as the hexadecimal bits of the float32 and the
CRC-32 of all the values' little-endian bytes.
"""
import json
import os
import zlib

import numpy as np

MASK = (1 << 64) - 1


def fnv1a64(name):
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = (h ^ byte) * 0x100000001B3 & MASK
    return h


def mix(z):
    """Computes one step of SplitMix64 from each state in an array of uint64, which wraps around silently."""
    z = z + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def random_weights(seed, name, dims, fan_in, neutral=0.0):
    """Returns the float32 tensor `name` of shape dims, filled with neutral if fan_in is 0."""
    if fan_in == 0:
        return np.full(dims, neutral, np.float32)
    base = mix(np.array([(seed ^ fnv1a64(name)) & MASK], np.uint64))
    k = mix(base + np.arange(np.prod(dims, dtype=np.int64), dtype=np.uint64)) >> np.uint64(40)
    fraction = (k.astype(np.int64) - 2**23).astype(np.float32) / np.float32(2**23)
    bound = np.float32(np.sqrt(np.float64(6) / np.float64(fan_in)))
    return (bound * fraction).reshape(dims)


CASES = [  # seed, name, dims, fan_in; the third spans several blocks that the library computes in parallel
    (0, 'conv1.weight', [96, 3, 11, 11], 363),
    (1, 'conv1.bias', [96], 363),
    (42, 'fc6.weight', [301, 997], 997),
    (2**64 - 1, 'größe', [2, 3], 1),
    (7, '', [1], 9216),
    (0x9E3779B97F4A7C15, 'conv2.weight', [16, 48, 5, 5], 1200),
]


def main():
    tensors = []
    for seed, name, dims, fan_in in CASES:
        values = random_weights(seed, name, dims, fan_in)
        assert values.dtype == np.float32
        bits = [f'{b:08x}' for b in values.reshape(-1).view(np.uint32)]
        tensors.append({'seed': seed, 'name': name, 'dims': dims, 'fan_in': fan_in, 'first': bits[:4], 'last': bits[-4:],
                        'crc32': f'{zlib.crc32(values.astype("<f4").tobytes()):08x}'})
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'random_weights.json')
    with open(path, 'w') as file:
        file.write('[\n' + ',\n'.join(json.dumps(tensor) for tensor in tensors) + '\n]\n')


if __name__ == '__main__':
    main()
