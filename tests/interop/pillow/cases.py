"""Makes the images that compare.py decodes: modes x formats x compressions x orientations."""
import io
import os
import random
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageCms

import bitmaps

HERE = os.path.dirname(os.path.abspath(__file__))
PHOTO = os.path.join(HERE, '../../../data/photos/cat.png')
SIZES = ((1, 1), (7, 5), (33, 20), (64, 48))
ORIENTATIONS = range(1, 9)

# Differences from Pillow, with their reasons.
EXCEPTIONS = {
    'grey16': 'Pillow clamps 16-bit grey to 255 when it converts to RGB; alexnet drops the low byte, as for colours',
    'bmp headers': 'Pillow refuses headers of 16, 52 and 56 bytes; their first 40 bytes have the usual meaning',
    'bmp 2 bits': 'Pillow refuses 2 bits per pixel',
    'bmp masks': 'Pillow refuses all but some sets of masks',
    'bmp delta': 'Pillow reads four bytes after a delta code instead of two',
    'bmp odd literal': 'Pillow drops the last pixel of a 4-bit literal of odd length and continues at the wrong offset',
    'bmp blank row': 'Pillow omits a row that has no pixels before its end',
    'bmp grey palette': 'Pillow reads bytes as pixels if a 4-bit palette is the grey levels 0 to 15, and bits as pixels if '
                        'an 8-bit palette is black and white',
    'bmp past palette': 'Pillow invents a colour for an index past the end of the palette; alexnet refuses it',
    'ppm of 16 bits': 'Pillow rounds 16-bit colours in a PPM and drops the low byte elsewhere; alexnet always drops it',
    'gif background': 'Pillow fills what the first frame leaves free with the first colour of the palette instead of the '
                      'background colour',
    'png past palette': 'Pillow invents a colour for an index past the end of the palette; alexnet refuses it',
}


@dataclass
class Case:
    name: str
    data: bytes
    exception: str = None   # a key of EXCEPTIONS
    expected: object = None  # pixels, or a part of the refusal's reason; None: Pillow's pixels


def photo(size, mode='RGB'):
    image = Image.open(PHOTO).convert('RGB').crop((60, 20, 380, 260)).resize(size)
    image.info = {}  # no colour profile
    if mode in ('LA', 'RGBA', 'PA'):
        alpha = Image.linear_gradient('L').resize(size)
        return Image.merge(mode, (*image.convert(mode[:-1]).split(), alpha))
    if mode == 'I;16':
        values = np.asarray(image.convert('L')).astype('<u2') * 256 + 77
        return Image.frombytes('I;16', size, values.tobytes())
    return image.convert(mode)


def saved(image, format, **options):
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def exif(orientation, form='<'):
    start = b'II*\0' if form == '<' else b'MM\0*'
    return b'Exif\0\0' + start + struct.pack(form + 'IHHHIHHI', 8, 1, 274, 3, 1, orientation, 0, 0)


# ---- PNG --------------------------------------------------------------------------------------------------------
def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def png(width, height, depth, colour, rows, before=b'', interlace=0):
    """Returns a PNG. rows: packed bytes of each row, or of each row of the seven passes if interlaced."""
    head = struct.pack('>IIBBBBB', width, height, depth, colour, 0, 0, interlace)
    body = zlib.compress(b''.join(b'\0' + row for row in rows))
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', head) + before + chunk(b'IDAT', body) + chunk(b'IEND', b'')


def interlaced(image):
    data = np.asarray(image)
    colour = 2 if data.ndim == 3 else 0
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = [data[y, x0::dx].tobytes()
            for x0, y0, dx, dy in passes if x0 < image.width for y in range(y0, image.height, dy)]
    return png(*image.size, 8, colour, rows, interlace=1)


def wide(image):
    """Returns 16-bit samples whose low bytes differ from their high bytes."""
    data = np.asarray(image)
    samples = (data.astype('>u2') * 256 + 255 - data).astype('>u2')
    colour = {'L': 0, 'RGB': 2, 'LA': 4, 'RGBA': 6}[image.mode]
    return png(*image.size, 16, colour, [row.tobytes() for row in samples])


def with_chunks(data, *chunks):
    return data[:33] + b''.join(chunks) + data[33:]


