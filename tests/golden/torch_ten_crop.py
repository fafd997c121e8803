#!/usr/bin/python3
"""Crops of torchvision's TenCrop: writes tests/golden/ten_crop/.

index.txt has a line for each result: SOURCE H W CROP_H CROP_W FILE. The source, resized with torchvision's Resize (the
shorter side to H if W is 0, else to H x W), is the input of TenCrop. FILE shows the ten crops of CROP_H x CROP_W one
below the other. Needs torchvision 0.14 and Pillow 9.4 (Debian's python3-torchvision and python3-pil).
"""
import os

from PIL import Image
from torchvision import transforms

from pillow_resize import noise

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, 'ten_crop')
PHOTOS = os.path.join(HERE, '..', '..', 'data', 'photos')

# source: resized to, crop. The margin along an axis is odd, even or 0.
CASES = {
    'cat.jpg': [((48, 0), (41, 41)), ((31, 0), (31, 31))],
    'rocket.jpg': [((40, 53), (33, 47))],
    'wide.png': [((16, 0), (11, 11)), ((16, 0), (12, 12)), ((20, 0), (20, 20)), ((19, 29), (8, 27))],
    'tall.png': [((16, 0), (11, 11)), ((17, 0), (9, 15)), ((23, 23), (19, 18)), ((9, 4), (7, 1))],
}


def main():
    os.makedirs(OUT, exist_ok=True)
    noise(37, 23).save(os.path.join(OUT, 'wide.png'), optimize=True)
    noise(23, 38).save(os.path.join(OUT, 'tall.png'), optimize=True)
    lines = []
    for source, cases in CASES.items():
        own = os.path.join(OUT, source)
        image = Image.open(own if os.path.exists(own) else os.path.join(PHOTOS, source)).convert('RGB')
        for (h, w), (crop_h, crop_w) in cases:
            resized = transforms.Resize((h, w) if w else h, transforms.InterpolationMode.BILINEAR)(image)
            stack = Image.new('RGB', (crop_w, 10 * crop_h))
            for i, crop in enumerate(transforms.TenCrop((crop_h, crop_w))(resized)):
                stack.paste(crop, (0, i * crop_h))
            name = f'{source}.{h}x{w}-{crop_h}x{crop_w}.png'
            stack.save(os.path.join(OUT, name), optimize=True)
            lines.append(f'{source} {h} {w} {crop_h} {crop_w} {name}')
    with open(os.path.join(OUT, 'index.txt'), 'w') as file:
        file.write('\n'.join(lines) + '\n')


if __name__ == '__main__':
    main()
