"""Compares the decoders with Pillow and with the formats' own libraries. Usage: compare.py ALEXNET_DECODE

First, images of all formats that are read (cases.py) must have Pillow's pixels, upright and as RGB, to the bit. Exceptions
are listed with their reasons in cases.py. One that does not differ from Pillow any more fails.

Then corrupt copies of such images (corrupt.py): what a format's own library calls an error must be refused, and nothing may
crash, hang or have other pixels than Pillow's.
"""
import sys

import cases
import corrupt
from pixels import decode, described, pillow, same

checks = {'passed': 0, 'failed': 0}


def check(what, good, detail=''):
    checks['passed' if good else 'failed'] += 1
    if not good:
        print(f'FAILED  {what}: {str(detail).strip()}', flush=True)


def is_expected(case, result):
    if isinstance(case.expected, str):
        return isinstance(result, str) and case.expected in result
    return same(result, case.expected)


def compare(format, made):
    """Returns the exceptions that differ from Pillow."""
    results = decode({case.name: case.data for case in made})
    needed = set()
    for case in made:
        result, reference = results[case.name], pillow(case.data)
        name = f'{format} {case.name}'
        if case.exception is None:
            check(name, same(result, reference), f'{described(result)}; Pillow: {described(reference)}')
            continue
        check(name, is_expected(case, result), f'{described(result)}; exception: {cases.EXCEPTIONS[case.exception]}')
        if not same(reference, case.expected):
            needed.add(case.exception)
    return needed


def main():
    needed = set()
    for format, make in cases.FORMATS.items():
        made = list(make())
        failed = checks['failed']
        needed |= compare(format, made)
        print(f"{format}: {len(made)} images, {checks['failed'] - failed} failed", flush=True)
    for exception, reason in cases.EXCEPTIONS.items():
        check(f'exception {exception}', exception in needed, 'Pillow has the same now')
        print(f'exception: {exception}: {reason}')
    corrupt.sweep(check)
    print(f"{checks['passed']} passed, {checks['failed']} failed")
    sys.exit(1 if checks['failed'] else 0)


main()
