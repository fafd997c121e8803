"""The formats that batch writes: checks of complete and incomplete outputs, and their content."""
import base64
import contextlib
import csv
import dataclasses
import io
import json
import os
import pathlib
import re
import shutil
import sqlite3
import struct
import tempfile


def require(good, message):
    if not good:
        raise AssertionError(message)


def journal_of(output):
    return pathlib.Path(f'{output}.journal')


class Format:
    """One format. arguments: options that select it. path(bytes): converts a path to the form that check() returns."""
    streams = True  # can also be written to standard output
    path = staticmethod(bytes)
    room = 1  # disk space that a run needs, as a multiple of its final files
    full = 'No space left on device'  # error message of a full disk

    def files(self, output):
        """Returns all files that a complete run leaves."""
        return [output, journal_of(output)]

    def growing(self, output):
        """Returns the file that a run writes to."""
        return output

    def locked(self, output):
        """Returns the file that locks out other runs."""
        return self.growing(output)

    def begun(self, output):
        return self.count(output) > 0

    def count(self, output):
        """Returns the number of images in the output of a running batch."""
        return len(self.check(output, torn=True))

    def copy(self, output, to):
        for file, copy in ((self.growing(output), self.growing(to)), (journal_of(output), journal_of(to))):
            shutil.copy(file, copy)

    def check(self, output, torn=False):
        """Returns the paths in the output. Checks that each occurs once and, unless torn, that no record is partial."""
        paths = self.paths(output, torn)
        require(len(set(paths)) == len(paths), f'{output}: a path occurs twice')
        return paths

    def check_complete(self, output):
        require(re.search(rb'\ndone( \d+ (natural|none))?\n\Z', journal_of(output).read_bytes()),
                f'{output}: its journal does not end with done')


@dataclasses.dataclass
class Lines(Format):
    """A text format. paths_of: returns the paths of a text of whole records, in order. header: number of header lines."""
    name: str
    ending: str
    paths_of: object
    header: int = 0
    path: object = bytes

    @property
    def arguments(self):
        return '--format', self.name

    def paths(self, output, torn):
        text = output.read_bytes() if output.exists() else b''
        if torn:  # ignore the text after the last line feed
            text = text[:text.rfind(b'\n') + 1]
            while self.header and text.count(b'"') % 2:  # ignore a line feed inside CSV's quotes
                text = text[:text.rfind(b'\n', 0, -1) + 1]
        require(text.endswith(b'\n') or not text, f'{output}: the last line is not terminated')
        return self.paths_of(text)

    def content(self, output):
        """Returns a value that is equal for outputs with the same records."""
        return sorted(output.read_bytes().split(b'\n'))

    def check_complete(self, output):
        super().check_complete(output)
        lengths = sum(entry[1] for entry in journal_entries(output))
        prologue = len(output.read_bytes().split(b'\n')[0]) + 1 if self.header else 0
        require(lengths + prologue == output.stat().st_size, f'{output}: its journal gives another length')


def jsonl_paths(text):
    records = [json.loads(line) for line in text.split(b'\n')[:-1]]
    for record in records:
        require('reason' in record or record['predictions'], f'neither a reason nor predictions: {record}')
    return [base64.b64decode(r['path_base64']) if 'path_base64' in r else os.fsencode(r['path']) for r in records]


def csv_paths(text):
    rows = list(csv.reader(io.StringIO(text.decode(errors='surrogateescape'), newline=''), strict=True))
    require(all(len(row) == len(rows[0]) >= 8 for row in rows), 'a row of CSV has not as many fields as its header')
    return [os.fsencode(row[0]) for row in rows[1:] if row[1] in ('', '1')]


def printed(path):
    """Returns the path as text shows it: control characters and bytes that are not UTF-8 are escaped."""
    named = {'\n': '\\n', '\t': '\\t', '\\': '\\\\'}
    text = path.decode(errors='surrogateescape')
    hidden = [c < ' ' or '\x7f' <= c <= '\x9f' or '\udc80' <= c <= '\udcff' for c in text]
    escaped = [''.join('\\x%02x' % byte for byte in c.encode(errors='surrogateescape')) for c in text]
    return ''.join(named.get(c, e if h else c) for c, e, h in zip(text, escaped, hidden)).encode()


def text_paths(text):
    return [line.split(b': ')[0] for line in text.split(b'\n')[:-1]]


