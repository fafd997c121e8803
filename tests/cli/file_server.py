#!/usr/bin/python3
"""Serves the files of a folder on 127.0.0.1, correctly or with faults, until its standard input ends.

    file_server.py FOLDER

Prints its port. A request is for /MODE/FILE or /MODE-N/FILE. Each request is a line of FOLDER/requests: the path and the
range. The modes:

    plain       correct, with ranges
    whole       without ranges
    cut-N       N bytes, then the connection is closed
    once-N      as cut-N for the first request, then as plain
    wrong       other bytes of the same number
    changed-N   as cut-N with other bytes for the first request, then as plain
    endless     the file repeated forever, without a length
    longer      more bytes than announced
    shifted     ranges begin one byte too late
    wait-N      N bytes, and the rest when FOLDER/go exists
    stall-N     N bytes and then nothing
    busy        503 for the first request, then as plain
    missing     404
    moved       a redirection to plain
    away        a redirection to the file: address
    round       a redirection to itself
"""
import http.server
import os
import pathlib
import re
import sys
import threading
import time

FOLDER = pathlib.Path(sys.argv[1])
LOCK = threading.Lock()
seen = set()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def begin(self, status, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace('_', '-'), str(value))
        self.send_header('Connection', 'close')
        self.end_headers()

    def give(self, data):
        self.wfile.write(data)
        self.wfile.flush()

    def do_GET(self):
        self.close_connection = True
        _, mode, name = self.path.split('/')
        mode, _, count = mode.partition('-')
        count = int(count or 0)
        wanted = self.headers.get('Range', '')
        with LOCK:
            first = self.path not in seen
            seen.add(self.path)
            with open(FOLDER / 'requests', 'a') as log:
                log.write(f'{self.path} {wanted}\n')
        data = (FOLDER / name).read_bytes()
        other = bytes(b ^ 1 for b in data)
        if mode in ('once', 'changed', 'busy') and not first:
            mode = 'plain'
        if mode == 'missing':
            return self.begin(404, Content_Length=0)
        if mode == 'busy':
            return self.begin(503, Content_Length=0)
        if mode in ('moved', 'away', 'round'):
            to = {'moved': f'/plain/{name}', 'away': (FOLDER / name).as_uri(), 'round': self.path}[mode]
            return self.begin(302, Location=to, Content_Length=0)
        if mode in ('wrong', 'changed'):
            data = other
        start = int(re.fullmatch(r'bytes=(\d+)-', wanted)[1]) if wanted and mode != 'whole' else 0
        if start > 0 and start >= len(data):
            return self.begin(416, Content_Range=f'bytes */{len(data)}', Content_Length=0)
        if mode == 'shifted' and start > 0:
            start += 1
        rest = data[start:]
        if mode == 'endless':
            self.begin(200)
            while True:
                self.give(data)
        length = {'Content_Length': len(rest)}
        if start > 0:
            self.begin(206, Content_Range=f'bytes {start}-{len(data) - 1}/{len(data)}', **length)
        else:
            self.begin(200, **length)
        if mode in ('cut', 'once', 'changed'):
            return self.give(rest[:count])
        if mode == 'longer':
            return self.give(rest + other)
        if mode in ('wait', 'stall'):
            self.give(rest[:count])
            while mode == 'stall' or not (FOLDER / 'go').exists():
                time.sleep(0.02)
            rest = rest[count:]
        self.give(rest)

    def handle(self):
        try:
            super().handle()
        except OSError:     # the client has closed the connection
            pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


if __name__ == '__main__':
    server = Server(('127.0.0.1', 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()
    os._exit(0)
