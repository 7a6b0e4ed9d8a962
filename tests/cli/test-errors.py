"""What goes wrong is named, costs nothing else, and leaves nothing half done."""

import contextlib
import os
import pathlib
import signal
import socket

import helpers
from helpers import IS_ROOT, NOBODY, assert_no_strays, assert_same_tree, show, wait_until

PLACE = helpers.Place()
SERVER = PLACE.add_server('host')
# The server as an account that is not root: for what root could not be refused.
PLACE.add_server('weak', command=f'exec {" ".join(NOBODY) if IS_ROOT else ""} sh -c "$SSH_ORIGINAL_COMMAND"')

# The bytes that scp would obey as a record, did they come where one is due.
RECORD_BYTES = [b'\1', b'\2', b'C', b'D', b'E', b'T']
KIB = 1024


def fresh(name, mode=0o777):
    pair = PLACE.here / name, PLACE.there / name
    for folder in pair:
        folder.mkdir()
        folder.chmod(mode)
    return pair


def make_tree(folder, count=9):
    folder.mkdir()
    for number in range(count):
        (folder / f'{number}').write_text(str(number) * 1000)
    return folder


def client_as_nobody():
    """For wherry-cp itself as an account that is not root."""
    if not IS_ROOT:
        return []
    PLACE.home.chmod(0o777)
    PLACE.config.chmod(0o644)
    os.chown(PLACE.key, 65534, 65534)
    return NOBODY


def test_unreadable_here():
    here, there = fresh('unreadable-here')
    tree = make_tree(here / 'tree')
    (tree / '4').chmod(0)
    errors = PLACE.cp('-r', tree, f'host:{there}', status=1, before=client_as_nobody())
    assert str(tree / '4') in errors and 'Permission denied' in errors and len(errors.splitlines()) == 1, errors
    (tree / '4').unlink()
    assert_same_tree(tree, there / 'tree')


def test_unreadable_folder_here():
    here, there = fresh('unreadable-folder-here')
    tree = make_tree(here / 'tree')
    make_tree(tree / 'closed').chmod(0)
    errors = PLACE.cp('-r', tree, f'host:{there}', status=1, before=client_as_nobody())
    assert str(tree / 'closed') in errors, errors
    assert {str(number) for number in range(9)} <= set(os.listdir(there / 'tree'))


def test_unreadable_there():
    here, there = fresh('unreadable-there')
    tree = make_tree(there / 'tree')
    (tree / '4').chmod(0)
    errors = PLACE.cp('-r', f'weak:{tree}', here, status=1)
    assert str(tree / '4') in errors and 'Permission denied' in errors, errors
    (tree / '4').unlink()
    assert_same_tree(tree, here / 'tree')


def test_no_such_file():
    here, there = fresh('absent')
    errors = PLACE.cp(here / 'absent', f'host:{there}', status=1)
    assert str(here / 'absent') in errors and 'No such file' in errors, errors
    errors = PLACE.cp(f'host:{there}/absent', here, status=1)
    assert f'{there}/absent' in errors and 'No such file' in errors, errors
    assert_no_strays(here, [])
    assert_no_strays(there, [])


def test_no_such_target():
    here, there = fresh('no-target')
    (here / 'file').write_text('x')
    for target in ['absent/name', 'absent/']:
        errors = PLACE.cp(here / 'file', f'host:{there}/{target}', status=1)
        assert f'{there}/absent' in errors, errors
        errors = PLACE.cp(f'host:{here}/file', f'{there}/{target}', status=1)
        assert f'{there}/absent' in errors, errors
    assert_no_strays(there, [])


def test_one_of_many_is_missing():
    here, there = fresh('one-missing')
    (here / 'one').write_text('1')
    (here / 'three').write_text('3')
    errors = PLACE.cp(here / 'one', here / 'two', here / 'three', f'host:{there}', status=1)
    assert str(here / 'two') in errors and len(errors.splitlines()) == 1, errors
    assert_no_strays(there, ['one', 'three'])


def test_denied_target_there():
    here, there = fresh('denied-there', 0o755)
    (here / 'file').write_text('new')
    (there / 'file').write_text('old')
    (there / 'file').chmod(0o444)
    there.chmod(0o555)
    for target in [there, there / 'file', there / 'other']:
        errors = PLACE.cp(here / 'file', f'weak:{target}', status=1)
        assert str(there) in errors and 'Permission denied' in errors, errors
    assert_no_strays(there, ['file'])
    assert (there / 'file').read_text() == 'old'


