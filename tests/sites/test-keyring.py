"""Host keys and secrets in a real keyring: there, locked, absent, hung, killed, and holding nonsense.

Usage: test-keyring.py KEYRING_TOOL
"""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
import keyring  # pylint: disable=wrong-import-position # found by the line above
import tap  # pylint: disable=wrong-import-position

TOOL = os.path.abspath(sys.argv[1])
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix='wherry-keyring-'))
HOST_SCHEMA = ('xdg:schema', 'app.wherry.HostKey')
PROMPTER_SERVICE = '/usr/share/dbus-1/services/org.gnome.keyring.SystemPrompter.service'
SHORT = 1500  # milliseconds
LONG = 30000

signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def make_key(name, kind):
    subprocess.run(['ssh-keygen', '-q', '-t', kind, '-N', '', '-C', '', '-f', FOLDER / name], check=True)
    return (FOLDER / f'{name}.pub').read_text().split()[1]


class Tool:
    def __init__(self, session, answer=LONG, person=LONG, prompt=True):
        self.process = subprocess.Popen([TOOL, str(answer), str(person), 'prompt' if prompt else 'no-prompt'], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=session.environment, text=True)

    def __call__(self, command):
        self.say(command)
        return self.hear()

    def say(self, command):
        self.process.stdin.write(command + '\n')
        self.process.stdin.flush()

    def hear(self):
        line = self.process.stdout.readline()
        assert line, f'the tool ended: {self.process.wait()}'
        return line.strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        status = self.process.wait(keyring.LIMIT)
        self.process.stdout.close()
        assert status == 0, status


@contextlib.contextmanager
def session(**options):
    folder = tempfile.mkdtemp(dir=FOLDER)
    with keyring.Session(folder, **options) as one:
        yield one


A = make_key('a', 'ed25519')
B = make_key('b', 'ed25519')
E = make_key('e', 'ecdsa')


def own_file(one):
    return one.home / '.local/share/wherry/known_hosts'


def test_verdicts():
    with session() as one:
        one.start_keyring()
        with Tool(one) as tool:
            assert tool(f'check host 22 {A}') == 'unknown'
            assert tool('types host 22') == 'types'
            assert tool(f'remember Host 22 {A}') == 'ok'
            assert tool(f'check host 22 {A}') == 'match'
            assert tool(f'check HOST 22 {A}') == 'match'
            assert tool(f'check host 22 {B}') == 'changed ssh-ed25519'
            # Another type is no unknown host either.
            assert tool(f'check host 22 {E}') == 'changed ssh-ed25519'
            assert tool('types host 22') == 'types ssh-ed25519'
            # Neither another port nor another name has to do with it.
            assert tool(f'check host 2222 {B}') == 'unknown'
            assert tool(f'check host.example.org 22 {B}') == 'unknown'
            assert tool(f'remember host 2222 {E}') == 'ok'
            assert tool(f'check host 22 {A}') == 'match'
            assert tool(f'check host 2222 {E}') == 'match'
            assert tool(f'remember host 22 {B}').startswith('error other: Another host key')
            assert tool('notice') == 'notice none'
        # It is there for the next run, under attributes that hold no secret and none too few.
        with Tool(one) as tool:
            assert tool(f'check host 22 {A}') == 'match'
            found = one.search(*HOST_SCHEMA, 'host', 'host', 'port', '22')
            assert 'attribute.keytype = ssh-ed25519' in found.stderr and f'secret = ssh-ed25519 {A}' in found.stdout, found
        assert not own_file(one).exists()


def test_replaced_and_forgotten():
    with session() as one:
        one.start_keyring()
        with Tool(one) as tool:
            assert tool(f'remember host 22 {A}') == 'ok'
            assert tool(f'replace host 22 {E}') == 'ok'
            assert tool(f'check host 22 {E}') == 'match'
            assert tool(f'check host 22 {A}') == 'changed ecdsa-sha2-nistp256'
            assert tool(f'replace host 22 {A}') == 'ok'
            assert tool(f'replace host 22 {B}') == 'ok'
            assert tool(f'check host 22 {B}') == 'match'
            assert tool(f'check host 22 {A}') == 'changed ssh-ed25519'
            assert tool(f'remember host 2222 {A}') == 'ok'
            assert tool('forget host 22') == 'ok'
            assert tool(f'check host 22 {A}') == 'unknown'
            assert tool(f'check host 2222 {A}') == 'match'
            assert tool('list').startswith('host/2222/ssh-ed25519/0 hashed=0')


