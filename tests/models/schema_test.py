#!/usr/bin/python3
"""Validates every network.json in models/ and tests/ with models/network.schema.json, and the schema with broken networks.

    schema_test.py [FILE...]        default: all files of the tree

Exit status: 0 if all checks pass, 1 if one fails, 77 if python3-jsonschema is not installed.
"""
import json
import pathlib
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError as e:
    print(f'skipped: {e} (Debian: python3-jsonschema)')
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = ROOT / 'models' / 'network.schema.json'
ABSENT = object()

CONV = {'name': 'c', 'type': 'conv', 'output': 2, 'kernel': 3}
MAX = {'name': 'm', 'type': 'max_pool', 'kernel': 2}
AVERAGE = {'name': 'a', 'type': 'average_pool', 'kernel': 2}
LRN = {'name': 'l', 'type': 'lrn'}
BASE = {'name': 'n', 'input': {'size': 8}, 'layers': [CONV]}
TORCHVISION = {'preset': 'torchvision'}


def unique_keys(pairs):
    keys = [k for k, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f'duplicate key "{key}"')
    return dict(pairs)


def refuse(word):
    raise ValueError(f'{word} is not JSON')


def read(path):
    return json.loads(path.read_text(encoding='utf-8'), object_pairs_hook=unique_keys, parse_constant=refuse)


def but(**changes):
    """Returns BASE with changed members; ABSENT removes one."""
    return {k: v for k, v in {**BASE, **changes}.items() if v is not ABSENT}


def layer(base, **changes):
    return but(layers=[{k: v for k, v in {**base, **changes}.items() if v is not ABSENT}])


def simple(kind, **changes):
    return layer({'name': 'x', 'type': kind}, **changes)


def resize(preset=ABSENT, **members):
    return but(input={'size': 8, 'resize': members} if preset is ABSENT else {'preset': preset, 'resize': members})


GOOD = {
    'the smallest network': BASE,
    'every optional member': but(**{'$schema': 's'}, source='s', licence='l', weights='a/b.json', labels='l.txt',
                                 accuracy={'data': 'd', 'top1': 0, 'top5': 1}),
    'accuracy without top5': but(accuracy={'data': 'd', 'top1': 0.5}),
    'a preset alone': but(input=TORCHVISION),
    'a preset and a member that replaces one': but(input={**TORCHVISION, 'channel_order': 'BGR'}),
    'every input member': but(input={'size': [8, 9], 'crop': 'none', 'channel_order': 'BGR', 'scale': 0.5,
                                     'resize': {'rule': 'squash', 'size': [8, 9], 'filter': 'opencv-bilinear'},
                                     'mean': [1, 2.5, -3], 'std': [1, 2, 0.5]}),
    'one mean and std for all channels': but(input={'size': 8, 'mean': 127.5, 'std': 58}),
    'shorter-side with a number': resize(rule='shorter-side', size=9),
    'a pair of sizes squashed': resize(size=[9, 9]),
    'a pair of sizes beside caffe': resize('caffe', size=[256, 256]),
    'a pair of sizes beside torchvision, squashed': resize('torchvision', rule='squash', size=[256, 256]),
    'torchvision squashed, without a crop': but(
        input={**TORCHVISION, 'resize': {'rule': 'squash', 'size': 224}, 'crop': 'none'}),
    'caffe without a crop': but(input={'preset': 'caffe', 'crop': 'none'}),
    'every conv member': layer(CONV, kernel=[3, 1], stride=[1, 2], pad=[0, 1], dilation=[2, 1], group=1, bias=False),
    'every max_pool member': layer(MAX, stride=[1, 2], pad=[0, 1], rounding='ceil'),
    'every average_pool member': layer(AVERAGE, stride=2, pad=1, rounding='floor', count_include_pad=False),
    'every lrn member': layer(LRN, size=3, alpha=0, beta=0.5, k=2),
    'every fc member': simple('fc', output=1, bias=True),
    'every batchnorm member': simple('batchnorm', epsilon=0),
    'every dropout member': simple('dropout', ratio=0),
    'every clip member': simple('clip', min=-1.5, max=6),
    'conv with four pads': layer(CONV, pad=[0, 1, 2, 3]),
    'max_pool with four pads': layer(MAX, pad=[0, 0, 1, 1]),
    'conv with tensors of other names': layer(CONV, tensors={'weight': 'w', 'bias': 'b'}),
    'batchnorm with tensors of other names': simple(
        'batchnorm', tensors={'weight': 'w', 'bias': 'b', 'running_mean': 'm', 'running_var': 'v'}),
    'a file name with two dots inside': but(labels='a..b.txt'),
    **{f'a bare {kind}': simple(kind)
       for kind in ('lrn', 'relu', 'dropout', 'flatten', 'softmax', 'batchnorm', 'global_average_pool')},
}

