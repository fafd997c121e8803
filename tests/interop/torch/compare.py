"""Compares the alexnet command with PyTorch and torchvision. Usage: compare.py ALEXNET [SEED]

AlexNet and VGG11 get new random weights, are saved in every format that torch writes, and classify ten photos. The five
best classes must be the same, and the logits must agree within 1e-4 of their spread. Classes whose logits differ by less
than 1e-5 of the spread in PyTorch may swap: with new random weights, two of 1000 are sometimes that close.

A small network is saved in every form of a checkpoint, too. torch 2 is not installed: files_of_torch_2() writes what it writes.
"""
import argparse
import collections
import copy
import datetime
import io
import json
import os
import pathlib
import pickle
import subprocess
import sys
import tempfile
import zipfile

import numpy as np
import torch
import torchvision
from PIL import Image, ImageOps
from torchvision import transforms

HERE = os.path.dirname(os.path.abspath(__file__))
PHOTOS = os.path.join(HERE, '../../../data/photos')
TOLERANCE = 1e-4
TIE = 1e-5
checks = {'passed': 0, 'failed': 0}


def check(what, good, detail=''):
    checks['passed' if good else 'failed'] += 1
    print(f"{'ok    ' if good else 'FAILED'}  {what}{'' if not detail else ': ' + detail.strip()}", flush=True)


def make_photos(folder):
    """Writes ten photos: odd sizes; orientations 2, 3, 5, 6 and 8; grey, palette, alpha."""
    cat, coffee, rocket = (Image.open(os.path.join(PHOTOS, name + '.jpg')).convert('RGB')
                           for name in ('cat', 'coffee', 'rocket'))
    def oriented(image, orientation):
        exif = Image.Exif()
        exif[0x0112] = orientation
        return {'image': image, 'exif': exif, 'quality': 92}
    photos = {
        'a.jpg': oriented(cat.crop((3, 5, 354, 300)), 6),
        'b.jpg': oriented(coffee.crop((0, 0, 257, 399)), 8),
        'c.jpg': oriented(rocket.crop((11, 0, 640, 301)), 3),
        'd.jpg': oriented(cat.crop((0, 0, 225, 299)), 5),
        'e.jpg': oriented(coffee.resize((1023, 683)), 2),
        'f.png': {'image': rocket.resize((223, 491))},
        'g.png': {'image': cat.convert('L')},
        'h.png': {'image': coffee.quantize(64)},
        'i.png': {'image': Image.merge('RGBA', (*cat.split(), cat.convert('L')))},
        'j.jpg': {'image': rocket.resize((97, 61)), 'quality': 85},
    }
    for name, options in photos.items():
        options.pop('image').save(os.path.join(folder, name), **options)
    return [os.path.join(folder, name) for name in photos]


def prepare(path):
    image = ImageOps.exif_transpose(Image.open(path)).convert('RGB')
    return transforms.Compose([
        transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])(image)


def redraw(model):
    """Sets He-scaled weights and biases, because torchvision's initial weights give the same answer for any photo."""
    for module in model.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            torch.nn.init.kaiming_normal_(module.weight, nonlinearity='relu')
            torch.nn.init.normal_(module.bias, std=0.1)
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, std=0.1)
            torch.nn.init.normal_(module.running_mean, std=0.1)
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
    return model.eval()


def run(*args):
    return subprocess.run([sys.argv[1], *args], capture_output=True, text=True)


def log_probabilities(model, photos, *options, classes=1000):
    """Returns alexnet's logarithms of all probabilities of each photo. They differ from the logits by a constant."""
    result = run('batch', '--json', '-k', str(classes), '-m', model, *options, *photos)
    if result.returncode != 0:
        raise SystemExit(f'{model}: {result.stderr}')
    rows = {}
    for line in result.stdout.splitlines():
        record = json.loads(line)
        row = np.empty(classes)
        for prediction in record['predictions']:
            row[prediction['index']] = np.log(prediction['probability'])
        rows[record['path']] = row
    return np.stack([rows[photo] for photo in photos])


def worst(ours, logits):
    """Returns the maximum difference of the centred logits, relative to their spread."""
    def centred(rows):
        return rows - rows.mean(axis=1, keepdims=True)
    spread = logits.max(axis=1, keepdims=True) - logits.min(axis=1, keepdims=True)
    return float((np.abs(centred(ours) - centred(logits)) / spread).max())