def test_openssh_files():
    with session() as one:
        one.start_keyring()
        ssh = one.home / '.ssh'
        ssh.mkdir()
        known_hosts = ssh / 'known_hosts'
        text = f'''plain,[plain]:2022 ssh-ed25519 {A}
@cert-authority *.example.org ssh-ed25519 {A}
@revoked * ecdsa-sha2-nistp256 {E}
*.wild ssh-ed25519 {A}
hidden ssh-ed25519 {B}
'''
        known_hosts.write_text(text)
        subprocess.run(['ssh-keygen', '-q', '-H', '-f', known_hosts], check=True, capture_output=True)
        hashed = [line for line in known_hosts.read_text().splitlines() if line.startswith('|1|')][-1]
        known_hosts.write_text(text.replace(f'hidden ssh-ed25519 {B}', hashed))
        before = known_hosts.read_text()
        with Tool(one) as tool:
            assert tool(f'check plain 22 {A}') == 'match'
            assert tool(f'check plain 22 {B}') == 'changed ssh-ed25519'
            assert tool(f'check hidden 22 {B}') == 'match'
            # Revoked beats all, what the keyring holds included.
            one.store(f'ecdsa-sha2-nistp256 {E}', *HOST_SCHEMA, 'host', 'bad', 'port', '22', 'keytype', 'ecdsa-sha2-nistp256')
            assert tool(f'check bad 22 {E}') == 'revoked'
            assert tool(f'check plain 22 {E}') == 'revoked'
            assert tool('list') == ('bad/22/ecdsa-sha2-nistp256/0 plain/22/ssh-ed25519/2 plain/2022/ssh-ed25519/2 '
                                    'hashed=1 patterns=1 authorities=1 revoked=1')
            # What was replaced stays replaced, whatever the file says, which is only read.
            assert tool(f'replace plain 22 {B}') == 'ok'
            assert tool(f'check plain 22 {B}') == 'match'
            assert tool(f'check plain 22 {A}') == 'changed ssh-ed25519'
            assert tool('import') == 'imported 1 conflicts 1'
            assert tool('import') == 'imported 0 conflicts 1'
            assert tool(f'check plain 2022 {A}') == 'match'
        assert known_hosts.read_text() == before
        known_hosts.unlink()
        with Tool(one) as tool:
            assert tool(f'check plain 2022 {A}') == 'match'
        known_hosts.mkdir()
        with Tool(one) as tool:
            assert tool(f'check plain 2022 {A}').startswith('unchecked')


def test_absent():
    """A file of its own, and said once."""
    with session() as one:
        with Tool(one) as tool:
            assert tool(f'check host 22 {A}') == 'unknown'
            assert tool(f'remember host 22 {A}') == 'ok'
            notice = tool('notice')
            assert 'no keyring' in notice and str(own_file(one)) in notice, notice
            assert tool(f'check host 22 {A}') == 'match'
            assert tool(f'check host 22 {E}') == 'changed ssh-ed25519'
            assert tool(f'remember host 2222 {A}') == 'ok'
            assert tool('notice') == 'notice none'
            assert tool('list').startswith('host/22/ssh-ed25519/1 host/2222/ssh-ed25519/1 ')
            assert tool(f'replace host 22 {E}') == 'ok'
            assert tool(f'check host 22 {E}') == 'match'
            assert tool('forget host 2222') == 'ok'
            assert tool(f'check host 2222 {A}') == 'unknown'
            assert own_file(one).read_text() == f'host ecdsa-sha2-nistp256 {E}\n'
            assert tool('save user host 22 secret').startswith('error none')
            assert tool('lookup user host 22').startswith('error none')
        assert own_file(one).stat().st_mode & 0o777 == 0o600
        # Once there is one, it is beside it.
        one.start_keyring()
        with Tool(one) as tool:
            assert tool(f'check host 22 {E}') == 'match'
            assert tool(f'check host 22 {A}') == 'changed ecdsa-sha2-nistp256'


def test_no_bus():
    with session() as one:
        for address in [None, 'unix:path=/nonexistent', 'disabled:']:
            environment = dict(one.environment)
            one.environment.pop('DBUS_SESSION_BUS_ADDRESS')
            if address:
                one.environment['DBUS_SESSION_BUS_ADDRESS'] = address
            with Tool(one) as tool:
                assert tool(f'check host{len(address or "")} 22 {A}') == 'unknown'
                assert tool(f'remember host{len(address or "")} 22 {A}') == 'ok'
                assert tool('notice') != 'notice none'
            one.environment.clear()
            one.environment.update(environment)


