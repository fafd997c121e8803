"""Compares the alexnet command with PyTorch and torchvision. Usage: compare.py ALEXNET [SEED]

AlexNet and VGG11 get new random weights, are saved in every format that torch writes, and classify ten photos. The five
best classes must be the same, and the logits must agree within 1e-4 of their spread. Classes whose logits differ by less
than 1e-5 of the spread in PyTorch may swap: with new random weights, two of 1000 are sometimes that close.
"""
import json
import os
import subprocess
import sys
import tempfile

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


def log_probabilities(model, photos, *options):
    """Returns alexnet's logarithms of all 1000 probabilities of each photo. They differ from the logits by a constant."""
    result = run('batch', '--json', '-k', '1000', '-m', model, *options, *photos)
    if result.returncode != 0:
        raise SystemExit(f'{model}: {result.stderr}')
    rows = {}
    for line in result.stdout.splitlines():
        record = json.loads(line)
        row = np.empty(1000)
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


def main():
    torch.manual_seed(int(sys.argv[2]) if len(sys.argv) > 2 else int.from_bytes(os.urandom(4), 'little'))
    print(f'seed {torch.initial_seed()}')
    with tempfile.TemporaryDirectory() as folder:
        photos = make_photos(folder)
        compare_transforms(photos, folder)
        compare_features(photos, folder)
        for name in ('alexnet', 'vgg11'):
            compare_network(name, photos, folder, ('zip.pth', 'legacy.pth', 'export.onnx'))
        compare_network('vgg11_bn', photos, folder, ('zip.pth', 'export.onnx'))
    print(f"{checks['passed']} passed, {checks['failed']} failed")
    sys.exit(1 if checks['failed'] else 0)


main()