def profile(orientation):
    block = exif(orientation, '>')
    lines = [block.hex()[i:i + 36] for i in range(0, 64, 36)]
    return '\n'.join(('', 'exif', f'{len(block):8d}', *lines, '')).encode()


def xmp(text):
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description {text}</rdf:RDF></x:xmpmeta>'.encode()


def text_chunks(name, value):
    name = name.encode()
    yield 'tEXt', chunk(b'tEXt', name + b'\0' + value)
    yield 'zTXt', chunk(b'zTXt', name + b'\0\0' + zlib.compress(value))
    yield 'iTXt', chunk(b'iTXt', name + b'\0\0\0en\0\0' + value)
    yield 'iTXt packed', chunk(b'iTXt', name + b'\0\1\0en\0\0' + zlib.compress(value))


def pngs():
    for size in SIZES:
        for mode in ('1', 'L', 'LA', 'RGB', 'RGBA', 'P'):
            for options in ({'compress_level': 0}, {'compress_level': 1}, {'optimize': True}):
                yield Case(f'{mode} {size} {options}', saved(photo(size, mode), 'PNG', **options))
        for colours in (2, 3, 16, 200):
            paletted = photo(size).quantize(colours)
            yield Case(f'P {colours} {size}', saved(paletted, 'PNG'))
            yield Case(f'P {colours} {size} transparent', saved(paletted, 'PNG', transparency=1))
        for mode in ('L', 'RGB'):
            yield Case(f'{mode} interlaced {size}', interlaced(photo(size, mode)))
            yield Case(f'{mode} transparent {size}',
                       saved(photo(size, mode), 'PNG', transparency=10 if mode == 'L' else (1, 2, 3)))
        for mode in ('LA', 'RGB', 'RGBA'):
            yield Case(f'{mode} 16 bits {size}', wide(photo(size, mode)))
        grey = photo(size, 'L')
        yield Case(f'L 16 bits {size}', wide(grey), 'grey16', np.asarray(grey.convert('RGB')))
    for depth, row in ((1, b'\x60'), (2, b'\x1b'), (4, b'\x05\xaf')):
        yield Case(f'grey of {depth} bits', png(4, 1, depth, 0, [row]))
    yield Case('past palette', png(2, 1, 8, 3, [b'\0\7'], chunk(b'PLTE', b'\xff\0\0\0\0\xff')), 'png past palette',
               'the palette does not have')
    plain = saved(photo((7, 5)), 'PNG')
    for orientation in ORIENTATIONS:
        for size in ((7, 5), (33, 20)):
            yield Case(f'eXIf {orientation} {size}', saved(photo(size), 'PNG', exif=exif(orientation)))
        for kind, text in text_chunks('Raw profile type exif', profile(orientation)):
            yield Case(f'profile {kind} {orientation}', with_chunks(plain, text))
        for form in (f'tiff:Orientation="{orientation}"/>',
                     f'><tiff:Orientation>{orientation}</tiff:Orientation></rdf:Description>'):
            for kind, text in text_chunks('XML:com.adobe.xmp', xmp(form)):
                yield Case(f'XMP {kind} {form}', with_chunks(plain, text))
    eight, three = chunk(b'eXIf', exif(8)[6:]), xmp('tiff:Orientation="3"/>')
    raw = chunk(b'tEXt', b'Raw profile type exif\0' + profile(6))
    meta = chunk(b'tEXt', b'XML:com.adobe.xmp\0' + three)
    empty = chunk(b'eXIf', b'II*\0\x08\0\0\0\0\0\0\0\0\0')
    yield Case('eXIf, profile and XMP', with_chunks(plain, meta, raw, eight))
    yield Case('profile and XMP', with_chunks(plain, meta, raw))
    yield Case('eXIf of orientation 9 and XMP', with_chunks(plain, meta, chunk(b'eXIf', exif(9)[6:])))
    yield Case('eXIf without an orientation, profile and XMP', with_chunks(plain, meta, raw, empty))
    packed = chunk(b'zTXt', b'Raw profile type exif\0\0' + zlib.compress(profile(5)))
    yield Case('two profiles', with_chunks(plain, raw, packed))
    yield Case('text exif', with_chunks(plain, chunk(b'tEXt', b'exif\0' + exif(7)), raw))
    yield Case('profile behind the pixels', plain[:-12] + raw + plain[-12:])
    yield Case('XMP with another first', with_chunks(
        plain, chunk(b'tEXt', b'XML:com.adobe.xmp\0' + xmp('tiff:Orientation=\'5\' tiff:Orientation="7"/>'))))


