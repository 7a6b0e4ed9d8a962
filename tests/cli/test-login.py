"""Passwords, passphrases and questions on a terminal, against the tests' own SSH server (which runs no command) and a real one."""

import re
import subprocess
import sys

import helpers
from helpers import Terminal

LOGIN_SERVER = sys.argv[3]
PLACE = helpers.Place()
HANGING = PLACE.add_server('hanging', command='exec sleep 1000', config='LogLevel VERBOSE')
(PLACE.here / 'file').write_text('x')


class LoginServer:
    def __init__(self, kind):
        self.process = subprocess.Popen([LOGIN_SERVER, kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.count_logins()

    def count_logins(self):
        self.process.stdin.close()
        count = int(self.process.stdout.readline())
        self.process.stdout.close()
        assert self.process.wait(helpers.LIMIT) == 0
        return count

    def arguments(self, names=('file',)):
        return ['-q', '--accept-new', *names, f'scp://someone@127.0.0.1:{self.port}/x']

    def on_terminal(self, *names):
        return Terminal(PLACE.command(*self.arguments(names or ('file',)), config=False), env=PLACE.environment(), cwd=PLACE.here)


def test_wrong_then_right_password():
    with LoginServer('password') as server:
        with server.on_terminal() as terminal:
            terminal.read_until(b'Password of someone@127.0.0.1: ')
            assert not terminal.has_echo()
            terminal.type(b'Battery-Staple-0815\n')
            terminal.read_until(b'not right.\r\nPassword of someone@127.0.0.1: ')
            assert not terminal.has_echo()
            helpers.wait_until(lambda: not memory_with(terminal.process.pid, b'Battery-Staple-0815'), 'it is not in memory any more')
            terminal.type(b'right\n')
            terminal.end()
            assert terminal.has_echo() and b'Battery' not in terminal.output and b'did not let' not in terminal.output, terminal.output
        assert server.count_logins() == 1


def test_wrong_password():
    with LoginServer('password') as server:
        with server.on_terminal('file', 'file') as terminal:
            for attempt in range(3):
                terminal.read_until(b'Password of someone@127.0.0.1: ')
                terminal.drop_output()
                terminal.type(b'wrong%d\n' % attempt)
            assert terminal.end() == 1
            # Once told what is wrong, one is not asked again for the next file.
            assert b'did not let' in terminal.output and b'not tried' in terminal.output, terminal.output
            assert terminal.has_echo()
        assert server.count_logins() == 0


def test_password_without_terminal():
    with LoginServer('password') as server:
        errors = PLACE.cp(*server.arguments(), status=1, config=False)
        assert 'no terminal' in errors and '-i' in errors, errors
        assert server.count_logins() == 0


def test_declined():
    with LoginServer('password') as server:
        with server.on_terminal('file', 'file') as terminal:
            terminal.read_until(b'Password of someone@127.0.0.1: ')
            terminal.type(b'\x04')
            assert terminal.end() == 1
            assert terminal.output.count(b'Password of') == 1 and terminal.has_echo(), terminal.output
        assert server.count_logins() == 0


def test_questions():
    with LoginServer('questions') as server:
        with server.on_terminal() as terminal:
            for answer in [b'first', b'second', b'third']:
                terminal.read_until(b'(someone@127.0.0.1) ')
                terminal.read_until(b': ')
                terminal.drop_output()
                terminal.type(answer + b'\n')
            terminal.end()
            assert terminal.has_echo() and b'did not let' not in terminal.output, terminal.output
        assert server.count_logins() == 1


def make_locked_key(name, passphrase, *options):
    """Makes a key that the server HANGING takes."""
    key = PLACE.folder / name
    subprocess.run(['ssh-keygen', '-q', '-N', passphrase, '-f', key, *options], check=True)
    with (PLACE.folder / 'authorized_keys').open('a') as authorized:
        authorized.write(key.with_name(f'{name}.pub').read_text())
    return key


def memory_with(pid, text):
    """What is told (proc(5), VmFlags) of each part of a process' memory that has TEXT in it."""
    found, holds = [], False
    with open(f'/proc/{pid}/smaps') as parts, open(f'/proc/{pid}/mem', 'rb', 0) as memory:
        for line in parts:
            if part := re.match(r'([0-9a-f]+)-([0-9a-f]+) (.)', line):
                start, end = int(part[1], 16), int(part[2], 16)
                holds = False
                # Sanitizers have parts that are larger than any memory.
                if part[3] == 'r' and end - start < 1 << 30:
                    try:
                        memory.seek(start)
                        holds = text in memory.read(end - start)
                    except (OSError, OverflowError):  # what the kernel shows to nobody else
                        pass
            elif holds and line.startswith('VmFlags:'):
                found.append(line.split()[1:])
    return found


def test_passphrase():
    """A wrong and a right answer; neither is left in memory, but for one where it is kept: locked, and in no core dump ("dd")."""
    wrong, right = b'Battery-Staple-0815', b'Correct-Horse-4711'
    for name, options in {'new': ['-t', 'ed25519', '-a', '1'], 'old': ['-t', 'rsa', '-m', 'PEM']}.items():
        key = make_locked_key(name, right, *options)
        n_sessions = HANGING.log.read_text().count('Starting session')
        with Terminal(PLACE.command('-q', '--accept-new', '-i', key, 'file', f'scp://{helpers.USER}@127.0.0.1:{HANGING.port}/x', config=False),
                      env=PLACE.environment(), cwd=PLACE.here) as terminal:
            terminal.read_until(b'Passphrase of the key')
            terminal.type(wrong + b'\n')
            terminal.read_until(b'not right.\r\nPassphrase of the key')
            assert not terminal.has_echo()
            terminal.type(right + b'\n')
            helpers.wait_until(lambda n=n_sessions: HANGING.log.read_text().count('Starting session') > n, 'scp runs')
            for secret in [wrong, right]:
                helpers.wait_until(lambda pid=terminal.process.pid, secret=secret: all('dd' in flags for flags in memory_with(pid, secret)),
                                   'nothing is left in memory')
            assert b'PEM pass phrase' not in terminal.output, terminal.output


def test_passphrase_in_a_batch():
    """Nobody is asked: neither by us nor, for a key in the old form, by a library on its own."""
    for name, options in {'new-batch': ['-t', 'ed25519', '-a', '1'], 'old-batch': ['-t', 'rsa', '-m', 'PEM']}.items():
        key = make_locked_key(name, 'Correct-Horse-4711', *options)
        with Terminal(PLACE.command('--batch', '--accept-new', '-i', key, 'file', f'scp://{helpers.USER}@127.0.0.1:{HANGING.port}/x', config=False),
                      env=PLACE.environment(), cwd=PLACE.here) as terminal:
            assert terminal.end() == 1
            assert b'is not asked for with --batch' in terminal.output and b'PEM' not in terminal.output, terminal.output


helpers.run(globals())
