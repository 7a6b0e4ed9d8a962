"""A server's shell that answers what it likes: listings name no way out of the folder, and have an end."""

import subprocess
import sys

import hostile
from hostile import helpers, table

LISTER = sys.argv[3]
ROWS = table.read(hostile.FOLDER / 'shells.ini')
PLACE = helpers.Place()
SERVER = hostile.add_server(PLACE, PLACE.folder / 'state', hostile.FOLDER / 'shells.ini')
WANTED = sys.argv[4:] or list(ROWS)


def list_all():
    """All folders on one connection, one after the other: none may spoil it for the next."""
    # G_DEBUG says that a broken contract is the end.
    done = subprocess.run([LISTER, str(SERVER.port), helpers.USER, PLACE.key, PLACE.known_hosts, *WANTED], env=PLACE.environment(),
                          capture_output=True, timeout=helpers.LIMIT * 2, check=False)
    answers = {}
    for line in done.stdout.decode().splitlines():
        path, outcome, text = line.split('\t')
        answers[path] = outcome, table.unescape(text)
    return answers, f'status {done.returncode}: {helpers.show(done.stderr[-2000:])}'


def check(name, row):
    assert name in ANSWERS, END
    outcome, text = ANSWERS[name]
    if 'names' not in row:
        shown = text.decode()
        assert outcome == 'failed', shown[:400]
        assert not hostile.UNFIT.search(shown), f'unfit to be shown: {shown!a}'
        assert len(shown) < 2600, f'{len(shown)} characters'
        for words in table.strings(row['says']):
            assert words.decode() in shown, shown[:400]
        return
    assert outcome == 'ok' or row['names'] == 'any', text[:400]
    if outcome == 'ok':
        names = text.split(b'/')[:-1]
        assert not {b'', b'.', b'..'} & set(names), names[:10]
        assert row['names'] == 'any' or names == [name for name in table.strings(row['names']) if name], names[:10]


ANSWERS, END = list_all()
helpers.run({f'test_{name}': lambda name=name: check(name, ROWS[name]) for name in WANTED})