def agree(what, ours, logits):
    def best_five(order):
        return np.take_along_axis(logits, np.argsort(-order, axis=1)[:, :5], axis=1)
    spread = logits.max(axis=1, keepdims=True) - logits.min(axis=1, keepdims=True)
    same = (np.abs(best_five(ours) - best_five(logits)) <= TIE * spread).all()
    difference = worst(ours, logits)
    check(what, same and difference <= TOLERANCE, f'largest difference {difference:.1e} of the spread')


def compare_transforms(photos, folder):
    model = os.path.join(folder, 'transform.pth')
    torch.save(redraw(torchvision.models.alexnet(weights=None)).state_dict(), model)
    out = os.path.join(folder, 'input.safetensors')
    for photo in photos:
        result = run('classify', '-m', model, '--preset', 'torchvision', '--dump-input', out, photo)
        data = open(out, 'rb').read() if result.returncode == 0 else b''
        header = 8 + int.from_bytes(data[:8], 'little')
        ours = np.frombuffer(data[header:], np.float32)
        check(f"--dump-input of {os.path.basename(photo)} equals torchvision's transform",
              np.array_equal(ours, prepare(photo).numpy().ravel()))


def compare_features(photos, folder):
    """Compares batch --extract with torchvision's layers, and its file with the safetensors format as NumPy reads it."""
    model = redraw(torchvision.models.alexnet(weights=None))
    weights = os.path.join(folder, 'features.pth')
    torch.save(model.state_dict(), weights)
    with torch.no_grad():
        pooled = model.avgpool(model.features(torch.stack([prepare(photo) for photo in photos]))).flatten(1)
    for layer, end in (('classifier.4', 5), ('classifier.5', 6)):
        out = os.path.join(folder, f'{layer}.safetensors')
        result = run('batch', '-m', weights, '--preset', 'torchvision', '--extract', layer, '-o', out, *photos)
        if result.returncode != 0:
            raise SystemExit(f'{layer}: {result.stderr}')
        data = open(out, 'rb').read()
        begin = 8 + int.from_bytes(data[:8], 'little')
        header = json.loads(data[8:begin])
        def tensor(name, kind):
            first, last = header[name]['data_offsets']
            return np.frombuffer(data[begin + first:begin + last], kind).reshape(header[name]['shape'])
        names = bytes(tensor('paths', np.uint8)).split(b'\0')[:-1]
        check(f'--extract {layer} names all photos in order', names == [photo.encode() for photo in photos])
        with torch.no_grad():
            theirs = model.classifier[:end](pooled).numpy()
        difference = float(np.abs(tensor('features', np.float32) - theirs).max() / np.abs(theirs).max())
        check(f"--extract {layer} gives the same output as PyTorch's layer", difference <= TOLERANCE, f'{difference:.1e}')


def compare_network(name, photos, folder, kinds):
    model = redraw(getattr(torchvision.models, name)(weights=None))
    inputs = torch.stack([prepare(photo) for photo in photos])
    with torch.no_grad():
        logits = model(inputs).numpy()
        swapped = model(inputs.flip(1)).numpy()
    files = {kind: os.path.join(folder, f'{name}-{kind}') for kind in ('zip.pth', 'legacy.pth', 'script.pt', 'export.onnx')}
    torch.save(model.state_dict(), files['zip.pth'])
    torch.save(model.state_dict(), files['legacy.pth'], _use_new_zipfile_serialization=False)
    torch.jit.script(model).save(files['script.pt'])
    torch.onnx.export(model, torch.zeros(1, 3, 224, 224), files['export.onnx'], opset_version=13)
    for kind in kinds:
        ours = log_probabilities(files[kind], photos, '--preset', 'torchvision')
        agree(f'{name}, {kind}', ours, logits)
        if kind == 'zip.pth':
            difference = worst(ours, swapped)
            check(f'{name}: the comparison fails if BGR is used instead of RGB', difference > TOLERANCE, f'{difference:.1e}')
            for suffix in ('safetensors', 'onnx'):
                converted = os.path.join(folder, f'{name}.{suffix}')
                result = run('convert', files[kind], '-o', converted)
                again = log_probabilities(converted, photos) if result.returncode == 0 else None
                check(f'{name} converted to .{suffix} gives bit-identical answers', np.array_equal(ours, again))
    result = run('inspect', files['script.pt'])
    check(f'{name} as TorchScript is refused with advice',
          result.returncode == 2 and 'state_dict' in result.stderr, result.stderr.strip())