BROKEN = {
    'no object': [],
    'no name': but(name=ABSENT),
    'an empty name': but(name=''),
    'no input': but(input=ABSENT),
    'no layers': but(layers=ABSENT),
    'an empty stack of layers': but(layers=[]),
    'layers that are no list': but(layers={'c': CONV}),
    'an unknown member': but(layer=[CONV]),
    'a comment': but(comment='x'),
    'American spelling of licence': but(license='Apache-2.0'),
    'a source that is no string': but(source=['x']),
    'accuracy in percent': but(accuracy={'data': 'd', 'top1': 57.1}),
    'negative accuracy': but(accuracy={'data': 'd', 'top1': -0.1}),
    'accuracy on nothing': but(accuracy={'top1': 0.5}),
    'accuracy with an unknown member': but(accuracy={'data': 'd', 'top1': 0.5, 'top3': 0.6}),
    'input without size or preset': but(input={'channel_order': 'RGB'}),
    'input with an unknown member': but(input={'size': 8, 'channels': 3}),
    'an unknown preset': but(input={'preset': 'keras'}),
    'size 0': but(input={'size': 0}),
    'a fraction as size': but(input={'size': 8.5}),
    'size as text': but(input={'size': '8'}),
    'three sizes': but(input={'size': [8, 8, 3]}),
    'one size in a list': but(input={'size': [8]}),
    'a size over 16 bits': but(input={'size': 65536}),
    'an unknown resize rule': resize(rule='longer-side'),
    'an unknown filter': resize(filter='bicubic'),
    'resize with an unknown member': resize(crop=8),
    'resize as a number': but(input={'size': 8, 'resize': 8}),
    'shorter-side with a pair': resize(rule='shorter-side', size=[9, 9]),
    'a pair of sizes beside torchvision': resize('torchvision', size=[256, 256]),
    'American spelling of centre': but(input={'size': 8, 'crop': 'center'}),
    'shorter-side without a crop': but(input={'size': 8, 'resize': {'rule': 'shorter-side'}, 'crop': 'none'}),
    'torchvision without a crop': but(input={**TORCHVISION, 'crop': 'none'}),
    'torchvision without a crop or a rule': but(input={**TORCHVISION, 'resize': {'size': 224}, 'crop': 'none'}),
    'channel order in small letters': but(input={'size': 8, 'channel_order': 'rgb'}),
    'scale 0': but(input={'size': 8, 'scale': 0}),
    'two means': but(input={'size': 8, 'mean': [1, 2]}),
    'four means': but(input={'size': 8, 'mean': [1, 2, 3, 4]}),
    'std 0': but(input={'size': 8, 'std': [1, 0, 1]}),
    'a layer without a name': layer(CONV, name=ABSENT),
    'a layer with an empty name': layer(CONV, name=''),
    'a layer without a type': layer(CONV, type=ABSENT),
    'an unknown type': simple('sigmoid'),
    'a type in capitals': layer(CONV, type='Conv'),
    'conv without output': layer(CONV, output=ABSENT),
    'conv without kernel': layer(CONV, kernel=ABSENT),
    'conv with output over 31 bits': layer(CONV, output=2 ** 31),
    'conv with output 0': layer(CONV, output=0),
    'conv with kernel 0': layer(CONV, kernel=0),
    'conv with a kernel of [3, 0]': layer(CONV, kernel=[3, 0]),
    'conv with a kernel of three': layer(CONV, kernel=[3, 3, 3]),
    'conv with stride 0': layer(CONV, stride=0),
    'conv with negative pad': layer(CONV, pad=-1),
    'conv with negative pad in a pair': layer(CONV, pad=[0, -1]),
    'conv with three pads': layer(CONV, pad=[0, 1, 2]),
    'conv with five pads': layer(CONV, pad=[0, 1, 2, 3, 4]),
    'conv with a negative pad of four': layer(CONV, pad=[0, 1, 2, -3]),
    'conv with an unknown tensor': layer(CONV, tensors={'running_mean': 'm'}),
    'conv with a tensor that is no name': layer(CONV, tensors={'weight': 1}),
    'clip with a text': simple('clip', min='0'),
    'max_pool with tensors': layer(MAX, tensors={'weight': 'w'}),
    'conv with dilation 0': layer(CONV, dilation=0),
    'conv with group 0': layer(CONV, group=0),
    'conv with bias 1': layer(CONV, bias=1),
    'conv with rounding': layer(CONV, rounding='ceil'),
    'conv with groups for group': layer(CONV, groups=1),
    'max_pool without kernel': layer(MAX, kernel=ABSENT),
    'max_pool with an unknown rounding': layer(MAX, rounding='up'),
    'max_pool with dilation': layer(MAX, dilation=1),
    'max_pool with count_include_pad': layer(MAX, count_include_pad=True),
    'average_pool without kernel': layer(AVERAGE, kernel=ABSENT),
    'average_pool with count_include_pad 1': layer(AVERAGE, count_include_pad=1),
    'global_average_pool with kernel': simple('global_average_pool', kernel=2),
    'lrn with size 0': layer(LRN, size=0),
    'lrn with a pair': layer(LRN, size=[5, 5]),
    'lrn with negative alpha': layer(LRN, alpha=-1),
    'lrn with k 0': layer(LRN, k=0),
    'lrn with beta as text': layer(LRN, beta='0.75'),
    'fc without output': simple('fc'),
    'fc with kernel': simple('fc', output=2, kernel=1),
    'batchnorm with negative epsilon': simple('batchnorm', epsilon=-1),
    'batchnorm with eps for epsilon': simple('batchnorm', eps=1e-5),
    'relu with a slope': simple('relu', slope=0.1),
    'dropout with ratio 1': simple('dropout', ratio=1),
    'dropout with negative ratio': simple('dropout', ratio=-0.1),
    'flatten with an axis': simple('flatten', axis=1),
    'softmax with an axis': simple('softmax', axis=1),
    'weights of an unknown kind': but(weights='weights.bin'),
    'absolute weights': but(weights='/tmp/weights.json'),
    'weights in the folder above': but(weights='../weights.json'),
    'weights in the folder above, roundabout': but(weights='a/../../weights.json'),
    'weights that end in ..': but(weights='a/..'),
    'empty labels': but(labels=''),
    'labels in the folder above': but(labels='../labels.txt'),
    'labels in the text': but(labels=['cat', 'dog']),
}


