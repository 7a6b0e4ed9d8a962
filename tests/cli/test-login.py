"""Passwords and questions on a terminal, against the tests' own SSH server (which runs no command)."""

import subprocess
import sys

import helpers
from helpers import Terminal

LOGIN_SERVER = sys.argv[3]
PLACE = helpers.Place()
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
            terminal.type(b'wrong\n')
            terminal.read_until(b'not right.\r\nPassword of someone@127.0.0.1: ')
            assert not terminal.has_echo()
            terminal.type(b'right\n')
            terminal.end()
            assert terminal.has_echo() and b'wrong' not in terminal.output and b'did not let' not in terminal.output, terminal.output
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


helpers.run(globals())