def test_denied_target_here():
    here, there = fresh('denied-here', 0o755)
    (there / 'file').write_text('new')
    here.chmod(0o555)
    errors = PLACE.cp(f'host:{there}/file', here, status=1, before=client_as_nobody(), cwd='/')
    assert str(here) in errors and 'Permission denied' in errors, errors
    assert_no_strays(here, [])


def test_refused_upload_is_no_record():
    """A folder stands where the file should go: its bytes must not be taken for records."""
    here, there = fresh('refused')
    tree = here / 'tree'
    tree.mkdir()
    (there / 'tree').mkdir()
    for number, byte in enumerate(RECORD_BYTES):
        (tree / f'{number}').write_bytes(byte + b'0644 5 stray\nhello\0E\n')
        (tree / f'{number}-after').write_bytes(b'after')
        (there / 'tree' / f'{number}').mkdir()
    errors = PLACE.cp('-r', tree, f'host:{there}', status=1)
    names = [f'{number}' for number in range(len(RECORD_BYTES))]
    for name in names:
        assert f'tree/{name}:' in errors, errors
    assert_no_strays(there / 'tree', names + [f'{name}-after' for name in names])
    for name in names:
        assert (there / 'tree' / f'{name}-after').read_bytes() == b'after'


def start_slow_upload(name, size, kbits):
    """Starts sending a file that takes some seconds, and waits until part of it is there."""
    here, there = fresh(name)
    source = here / 'file'
    source.write_bytes(os.urandom(size))
    process = PLACE.start('-l', str(kbits), source, f'host:{there}/file')
    wait_until(lambda: sum(file.stat().st_size for file in there.iterdir()) > 0, 'some of the file is there')
    return process, source, there


def test_shrinks_while_sent():
    process, source, there = start_slow_upload('shrinking', 4096 * KIB, 8 * 1024)
    os.truncate(source, 100 * KIB)
    _, errors = process.communicate(timeout=helpers.LIMIT)
    assert process.returncode == 1 and os.fsencode(source) in errors and b'changed' in errors, show(errors)
    assert_no_strays(there, [])


def test_grows_while_sent():
    process, source, there = start_slow_upload('growing', 4096 * KIB, 8 * 1024)
    with open(source, 'ab') as file:
        file.write(b'more')
    _, errors = process.communicate(timeout=helpers.LIMIT)
    assert process.returncode == 1 and os.fsencode(source) in errors and b'changed' in errors, show(errors)
    assert_no_strays(there, [])


def test_no_scp_there():
    here, there = fresh('no-scp')
    (here / 'file').write_text('x')
    tools = PLACE.folder / 'tools'
    tools.mkdir()
    for tool in ['sh', 'mv', 'rm', 'cat', 'ls', 'mkdir', 'stat', 'find']:
        (tools / tool).symlink_to(f'/bin/{tool}')
    PLACE.add_server('bare', environment={'PATH': tools})
    for arguments in [[here / 'file', f'bare:{there}'], [f'bare:{here}/file', there]]:
        errors = PLACE.cp('-O', *arguments, status=1)
        assert 'no “scp”' in errors or 'no scp' in errors or 'scp program' in errors, errors
    assert_no_strays(there, [])
    # Unless SCP is insisted on, SFTP does as well.
    PLACE.cp(here / 'file', f'bare:{there}')
    assert (there / 'file').read_text() == 'x'


def test_start_up_noise():
    here, there = fresh('noise')
    (here / 'file').write_text('x')
    PLACE.add_server('loud', command='echo Welcome to this host; exec sh -c "$SSH_ORIGINAL_COMMAND"')
    for arguments in [[here / 'file', f'loud:{there}'], [f'loud:{here}/file', there]]:
        errors = PLACE.cp(*arguments, status=1)
        assert 'Welcome to this host' in errors, errors
        assert_no_strays(there, [])


def test_noise_on_stderr_is_no_harm():
    here, there = fresh('stderr-noise')
    (here / 'file').write_text('x')
    PLACE.add_server('murmuring', command='echo Welcome >&2; exec sh -c "$SSH_ORIGINAL_COMMAND"')
    PLACE.cp(here / 'file', f'murmuring:{there}')
    PLACE.cp(f'murmuring:{there}/file', here / 'back')
    assert (here / 'back').read_text() == 'x'


def cut_off(name, old):
    """Copies through a relay that cuts the connection in the middle of a file, both ways."""
    here, there = fresh(name)
    (here / 'large').write_bytes(os.urandom(3 << 20))
    (there / 'large').write_bytes(os.urandom(3 << 20))
    for folder in [here, there]:
        if old:
            (folder / 'target').write_bytes(old)
    relay = PLACE.add_relay(name, SERVER, '--cut-after', str(1 << 20))
    for arguments, folder in [([here / 'large', f'{name}:{there}/target'], there), ([f'{name}:{there}/large', here / 'target'], here)]:
        errors = PLACE.cp(*arguments, status=1)
        assert 'large' in errors or 'target' in errors, errors
        if old:
            assert (folder / 'target').read_bytes() == old
        else:
            assert not (folder / 'target').exists()
    # Here nothing stays; there nobody can tidy up any more.
    assert_no_strays(here, ['large', 'target'] if old else ['large'])
    assert relay.process.poll() is None


