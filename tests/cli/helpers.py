"""What the tests of wherry-cp share: private servers on loopback, a home of their own, and the command itself.

Every script is called with the paths of wherry-cp and of the relay.
"""

import atexit
import contextlib
import filecmp
import getpass
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
import tap  # pylint: disable=wrong-import-position # found by the line above

WHERRY_CP, RELAY = (os.path.abspath(path) for path in sys.argv[1:3])
LIMIT = 60  # seconds until a wait is given up
USER = getpass.getuser()
IS_ROOT = os.getuid() == 0
# A login that may nothing: for what root could not be refused.
NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']


# So that servers and folders go away also when Meson's patience ends.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def wait_until(condition, what, limit=LIMIT):
    """Polls, as there is nothing to wait on that every condition has in common."""
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, f'in vain waited until {what}'
        time.sleep(0.01)


def _new_folder():
    folder = pathlib.Path(tempfile.mkdtemp(prefix='wherry-cp-test-'))
    folder.chmod(0o755)
    atexit.register(remove_tree, folder)
    return folder


def remove_tree(folder):
    # Tests leave folders nobody may enter.
    for path, folders, _ in os.walk(folder):
        for name in folders:
            with contextlib.suppress(OSError):
                os.chmod(os.path.join(path, name), 0o700)
    shutil.rmtree(folder, ignore_errors=True)


