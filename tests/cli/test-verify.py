"""--verify: both ends compared by their checksums."""

import helpers
from helpers import assert_same_tree

PLACE = helpers.Place()
# Its programs are looked for in a folder of the test's first, and what it is asked to do is written down.
PROGRAMS = PLACE.folder / 'programs'
PROGRAMS.mkdir()
COMMANDS = PLACE.folder / 'commands'
COMMANDS.touch()
COMMANDS.chmod(0o666)
PLACE.add_server('host', command=f'printf "%s\\n" "$SSH_ORIGINAL_COMMAND" >> {COMMANDS}\n'
                 f'PATH={PROGRAMS}:$PATH; export PATH\n'
                 'case $SSH_ORIGINAL_COMMAND in internal-sftp) exec /usr/lib/openssh/sftp-server;; esac\n'
                 'exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"')
PLACE.add_server('sftp', config='ForceCommand internal-sftp')


def make_tree(name):
    tree = PLACE.here / name
    (tree / 'sub').mkdir(parents=True)
    (tree / 'empty').write_bytes(b'')
    (tree / 'it\'s two').write_bytes(b'small')
    (tree / 'sub' / 'large').write_bytes(bytes(range(256)) * 3000)
    return tree


def lie(times):
    """Has the host's checksums be wrong so many times."""
    for number in range(times):
        (PROGRAMS / f'lie-{number}').touch()
    PROGRAMS.chmod(0o777)
    program = PROGRAMS / 'sha256sum'
    program.write_text(f'#!/bin/sh\nfor lie in {PROGRAMS}/lie-*; do\n'
                       'if rm "$lie" 2>/dev/null; then printf "%064d  -\\n" 0; exit; fi\ndone\n'
                       'PATH=/usr/local/bin:/usr/bin:/bin exec sha256sum "$@"\n')
    program.chmod(0o755)


def test_every_way():
    tree = make_tree('tree')
    for option in ['-O', '-s']:
        there, back = PLACE.there / f'copy{option}', PLACE.here / f'back{option}'
        PLACE.cp('--verify', '-r', option, tree, f'host:{there}')
        assert_same_tree(tree, there)
        PLACE.cp('--verify', '-r', option, f'host:{there}', back)
        assert_same_tree(tree, back)
        PLACE.cp('--verify', '-r', option, f'host:{there}', f'host:{there}-2')
        assert_same_tree(tree, PLACE.there / f'copy{option}-2')


def test_without_a_shell():
    """The file is read again."""
    tree = make_tree('tree-sftp')
    PLACE.cp('--verify', '-r', tree, f'sftp:{PLACE.there}')
    assert_same_tree(tree, PLACE.there / 'tree-sftp')
    PLACE.cp('--verify', '-r', f'sftp:{PLACE.there}/tree-sftp', PLACE.here / 'back-sftp')
    assert_same_tree(tree, PLACE.here / 'back-sftp')


def test_sent_again_once():
    """A checksum that differs has the file sent again; if it then is the same all is well."""
    (PLACE.here / 'file').write_text('content')
    for way in ['up', 'down']:
        lie(1)
        COMMANDS.write_text('')
        if way == 'up':
            PLACE.cp('--verify', PLACE.here / 'file', f'host:{PLACE.there}')
        else:
            PLACE.cp('--verify', f'host:{PLACE.there}/file', PLACE.here / 'other')
            assert (PLACE.here / 'other').read_text() == 'content'
        runs = [line for line in COMMANDS.read_text().splitlines() if line.startswith('scp')]
        assert len(runs) == 2, runs


def test_never_the_same():
    """Told as a failure of that file, and of no other."""
    tree = PLACE.here / 'one'
    tree.mkdir()
    (tree / 'file').write_text('content')
    for target, arguments in [('up', [tree, f'host:{PLACE.there}/one']), ('down', [f'host:{PLACE.there}/one', PLACE.here / 'two'])]:
        lie(2)
        COMMANDS.write_text('')
        errors = PLACE.cp('--verify', '-r', *arguments, status=1)
        assert 'checksum' in errors and len(errors.splitlines()) == 1, (target, errors)
        # The second time it goes where it went the first time, although that is there by now.
        assert_same_tree(tree, arguments[1] if target == 'down' else PLACE.there / 'one')


helpers.run(globals())