def test_cut_off():
    cut_off('cut', None)


def test_cut_off_replacing():
    cut_off('cut-replacing', b'old')


def has_begun_below(pid, folder):
    """Whether a process has a file with something in it open below FOLDER; it needs not have a name yet."""
    for link in pathlib.Path(f'/proc/{pid}/fd').iterdir():
        with contextlib.suppress(OSError):
            if os.readlink(link).startswith(f'{folder}/') and link.stat().st_size > 0:
                return True
    return False


def start_slow_download(name):
    here, there = fresh(name)
    (there / 'large').write_bytes(os.urandom(8 << 20))
    (here / 'large').write_text('old')
    process = PLACE.start('-l', '8192', f'host:{there}/large', here)
    wait_until(lambda: has_begun_below(process.pid, here), 'some of the file is here')
    return process, here


def test_killed():
    """kill -9 leaves the old file as it was."""
    process, here = start_slow_download('killed')
    process.kill()
    process.communicate()
    assert (here / 'large').read_text() == 'old'


def interrupted(name, number):
    process, here = start_slow_download(name)
    process.send_signal(number)
    _, errors = process.communicate(timeout=5)
    assert process.returncode == 128 + number, (process.returncode, show(errors))
    assert_no_strays(here, ['large'])
    assert (here / 'large').read_text() == 'old'


def test_sigint():
    interrupted('sigint', signal.SIGINT)


def test_sigterm():
    interrupted('sigterm', signal.SIGTERM)


def test_sighup():
    interrupted('sighup', signal.SIGHUP)


def test_interrupted_upload():
    process, source, there = start_slow_upload('interrupted-upload', 4096 * KIB, 8 * 1024)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=5)
    assert process.returncode == 130
    wait_until(lambda: not list(there.iterdir()), 'the temporary file there is gone')
    assert source.exists()


def test_nobody_listens():
    here, _ = fresh('nobody-listens')
    with socket.create_server(('127.0.0.1', 0)) as server:
        port = server.getsockname()[1]
    (here / 'file').write_text('x')
    errors = PLACE.cp(here / 'file', f'scp://127.0.0.1:{port}/', status=1, config=False)
    assert '127.0.0.1' in errors and 'refuse' in errors, errors
    # The second file on the same way is not tried.
    errors = PLACE.cp(here / 'file', here / 'file', f'scp://127.0.0.1:{port}/', status=1, config=False)
    assert len(errors.splitlines()) == 2 and 'not tried' in errors, errors


def test_expired_password():
    """The server lets in, and runs nothing: whatever it is asked for, it is told why, and once."""
    here, there = fresh('expired')
    server = PLACE.add_server('expired', command="echo 'WARNING: Your password has expired.' >&2; exit 1")
    (here / 'file').write_text('x')
    make_tree(here / 'tree')
    for arguments in [[here / 'file', f'expired:{there}/'], ['-r', here / 'tree', f'expired:{there}/'], [f'expired:{there}/file', here],
                      ['-r', f'expired:{there}/tree', here], [here / 'file', f'sftp://127.0.0.1:{server.port}/{there}/'],
                      [here / 'file', here / 'tree/1', f'expired:{there}/']]:
        if str(arguments[-1]).startswith('sftp:'):
            arguments = ['-i', PLACE.key, '--accept-new', *arguments]
        errors = PLACE.cp(*arguments, status=1)
        assert errors.count('has expired, and the server wants a new one') == 1, (arguments, errors)
        assert f"Set a new one in a terminal, with: ssh -p {server.port} -l '{helpers.USER}' '127.0.0.1'" in errors, (arguments, errors)
    assert_no_strays(there, [])


def test_no_key_fits():
    here, there = fresh('no-key')
    (here / 'file').write_text('x')
    helpers.make_key(PLACE.folder / 'other-key')
    config = PLACE.folder / 'other-config'
    config.write_text(PLACE.config.read_text().replace(f'"{PLACE.key}"', f'"{PLACE.folder}/other-key"'))
    errors = PLACE.cp('--ssh-config', config, here / 'file', f'host:{there}', status=1, config=False)
    assert 'did not let' in errors and 'publickey' in errors, errors
    assert_no_strays(there, [])


helpers.run(globals())