def unwound_slowly(environment):
    """For programs that load libraries with leaks of their own: LeakSanitizer knows them by functions that it does not see
    otherwise, as these libraries keep no frame pointers."""
    return {**environment, 'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':fast_unwind_on_malloc=0'}


def make_key(path, kind='ed25519'):
    subprocess.run(['ssh-keygen', '-q', '-t', kind, '-N', '', '-C', '', '-f', path], check=True, timeout=LIMIT)
    return path.with_name(path.name + '.pub').read_text().strip()


class Server:
    """A private sshd on a free port of loopback, with a host key of its own."""

    def __init__(self, folder, authorized_keys, command=None, config='', environment=None):
        self.folder = folder
        folder.mkdir()
        folder.chmod(0o755)
        self.host_key = make_key(folder / 'host_key')
        self.log = folder / 'sshd.log'
        if command:
            script = folder / 'command'
            script.write_text(f'#!/bin/sh\n{command}\n')
            script.chmod(0o755)
            config += f'\nForceCommand {script}\n'
        # A home of its own: start-up files of the account that runs the tests may do anything.
        self.home = folder / 'home'
        self.home.mkdir()
        self.home.chmod(0o777)
        variables = ' '.join(f'{name}="{value}"' for name, value in {'HOME': self.home, **(environment or {})}.items())
        if IS_ROOT:
            pathlib.Path('/run/sshd').mkdir(exist_ok=True)
        (folder / 'sshd_config').write_text(f'''ListenAddress 127.0.0.1
HostKey "{folder}/host_key"
AuthorizedKeysFile "{authorized_keys}"
PidFile none
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
MaxStartups 100
Subsystem sftp internal-sftp
SetEnv {variables}
{config}
''')
        self._start()

    def _start(self):
        for _ in range(5):
            with socket.create_server(('127.0.0.1', 0)) as free:
                self.port = free.getsockname()[1]
            self.process = subprocess.Popen(
                [shutil.which('sshd', path=os.environ['PATH'] + ':/usr/sbin'), '-D', '-f', self.folder / 'sshd_config',
                 '-p', str(self.port), '-E', self.log], stdin=subprocess.DEVNULL)
            wait_until(lambda: self.process.poll() is not None or self._is_listening(), 'sshd listens')
            if self.process.poll() is None:
                return
            self.log.unlink(missing_ok=True)  # somebody else took the port: try another
        raise RuntimeError('sshd did not start')

    def _is_listening(self):
        return self.log.exists() and 'Server listening on' in self.log.read_text(errors='replace')

    def stop(self):
        self.process.terminate()
        self.process.wait(LIMIT)

    def key_line(self, port=None):
        return f'[127.0.0.1]:{port or self.port} {self.host_key}'


class Relay:
    """The relay of tests/relay before a server."""

    def __init__(self, port, *options):
        self.process = subprocess.Popen([RELAY, *options, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(LIMIT)


class Place:
    """A temporary folder with a home, a key, servers, and an ssh_config file that names them."""

    def __init__(self):
        self.folder = _new_folder()
        self.home = self.folder / 'home'
        self.home.mkdir()
        self.key = self.folder / 'key'
        public = make_key(self.key)
        (self.folder / 'authorized_keys').write_text(public + '\n')
        self.known_hosts = self.folder / 'known_hosts'
        self.known_hosts.touch()
        self.config = self.folder / 'ssh_config'
        self.config.touch()
        self.started = []
        atexit.register(self.close)
        (self.folder / 'here').mkdir()
        (self.folder / 'there').mkdir()
        self.here = self.folder / 'here'
        self.there = self.folder / 'there'

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        while self.started:
            self.started.pop().stop()
        remove_tree(self.folder)

    def add_server(self, alias, **options):
        server = Server(self.folder / f'server-{alias}', self.folder / 'authorized_keys', **options)
        self.started.append(server)
        self.add_host(alias, server.port)
        self.know(server.key_line())
        return server

    def add_relay(self, alias, server, *options):
        relay = Relay(server.port, *options)
        self.started.append(relay)
        self.add_host(alias, relay.port)
        self.know(server.key_line(relay.port))
        return relay

    def add_host(self, alias, port):
        with self.config.open('a') as config:
            config.write(f'''Host {alias}
  HostName 127.0.0.1
  Port {port}
  User {USER}
  IdentityFile "{self.key}"
  IdentitiesOnly yes
  UserKnownHostsFile "{self.known_hosts}"
''')

    def know(self, line):
        with self.known_hosts.open('a') as known_hosts:
            known_hosts.write(line + '\n')

    def environment(self):
        environment = {**os.environ, 'HOME': str(self.home), 'LC_ALL': 'C.UTF-8', 'G_DEBUG': 'fatal-criticals',
                       'DBUS_SESSION_BUS_ADDRESS': 'disabled:'}  # whatever keyring is there is not the tests'
        for name in ['SSH_AUTH_SOCK', 'SSH_ASKPASS', 'LANGUAGE', 'XDG_CURRENT_DESKTOP', 'XDG_DATA_HOME', 'GSETTINGS_BACKEND']:
            environment.pop(name, None)
        return environment

    def command(self, *arguments, config=True, before=()):
        return [*before, WHERRY_CP, *(['--ssh-config', self.config] if config else []), *arguments]

    def start(self, *arguments, config=True, before=(), **options):
        """Starts wherry-cp in a session of its own: without a terminal."""
        options = {'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE, 'stdin': subprocess.DEVNULL,
                   'env': self.environment(), 'cwd': self.here, 'start_new_session': True, **options}
        return subprocess.Popen(self.command(*arguments, config=config, before=before), **options)

    def cp(self, *arguments, status=0, limit=LIMIT, silent=True, **options):
        """Runs wherry-cp to its end, which has to be STATUS, and returns what it wrote on stderr: nothing, if all went well."""
        process = self.start(*arguments, **options)
        try:
            output, errors = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
            raise AssertionError(f'took more than {limit} s: {show(errors)}') from None
        assert process.returncode == status, f'status {process.returncode}: {show(errors)}'
        for line in (output + errors).splitlines():
            assert not re.search(rb'[\x00-\x1f\x7f]', line), f'control characters: {line}'
        assert bool(errors) == (status != 0) or not silent, show(errors)
        return errors.decode()


def show(text):
    return text.decode(errors='replace')


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, command, columns=80, **options):
        self.ours, theirs = pty.openpty()
        subprocess.run(['stty', 'cols', str(columns), 'rows', '24'], stdin=theirs, check=True)
        self.process = subprocess.Popen(['setsid', '--ctty', '--wait', *command], stdin=theirs, stdout=theirs, stderr=theirs,
                                        **options)
        self.theirs = theirs
        self.output = b''

    def read_until(self, text):
        deadline = time.monotonic() + LIMIT
        while text not in self.output:
            ready, _, _ = select.select([self.ours], [], [], max(0, deadline - time.monotonic()))
            assert ready, f'in vain waited for {text} in {show(self.output)}'
            self.output += os.read(self.ours, 65536)

    def drop_output(self):
        self.output = b''

    def type(self, text):
        os.write(self.ours, text)

    def has_echo(self):
        text = subprocess.run(['stty', '-a'], stdin=self.theirs, check=True, capture_output=True, text=True).stdout
        return ' -echo ' not in text

    def end(self):
        """Waits for the end; returns the exit status."""
        deadline = time.monotonic() + LIMIT
        while self.process.poll() is None:
            ready, _, _ = select.select([self.ours], [], [], 0.02)
            if ready:
                self.output += os.read(self.ours, 65536)
            assert time.monotonic() < deadline, f'does not end: {show(self.output)}'
        while select.select([self.ours], [], [], 0)[0]:
            self.output += os.read(self.ours, 65536)
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.theirs)
        os.close(self.ours)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def names_below(folder):
    """All that is below FOLDER, hidden files too, as bytes."""
    folder = os.fsencode(folder)
    found = set()
    for path, folders, files in os.walk(folder):
        found.update(os.path.relpath(os.path.join(path, name), folder) for name in folders + files)
    return found


def assert_same_tree(one, other, times=False):
    names = names_below(one)
    assert names == names_below(other), sorted(names ^ names_below(other))[:10]
    for name in names:
        left, right = (os.path.join(os.fsencode(folder), name) for folder in (one, other))
        if os.path.isdir(left):
            assert os.path.isdir(right), name
        else:
            assert filecmp.cmp(left, right, shallow=False), name
        if times:
            assert int(os.stat(left).st_mtime) == int(os.stat(right).st_mtime), name
            assert os.stat(left).st_mode == os.stat(right).st_mode, name


def assert_no_strays(folder, expected):
    """Nothing but EXPECTED is in FOLDER: no temporary file either."""
    expected = {os.fsencode(name) for name in expected}
    found = names_below(folder)
    assert found == expected, sorted(found ^ expected)[:10]


run = tap.run
