"""Runs the fault tests: main.py COMMAND DIE_AT [--seed N] [TEST...]. Exit status 0 if all pass."""
import argparse
import random
import sys
import time
import traceback

import harness
import kills
import limits
import places

TESTS = kills.TESTS + places.TESTS + limits.TESTS


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('command')
    parser.add_argument('die_at')
    parser.add_argument('--seed', type=int, default=random.randrange(1 << 30))
    parser.add_argument('tests', nargs='*', metavar='TEST', help='their names (default: all)')
    options = parser.parse_intermixed_args()
    print(f'seed {options.seed}', flush=True)
    failed = 0
    for test in TESTS:
        if options.tests and test.__name__ not in options.tests:
            continue
        bench = harness.Bench(options.command, options.die_at)
        bench.seed = options.seed
        began = time.monotonic()
        try:
            test(bench)
            ended = 'ok'
        except harness.Skip as reason:
            ended = f'skipped: {reason}'
        except AssertionError as fault:
            failed += 1
            ended = f'FAILED: {fault}'
        except Exception as fault:  # an output that does not parse
            failed += 1
            ended = f'FAILED: {type(fault).__name__}: {fault}\n{traceback.format_exc()}'
        finally:
            bench.remove()
        print(f'{time.monotonic() - began:6.1f} s  {test.__name__}: {test.__doc__}: {ended}', flush=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
