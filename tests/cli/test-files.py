"""Files and trees of every kind, up and down, byte for byte."""

import os
import random
import stat

import helpers
from helpers import assert_no_strays, assert_same_tree

PLACE = helpers.Place()
PLACE.add_server('host')

ODD_NAMES = [
    b'with space', b' leading', b'trailing ', b"single'quote", b'double"quote', b'$HOME', b'$(id)', b'`id`', b'back\\slash',
    b'back\\', b'-leading', b'--help', b'-', b'a;b', b'a|b', b'a&b', b'a>b', b'a*b', b'a?b', b'[a]', b'{a,b}', b'~', b'~root',
    b'#a', b'!a', b'a!', b'(a)', b'a=b', b'%s', b'%41', b'a:b', b'a@b', b'.hidden', b'...', b'gr\xc3\xbc\xc3\x9fe',
    b'\xe6\x96\x87\xe4\xbb\xb6', b'\xff\xfe', b'a\xc3', b'\xe2\x80\xaebidi', b'C0644 5 x', b'T0 0 0 0', b'E', b'x' * 255,
    b'\xc3\xa4' * 127,
]


def fresh(name):
    """A pair of empty folders: here and there."""
    pair = PLACE.here / name, PLACE.there / name
    for folder in pair:
        folder.mkdir()
    return pair


def remote(path):
    return b'host:' + os.fsencode(path)


def copy_up_and_down(name, content):
    here, there = fresh(name)
    (here / 'file').write_bytes(content)
    PLACE.cp(here / 'file', remote(there))
    assert (there / 'file').read_bytes() == content
    PLACE.cp(remote(there / 'file'), here / 'back')
    assert (here / 'back').read_bytes() == content
    # The other way into what is there already, longer and shorter.
    for old in [b'', b'x' * (len(content) + 1)]:
        (there / 'file').write_bytes(old)
        (here / 'back').write_bytes(old)
        PLACE.cp(here / 'file', remote(there / 'file'))
        assert (there / 'file').read_bytes() == content
        PLACE.cp(remote(there / 'file'), here / 'back')
        assert (here / 'back').read_bytes() == content
    assert_no_strays(there, ['file'])
    assert_no_strays(here, ['file', 'back'])


def test_no_byte():
    copy_up_and_down('empty', b'')


def test_one_byte():
    copy_up_and_down('one', b'x')


def test_block_edges():
    copy_up_and_down('edges', random.Random(1).randbytes(3 * 65536 + 1))


def test_every_first_byte():
    here, there = fresh('first-bytes')
    tree = here / 'tree'
    tree.mkdir()
    for byte in range(256):
        (tree / f'{byte:02x}').write_bytes(bytes([byte]) + b'0644 5 stray\nhello\0')
        (tree / f'{byte:02x}-alone').write_bytes(bytes([byte]))
    PLACE.cp('-r', tree, remote(there))
    assert_same_tree(tree, there / 'tree')
    PLACE.cp('-r', remote(there / 'tree'), here / 'back')
    assert_same_tree(tree, here / 'back')


def test_odd_names():
    here, there = fresh('names')
    tree = here / 'tree'
    tree.mkdir()
    for number, name in enumerate(ODD_NAMES):
        with open(os.path.join(os.fsencode(tree), name), 'wb') as file:
            file.write(b'%d' % number)
    PLACE.cp('-r', tree, remote(there))
    assert_same_tree(tree, there / 'tree')
    PLACE.cp('-r', remote(there / 'tree'), here / 'back')
    assert_same_tree(tree, here / 'back')


def test_odd_names_one_by_one():
    here, there = fresh('single-names')
    up, down = here / 'up', here / 'down'
    up.mkdir()
    down.mkdir()
    for number, name in enumerate(ODD_NAMES):
        with open(os.path.join(os.fsencode(up), name), 'wb') as file:
            file.write(b'%d' % number)
    sources = [os.path.join(os.fsencode(up), name) for name in ODD_NAMES]
    # No way round the shell over SFTP.
    PLACE.cp('-O', '--', *sources, remote(there))
    assert_same_tree(up, there)
    PLACE.cp('-O', '--', *[remote(os.path.join(os.fsencode(there), name)) for name in ODD_NAMES], down)
    assert_same_tree(up, down)


