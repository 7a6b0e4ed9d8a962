"""Servers that are reached through others; and never a question with --batch."""

import os
import subprocess

import helpers
from helpers import Terminal, assert_same_tree

PLACE = helpers.Place()
GATE = PLACE.add_server('gate', config='AllowTcpForwarding yes')
SECOND = PLACE.add_server('second', config='AllowTcpForwarding yes')
TARGET = PLACE.add_server('target', config='AllowTcpForwarding no')
with PLACE.config.open('a') as CONFIG:
    CONFIG.write('Host behind\n  ProxyJump gate,second\n  HostName 127.0.0.1\n'
                 f'  Port {TARGET.port}\n  User {helpers.USER}\n  IdentityFile "{PLACE.key}"\n'
                 f'  UserKnownHostsFile "{PLACE.known_hosts}"\n'
                 f'Host commanded\n  ProxyCommand touch {PLACE.folder}/was-run\n')


def fresh(name):
    pair = PLACE.here / name, PLACE.there / name
    for folder in pair:
        folder.mkdir()
    return pair


def make_tree(folder):
    folder.mkdir()
    for number in range(50):
        (folder / str(number)).write_bytes(os.urandom(number * 991))
    (folder / 'large').write_bytes(os.urandom(3 << 20))
    return folder


def logins(server):
    return server.log.read_text(errors='replace').count('Accepted publickey')


def passed(action):
    """Does it, and tells how many logins each server saw meanwhile."""
    before = [logins(server) for server in (GATE, SECOND, TARGET)]
    action()
    return [logins(server) - count for server, count in zip((GATE, SECOND, TARGET), before)]


def test_jumps_of_the_command_line():
    here, there = fresh('jumps')
    tree = make_tree(here / 'tree')
    seen = passed(lambda: PLACE.cp('-J', 'gate', '-r', tree, f'target:{there}/'))
    assert_same_tree(tree, there / 'tree')
    assert seen == [1, 0, 1], seen
    seen = passed(lambda: PLACE.cp('-J', f'second,{helpers.USER}@gate', '-r', f'target:{there}/tree', here / 'back'))
    assert_same_tree(tree, here / 'back')
    assert seen == [1, 1, 1], seen


def test_proxy_jump():
    here, there = fresh('proxy-jump')
    tree = make_tree(here / 'tree')
    seen = passed(lambda: PLACE.cp('-r', tree, f'behind:{there}/'))
    assert_same_tree(tree, there / 'tree')
    assert seen == [1, 1, 1], seen
    # The command line goes first.
    seen = passed(lambda: PLACE.cp('-J', 'none', tree / 'large', f'behind:{there}/'))
    assert seen == [0, 0, 1], seen


def test_without_configuration():
    here, there = fresh('plain')
    (here / 'file').write_text('x')
    ssh = PLACE.home / '.ssh'
    ssh.mkdir()
    try:
        (ssh / 'known_hosts').write_text(f'{GATE.key_line()}\n{TARGET.key_line()}\n')
        PLACE.cp('-i', PLACE.key, '-J', f'127.0.0.1:{GATE.port}', here / 'file', f'scp://127.0.0.1:{TARGET.port}/{there}/', config=False)
        assert (there / 'file').read_text() == 'x'
        # Its own key stands in for the gate's: nothing is told to it, and nothing behind it is reached.
        (ssh / 'known_hosts').write_text(f'[127.0.0.1]:{GATE.port} {TARGET.host_key}\n{TARGET.key_line()}\n')
        errors = PLACE.cp('-i', PLACE.key, '-J', f'127.0.0.1:{GATE.port}', here / 'file', f'scp://127.0.0.1:{TARGET.port}/{there}/', config=False,
                          status=1)
        assert 'On the way to' in errors and 'has changed' in errors, errors
    finally:
        (ssh / 'known_hosts').unlink()
        ssh.rmdir()


def test_refused():
    here, there = fresh('refused')
    (here / 'file').write_text('x')
    errors = PLACE.cp('-J', 'target', here / 'file', f'gate:{there}/', status=1)
    assert 'AllowTcpForwarding' in errors, errors
    for jumps in ['a;b', 'gate,', '-x', 'gate:99999']:
        assert '-J' in PLACE.cp('-J', jumps, here / 'file', f'target:{there}/', status=2)
    errors = PLACE.cp('-J', 'gate:/tmp', here / 'file', f'target:{there}/', status=1)
    assert 'names a folder' in errors, errors


def test_command_is_not_run():
    here, _ = fresh('command')
    (here / 'file').write_text('x')
    errors = PLACE.cp(here / 'file', 'commanded:', status=1)
    assert 'ProxyCommand' in errors and 'ProxyJump' in errors, errors
    assert not (PLACE.folder / 'was-run').exists()


def on_terminal(*arguments):
    return Terminal(PLACE.command('--batch', *arguments), env=PLACE.environment(), cwd=PLACE.here)


def test_batch():
    """Not even with a terminal at hand."""
    here, there = fresh('batch')
    (here / 'file').write_text('x')
    known = PLACE.known_hosts.read_text()
    PLACE.known_hosts.write_text('')
    with on_terminal(here / 'file', f'target:{there}/') as terminal:
        assert terminal.end() == 1
        assert b'--batch' in terminal.output and b'--accept-new' in terminal.output, terminal.output
    PLACE.known_hosts.write_text(known)

    locked = PLACE.folder / 'locked'
    subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', 'secret', '-f', locked], check=True)
    with (PLACE.folder / 'authorized_keys').open('a') as keys:
        keys.write((PLACE.folder / 'locked.pub').read_text())
    config = PLACE.folder / 'locked-config'
    config.write_text(PLACE.config.read_text().replace(str(PLACE.key), str(locked)))
    command = PLACE.command('--batch', '--ssh-config', config, here / 'file', f'target:{there}/', config=False)
    with Terminal(command, env=PLACE.environment(), cwd=PLACE.here) as terminal:
        assert terminal.end() == 1
        assert b'--batch' in terminal.output and b'ssh-add' in terminal.output, terminal.output
    # What needs no question goes on as ever.
    PLACE.cp('--batch', here / 'file', f'target:{there}/')
    assert (there / 'file').read_text() == 'x'


helpers.run(globals())
