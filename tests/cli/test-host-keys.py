"""No login before the host's key is known; nothing is taken for known that is not (rule R10)."""

import re
import shutil
import subprocess

import helpers
from helpers import NOBODY, IS_ROOT, Terminal, assert_no_strays

PLACE = helpers.Place()
SERVER = PLACE.add_server('host')
ADDRESS = f'[127.0.0.1]:{SERVER.port}'
OTHER_KEY = helpers.make_key(PLACE.folder / 'other_host_key')
OTHER_KIND = helpers.make_key(PLACE.folder / 'other_kind', 'ecdsa')
(PLACE.here / 'file').write_text('x')
SSH = PLACE.home / '.ssh'
# Where keys go while there is no keyring.
OWN = PLACE.home / '.local/share/wherry/known_hosts'


def fingerprint(public):
    line = subprocess.run(['ssh-keygen', '-l', '-f', '-'], input=public, check=True, capture_output=True, text=True).stdout
    return re.search(r'SHA256:\S+', line).group(0)


def known(*lines):
    """Makes these lines all that is known."""
    shutil.rmtree(PLACE.home / '.local', ignore_errors=True)
    SSH.mkdir(exist_ok=True, mode=0o700)
    (SSH / 'known_hosts').write_text(''.join(line + '\n' for line in lines))


def unknown():
    OWN.unlink(missing_ok=True)
    (SSH / 'known_hosts').unlink(missing_ok=True)
    if SSH.exists():
        SSH.rmdir()


def arguments(*options):
    return [*options, '-i', PLACE.key, PLACE.here / 'file', f'scp://127.0.0.1:{SERVER.port}/{PLACE.there}/file']


def logins():
    return SERVER.log.read_text(errors='replace').count('Accepted publickey')


def refused(*options, **more):
    """Runs, has to be refused before any login, and returns the words."""
    before = logins()
    errors = PLACE.cp(*arguments(*options), status=1, config=False, **more)
    assert logins() == before
    assert_no_strays(PLACE.there, [])
    return errors


def accepted(*options, silent=True):
    errors = PLACE.cp(*arguments(*options), config=False, silent=silent)
    (PLACE.there / 'file').unlink()
    return errors


def test_unknown_without_terminal():
    unknown()
    errors = refused()
    assert fingerprint(SERVER.host_key) in errors and '--accept-new' in errors, errors
    assert not SSH.exists() and not OWN.exists()


def test_accept_new():
    unknown()
    errors = accepted('--accept-new', silent=False)
    assert fingerprint(SERVER.host_key) in errors, errors
    assert 'no keyring' in errors and str(OWN) in errors, errors
    assert not SSH.exists()
    text = OWN.read_text()
    assert text == f'{ADDRESS} {SERVER.host_key.strip()}\n' and OWN.stat().st_mode & 0o777 == 0o600, text
    # From now on it is known, and nothing is added.
    accepted()
    accepted('--accept-new')
    assert OWN.read_text() == text


def test_changed_in_our_own_file():
    """What it says to type forgets it, and nothing but a second command does."""
    unknown()
    OWN.parent.mkdir(parents=True, exist_ok=True)
    OWN.write_text(f'{ADDRESS} {OTHER_KEY}\nother {OTHER_KEY}\n')
    for options in [[], ['--accept-new']]:
        errors = refused(*options)
        assert f"wherry-cp --forget-host '{ADDRESS}'" in errors, errors
    assert PLACE.cp('--forget-host', ADDRESS, config=False) == ''
    assert OWN.read_text() == f'other {OTHER_KEY}\n'
    assert PLACE.cp('--forget-host', 'OTHER', config=False) == ''
    assert OWN.read_text() == ''
    accepted('-q', '--accept-new')


def test_certificate_authority():
    """Not supported, and said so to who has to judge the key."""
    known(f'@cert-authority {ADDRESS} {SERVER.host_key}')
    assert '--accept-new' in refused()
    with on_terminal() as terminal:
        terminal.read_until(b'fingerprint: ')
        assert b'@cert-authority' in terminal.output and b'(127.0.0.1, port' in terminal.output
        terminal.type(b'no\n')
        assert terminal.end() == 1


def test_accept_new_in_silence():
    unknown()
    assert accepted('-q', '--accept-new') == ''


def test_known():
    for line in [SERVER.key_line(), f'[127.0.0.*]:{SERVER.port},other {SERVER.host_key}', f'* {SERVER.host_key}']:
        known('# comment', 'nonsense', f'{ADDRESS} {OTHER_KEY}', line)
        accepted()


def test_known_hashed():
    known(SERVER.key_line())
    subprocess.run(['ssh-keygen', '-q', '-H', '-f', SSH / 'known_hosts'], check=True, capture_output=True)
    (SSH / 'known_hosts.old').unlink()
    assert '127.0.0.1' not in (SSH / 'known_hosts').read_text()
    accepted()


def test_port_is_part_of_the_name():
    known(f'127.0.0.1 {SERVER.host_key}')
    assert '--accept-new' in refused()


