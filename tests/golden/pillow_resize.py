#!/usr/bin/python3
"""Pillow's resized images: writes tests/golden/pillow_resize/.

index.txt has a line for each result: SOURCE WIDTH HEIGHT X Y W H FILE. The source, resized to WIDTH x HEIGHT with
Image.BILINEAR and cropped at X, Y to W x H, is FILE. A WIDTH of 0 means torchvision's rule: the shorter side becomes
HEIGHT, and the crop of W x H is the centre (X and Y give its position). Needs Pillow (Debian's python3-pil 9.4).
"""
import os

from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, 'pillow_resize')
PHOTOS = os.path.join(HERE, '..', '..', 'data', 'photos')

# source: sizes of the results. Large results are stored as a crop.
SIZES = {
    'cat.png': [(97, 61), (451, 61), (97, 300), (1, 1), (1, 300), (451, 1), (450, 299), (452, 301), (1353, 901)],
    'cat.jpg': [(227, 151), (13, 200)],
    'coffee.jpg': [(150, 100), (599, 401), (7, 1201)],
    'rocket.jpg': [(113, 75), (641, 2)],
    'noise.png': [(37, 23), (36, 22), (74, 46), (5, 3), (1, 1), (1, 23), (37, 1), (53, 17), (19, 71), (111, 69), (2, 2)],
    'line.png': [(64, 1), (1, 5), (300, 7)],
    'dot.png': [(1, 1), (9, 5)],
}
# source: shorter side, crop. Several leave an odd margin, so the offset of the crop ends in .5.
CENTRES = {
    'cat.png': [(64, 64), (64, 57), (61, 58), (256, 97)],
    'cat.jpg': [(64, 64)],
    'coffee.jpg': [(64, 64), (67, 64)],
    'rocket.jpg': [(64, 64), (99, 90)],
    'noise.png': [(16, 11), (17, 14), (23, 20), (30, 23)],
    'line.png': [(3, 2)],
}


def noise(width, height):
    """Returns pixels of a linear congruential generator: all different, and the same on every machine."""
    state, data = 1, bytearray()
    for _ in range(width * height * 3):
        state = (state * 1103515245 + 12345) % 2**31
        data.append(state >> 16 & 255)
    return Image.frombytes('RGB', (width, height), bytes(data))


def main():
    os.makedirs(OUT, exist_ok=True)
    for name, size in (('noise.png', (37, 23)), ('line.png', (211, 1)), ('dot.png', (1, 1))):
        noise(*size).save(os.path.join(OUT, name), optimize=True)
    lines = []

    def keep(image, line, suffix):
        name = f'{line[0]}.{suffix}.png'
        image.save(os.path.join(OUT, name), optimize=True)
        lines.append(' '.join(map(str, (*line, name))))

    for source in SIZES:
        own = os.path.join(OUT, source)
        image = Image.open(own if os.path.exists(own) else os.path.join(PHOTOS, source)).convert('RGB')
        for width, height in SIZES[source]:
            resized = image.resize((width, height), Image.BILINEAR)
            w, h = min(width, 120), min(height, 120)
            x, y = (width - w) * 2 // 3, (height - h) // 3
            keep(resized.crop((x, y, x + w, y + h)), (source, width, height, x, y, w, h), f'{width}x{height}')
        for side, crop in CENTRES.get(source, ()):
            w, h = image.size
            size = (side, int(side * h / w)) if w <= h else (int(side * w / h), side)
            resized = image.resize(size, Image.BILINEAR)
            x, y = round((resized.width - crop) / 2), round((resized.height - crop) / 2)
            keep(resized.crop((x, y, x + crop, y + crop)), (source, 0, side, x, y, crop, crop), f'centre{side}-{crop}')
    with open(os.path.join(OUT, 'index.txt'), 'w') as file:
        file.write('\n'.join(lines) + '\n')


if __name__ == '__main__':
    main()
