"""Files too large for memory, and for 32 bits."""

import hashlib
import os
import random
import shutil
import subprocess

import helpers
from helpers import assert_no_strays, tap

GIB = 1 << 30
PLACE = helpers.Place()
PLACE.add_server('host')


def need_space(size):
    free = shutil.disk_usage(PLACE.folder).free
    if free < size:
        raise tap.Skip(f'only {free} bytes free in {PLACE.folder}')


def hash_of(path):
    result = hashlib.sha256()
    with open(path, 'rb', buffering=0) as file:
        while block := file.read(1 << 20):
            result.update(block)
    return result.hexdigest()


def test_one_gib():
    need_space(4 * GIB)
    numbers = random.Random(3)
    expected = hashlib.sha256()
    with open(PLACE.here / 'file', 'wb') as file:
        for number in range(64):
            block = numbers.randbytes(GIB // 64 // 16) * 16
            expected.update(block)
            file.write(block)
    assert (PLACE.here / 'file').stat().st_size == GIB
    PLACE.cp(PLACE.here / 'file', f'host:{PLACE.there}', limit=300)
    assert hash_of(PLACE.there / 'file') == expected.hexdigest()
    PLACE.cp(f'host:{PLACE.there}/file', PLACE.here / 'back', limit=300)
    assert hash_of(PLACE.here / 'back') == expected.hexdigest()
    assert_no_strays(PLACE.here, ['file', 'back'])
    assert_no_strays(PLACE.there, ['file'])
    for path in [PLACE.here / 'file', PLACE.here / 'back', PLACE.there / 'file']:
        path.unlink()


def test_five_gib_sparse():
    """Over 4 GiB, with marks where 32 bits end."""
    need_space(7 * GIB)
    path = PLACE.here / 'sparse'
    with open(path, 'wb') as file:
        for offset in [0, 2 * GIB - 4, 4 * GIB - 4, 5 * GIB - 8]:
            file.seek(offset)
            file.write(b'%08x' % (offset >> 4))
    assert path.stat().st_size == 5 * GIB
    os.sync()
    PLACE.cp(path, f'host:{PLACE.there}', limit=600)
    subprocess.run(['cmp', path, PLACE.there / 'sparse'], check=True, timeout=300)
    (PLACE.there / 'sparse').unlink()
    PLACE.cp(f'host:{path}', PLACE.there / 'back', limit=600)
    subprocess.run(['cmp', path, PLACE.there / 'back'], check=True, timeout=300)
    assert_no_strays(PLACE.there, ['back'])


helpers.run(globals())