def test_names_as_typed():
    """Relative names, as a shell hands them on."""
    here, there = fresh('typed')
    for name in ['-leading', 'a:b', 'plain']:
        (here / name).write_text(name)
    PLACE.cp('--', '-leading', './a:b', 'plain', remote(there), cwd=here)
    assert_same_tree(here, there)
    PLACE.cp('./-leading', remote(there / 'renamed'), cwd=here)
    assert (there / 'renamed').read_text() == '-leading'


def test_newline_in_name():
    here, there = fresh('newline')
    tree = here / 'tree'
    tree.mkdir()
    (tree / 'a\nb').write_text('1')
    (tree / 'good').write_text('2')
    (tree / 'sub\ndir').mkdir()
    (tree / 'sub\ndir' / 'inside').write_text('3')
    errors = PLACE.cp('-r', tree, remote(there), status=1)
    assert 'a\\nb' in errors and 'sub\\ndir' in errors and 'good' not in errors, errors
    assert_no_strays(there, ['tree', 'tree/good'])
    errors = PLACE.cp(tree / 'a\nb', remote(there), status=1)
    assert 'a\\nb' in errors, errors
    assert_no_strays(there, ['tree', 'tree/good'])


def test_url_names():
    here, there = fresh('urls')
    (here / 'a b').write_text('x')
    port = PLACE.started[0].port
    address = f'127.0.0.1:{port}'
    path = str(there).replace('-', '%2d')
    options = ['-i', PLACE.key]
    PLACE.home.joinpath('.ssh').mkdir(exist_ok=True)
    PLACE.home.joinpath('.ssh/known_hosts').write_text(PLACE.started[0].key_line() + '\n')
    PLACE.cp(*options, here / 'a b', f'scp://{helpers.USER}@{address}/{path}/one%20file', config=False)
    assert (there / 'one file').read_text() == 'x'
    PLACE.cp(*options, f'sftp://{address}{path}/one%20file', here / 'back', config=False)
    assert (here / 'back').read_text() == 'x'
    PLACE.cp(*options, '-P', str(port), f'{helpers.USER}@127.0.0.1:{there}/one file', here / 'again', config=False)
    assert (here / 'again').read_text() == 'x'


def test_where_it_goes():
    """As with cp(1): into a folder that is there, else under the name given."""
    here, there = fresh('targets')
    (here / 'tree').mkdir()
    (here / 'tree' / 'file').write_text('x')
    (there / 'folder').mkdir()
    PLACE.cp('-r', here / 'tree', remote(there / 'folder'))
    PLACE.cp('-r', here / 'tree', remote(there / 'new'))
    PLACE.cp(here / 'tree' / 'file', remote(there / 'folder'))
    assert_no_strays(there, ['folder', 'folder/tree', 'folder/tree/file', 'folder/file', 'new', 'new/file'])
    (here / 'folder').mkdir()
    PLACE.cp('-r', remote(there / 'new'), here / 'folder')
    PLACE.cp('-r', remote(there / 'new'), here / 'new')
    PLACE.cp(remote(there / 'new' / 'file'), here / 'folder')
    assert_no_strays(here, ['tree', 'tree/file', 'folder', 'folder/new', 'folder/new/file', 'folder/file', 'new', 'new/file'])


def test_home_folder():
    here, _ = fresh('home')
    # The account's real home is none of the tests' business.
    home = PLACE.add_server('at-home', command='cd; exec sh -c "$SSH_ORIGINAL_COMMAND"').home
    (here / 'file').write_text('x')
    (home / 'sub').mkdir()
    for target in ['', '.', '~', 'sub', 'sub/named', '~/tilde', './dotted']:
        PLACE.cp(here / 'file', f'at-home:{target}')
    assert_no_strays(home, ['file', 'tilde', 'dotted', 'sub', 'sub/file', 'sub/named'])
    PLACE.cp('at-home:sub/named', here / 'back')
    assert (here / 'back').read_text() == 'x'
    PLACE.cp('-r', 'at-home:', here / 'all')
    assert_same_tree(home, here / 'all')