# ---- JPEG -------------------------------------------------------------------------------------------------------
def jpegs():
    for size in SIZES:
        for mode in ('L', 'RGB', 'CMYK'):
            for options in ({}, {'quality': 30}, {'quality': 95, 'subsampling': 0}, {'subsampling': 1},
                            {'optimize': True, 'subsampling': 2}, {'progressive': True},
                            {'progressive': True, 'quality': 97, 'subsampling': 0}):
                yield Case(f'{mode} {size} {options}', saved(photo(size, mode), 'JPEG', **options))
    for orientation in range(10):
        for size in SIZES[1:]:
            for form in '<>':
                yield Case(f'orientation {orientation} {form} {size}',
                           saved(photo(size), 'JPEG', exif=exif(orientation, form)))
    yield Case('XMP alone', with_xmp(saved(photo((33, 20)), 'JPEG')))


def with_xmp(jpeg):
    """Pillow 9.4 ignores XMP in a JPEG."""
    data = b'http://ns.adobe.com/xap/1.0/\0' + xmp('tiff:Orientation="6"/>')
    return jpeg[:2] + b'\xff\xe1' + struct.pack('>H', len(data) + 2) + data + jpeg[2:]


# ---- BMP --------------------------------------------------------------------------------------------------------
MASKS = {
    16: {'565': (0xf800, 0x7e0, 0x1f, 0), '555': (0x7c00, 0x3e0, 0x1f, 0)},
    24: {'bgr': (0xff0000, 0xff00, 0xff, 0)},
    32: {'bgrx': (0xff0000, 0xff00, 0xff, 0), 'xbgr': (0xff000000, 0xff0000, 0xff00, 0),
         'abgr': (0xff000000, 0xff0000, 0xff00, 0xff), 'rgba': (0xff, 0xff00, 0xff0000, 0xff000000),
         'bgra': (0xff0000, 0xff00, 0xff, 0xff000000), 'none': (0, 0, 0, 0)},
}
OTHER_MASKS = {
    16: {'444': (0xf00, 0xf0, 0xf, 0), '4444': (0xf00, 0xf0, 0xf, 0xf000), 'bgr': (0x1f, 0x7e0, 0xf800, 0),
         '332': (0xe0, 0x1c, 3, 0)},
    24: {'rgb': (0xff, 0xff00, 0xff0000, 0), 'grb': (0xff00, 0xff, 0xff0000, 0)},
    32: {'rgbx': (0xff, 0xff00, 0xff0000, 0), '10': (0x3ff00000, 0xffc00, 0x3ff, 0),
         '565': (0xf8000000, 0x7e00000, 0x1f0000, 0)},
}