def test_changed():
    for line in [f'{ADDRESS} {OTHER_KEY}', f'{ADDRESS} {OTHER_KIND}']:
        known(line)
        for options in [[], ['--accept-new']]:
            errors = refused(*options)
            assert fingerprint(SERVER.host_key) in errors and fingerprint(line.split(' ', 1)[1]) in errors, errors
            assert f"ssh-keygen -f '{SSH}/known_hosts' -R '{ADDRESS}'" in errors, errors
            assert (SSH / 'known_hosts').read_text() == line + '\n'
    # What it says to type mends it.
    command = re.search(r'ssh-keygen -f .*', errors).group(0)
    subprocess.run(['sh', '-c', command], check=True, capture_output=True)
    (SSH / 'known_hosts.old').unlink()
    accepted('--accept-new', silent=False)


def test_revoked():
    for line in [f'@revoked {ADDRESS} {SERVER.host_key}', f'@revoked * {SERVER.host_key}', f'@revoked 127.0.0.1 {SERVER.host_key}']:
        known(SERVER.key_line(), line)
        for options in [[], ['--accept-new']]:
            assert 'revoked' in refused(*options)


def test_unreadable():
    """What can't be read is never taken for unknown."""
    known(SERVER.key_line())
    (SSH / 'known_hosts').chmod(0)
    PLACE.home.chmod(0o777)
    SSH.chmod(0o777)
    PLACE.key.chmod(0o644)
    try:
        errors = refused('--accept-new', before=NOBODY if IS_ROOT else [])
        assert str(SSH / 'known_hosts') in errors, errors
    finally:
        PLACE.key.chmod(0o600)
        (SSH / 'known_hosts').chmod(0o600)


def test_file_of_the_configuration():
    """UserKnownHostsFile replaces the usual one, for that host."""
    known(f'{ADDRESS} {OTHER_KEY}')
    PLACE.cp(PLACE.here / 'file', f'host:{PLACE.there}')
    (PLACE.there / 'file').unlink()
    PLACE.known_hosts.write_text('')
    before = logins()
    assert '--accept-new' in PLACE.cp(PLACE.here / 'file', f'host:{PLACE.there}', status=1)
    assert logins() == before
    PLACE.cp('-q', '--accept-new', PLACE.here / 'file', f'host:{PLACE.there}')
    (PLACE.there / 'file').unlink()
    assert SERVER.host_key.split()[1] in PLACE.known_hosts.read_text()


def on_terminal(*options):
    return Terminal(PLACE.command(*arguments(*options), config=False), env=PLACE.environment(), cwd=PLACE.here)


def test_name_for_the_keys():
    """HostKeyAlias stands for itself, whatever the port, as with ssh."""
    config = PLACE.folder / 'alias_config'
    config.write_text(f'''Host named
  HostName 127.0.0.1
  Port {SERVER.port}
  HostKeyAlias keys.example.org
  UserKnownHostsFile "{SSH}/known_hosts"
''')
    command = ['--ssh-config', config, '-i', PLACE.key, PLACE.here / 'file', f'named:{PLACE.there}']
    known(f'keys.example.org {SERVER.host_key}')
    PLACE.cp(*command, config=False)
    (PLACE.there / 'file').unlink()
    known(f'[keys.example.org]:{SERVER.port} {SERVER.host_key}', f'{ADDRESS} {SERVER.host_key}')
    assert '--accept-new' in PLACE.cp(*command, config=False, status=1)
    known(f'keys.example.org {OTHER_KEY}')
    assert 'keys.example.org' in PLACE.cp(*command, config=False, status=1)
    assert_no_strays(PLACE.there, [])


def test_asked_yes():
    unknown()
    with on_terminal() as terminal:
        terminal.read_until(b'fingerprint: ')
        assert fingerprint(SERVER.host_key).encode() in terminal.output
        assert not SSH.exists() and not OWN.exists()
        terminal.type(b'perhaps\n')
        terminal.read_until(b'neither')
        terminal.type(b'yes\n')
        assert terminal.end() == 0, terminal.output
    (PLACE.there / 'file').unlink()
    accepted()


def test_asked_fingerprint():
    unknown()
    with on_terminal() as terminal:
        terminal.read_until(b'fingerprint: ')
        terminal.type(fingerprint(SERVER.host_key).encode() + b'\n')
        assert terminal.end() == 0, terminal.output
    (PLACE.there / 'file').unlink()
    accepted()


def test_asked_and_declined():
    for answer in [b'no\n', b'\x04', b'\x03', fingerprint(OTHER_KEY).encode() + b'\nno\n', b'a\nb\nc\n']:
        unknown()
        before = logins()
        with on_terminal() as terminal:
            terminal.read_until(b'fingerprint: ')
            terminal.type(answer)
            assert terminal.end() == (130 if answer == b'\x03' else 1), terminal.output
        assert logins() == before and not SSH.exists() and not OWN.exists()
        assert_no_strays(PLACE.there, [])


def test_batch():
    """Nothing is asked, though there is a terminal."""
    unknown()
    with on_terminal('--batch') as terminal:
        assert terminal.end() == 1
        assert b'fingerprint: ' not in terminal.output and b'--accept-new' in terminal.output
    accepted('-q', '--batch', '--accept-new')


def test_changed_is_not_asked():
    known(f'{ADDRESS} {OTHER_KEY}')
    with on_terminal() as terminal:
        assert terminal.end() == 1
        assert b'fingerprint: ' not in terminal.output


helpers.run(globals())
