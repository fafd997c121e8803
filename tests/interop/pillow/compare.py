"""Compares the decoders with Pillow and with the formats' own libraries. Usage: compare.py ALEXNET_DECODE

First, images of all supported formats (cases.py) must have Pillow's pixels, upright and as RGB, bit for bit. cases.py lists
the exceptions with their reasons. An exception fails if Pillow gives the same pixels now.

Then corrupt copies of such images (corrupt.py): an error of the format's own library must be a refusal, and no copy may cause
a crash or a hang, or give other pixels than Pillow.
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
        check(f'exception {exception}', exception in needed, 'Pillow gives the same pixels now')
        print(f'exception: {exception}: {reason}')
    corrupt.sweep(check)
    print(f"{checks['passed']} passed, {checks['failed']} failed")
    sys.exit(1 if checks['failed'] else 0)


main()
