"""From one server to another, through this machine, nothing written to its disk."""

import os

import helpers
from helpers import assert_no_strays, assert_same_tree

PLACE = helpers.Place()
PLACE.add_server('one')
PLACE.add_server('two')


def fresh(name):
    pair = PLACE.here / name, PLACE.there / name
    for folder in pair:
        folder.mkdir()
    return pair


def make_tree(folder):
    (folder / 'sub' / 'deeper').mkdir(parents=True)
    for number in range(200):
        (folder / 'sub' / f'{number}').write_bytes(os.urandom(number * 37))
    for byte in [b'\1', b'\2', b'C', b'D', b'E', b'T', b'\0', b'']:
        (folder / 'sub' / 'deeper' / f'first-{byte.hex()}').write_bytes(byte * 3)
    for name in [b'\xff\xfe', b'-r', b"it's $HOME", b'\xc3\xbc']:
        with open(os.path.join(os.fsencode(folder), name), 'wb') as file:
            file.write(name)
    (folder / 'large').write_bytes(os.urandom(5 << 20))
    return folder


def test_tree():
    from_there, to_there = fresh('tree')
    tree = make_tree(from_there / 'tree')
    cwd = PLACE.folder / 'empty'
    cwd.mkdir()
    PLACE.cp('-r', f'one:{tree}', f'two:{to_there}', cwd=cwd)
    assert_same_tree(tree, to_there / 'tree')
    assert_no_strays(cwd, [])
    PLACE.cp('-r', f'one:{tree}', f'two:{to_there}/new')
    assert_same_tree(tree, to_there / 'new')


def test_times_and_modes():
    from_there, to_there = fresh('modes')
    tree = from_there / 'tree'
    tree.mkdir()
    for name, mode in [('a', 0o600), ('b', 0o755), ('c', 0o444)]:
        (tree / name).write_text(name)
        (tree / name).chmod(mode)
        os.utime(tree / name, (1_000_000_000, 1_100_000_000))
    os.utime(tree, (1_200_000_000, 1_300_000_000))
    PLACE.cp('-rp', f'one:{tree}', f'two:{to_there}')
    assert_same_tree(tree, to_there / 'tree', times=True)
    assert int((to_there / 'tree').stat().st_mtime) == 1_300_000_000


def test_file_over_file():
    from_there, to_there = fresh('file')
    for content in [b'', b'x', b'E\n' * 100_000]:
        (from_there / 'file').write_bytes(content)
        PLACE.cp(f'one:{from_there}/file', f'two:{to_there}/file')
        assert (to_there / 'file').read_bytes() == content
    assert_no_strays(to_there, ['file'])


def test_same_server():
    from_there, to_there = fresh('same')
    (from_there / 'file').write_text('x')
    PLACE.cp(f'one:{from_there}/file', f'one:{to_there}')
    assert (to_there / 'file').read_text() == 'x'


def test_several_sources_of_several_hosts():
    from_there, to_there = fresh('several')
    for name in ['a', 'b', 'c']:
        (from_there / name).write_text(name)
    PLACE.cp(f'one:{from_there}/a', f'two:{from_there}/b', from_there / 'c', f'two:{to_there}')
    assert_same_tree(from_there, to_there)


def test_missing_source():
    from_there, to_there = fresh('missing')
    errors = PLACE.cp(f'one:{from_there}/absent', f'two:{to_there}', status=1)
    assert f'{from_there}/absent' in errors and 'No such file' in errors, errors
    assert_no_strays(to_there, [])


def test_refused_file_among_others():
    from_there, to_there = fresh('refused')
    tree = from_there / 'tree'
    tree.mkdir()
    for name in ['1', '2', '3']:
        (tree / name).write_bytes(b'C0644 5 stray\nhello\0')
    (to_there / 'tree' / '2').mkdir(parents=True)
    errors = PLACE.cp('-r', f'one:{tree}', f'two:{to_there}', status=1)
    assert 'tree/2:' in errors, errors
    assert_no_strays(to_there / 'tree', ['1', '2', '3'])
    assert (to_there / 'tree' / '3').read_bytes() == (tree / '3').read_bytes()


def test_target_cut_off():
    from_there, to_there = fresh('cut')
    (from_there / 'file').write_bytes(os.urandom(4 << 20))
    (to_there / 'file').write_text('old')
    PLACE.add_relay('cut', PLACE.started[1], '--cut-after', str(1 << 20))
    PLACE.cp(f'one:{from_there}/file', f'cut:{to_there}', status=1)
    PLACE.cp(f'cut:{from_there}/file', f'one:{to_there}', status=1)
    assert (to_there / 'file').read_text() == 'old'


helpers.run(globals())