def test_several_sources():
    here, there = fresh('several')
    (here / 'one').write_text('1')
    (here / 'two').write_text('2')
    PLACE.cp(here / 'one', here / 'two', remote(there))
    assert_no_strays(there, ['one', 'two'])
    # The target of several must be a folder, there and here.
    PLACE.cp(here / 'one', here / 'two', remote(there / 'absent'), status=1)
    assert_no_strays(there, ['one', 'two'])
    PLACE.cp(remote(there / 'one'), remote(there / 'two'), here / 'absent', status=1)
    assert_no_strays(here, ['one', 'two'])
    PLACE.cp(here / 'one', here / 'two', remote(there / 'one'), status=1)
    assert (there / 'one').read_text() == '1'


def test_folder_without_r():
    here, there = fresh('no-r')
    (here / 'tree').mkdir()
    errors = PLACE.cp(here / 'tree', remote(there), status=1)
    assert 'tree' in errors and '-r' in errors, errors
    assert_no_strays(there, [])
    errors = PLACE.cp(remote(there), here / 'back', status=1)
    assert str(there) in errors, errors
    assert_no_strays(here, ['tree'])


def test_times_and_modes():
    here, there = fresh('modes')
    tree = here / 'tree'
    (tree / 'sub').mkdir(parents=True)
    for name, mode in [('a', 0o600), ('b', 0o755), ('c', 0o444), ('sub/d', 0o666)]:
        (tree / name).write_text(name)
        (tree / name).chmod(mode)
        os.utime(tree / name, (1_000_000_000, 1_100_000_000))
    for name, mode in [('sub', 0o555), ('.', 0o711)]:
        (tree / name).chmod(mode)
        os.utime(tree / name, (1_200_000_000, 1_300_000_000))
    PLACE.cp('-rp', tree, remote(there))
    assert_same_tree(tree, there / 'tree', times=True)
    PLACE.cp('-r', '-p', remote(there / 'tree'), here / 'back')
    assert_same_tree(tree, here / 'back', times=True)
    assert stat.S_IMODE((here / 'back').stat().st_mode) == 0o711
    assert int((here / 'back').stat().st_mtime) == 1_300_000_000


def test_deep_tree():
    here, there = fresh('deep')
    folder = here / 'tree'
    for level in range(30):
        folder = folder / f'level-{level}'
    folder.mkdir(parents=True)
    (folder / 'file').write_text('deep')
    PLACE.cp('-r', here / 'tree', remote(there))
    assert_same_tree(here / 'tree', there / 'tree')
    PLACE.cp('-r', remote(there / 'tree'), here / 'back')
    assert_same_tree(here / 'tree', here / 'back')


def test_links():
    here, there = fresh('links')
    tree = here / 'tree'
    tree.mkdir()
    (here / 'outside').write_text('outside')
    (tree / 'file').write_text('inside')
    (tree / 'within').symlink_to('file')
    (tree / 'leaving').symlink_to('../outside')
    errors = PLACE.cp('-r', tree, remote(there), status=1)
    assert 'leaving' in errors, errors
    assert_no_strays(there, ['tree', 'tree/file', 'tree/within'])
    PLACE.cp('-r', '-L', tree, remote(there))
    assert (there / 'tree' / 'leaving').read_text() == 'outside'


def test_many_files():
    """10,000 files in a tree 30 deep."""
    here, there = fresh('many')
    numbers = random.Random(2)
    folder = here / 'tree'
    for level in range(30):
        folder = folder / f'{level}'
        folder.mkdir(parents=True)
        for number in range(334):
            (folder / f'file-{number}').write_bytes(numbers.randbytes(numbers.randrange(4096)))
    PLACE.cp('-r', here / 'tree', remote(there), limit=120)
    assert_same_tree(here / 'tree', there / 'tree')
    PLACE.cp('-r', remote(there / 'tree'), here / 'back', limit=120)
    assert_same_tree(here / 'tree', here / 'back')


helpers.run(globals())
