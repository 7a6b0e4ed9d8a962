"""Over SFTP: servers that lie, files that change, and what is not expected of either."""

import contextlib
import os
import signal
import stat
import sys
import time

import helpers
from helpers import assert_no_strays, assert_same_tree, wait_until

PLACE = helpers.Place()
LIAR = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'sftp-liar.py')
LIAR_SERVER = PLACE.add_server('liar', command=f'exec {sys.executable} {LIAR}')
PLACE.add_server('host')
LARGE = bytes(range(256)) * 1000


def fetch(case, status, *expected):
    """Fetches the case's folder: EXPECTED is what has to be there then, all of it whole, and nothing else."""
    folder = PLACE.here / case
    folder.mkdir()
    errors = PLACE.cp('-s', '-r', f'liar:/{case}', folder / 'd', status=status)
    assert_no_strays(folder, ['d', *[f'd/{name}' for name in expected]] if expected else [])
    for name in expected:
        if name == 'good' or name == 'bits':
            assert (folder / 'd' / name).read_bytes() == b'hello'
    assert not (PLACE.here / 'evil').exists() and not (folder / 'evil').exists()
    return errors


def test_honest():
    fetch('honest', 0, 'good', 'large', 'empty', 'sub')
    assert (PLACE.here / 'honest' / 'd' / 'large').read_bytes() == LARGE
    assert (PLACE.here / 'honest' / 'd' / 'empty').read_bytes() == b''


def test_names_that_are_none():
    for case in ['slash', 'absolute', 'nul', 'no-name']:
        folder = PLACE.here / case
        folder.mkdir()
        PLACE.cp('-s', '-r', f'liar:/{case}', folder / 'd', status=1)
        assert not any('evil' in name for _, folders, files in os.walk(PLACE.here) for name in folders + files), case


def test_unfit_names():
    assert 'x1b' in fetch('control', 1, 'good')
    fetch('long-name', 1, 'good')


def test_same_name_twice():
    fetch('same-twice', 1, 'good')


def test_sizes_that_lie():
    for case in ['larger', 'smaller', 'larger-large', 'smaller-large', 'absurd']:
        assert 'bad' in fetch(case, 1, 'good')
    folder = PLACE.here / 'huge'
    folder.mkdir()
    PLACE.cp('-s', '-r', 'liar:/huge', folder / 'd', status=1)
    assert not (folder / 'd' / 'bad').exists()


def test_changing_file():
    for case in ['changing', 'changing-large']:
        folder = PLACE.here / case
        folder.mkdir()
        errors = PLACE.cp('-s', '-r', f'liar:/{case}', folder / 'd', status=1)
        assert errors.count('changed') == 2, errors
        assert_no_strays(folder, ['d'])


def test_short_reads():
    fetch('short-reads', 0, 'good', 'large')
    assert (PLACE.here / 'short-reads' / 'd' / 'large').read_bytes() == LARGE[:3000]


def test_special_bits():
    fetch('special-bits', 0, 'good', 'bits')
    assert stat.S_IMODE((PLACE.here / 'special-bits' / 'd' / 'bits').stat().st_mode) & ~0o777 == 0


def test_special_files():
    assert 'bad' in fetch('fifo', 1, 'good')
    assert 'leads back' in fetch('link-loop', 1, 'good')


def test_answers_that_make_no_sense():
    for case in ['empty-data', 'long-data', 'bad-data', 'wrong-id', 'twice', 'huge-packet', 'tiny-packet', 'long-handle',
                 'ok-for-open', 'count']:
        folder = PLACE.here / case
        folder.mkdir()
        errors = PLACE.cp('-s', '-r', f'liar:/{case}', folder / 'd', status=1)
        assert 'SFTP' in errors or 'not asked' in errors, (case, errors)
        assert helpers.names_below(folder) <= {b'd'}, case