def test_locked():
    with session() as one:
        one.start_keyring()
        with Tool(one) as tool:
            assert tool(f'remember host 22 {A}') == 'ok'
            assert tool('save user host 22 secret') == 'ok'
        # While running; nobody may be asked, or nobody can be.
        one.lock()
        for prompt in [False, True]:
            with Tool(one, prompt=prompt) as tool:
                for key in [A, B]:
                    assert tool(f'check host 22 {key}').startswith('unchecked locked'), key
                # No word about a host it has never heard of either.
                assert tool(f'check other 22 {A}').startswith('unchecked locked')
                assert tool('lookup user host 22').startswith('error locked')
        one.unlock(TOOL)
        with Tool(one) as tool:
            assert tool(f'check host 22 {A}') == 'match'
            assert tool('lookup user host 22') == 'found secret'
        # Cold: nothing of it was ever read.
        one.stop_keyring()
        one.start_keyring(unlocked=False)
        for prompt in [False, True]:
            with Tool(one, prompt=prompt) as tool:
                for key in [A, B]:
                    assert tool(f'check host 22 {key}').startswith('unchecked locked'), key
                assert tool('types host 22') == 'types'
                assert tool(f'check host 22 {A}').startswith('unchecked locked')
        one.unlock(TOOL)
        with Tool(one) as tool:
            assert tool(f'check host 22 {A}') == 'match'
            assert tool(f'check host 22 {B}') == 'changed ssh-ed25519'