def through_masks(rows, masks):
    """Returns the pixels after they are stored with these masks."""
    largest = [mask // (mask & -mask) for mask in masks[:3]]
    stored = (np.array(rows, int)[:, :, :3] * largest + 127) // 255
    return (stored * 255 // largest).astype(np.uint8)


def colours(count, rng):
    return [(rng.randrange(256), rng.randrange(256), rng.randrange(256)) for _ in range(count)]


def cut_to(bits, numbers):
    return [[n >> (8 - bits) for n in row] for row in numbers]


def bmps():
    rng = random.Random(1)
    for size in SIZES:
        for mode in ('1', 'L', 'P', 'RGB', 'RGBA'):
            yield Case(f'{mode} {size}', saved(photo(size, mode), 'BMP'))
        rows = [list(map(tuple, row)) for row in np.asarray(photo(size, 'RGBA')).tolist()]
        numbers = np.asarray(photo(size, 'L')).tolist()
        for top_down in (False, True):
            yield from headers(size, rows, numbers, top_down, rng)
            yield from runs(size, numbers, top_down, rng)
        yield from palettes(size, rows, numbers, rng)
        yield from bmp_exceptions(size, rows, numbers)
    sound = bitmaps.direct([[(1, 2, 3), (4, 5, 6)], [(7, 8, 9), (250, 251, 252)]], 24)
    yield Case('offset 0', sound[:10] + bytes(4) + sound[14:])
    two = [(1, 2, 3), (200, 100, 0)]
    yield Case('offset without the palette', bitmaps.indexed([[0, 1, 1], [1, 1, 0]], 8, two, offset=54))
    yield Case('bytes behind the pixels', sound + b'and more')
    yield Case('last row without padding', sound[:-2])


def headers(size, rows, numbers, top_down, rng):
    for header in (40, 64, 108, 124):
        what = f'header {header} {size}' + (' top-down' if top_down else '')
        for bits in (16, 24, 32):
            image = bitmaps.direct(rows, bits, None, header, top_down, 0x8000 if bits == 16 else 0)
            yield Case(f'{bits} bits, {what}', image)
        for bits in (1, 4, 8):
            image = bitmaps.indexed(cut_to(bits, numbers), bits, colours(2**bits, rng), header, top_down)
            yield Case(f'palette of {bits} bits, {what}', image)
        for bits, sets in MASKS.items():
            for name, masks in sets.items():
                if header == 64 or header == 40 and masks[3]:
                    continue
                yield Case(f'masks {name}, {bits} bits, {what}', bitmaps.direct(rows, bits, masks, header, top_down))


def palettes(size, rows, numbers, rng):
    for bits in (1, 4, 8):
        image = bitmaps.indexed(cut_to(bits, numbers), bits, colours(2**bits, rng), 12)
        yield Case(f'OS/2, palette of {bits} bits {size}', image)
    yield Case(f'OS/2, 24 bits {size}', bitmaps.direct(rows, 24, None, 12))
    yield Case(f'short palette {size}', bitmaps.indexed([[n % 5 for n in row] for row in numbers], 8, colours(5, rng)))
    greys = [(n, n, n) for n in range(256)]
    yield Case(f'grey palette {size}', bitmaps.indexed(numbers, 8, greys))
    yield Case(f'reversed grey palette {size}', bitmaps.indexed(numbers, 8, greys[::-1]))
    ends = [(0, 0, 0), (255, 255, 255)]
    yield Case(f'black and white palette {size}', bitmaps.indexed(cut_to(1, numbers), 1, ends))
    yield Case(f'white and black palette {size}', bitmaps.indexed(cut_to(1, numbers), 1, ends[::-1]))


def runs(size, numbers, top_down, rng):
    for bits in (4, 8):
        palette = colours(2**bits, rng)
        what = f'{size}' + (' top-down' if top_down else '')
        part = cut_to(bits, numbers)

        def image(data, header=40):
            return bitmaps.runs(data, *size, bits, palette, header, top_down)

        for header in (40, 108):
            data = bitmaps.encode(part[::-1] if top_down else part, bits, rng)
            yield Case(f'RLE{bits}, header {header} {what}', image(data, header))
        run = b'\x7f\x12' if bits == 4 else b'\x7f\x01'
        yield Case(f'RLE{bits}, runs past the end of the row {what}', image((run + b'\5\0\0\0') * size[1] + b'\0\1'))
        yield Case(f'RLE{bits}, rows that end early {what}', image(b'\1\1\0\0' * size[1] + b'\0\1'))
        yield Case(f'RLE{bits}, no end mark {what}', image((run + b'\0\0') * size[1]))


def bmp_exceptions(size, rows, numbers):
    four = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (9, 9, 9)]
    picture = np.array(rows, np.uint8)[:, :, :3]

    def painted(part, palette):
        return np.array(palette, np.uint8)[np.array(part)]

    def drawn(text):
        return painted([[int(c) for c in row] for row in text.split()], four)

    for header in (16, 52, 56):
        yield Case(f'header {header} {size}', bitmaps.direct(rows, 24, None, header), 'bmp headers', picture)
        if header != 16:
            masks = (0xff0000, 0xff00, 0xff, 0)[:(header - 40) // 4]
            yield Case(f'header {header}, masks {size}', bitmaps.direct(rows, 32, masks, header), 'bmp headers', picture)
    part = cut_to(2, numbers)
    yield Case(f'2 bits {size}', bitmaps.indexed(part, 2, four), 'bmp 2 bits', painted(part, four))
    for bits, sets in OTHER_MASKS.items():
        for name, masks in sets.items():
            image = bitmaps.direct(rows, bits, masks, 108 if masks[3] else 40)
            yield Case(f'masks {name}, {bits} bits {size}', image, 'bmp masks', through_masks(rows, masks))
    if size != (7, 5):
        return
    yield Case('delta', bitmaps.runs(b'\2\1\0\2\3\1\2\2\0\0\7\3\0\0\1\2\0\0\7\1\0\0\0\1', 7, 5, 8, four), 'bmp delta',
               drawn('1111111 2000000 3333333 0000022 1100000'))
    data = b'\0\5\x12\x31\x20\0\2\x33\0\0' + b'\7\x11\0\0' * 4
    yield Case('odd literal', bitmaps.runs(data, 7, 5, 4, four), 'bmp odd literal',
               drawn('1111111 1111111 1111111 1111111 1231233'))
    yield Case('blank row', bitmaps.runs(b'\7\1\0\0\0\0' + b'\7\2\0\0' * 3, 7, 5, 8, four), 'bmp blank row',
               drawn('2222222 2222222 2222222 0000000 1111111'))
    greys, ends = [(n, n, n) for n in range(16)], [(0, 0, 0), (255, 255, 255)]
    for what, bits, shown, palette in (('grey levels', 4, 4, greys), ('black and white', 8, 1, ends)):
        part = cut_to(shown, numbers)
        yield Case(f'{what}, {bits} bits', bitmaps.indexed(part, bits, palette), 'bmp grey palette', painted(part, palette))
    yield Case('past palette', bitmaps.indexed([[0, 200]], 8, four), 'bmp past palette', 'the palette does not have')


# ---- WebP, TIFF, PNM --------------------------------------------------------------------------------------------
def webps():
    for size in SIZES:
        for mode in ('RGB', 'RGBA'):
            for options in ({'lossless': True}, {'lossless': True, 'exact': True, 'method': 6},
                            {'lossless': True, 'quality': 100}, {'quality': 10}, {'quality': 80, 'method': 0},
                            {'quality': 90, 'method': 4}, {'quality': 100, 'method': 6},
                            {'quality': 60, 'alpha_quality': 20}):
                yield Case(f'{mode} {size} {options}', saved(photo(size, mode), 'WEBP', **options))
    for orientation in ORIENTATIONS:
        for lossless in (False, True):
            yield Case(f'orientation {orientation} lossless={lossless}',
                       saved(photo((33, 20)), 'WEBP', lossless=lossless, exif=exif(orientation)))
    meta = xmp('tiff:Orientation="6"/>')  # Pillow 9.4 ignores it
    yield Case('XMP and profile', saved(photo((7, 5)), 'WEBP', xmp=meta, icc_profile=b'profile'))
    yield Case('one colour', saved(Image.new('RGB', (100, 100), (3, 4, 5)), 'WEBP', lossless=True))
    yield Case('bytes behind the image', saved(photo((7, 5)), 'WEBP') + b'and more')


def tiffs():
    for size in SIZES:
        for mode in ('1', 'L', 'P', 'RGB', 'RGBA', 'CMYK', 'LAB'):
            for compression in ('raw', 'tiff_lzw', 'tiff_adobe_deflate', 'packbits'):
                image = photo(size, mode) if mode != 'LAB' else to_lab(size)
                yield Case(f'{mode} {size} {compression}', saved(image, 'TIFF', compression=compression))
        for compression in ('group3', 'group4'):
            yield Case(f'1 {size} {compression}', saved(photo(size, '1'), 'TIFF', compression=compression))
        for mode in ('L', 'RGB'):
            for compression in ('tiff_lzw', 'tiff_adobe_deflate'):
                yield Case(f'{mode} {size} {compression} predictor',
                           saved(photo(size, mode), 'TIFF', compression=compression, tiffinfo={317: 2}))
            yield Case(f'{mode} {size} jpeg', saved(photo(size, mode), 'TIFF', compression='jpeg'))
        values = np.asarray(photo(size, 'I;16')).astype('<u2')
        yield Case(f'I;16 {size}', saved(photo(size, 'I;16'), 'TIFF'), 'grey16',
                   np.stack([(values >> 8).astype(np.uint8)] * 3, 2))
    for orientation in ORIENTATIONS:
        for size in SIZES[1:]:
            for compression in ('raw', 'tiff_lzw'):
                yield Case(f'orientation {orientation} {size} {compression}',
                           saved(photo(size), 'TIFF', compression=compression, tiffinfo={274: orientation}))


def to_lab(size):
    profiles = ImageCms.createProfile('sRGB'), ImageCms.createProfile('LAB')
    return ImageCms.applyTransform(photo(size), ImageCms.buildTransformFromOpenProfiles(*profiles, 'RGB', 'LAB'))


def pnms():
    for size in SIZES:
        for mode in ('1', 'L', 'RGB'):
            image = photo(size, mode)
            yield Case(f'{mode} {size}', saved(image, 'PPM'))
            values = ' '.join(map(str, np.asarray(image).astype(int).ravel()))
            if mode != '1':
                kind = 2 if mode == 'L' else 3
                yield Case(f'{mode} as text {size}', f'P{kind}\n# made here\n{size[0]} {size[1]}\n255\n{values}\n'.encode())
        bits = ' '.join(map(str, 1 - np.asarray(photo(size, '1')).astype(int).ravel()))
        yield Case(f'1 as text {size}', f'P1\n{size[0]} {size[1]}\n{bits}\n'.encode())
        for largest in (1, 15, 100, 254):
            for kind, mode in ((5, 'L'), (6, 'RGB')):
                samples = (np.asarray(photo(size, mode)).astype(int) * largest // 255).astype(np.uint8)
                head = f'P{kind} {size[0]} {size[1]} {largest}\n'.encode()
                yield Case(f'P{kind} up to {largest} {size}', head + samples.tobytes())
        for kind, mode, exception in ((5, 'L', 'grey16'), (6, 'RGB', 'ppm of 16 bits')):
            samples = np.asarray(photo(size, mode)).astype('>u2') * 256 + 200
            head = f'P{kind} {size[0]} {size[1]} 65535\n'.encode()
            yield Case(f'P{kind} of 16 bits {size}', head + samples.astype('>u2').tobytes(), exception,
                       np.asarray(photo(size, mode).convert('RGB')))
        samples = (np.asarray(photo(size)).astype(int) * 999 // 255).astype('>u2')
        yield Case(f'P6 up to 1000 {size}', f'P6 {size[0]} {size[1]} 1000\n'.encode() + samples.tobytes())


# ---- GIF --------------------------------------------------------------------------------------------------------
def gif_on_screen(data, left, top, background):
    """Moves the frame of a GIF into a picture that is larger by 4 pixels on each axis."""
    frame = data.index(b',', 13 + 3 * (2 << (data[10] & 7)) if data[10] & 0x80 else 13)
    width, height = struct.unpack('<HH', data[6:10])
    return (data[:6] + struct.pack('<HHBB', width + 4, height + 4, data[10], background) + data[12:frame + 1]
            + struct.pack('<HH', left, top) + data[frame + 5:])


def gifs():
    for size in SIZES:
        for mode in ('1', 'L', 'P', 'RGB'):
            for interlace in (0, 1):
                data = saved(photo(size, mode), 'GIF', interlace=interlace)
                yield Case(f'{mode} interlace {interlace} {size}', data)
        for colours in (2, 5, 16, 100):
            image = photo(size).quantize(colours)
            yield Case(f'{colours} colours {size}', saved(image, 'GIF'))
            see_through = saved(image, 'GIF', transparency=1)
            yield Case(f'{colours} colours, transparent {size}', see_through)
            yield Case(f'{colours} colours, transparent, on a screen {size}', gif_on_screen(see_through, 3, 1, 0))
        yield Case(f'animated {size}', saved(photo(size, 'L'), 'GIF', save_all=True, append_images=[photo(size, 'L').transpose(Image.ROTATE_180)]))
        on_screen = gif_on_screen(saved(photo(size).quantize(16), 'GIF'), 2, 4, 0)
        yield Case(f'on a screen {size}', on_screen)
        coloured = on_screen[:11] + b'\1' + on_screen[12:]
        pixels = np.empty((size[1] + 4, size[0] + 4, 3), np.uint8)
        pixels[:] = tuple(on_screen[16:19])
        inside = np.asarray(Image.open(io.BytesIO(on_screen)).convert('RGB'))
        pixels[4:4 + size[1], 2:2 + size[0]] = inside[4:4 + size[1], 2:2 + size[0]]
        yield Case(f'on a coloured screen {size}', coloured, 'gif background', pixels)


FORMATS = {'PNG': pngs, 'JPEG': jpegs, 'BMP': bmps, 'WebP': webps, 'TIFF': tiffs, 'PNM': pnms, 'GIF': gifs}
