"""wherry-cp with a real keyring: host keys and passwords; no login before the key matched (rule R10)."""

import contextlib
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

import helpers
import keyring # from tests/support, which helpers put on the path
from helpers import Terminal, assert_no_strays

LOGIN_SERVER, KEYRING_TOOL = sys.argv[3:5]
PLACE = helpers.Place()
# Every step of a login is in the log: "userauth-request".
SERVER = PLACE.add_server('host', config='LogLevel DEBUG2')
ADDRESS = f'[127.0.0.1]:{SERVER.port}'
OTHER_KEY = helpers.make_key(PLACE.folder / 'other_host_key')
OTHER_KIND = helpers.make_key(PLACE.folder / 'other_kind', 'ecdsa')
RECORD = ('xdg:schema', 'app.wherry.HostKey', 'host', '127.0.0.1', 'port', str(SERVER.port))
(PLACE.here / 'file').write_text('x')


@contextlib.contextmanager
def session():
    with keyring.Session(tempfile.mkdtemp(dir=PLACE.folder)) as one:
        one.environment.pop('SSH_ASKPASS', None)
        one.environment = helpers.unwound_slowly(one.environment)
        yield one


def record(one, public):
    kind, key = public.split()[:2]
    one.store(f'{kind} {key}', *RECORD, 'keytype', kind)


def arguments(*options):
    return [*options, '-i', PLACE.key, PLACE.here / 'file', f'scp://127.0.0.1:{SERVER.port}/{PLACE.there}/file']


def auth_calls():
    return SERVER.log.read_text(errors='replace').count('userauth-request')


def refused(one, *options):
    """Runs, has to be refused before a single call of authentication, and returns the words."""
    before = auth_calls()
    errors = PLACE.cp(*arguments(*options), status=1, config=False, env=one.environment)
    assert auth_calls() == before
    assert_no_strays(PLACE.there, [])
    return errors


def accepted(one, *options, silent=True):
    before = auth_calls()
    errors = PLACE.cp(*arguments(*options), config=False, silent=silent, env=one.environment)
    assert auth_calls() > before
    (PLACE.there / 'file').unlink()
    return errors


def test_remembered():
    with session() as one:
        one.start_keyring()
        assert '--accept-new' in refused(one)
        accepted(one, '-q', '--accept-new')
        assert SERVER.host_key.split()[1] in one.search(*RECORD).stdout
        assert not (one.home / '.local/share/wherry').exists() and not (one.home / '.ssh').exists()
        accepted(one)
        accepted(one, '--batch')


def test_changed():
    with session() as one:
        one.start_keyring()
        for other in [OTHER_KEY, OTHER_KIND]:
            record(one, other)
            for options in [[], ['--accept-new'], ['--batch']]:
                errors = refused(one, *options)
                assert 'has changed' in errors and f"wherry-cp --forget-host '{ADDRESS}'" in errors, errors
            PLACE.cp('--forget-host', ADDRESS, config=False, env=one.environment)
            assert '--accept-new' in refused(one)
        accepted(one, '-q', '--accept-new')


def test_revoked_in_openssh_file():
    with session() as one:
        one.start_keyring()
        record(one, SERVER.host_key)
        accepted(one)
        (one.home / '.ssh').mkdir()
        (one.home / '.ssh/known_hosts').write_text(f'@revoked * {SERVER.host_key}\n')
        assert 'revoked' in refused(one)


def test_locked():
    """Neither the right nor a wrong key on record, nor what a file says, makes up for a keyring that can't be read."""
    with session() as one:
        one.start_keyring()
        (one.home / '.ssh').mkdir()
        (one.home / '.ssh/known_hosts').write_text(SERVER.key_line() + '\n')
        for key in [SERVER.host_key, OTHER_KEY]:
            record(one, key)
            one.lock()
            for options in [[], ['--accept-new'], ['--batch']]:
                errors = refused(one, *options)
                assert 'keyring is locked' in errors and 'Unlock' in errors, errors
            accepted(one, '--no-keyring')
            one.unlock(KEYRING_TOOL)
        PLACE.cp('--forget-host', ADDRESS, config=False, env=one.environment)
        accepted(one)


def test_hung():
    with session() as one:
        one.start_keyring()
        record(one, SERVER.host_key)
        one.keyring.send_signal(signal.SIGSTOP)
        assert 'does not answer' in refused(one)
        one.keyring.send_signal(signal.SIGCONT)
        accepted(one)


def test_damaged():
    with session() as one:
        one.start_keyring()
        one.store('nonsense', *RECORD, 'keytype', 'ssh-ed25519')
        assert 'damaged' in refused(one, '--accept-new')
        one.store(SERVER.host_key, 'xdg:schema', 'app.wherry.HostKey', 'host', '127.0.0.1')
        assert 'damaged' in refused(one, '--accept-new')