@contextlib.contextmanager
def display():
    """An X server for gcr-prompter, and what a person does there."""
    if not shutil.which('Xvfb') or not shutil.which('xdotool') or not os.path.exists(PROMPTER_SERVICE):
        raise tap.Skip('Xvfb, xdotool and gcr are needed')
    read, write = os.pipe()
    server = subprocess.Popen(['Xvfb', '-displayfd', str(write), '-screen', '0', '800x600x24', '-nolisten', 'tcp', '-noreset'],
                              pass_fds=[write], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as pipe:
        name = ':' + pipe.readline().strip()

    def xdotool(*arguments):
        return subprocess.run(['xdotool', *arguments], env={**os.environ, 'DISPLAY': name}, capture_output=True, text=True).stdout.split()

    def prompts():
        return xdotool('search', '--onlyvisible', '--class', 'gcr-prompter')

    def answer(*keys):
        keyring.wait('the prompt', prompts)

        # It may not listen yet when it is there: then all is typed again.
        def is_gone():
            for window in prompts():
                xdotool('windowfocus', '--sync', window)
            xdotool('key', 'ctrl+a', *keys)
            with contextlib.suppress(AssertionError):
                keyring.wait('the prompt to go', lambda: not prompts(), 4)
            return not prompts()
        keyring.wait('the prompt to go', is_gone)

    try:
        yield name, answer
    finally:
        keyring.stop(server)


def test_prompt_dismissed():
    """A person who closes the keyring's own prompt leaves it locked: nothing is known then, and nothing is taken for new."""
    with display() as (screen, answer), session(prompter=True, display=screen) as one:
        one.start_keyring()
        with Tool(one) as tool:
            assert tool(f'remember host 22 {A}') == 'ok'
            assert tool('save user host 22 secret') == 'ok'
        for key in [A, B]:
            one.lock()
            with Tool(one) as tool:
                tool.say(f'check host 22 {key}')
                answer('key', 'Escape')
                heard = tool.hear()
                assert heard.startswith('unchecked locked') and 'locked' in heard, heard
                tool.say('lookup user host 22')
                answer('key', 'Escape')
                assert tool.hear().startswith('error locked')

        # The same prompt answered: what is on record counts.
        with Tool(one) as tool:
            tool.say(f'check host 22 {B}')
            answer('type', '--args', '1', keyring.PASSWORD, 'key', 'Return')
            assert tool.hear() == 'changed ssh-ed25519'
            assert tool(f'check host 22 {A}') == 'match'
            assert tool('lookup user host 22') == 'found secret'


def test_remembered_while_locked():
    """A key that a person accepted is not lost, and never in two minds about where."""
    with session() as one:
        one.start_keyring()
        with Tool(one) as tool:
            assert tool(f'check host 22 {A}') == 'unknown'
            one.lock()
            assert tool(f'remember host 22 {A}') == 'ok'
            assert 'locked' in tool('notice')
            assert own_file(one).exists()
            one.unlock(TOOL)
            assert tool(f'check host 22 {A}') == 'match'


def test_hung():
    with session() as one:
        one.start_keyring()
        with Tool(one) as tool:
            assert tool(f'remember host 22 {A}') == 'ok'
        for warm in [False, True]:
            with Tool(one, answer=SHORT) as tool:
                if warm:
                    assert tool(f'check host 22 {A}') == 'match'
                one.keyring.send_signal(signal.SIGSTOP)
                assert tool(f'check host 22 {A}').startswith('unchecked failed')
                assert tool(f'check host 22 {B}').startswith('unchecked failed')
                assert tool('lookup user host 22').startswith('error failed')
                one.keyring.send_signal(signal.SIGCONT)
                assert tool(f'check host 22 {A}') == 'match'


def test_killed():
    """What was there and is gone is no reason to take a host for new."""
    with session() as one:
        one.start_keyring()
        with Tool(one) as tool:
            assert tool(f'remember host 22 {A}') == 'ok'
            one.keyring.send_signal(signal.SIGSTOP)
            tool.say(f'check host 22 {A}')
            one.keyring.kill()
            assert tool.hear().startswith('unchecked failed')
            assert tool(f'check host 22 {A}').startswith('unchecked failed')
            one.stop_keyring()
            one.start_keyring()
            assert tool(f'check host 22 {A}') == 'match'


def test_foreign_records():
    with session() as one:
        one.start_keyring()
        with Tool(one) as tool:
            assert tool(f'remember host 22 {A}') == 'ok'
            assert tool(f'remember host 2222 {A}') == 'ok'
            # Of another kind: none of our business.
            one.store('x', 'xdg:schema', 'org.example.Other', 'host', 'host')
            one.store('x', 'xdg:schema', 'org.example.Other', 'host', 'host', 'port', '22')
            assert tool(f'check host 22 {A}') == 'match'
            # A key for another type than it is of; no key at all; nothing.
            for value in [f'ssh-ed25519 {A}', f'ecdsa-sha2-nistp256 {A}', f'ssh-ed25519 {E}', A, 'nonsense', ' ']:
                one.store(value, *HOST_SCHEMA, 'host', 'host', 'port', '22', 'keytype', 'ecdsa-sha2-nistp256')
                assert tool(f'check host 22 {A}').startswith('unchecked failed'), value
                assert tool(f'check host 2222 {A}') == 'match'
            assert tool('forget host 22 ecdsa-sha2-nistp256') == 'ok'
            assert tool(f'check host 22 {A}') == 'match'
        # With fewer attributes: gnome-keyring takes it for the one that is there, and overwrites that.
        for number, attributes in enumerate([(*HOST_SCHEMA, 'host'), ('host',)]):
            with Tool(one) as tool:
                assert tool(f'remember one{number} 22 {A}') == 'ok'
                one.store(f'ssh-ed25519 {B}', *attributes, f'one{number}')
                for key in [A, B]:
                    outcome = tool(f'check one{number} 22 {key}')
                    # About one time in forty it takes over the fewer attributes too; then there is no record any more.
                    assert outcome.startswith('unchecked failed') or outcome == 'unknown', outcome


def test_passwords():
    with session() as one:
        one.start_keyring()
        with Tool(one) as tool:
            assert tool('lookup user host 22') == 'nothing'
            assert tool('save user host 22 first') == 'ok'
            assert tool('save user host 2222 second') == 'ok'
            assert tool('save other host 22 third') == 'ok'
            assert tool('lookup user host 22') == 'found first'
            assert tool('save user host 22 changed') == 'ok'
            assert tool('lookup user host 22') == 'found changed'
            assert tool('clear-login user HOST 22') == 'ok'
            assert tool('lookup user host 22') == 'nothing'
            assert tool('lookup user host 2222') == 'found second'
            assert tool('lookup other host 22') == 'found third'
            assert tool('clear-login user host 22') == 'ok'


try:
    if shutil.which('gnome-keyring-daemon') and shutil.which('secret-tool'):
        tap.run(globals())
    else:
        print('1..0 # SKIP gnome-keyring and secret-tool are needed')
finally:
    shutil.rmtree(FOLDER, ignore_errors=True)