def test_nested_without_end():
    folder = PLACE.here / 'nested'
    folder.mkdir()
    errors = PLACE.cp('-s', '-r', 'liar:/nested', folder / 'd', status=1, limit=300)
    assert 'nested too deep' in errors


def interrupt(case):
    folder = PLACE.here / case
    folder.mkdir()
    process = PLACE.start('-s', '-r', f'liar:/{case}', folder / 'd')
    wait_until((LIAR_SERVER.home / case).exists, f'{case} is under way')
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    begin = time.monotonic()
    process.communicate(timeout=helpers.LIMIT)
    assert process.returncode == 128 + signal.SIGINT
    assert time.monotonic() - begin < 5


def test_server_without_an_end():
    interrupt('endless-names')


def test_silent_server():
    interrupt('silent')


def test_refused_uploads():
    """Told with the file's name, and it is no success."""
    (PLACE.here / 'tree').mkdir()
    (PLACE.here / 'tree' / 'a').write_bytes(LARGE)
    (PLACE.here / 'tree' / 'b').write_text('b')
    for case, failed in [('write', 2), ('close', 2), ('rename', 2), ('mkdir', 1)]:
        errors = PLACE.cp('-s', '-r', PLACE.here / 'tree', f'liar:/{case}/d/tree', status=1)
        assert len(errors.splitlines()) == failed, (case, errors)


def test_names_with_newlines():
    """Over SFTP every name can be sent."""
    here, there = PLACE.here / 'odd', PLACE.there
    here.mkdir()
    for name in [b'a\nb', b'\xff\xfe', b'-rf', b'~', b'*']:
        with open(os.path.join(os.fsencode(here), name), 'wb') as file:
            file.write(name)
    PLACE.cp('-s', '-r', here, f'host:{there}')
    assert_same_tree(here, there / 'odd')


def is_writing(process, folder):
    """Whether it has a file open in FOLDER, with a name or without."""
    if process.poll() is not None:
        return True
    for fd in os.listdir(f'/proc/{process.pid}/fd'):
        with contextlib.suppress(OSError):
            if os.readlink(f'/proc/{process.pid}/fd/{fd}').startswith(f'{folder}/'):
                return True
    return False


def test_growing_and_shrinking_sources():
    """What changes on the server while it is read is not taken for whole."""
    source = PLACE.there / 'changing'
    for size in [5_000_000, 1000]:
        folder = PLACE.here / f'changed-{size}'
        folder.mkdir()
        source.write_bytes(bytes(4_000_000))
        process = PLACE.start('-s', '-l', '4000', f'host:{source}', folder / 'file')
        wait_until(lambda: is_writing(process, folder), 'it writes')
        os.truncate(source, size)
        _, errors = process.communicate(timeout=helpers.LIMIT)
        assert process.returncode == 1 and b'changed' in errors, errors
        assert_no_strays(folder, [])


def is_stopped(process):
    with open(f'/proc/{process.pid}/stat', encoding='ascii', errors='replace') as file:
        return file.read().rsplit(')', 1)[1].split()[0] == 'T'


def test_suspended():
    """A computer that sleeps and wakes up goes on."""
    source = PLACE.there / 'suspended'
    source.write_bytes(LARGE * 16)
    for option in ['-s', '-O']:
        folder = PLACE.here / f'suspended{option}'
        folder.mkdir()
        process = PLACE.start(option, '-l', '16000', f'host:{source}', folder / 'file')
        wait_until(lambda: is_writing(process, folder), 'it writes')
        process.send_signal(signal.SIGSTOP)
        wait_until(lambda: is_stopped(process), 'it is stopped')
        assert not (folder / 'file').exists()
        process.send_signal(signal.SIGCONT)
        _, errors = process.communicate(timeout=helpers.LIMIT)
        assert process.returncode == 0, errors
        assert (folder / 'file').read_bytes() == LARGE * 16
        assert_no_strays(folder, ['file'])


helpers.run(globals())
