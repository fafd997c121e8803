"""Decodes corrupt copies of images: 16 of each of 60 files of a format."""
import ctypes
import os
import random
import re
import subprocess
import tempfile
import zlib

import cases
from pixels import decode, pillow, same

FILES, COPIES = 60, 16

# Messages of libraries that do not concern the pixels, with the reasons.
EXCEPTIONS = {
    'JPEG: extraneous bytes': 'extra bytes between the scan and the next marker; many cameras write them',
    'JPEG: JFIF revision, Adobe transform, SOS parameters': 'fields that do not affect the pixels',
    'JPEG: premature end of file': 'if all scans are complete, only the end marker is missing',
    'BMP: runs': 'changes make blank rows, deltas and odd literals, which Pillow misreads; only truncated copies are compared',
    'BMP: masks': 'Pillow refuses all but some sets of masks',
}
HARMLESS_IN_JPEG = re.compile(r'Corrupt JPEG data: \d+ extraneous bytes before marker|Warning: unknown JFIF revision|'
                              r'Unknown Adobe color transform|Invalid SOS parameters|Premature end of JPEG file')
SERIOUS_IN_JPEG = re.compile(r'Corrupt JPEG data|Inconsistent progression sequence|Premature end')


def copies(name, data):
    """Returns six copies with one to three flipped bits, five truncated ones and five with a range of zeros."""
    rng = random.Random(zlib.crc32(name.encode()))
    for i in range(COPIES):
        copy = bytearray(data)
        at = rng.randrange(len(copy))
        if i < 6:
            kind = 'flipped'
            for _ in range(rng.randrange(1, 4)):
                copy[rng.randrange(len(copy))] ^= 1 << rng.randrange(8)
        elif i < 11:
            kind = 'cut'
            del copy[len(copy) - 1 if i == 6 else at:]
        else:
            kind = 'zeros'
            length = min(rng.randrange(1, 65), len(copy) - at)
            copy[at:at + length] = bytes(length)
        if copy != data:
            yield f'{name}, copy {i}, {kind}', bytes(copy)


# ---- errors of the libraries, or None ------------------------------------------------------------------------
class PngImage(ctypes.Structure):
    _fields_ = [('opaque', ctypes.c_void_p),
                *((name, ctypes.c_uint32) for name in ('version', 'width', 'height', 'format', 'flags', 'colormap_entries',
                                                       'warning_or_error')),
                ('message', ctypes.c_char * 64)]


def libpng_error(data):
    png = ctypes.CDLL('libpng16.so.16')
    image = PngImage(version=1)
    if png.png_image_begin_read_from_memory(ctypes.byref(image), data, ctypes.c_size_t(len(data))):
        if image.width * image.height > 1 << 24:
            png.png_image_free(ctypes.byref(image))
            return None
        image.format = 3  # R G B A
        pixels = ctypes.create_string_buffer(image.width * image.height * 4)
        if png.png_image_finish_read(ctypes.byref(image), None, pixels, 0, None):
            return None
    return image.message.decode()


def libjpeg_error(data):
    # With less verbosity it reports only the first warning.
    run = subprocess.run(['djpeg', *3 * ['-verbose'], '-outfile', os.devnull], input=data, capture_output=True)
    lines = run.stderr.decode(errors='replace').splitlines()
    if run.returncode == 1:
        return lines[-1]
    serious = [line for line in lines if SERIOUS_IN_JPEG.search(line) and not HARMLESS_IN_JPEG.search(line)]
    return serious[0] if serious else None


@ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)
def note_tiff_error(module, form, _):
    tiff_errors.append(f'{module}: {form}')


tiff_errors = []


def libtiff_error(data):
    """Reads the strips or tiles of the first directory."""
    tiff = ctypes.CDLL('libtiff.so.6')
    tiff.TIFFSetErrorHandler(note_tiff_error)  # also receives Pillow's errors
    tiff.TIFFSetWarningHandler(None)
    tiff.TIFFOpen.restype = ctypes.c_void_p
    tiff_errors.clear()
    for size in ('TIFFStripSize', 'TIFFTileSize', 'TIFFReadEncodedStrip', 'TIFFReadEncodedTile'):
        getattr(tiff, size).restype = ctypes.c_ssize_t
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        handle = ctypes.c_void_p(tiff.TIFFOpen(file.name.encode(), b'r'))
        if handle:
            kind = 'Tile' if tiff.TIFFIsTiled(handle) else 'Strip'
            size = getattr(tiff, f'TIFF{kind}Size')(handle)
            parts = getattr(tiff, f'TIFFNumberOf{kind}s')(handle)
            if 0 < size < 1 << 26 and parts < 1 << 16:
                buffer = ctypes.create_string_buffer(size)
                read = getattr(tiff, f'TIFFReadEncoded{kind}')
                for part in range(parts):
                    if read(handle, part, buffer, ctypes.c_ssize_t(size)) < 0:
                        tiff_errors.append('it cannot be read')
            tiff.TIFFClose(handle)
    return tiff_errors[0] if tiff_errors else None


def pillow_error(data):
    result = pillow(data)
    return result if isinstance(result, str) and 'Unsupported BMP bitfields layout' not in result else None


# There is no library for BMP.
LIBRARIES = {'PNG': libpng_error, 'JPEG': libjpeg_error, 'TIFF': libtiff_error, 'WebP': pillow_error, 'BMP': pillow_error}


def sweep(check):
    for format, error_of in LIBRARIES.items():
        sound = [case for case in cases.FORMATS[format]() if case.exception is None and len(case.data) > 100]
        chosen = sound[::len(sound) // FILES][:FILES]
        corrupt = {name: data for case in chosen for name, data in copies(case.name, case.data)}
        results = decode(corrupt)
        accepted = {name: result for name, result in results.items() if not isinstance(result, str)}
        failures = 0
        for name, result in accepted.items():
            if format == 'BMP' and name.startswith('RLE') and 'cut' not in name:
                continue
            error, reference = error_of(corrupt[name]), pillow(corrupt[name])
            good = not error and (isinstance(reference, str) or same(result, reference))
            check(f'corrupt {format} {name}', good, error or 'other pixels than Pillow')
            failures += not good
        print(f'corrupt {format}: {len(corrupt)} copies of {len(chosen)} images, {len(corrupt) - len(accepted)} refused, '
              f'{failures} failed', flush=True)
        check(f'corrupt {format}', len(chosen) == FILES, f'only {len(chosen)} images')
    for exception, reason in EXCEPTIONS.items():
        print(f'exception: {exception}: {reason}')