def complaints(validator, network, folder=None):
    """What is wrong: by the schema first, then what a schema cannot say."""
    types = [branch['$ref'].rsplit('/', 1)[1] for branch in validator.schema['$defs']['layer']['oneOf']]
    found = []
    for error in validator.iter_errors(network):
        kind = error.instance.get('type') if error.validator == 'oneOf' and isinstance(error.instance, dict) else None
        causes = [error]
        if kind in types:       # of the eleven branches only the layer's own says anything useful
            causes = [e for e in error.context if e.schema_path[0] == types.index(kind)]
        found += [f'{".".join(str(p) for p in e.absolute_path) or "the file"}: {e.message}' for e in causes]
    if found:
        return found
    names = [entry['name'] for entry in network['layers']]
    found += [f'layers: two are called "{name}"' for name in sorted({n for n in names if names.count(n) > 1})]
    if folder:
        found += [f'{key}: {network[key]} is not there' for key in ('weights', 'labels')
                  if key in network and not (folder / network[key]).is_file()]
    return found


def main(files):
    schema = read(SCHEMA)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    failures = 0

    files = [pathlib.Path(f) for f in files] or sorted(
        p for top in ('models', 'tests') for p in (ROOT / top).rglob('network.json'))
    for path in files:
        try:
            wrong = complaints(validator, read(path), path.parent)
        except (OSError, ValueError) as e:
            wrong = [str(e)]
        failures += bool(wrong)
        shown = path.relative_to(ROOT) if ROOT in path.parents else path
        print(f'{"FAILED" if wrong else "ok":6}  {shown}')
        for line in wrong:
            print(f'        {line}')
    if not files:
        print('FAILED  no network.json found')
        failures += 1

    for name, network in GOOD.items():
        wrong = complaints(validator, network)
        failures += bool(wrong)
        for line in wrong:
            print(f'FAILED  {name} is refused: {line}')
    for name, network in BROKEN.items():
        if validator.is_valid(network):
            failures += 1
            print(f'FAILED  {name} is accepted')
    twice = but(layers=[CONV, CONV])
    if not complaints(validator, twice):
        failures += 1
        print('FAILED  two layers with the same name are accepted')
    print(f'{len(files)} files, {len(GOOD)} good variants, {len(BROKEN) + 1} broken variants: {failures} failed')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