class LoginServer:
    """Takes the password "right" of "someone", and prints in the end how often somebody came in."""

    def __init__(self):
        self.process = subprocess.Popen([LOGIN_SERVER, 'password'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.record = ('xdg:schema', 'app.wherry.Password', 'user', 'someone', 'host', '127.0.0.1', 'port', str(self.port),
                       'method', 'password')

    def arguments(self, *options):
        return ['-q', '--accept-new', *options, PLACE.here / 'file', f'scp://someone@127.0.0.1:{self.port}/x']

    def on_terminal(self, one, *options):
        return Terminal(PLACE.command(*self.arguments(*options), config=False), env=one.environment, cwd=PLACE.here)

    def without_terminal(self, one, *options):
        # The server runs no command: the copy fails, after the login.
        return PLACE.cp(*self.arguments(*options), status=1, config=False, env=one.environment)

    def remembered(self, one):
        lines = one.search(*self.record).stdout.splitlines()
        return next((line.removeprefix('secret = ') for line in lines if line.startswith('secret = ')), None)

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


QUESTION = b'Password of someone@127.0.0.1: '


def test_password_remembered():
    with session() as one, LoginServer() as server:
        one.start_keyring()
        with server.on_terminal(one) as terminal:
            terminal.read_until(QUESTION)
            terminal.type(b'right\n')
            terminal.end()
        # Not unless it was wanted.
        assert server.remembered(one) is None
        with server.on_terminal(one, '--remember') as terminal:
            terminal.read_until(QUESTION)
            terminal.type(b'wrong\n')
            terminal.read_until(b'not right.\r\n' + QUESTION)
            assert server.remembered(one) is None
            terminal.type(b'right\n')
            terminal.end()
        assert server.remembered(one) == 'right'
        one.environment['G_MESSAGES_DEBUG'] = 'all'
        assert 'right' not in server.without_terminal(one, '--batch')
        assert server.count_logins() == 3


def test_wrong_password_remembered():
    """It is asked for, and stays until another one worked."""
    with session() as one, LoginServer() as server:
        one.start_keyring()
        one.store('old', *server.record)
        errors = server.without_terminal(one)
        assert 'no terminal' in errors and 'old' not in errors, errors
        with server.on_terminal(one, '--remember') as terminal:
            terminal.read_until(b'What is remembered was not right.\r\n' + QUESTION)
            terminal.type(b'\x04')
            terminal.end()
        assert server.remembered(one) == 'old'
        with server.on_terminal(one, '--remember') as terminal:
            terminal.read_until(b'What is remembered was not right.\r\n' + QUESTION)
            assert server.remembered(one) == 'old'
            terminal.type(b'right\n')
            terminal.end()
        assert server.remembered(one) == 'right'
        assert server.count_logins() == 1


def test_password_without_keyring():
    """Said once, and the login goes on."""
    with session() as one, LoginServer() as server:
        with Terminal(PLACE.command(*server.arguments('--remember')[1:], config=False), env=one.environment, cwd=PLACE.here) as terminal:
            terminal.read_until(QUESTION)
            terminal.type(b'right\n')
            terminal.end()
            assert terminal.output.count(b'until Wherry ends') == 1, terminal.output
        assert server.count_logins() == 1


def test_passphrase_remembered():
    """By the key's fingerprint, whatever the file is called."""
    with session() as one:
        one.start_keyring()
        record(one, SERVER.host_key)
        key = PLACE.folder / 'locked key'
        shutil.copy(PLACE.key, key)
        shutil.copy(f'{PLACE.key}.pub', f'{key}.pub')
        subprocess.run(['ssh-keygen', '-q', '-p', '-P', '', '-N', 'open sesame', '-f', key], check=True, stdout=subprocess.DEVNULL)
        command = ['-q', '--remember', '-i', key, PLACE.here / 'file', f'scp://127.0.0.1:{SERVER.port}/{PLACE.there}/file']
        with Terminal(PLACE.command(*command, config=False), env=one.environment, cwd=PLACE.here) as terminal:
            terminal.read_until(b'locked key')
            terminal.read_until(b': ')
            terminal.type(b'open sesame\n')
            assert terminal.end() == 0, terminal.output
        (PLACE.there / 'file').unlink()
        renamed = key.rename(PLACE.folder / 'renamed')
        pathlib.Path(f'{key}.pub').rename(PLACE.folder / 'renamed.pub')
        command[3] = renamed
        PLACE.cp(*command, config=False, env=one.environment)
        (PLACE.there / 'file').unlink()


if shutil.which('gnome-keyring-daemon') and shutil.which('secret-tool'):
    helpers.run(globals())
else:
    print('1..0 # SKIP gnome-keyring and secret-tool are needed')