class Features(Format):
    """--extract: the run writes FILE.part and renames it to FILE at the end. Only the journal contains failed images."""
    name = 'features'
    ending = '.safetensors'
    arguments = ('--extract', 'fc2')
    streams = False

    def growing(self, output):
        return pathlib.Path(f'{output}.part')

    def paths(self, output, torn):
        entries = journal_entries(output)
        if output.exists():
            rows = self.content(output)
            good = sorted(path for status, path in ((e[5], e[6]) for e in entries) if status == b'ok')
            require([path for path, _ in rows] == good, f'{output}: its paths are not those of its journal')
        return [entry[6] for entry in entries]

    def content(self, output):
        data = output.read_bytes()
        length, = struct.unpack('<Q', data[:8])
        header = json.loads(data[8:8 + length])
        parts = {name: data[8 + length + header[name]['data_offsets'][0]:8 + length + header[name]['data_offsets'][1]]
                 for name in ('features', 'paths')}
        rows, width = header['features']['shape']
        paths = parts['paths'].split(b'\0')[:-1]
        require(len(paths) == rows and len(parts['features']) == 4 * rows * width, f'{output}: not a row for each path')
        return sorted((path, parts['features'][4 * width * i:4 * width * (i + 1)]) for i, path in enumerate(paths))


def journal_entries(output):
    """Returns index, length, checksum, bytes, mtime, status and path of each whole line."""
    journal = journal_of(output)
    lines = journal.read_bytes().split(b'\n')[1:-1] if journal.exists() else []
    entries = [line.split(b' ', 6) for line in lines if not line.startswith(b'done')]
    return [(int(e[0]), int(e[1]), *e[2:6], e[6].replace(b'%0A', b'\n').replace(b'%25', b'%')) for e in entries]


class Sqlite(Format):
    """A database. Until a run is complete, SQLite's files beside it belong to it."""
    name = 'sqlite'
    ending = '.db'
    arguments = ('--format', 'sqlite')
    streams = False
    room = 4  # includes the log
    full = 'database or disk is full'

    def files(self, output):
        return [output]

    def locked(self, output):
        return pathlib.Path(f'{output}.lock')

    def count(self, output):
        try:
            with contextlib.closing(sqlite3.connect(f'file:{output}?mode=ro', uri=True)) as database:
                return database.execute('SELECT count(*) FROM images').fetchone()[0]
        except sqlite3.OperationalError:  # no database yet, or no tables
            return 0

    def copy(self, output, to):
        for ending in ('', '-wal', '-journal'):
            if os.path.exists(f'{output}{ending}'):
                shutil.copy(f'{output}{ending}', f'{to}{ending}')

    @contextlib.contextmanager
    def opened(self, output):
        """Opens a copy, so that only the next run recovers the files of a killed run."""
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder) / output.name
            self.copy(output, copy)
            with contextlib.closing(sqlite3.connect(copy)) as database:
                database.text_factory = bytes
                yield lambda sql: database.execute(sql).fetchall()

    def paths(self, output, torn):
        require(torn or not output.with_name(f'{output.name}-journal').exists(), f'{output}: a journal was left')
        with self.opened(output) as rows:
            require(rows('PRAGMA integrity_check') == [(b'ok',)], f'{output}: is damaged')
            if not rows("SELECT * FROM sqlite_master WHERE name = 'run'"):  # the run ended before it made its tables
                return []
            require(not rows('PRAGMA foreign_key_check'), f'{output}: rows without an image')
            require(not rows('SELECT path FROM images WHERE (id IN (SELECT image_id FROM predictions)) = '
                             '(id IN (SELECT image_id FROM failures))'), f'{output}: neither predictions nor a reason')
            return [path for path, in rows('SELECT CAST(ifnull(path_bytes, path) AS BLOB) FROM images')]

    def content(self, output):
        with self.opened(output) as rows:
            facts = 'CAST(ifnull(path_bytes, path) AS BLOB), bytes, mtime_ns, crops, decode_scale'
            return [sorted(rows(sql)) for sql in (
                'SELECT * FROM run', f'SELECT {facts}, path FROM images WHERE id NOT IN (SELECT image_id FROM failures)',
                f'SELECT {facts}, rank, class_index, class_id, label, probability '
                'FROM predictions JOIN images ON image_id = id',
                'SELECT CAST(ifnull(path_bytes, path) AS BLOB), stage, reason FROM failures JOIN images ON image_id = id')]

    def check_complete(self, output):
        with self.opened(output) as rows:
            require(rows("SELECT value FROM run WHERE key = 'done'") == [(b'true',)], f'{output}: is not done')
            require(rows('PRAGMA journal_mode') == [(b'delete',)], f'{output}: is still in WAL mode')


FORMATS = [Lines('jsonl', '.jsonl', jsonl_paths), Lines('csv', '.csv', csv_paths, header=1),
           Lines('text', '.txt', text_paths, path=printed), Features(), Sqlite()]
