"""Runs the test_* functions of a script and tells Meson in TAP."""

import sys
import traceback


class Skip(Exception):
    """Raised by a test that can't be run here; says why."""


def run(names):
    """NAMES: the script's globals()."""
    tests = [(name[5:].replace('_', ' '), function) for name, function in names.items() if name.startswith('test_')]
    print(f'1..{len(tests)}', flush=True)
    failed = 0
    for number, (name, function) in enumerate(tests, 1):
        try:
            function()
            print(f'ok {number} - {name}', flush=True)
        except Skip as reason:
            print(f'ok {number} - {name} # SKIP {reason}', flush=True)
        except Exception:  # pylint: disable=broad-except # one test's trouble is not the next one's
            failed += 1
            print(f'not ok {number} - {name}')
            for line in traceback.format_exc().splitlines():
                print('#', line, flush=True)
    sys.exit(failed > 0)