class Small(torch.nn.Module):
    LAYERS = [{'name': 'features.0', 'type': 'conv', 'output': 6, 'kernel': 11, 'stride': 8},
              {'name': 'features.1', 'type': 'batchnorm'}, {'name': 'features.2', 'type': 'relu'},
              {'name': 'pool', 'type': 'global_average_pool'}, {'name': 'classifier.1', 'type': 'fc', 'output': 7}]

    def __init__(self):
        super().__init__()
        self.features = torch.nn.Sequential(torch.nn.Conv2d(3, 6, 11, 8), torch.nn.BatchNorm2d(6), torch.nn.ReLU())
        self.classifier = torch.nn.Sequential(torch.nn.Dropout(), torch.nn.Linear(6, 7))
        self.register_buffer('scratch', torch.zeros(3), persistent=False)
        self.activation = torch.nn.functional.relu

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


def with_counters(model):
    """Adds the buffers that thop adds."""
    model = copy.deepcopy(model)
    for module in model.modules():
        module.register_buffer('total_ops', torch.zeros(1, dtype=torch.float64))
        module.register_buffer('total_params', torch.zeros(1, dtype=torch.float64))
    return model


def extras(model):
    """Returns what training scripts save beside the weights."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    model(torch.ones(2, 3, 32, 32)).sum().backward()
    optimizer.step()
    return {'epoch': 90, 'optimizer': optimizer.state_dict(), 'args': argparse.Namespace(lr=0.1, out=pathlib.Path('runs')),
            'scheduler': torch.optim.lr_scheduler.StepLR(optimizer, 3), 'best': np.float64(0.5), 'curve': np.arange(5),
            'counts': collections.Counter('aab'), 'groups': collections.defaultdict(list), 'date': datetime.datetime.now(),
            'device': torch.device('cuda', 0), 'dtype': torch.float32, 'size': torch.Size([1, 2]), 'classes': {'cat', 'dog'},
            'random': np.random.get_state(), 'torch_random': torch.get_rng_state(), 'large': 1 << 100}


def prefixed(prefix, state):
    return collections.OrderedDict((prefix + name, value) for name, value in state.items())


class PicklerOfTorch2(pickle.Pickler):
    """Pickles tensors with _rebuild_tensor_v3 and untyped storages."""
    def __init__(self, file, protocol):
        super().__init__(file, protocol)
        self.records = []

    def persistent_id(self, value):
        if not isinstance(value, np.ndarray):
            return None
        self.records.append(value.tobytes())
        return ('storage', torch.storage.UntypedStorage, str(len(self.records) - 1), 'cpu', value.nbytes)

    def reducer_override(self, value):
        if not isinstance(value, torch.Tensor):
            return NotImplemented
        value = value.detach().contiguous()
        bits = value.view(torch.int16) if value.dtype == torch.bfloat16 else value
        return torch._utils._rebuild_tensor_v3, (bits.numpy(), 0, tuple(value.shape), value.stride(), False,
                                                 collections.OrderedDict(), value.dtype)


def stand_in(module, name, value):
    """Makes a class or function that pickles by this name, unless this PyTorch has it."""
    if not hasattr(module, name):
        value.__module__, value.__name__, value.__qualname__ = module.__name__, name, name
        setattr(module, name, value)


def write_aligned(path, records):
    with zipfile.ZipFile(path, 'w') as archive:
        for name, data in records:
            entry = zipfile.ZipInfo(name)
            padding = -(archive.fp.tell() + 30 + len(name) + 4) % 64
            entry.extra = b'FB' + padding.to_bytes(2, 'little') + b'Z' * padding
            archive.writestr(entry, data)


def files_of_torch_2(state, folder):
    """Writes a state dict as torch 2 does, with typed and untyped storages. Yields a name and the path of each."""
    stand_in(torch.storage, 'UntypedStorage', type('UntypedStorage', (), {}))
    stand_in(torch._utils, '_rebuild_tensor_v3', lambda *arguments: None)
    typed = io.BytesIO()
    torch.save(state, typed)
    with zipfile.ZipFile(typed) as archive:
        objects = {'typed': [(name.split('/', 1)[1], archive.read(name)) for name in archive.namelist()]}
    untyped = io.BytesIO()
    pickler = PicklerOfTorch2(untyped, 2)
    pickler.dump(state)
    objects['untyped'] = [('data.pkl', untyped.getvalue()), ('version', b'3\n'),
                          *((f'data/{key}', data) for key, data in enumerate(pickler.records))]
    for kind, records in objects.items():
        path = os.path.join(folder, f'torch2-{kind}.pt')
        write_aligned(path, [('model/' + name, data) for name, data in (
            *records, ('.format_version', b'1'), ('.storage_alignment', b'64'), ('byteorder', b'little'),
            ('.data/serialization_id', b'0' * 40))])
        yield f'torch 2, {kind} storages', path


def compare_checkpoints(photos, folder):
    photos = photos[:3]
    inputs = torch.stack([prepare(photo) for photo in photos])
    model = redraw(Small())
    other = redraw(Small()).state_dict()
    data = extras(copy.deepcopy(model))
    state = model.state_dict()
    network = os.path.join(folder, 'small.json')
    with open(network, 'w') as file:
        json.dump({'name': 'small', 'input': {'preset': 'torchvision', 'size': 224},
                   'layers': Small.LAYERS + [{'name': 'prob', 'type': 'softmax'}]}, file)
    with torch.no_grad():
        logits = model(inputs).numpy()

    def read(path):
        return log_probabilities(path, photos, '--network', network, classes=7)

    inner = copy.deepcopy(model)
    inner.features = torch.nn.DataParallel(inner.features)
    saved = {
        'checkpoint.pth.tar': {**data, 'state_dict': prefixed('module.', state)},
        'last.ckpt': {**data, 'state_dict': prefixed('model.', state), 'hyper_parameters': {'lr': 0.1}},
        'pytorch_model.bin': prefixed('_orig_mod.module.', state),
        'features': inner.state_dict(),
        'counters.pt': with_counters(model).state_dict(),
        'averaged.pt': torch.optim.swa_utils.AveragedModel(model).state_dict(),
        'whole.pt': model,
        'whole_inner.pt': {'model': inner, **data},
        'whole_parallel.pt': torch.nn.DataParallel(model),
        'ema_beside.pth': {'model_ema': other, 'model': state, 'epoch': 1},
        'ema_alone.pth': {'state_dict_ema': state, 'epoch': 1},
        'ema_flat.pth': {**prefixed('model_ema.', other), **prefixed('model.', state)},
        **{f'{key}.pth': {key: state, 'acc': 0.5} for key in ('net', 'network', 'model_state', 'model_state_dict')}}
    for name, value in saved.items():
        path = os.path.join(folder, name)
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            for zipped in (True, False):
                torch.save(value, path, pickle_protocol=protocol, _use_new_zipfile_serialization=zipped)
                agree(f"{name}, protocol {protocol}, {'zip' if zipped else 'legacy'}", read(path), logits)
    path = os.path.join(folder, 'dumped.pkl')
    for value in ({'state_dict': state}, model):
        with open(path, 'wb') as file:
            pickle.dump(value, file)
        agree(f'{type(value).__name__} of pickle.dump', read(path), logits)
    for name, path in files_of_torch_2(state, folder):
        agree(name, read(path), logits)
    rounded = copy.deepcopy(model).bfloat16()
    with torch.no_grad():
        rounded_logits = copy.deepcopy(rounded).float()(inputs).numpy()
    for name, path in files_of_torch_2(rounded.state_dict(), folder):
        agree(f'{name}, bfloat16', read(path), rounded_logits)

    torch.save({key: value.numpy() for key, value in state.items()}, os.path.join(folder, 'numpy.pth'))
    torch.save({'generator': state, 'discriminator': other}, os.path.join(folder, 'two.pth'))
    for name in ('numpy.pth', 'two.pth'):
        result = run('inspect', os.path.join(folder, name), '--network', network)
        check(f'{name} is refused with advice', result.returncode == 2 and 'torch.save(' in result.stderr, result.stderr)


def compare_classes(photos, folder):
    """Other numbers of classes are recognised, in state dicts and in whole modules."""
    photos = photos[:2]
    inputs = torch.stack([prepare(photo) for photo in photos])
    path = os.path.join(folder, 'classes.pth')
    for name, classes in (('alexnet', 5), ('alexnet', 37), ('vgg11_bn', 2)):
        model = redraw(getattr(torchvision.models, name)(weights=None, num_classes=classes))
        with torch.no_grad():
            logits = model(inputs).numpy()
        for what, value in (('state dict', {'state_dict': prefixed('module.', model.state_dict())}), ('whole module', model)):
            torch.save(value, path)
            agree(f'{name}, {classes} classes, {what}', log_probabilities(path, photos, '--preset', 'torchvision', classes=classes),
                  logits)


class Exported(torch.nn.Module):
    """A small network that ends in one of the ways in which training scripts leave the convolutions."""
    ENDS = ('view', 'flatten', 'mean', 'max', 'reduced max', 'softmax', 'relu6 and batch norm', 'normalises', 'scales')

    def __init__(self, end):
        super().__init__()
        self.end = end
        self.conv1 = torch.nn.Conv2d(3, 8, 7, 4)
        self.batch_norm = torch.nn.BatchNorm2d(8)
        self.lrn = torch.nn.LocalResponseNorm(5, 1e-2, 0.75, 2.0)
        self.conv2 = torch.nn.Conv2d(8, 12, 3, 2, padding=1)
        self.pool = torch.nn.AvgPool2d(7)
        self.dropout = torch.nn.Dropout()
        self.fc = torch.nn.Linear(48 if end in ('view', 'flatten') else 12, 7)
        self.register_buffer('mean', torch.tensor([.485, .456, .406]).view(1, 3, 1, 1))
        self.register_buffer('std', torch.tensor([.229, .224, .225]).view(1, 3, 1, 1))

    def forward(self, x):
        functional = torch.nn.functional
        if self.end == 'normalises':
            x = (x - self.mean) / self.std
        if self.end == 'scales':
            x = x * 2 - 1
        x = self.conv1(x)
        if self.end == 'relu6 and batch norm':
            x = functional.relu6(self.batch_norm(x))
        else:
            x = self.lrn(functional.max_pool2d(functional.relu(x), 3, 2, ceil_mode=True))
        x = functional.relu(self.conv2(x))
        if self.end == 'view':
            x = self.pool(x)
            x = self.dropout(x.view(x.size(0), -1))
        elif self.end == 'flatten':
            x = torch.flatten(self.pool(x), 1)
        elif self.end == 'max':
            x = functional.adaptive_max_pool2d(x, 1).squeeze(3).squeeze(2)
        elif self.end == 'reduced max':
            x = x.amax((2, 3))
        elif self.end == 'mean':
            x = x.mean((2, 3))
        else:
            x = functional.adaptive_avg_pool2d(x, 1).view(x.size(0), -1)
        x = self.fc(x)
        return functional.softmax(x, dim=1) if self.end == 'softmax' else x


def compare_exports(photos, folder):
    """Compares what torch.onnx.export writes at each opset, for batches of any size and of one, and with its options."""
    photos = photos[:2]
    path = os.path.join(folder, 'exported.onnx')
    prepared = torch.stack([prepare(photo) for photo in photos])
    mean, std = torch.tensor([.485, .456, .406]), torch.tensor([.229, .224, .225])
    for end in Exported.ENDS:
        model = redraw(Exported(end))
        inputs = prepared
        if end in ('normalises', 'scales'):
            inputs = prepared * std.view(1, 3, 1, 1) + mean.view(1, 3, 1, 1)
        with torch.no_grad():
            answers = model(inputs).numpy()
        logits = np.log(answers) if end == 'softmax' else answers
        variants = [(f'opset {opset}', {'opset_version': opset}) for opset in (7, 9, 11, 13, 15, 17)]
        variants += [('a batch of one', {'dynamic_axes': None}), ('no constant folding', {'do_constant_folding': False}),
                     ('weights as inputs', {'keep_initializers_as_inputs': True}),
                     ('dropout kept', {'training': torch.onnx.TrainingMode.PRESERVE})]
        for what, options in variants:
            options = {'opset_version': 13, 'input_names': ['x'], 'dynamic_axes': {'x': {0: 'n'}}, **options}
            try:
                torch.onnx.export(model, inputs[:1], path, **options)
            except torch.onnx.errors.OnnxExporterError:
                continue  # this opset has no such operator
            agree(f"export that ends in '{end}', {what}", log_probabilities(path, photos, classes=7), logits)


def main():
    torch.manual_seed(int(sys.argv[2]) if len(sys.argv) > 2 else int.from_bytes(os.urandom(4), 'little'))
    print(f'seed {torch.initial_seed()}')
    with tempfile.TemporaryDirectory() as folder:
        photos = make_photos(folder)
        compare_transforms(photos, folder)
        compare_features(photos, folder)
        compare_checkpoints(photos, folder)
        compare_classes(photos, folder)
        compare_exports(photos, folder)
        for name in ('alexnet', 'vgg11'):
            compare_network(name, photos, folder, ('zip.pth', 'legacy.pth', 'export.onnx'))
        compare_network('vgg11_bn', photos, folder, ('zip.pth', 'export.onnx'))
        for name in ('squeezenet1_0', 'squeezenet1_1'):
            compare_network(name, photos, folder, ('export.onnx',))
    print(f"{checks['passed']} passed, {checks['failed']} failed")
    sys.exit(1 if checks['failed'] else 0)


main()
