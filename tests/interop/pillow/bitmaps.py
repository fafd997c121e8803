"""Writes BMP files of every kind, because Pillow writes only a few. Rows of pixels begin at the top."""
import struct

def header(size, width, height, bits, compression=0, colours=0, masks=()):
    """Returns an information header of `size` bytes without the fields that do not fit."""
    if size == 12:
        return struct.pack('<IHHHH', 12, width, height, 1, bits)
    full = struct.pack('<IiiHHIIiiII', size, width, height, 1, bits, compression, 0, 2835, 2835, colours, 0)
    if size >= 52 and size != 64:
        full += struct.pack(f'<{len(masks)}I', *masks)
    return full[:size].ljust(size, b'\0')


def file(head, extra, pixels, offset=None):
    """Returns the file. extra: bytes between the header and the pixels: masks or the palette."""
    at = 14 + len(head) + len(extra)
    return b'BM' + struct.pack('<IHHI', at + len(pixels), 0, 0, at if offset is None else offset) + head + extra + pixels


def padded(row):
    return row + bytes(-len(row) % 4)


def indexed(rows, bits, palette, size=40, top_down=False, colours=None, offset=None):
    """rows: indices of colours; palette: (r, g, b)."""
    height, width = len(rows), len(rows[0])
    colour = struct.Struct('BBB' if size == 12 else 'BBBx')
    extra = b''.join(colour.pack(b, g, r) for r, g, b in palette)
    packed = []
    for row in rows:
        whole = 0
        for number in row:
            whole = whole << bits | number
        length = (width * bits + 7) // 8
        packed.append(padded((whole << (8 * length - width * bits)).to_bytes(length, 'big')))
    head = header(size, width, -height if top_down else height, bits, 0, len(palette) if colours is None else colours)
    return file(head, extra, b''.join(packed if top_down else packed[::-1]), offset)


def direct(rows, bits, masks=None, size=40, top_down=False, alpha=0):
    """rows: (r, g, b) or (r, g, b, a) of 8 bits; masks: masks of red, green, blue and alpha, or None."""
    height, width = len(rows), len(rows[0])
    used = masks or ((0x7c00, 0x3e0, 0x1f, 0) if bits == 16 else (0xff0000, 0xff00, 0xff, 0))

    def pack(pixel):
        value = alpha
        for mask, sample in zip(used, pixel):
            if mask:
                largest = mask // (mask & -mask)
                value |= (sample * largest + 127) // 255 * (mask & -mask)
        return value.to_bytes(bits // 8, 'little')

    packed = [padded(b''.join(pack(pixel) for pixel in row)) for row in rows]
    head = header(size, width, -height if top_down else height, bits, 3 if masks else 0, 0, masks or ())
    extra = struct.pack('<3I', *masks[:3]) if masks and size == 40 else b''
    return file(head, extra, b''.join(packed if top_down else packed[::-1]))


def runs(data, width, height, bits, palette, size=40, top_down=False):
    """Returns a file of run-length encoded data."""
    head = header(size, width, -height if top_down else height, bits, 1 if bits == 8 else 2, len(palette))
    return file(head, b''.join(struct.pack('BBBx', b, g, r) for r, g, b in palette), data)


def encode(rows, bits, random):
    """Run-length encodes rows from the bottom up, with runs and literals of random lengths. Literals of 4 bits have even
    lengths."""
    out = b''
    for row in rows[::-1]:
        at = 0
        while at < len(row):
            length = min(random.randrange(1, 20), len(row) - at)
            part = row[at:at + length]
            if length >= 4 and random.random() < 0.5:
                part = part[:length // 2 * 2] if bits == 4 else part
                out += bytes((0, len(part)))
                data = bytes(part) if bits == 8 else bytes(a << 4 | b for a, b in zip(part[::2], part[1::2]))
                out += data + bytes(len(data) % 2)
            else:
                count = 1
                while count < len(part) and part[count] == part[0]:
                    count += 1
                part = part[:count]
                out += bytes((count, part[0] if bits == 8 else part[0] << 4 | part[0]))
            at += len(part)
        out += b'\0\0'
    return out + b'\0\1'
