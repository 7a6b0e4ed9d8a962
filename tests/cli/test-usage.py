"""The command line, what is shown while copying, and the terminal."""

import os
import re
import signal
import subprocess
import time

import helpers
from helpers import Terminal, wait_until

PLACE = helpers.Place()
SERVER = PLACE.add_server('host')
(PLACE.here / 'file').write_text('x')


def run(*arguments, **options):
    return subprocess.run([helpers.WHERRY_CP, *arguments], env=PLACE.environment(), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=helpers.LIMIT, cwd=PLACE.here, **options)


def test_help_and_version():
    for option in ['--help', '-h']:
        result = run(option)
        assert result.returncode == 0 and result.stderr == '', result
        for word in ['-r', '-p', '-q', '-L', '-s', '-O', '-P', '-i', '-J', '-l', '--verify', '--batch',
                     '--accept-new', '--ssh-config', 'scp://']:
            assert re.search(rf'(^|\s){word}', result.stdout), word
        assert max(map(len, result.stdout.splitlines())) <= 80
    result = run('--version')
    assert result.returncode == 0 and re.fullmatch(r'wherry-cp [0-9.]+\n', result.stdout), result


def test_bad_usage():
    for arguments, words in [
            ([], 'what to copy'), (['file'], 'where to copy'), (['-x', 'a', 'h:'], '-x'), (['--nonsense', 'a', 'h:'], '--nonsense'),
            (['-P'], '-P'), (['-P', '0', 'a', 'h:'], '-P'), (['-P', '70000', 'a', 'h:'], '-P'), (['-P', 'ssh', 'a', 'h:'], '-P'),
            (['-l', '0', 'a', 'h:'], '-l'), (['-l', '1x', 'a', 'h:'], '-l'), (['-l', '-1', 'a', 'h:'], '-l'),
            (['-i', 'absent', 'a', 'h:'], 'absent'), (['--ssh-config'], '--ssh-config'), (['a', 'b'], 'cp(1)'),
            (['h:a', 'b', 'c'], 'cp(1)'), (['a', '-evil:x'], '-evil'), (['a', 'scp://h:99999/x'], '99999'), (['', 'h:'], 'empty'),
            (['a', 'b;c:d'], 'b;c'), (['a', 'http://h/x'], 'scp://'), (['\033[2J', 'b'], '\\x1b')]:
        result = run(*arguments)
        assert result.returncode == 2 and words in result.stderr and 'Usage: ' in result.stderr, (arguments, result)
        assert result.stdout == '' and '\033' not in result.stderr, result


def test_password_in_address():
    result = run('file', 'scp://user:hunter2@host/x')
    assert result.returncode == 2 and 'password' in result.stderr and 'hunter2' not in result.stderr, result


def test_options_end_at_first_name():
    """As with scp: a name a shell's * brought in can't become an option, at least not after another."""
    PLACE.cp('file', '-r', f'host:{PLACE.there}', status=1)
    (PLACE.there / 'file').unlink()


def test_bundled_options():
    (PLACE.here / 'tree').mkdir()
    (PLACE.here / 'tree' / 'a').write_text('x')
    os.utime(PLACE.here / 'tree' / 'a', (1_000_000_000, 1_000_000_000))
    PLACE.cp('-rpqP22', '-l99999', 'tree', f'host:{PLACE.there}', config=True, status=1)
    PLACE.cp('-rpql99999', 'tree', f'host:{PLACE.there}')
    assert int((PLACE.there / 'tree' / 'a').stat().st_mtime) == 1_000_000_000


def test_configuration_warnings():
    config = PLACE.folder / 'odd-config'
    config.write_text('Match final\nMatch exec true\n  Port 1\n' + PLACE.config.read_text() + '  BindInterface lo\n')
    errors = PLACE.cp('--ssh-config', config, 'file', f'host:{PLACE.there}', config=False, silent=False)
    assert [f'odd-config:{line}:' in errors for line in (1, 2)] == [True, True] and 'bindinterface' in errors, errors
    assert PLACE.cp('-q', '--ssh-config', config, 'file', f'host:{PLACE.there}', config=False) == ''
    config.write_text('ProxyCommand nc %h %p\n' + PLACE.config.read_text())
    errors = PLACE.cp('--ssh-config', config, 'file', f'host:{PLACE.there}', config=False, status=1)
    assert 'odd-config:1:' in errors and 'ProxyCommand' in errors, errors
    errors = PLACE.cp('--ssh-config', PLACE.folder / 'absent', 'file', f'host:{PLACE.there}', config=False, status=1)
    assert 'absent' in errors, errors


def test_plain_lines():
    """Without a terminal: lines for people and logs, no bar."""
    def output(*options):
        process = PLACE.start(*options, 'file', f'host:{PLACE.there}')
        text, errors = process.communicate(timeout=helpers.LIMIT)
        assert process.returncode == 0 and errors == b'', errors
        return text

    assert re.fullmatch(rb'file: 1 byte, .*/s\n', output()), output()
    assert output('-q') == b''


def test_reader_goes_away():
    (PLACE.here / 'two').write_text('x')
    reading, writing = os.pipe()
    os.close(reading)
    process = PLACE.start('file', 'two', f'host:{PLACE.there}', stdout=writing)
    os.close(writing)
    assert process.wait(helpers.LIMIT) == 0
    process.communicate()
    assert (PLACE.there / 'two').exists()


def test_limit():
    """-l counts kbit of 1,024 bits, as scp does."""
    size = 1 << 20
    (PLACE.here / 'limited').write_bytes(os.urandom(size))
    for arguments in [['limited', f'host:{PLACE.there}'], [f'host:{PLACE.there}/limited', 'back']]:
        begin = time.monotonic()
        PLACE.cp('-l', '8192', *arguments)
        assert time.monotonic() - begin > 0.9
    assert (PLACE.here / 'back').read_bytes() == (PLACE.here / 'limited').read_bytes()


def lines_on_terminal(columns, *arguments):
    with Terminal(PLACE.command(*arguments), columns, env=PLACE.environment(), cwd=PLACE.here) as terminal:
        assert terminal.end() == 0, terminal.output
        return re.split(r'[\r\n]+', terminal.output.decode().strip('\r\n'))


def test_bar():
    (PLACE.here / 'a large file').write_bytes(os.urandom(2 << 20))
    for columns in [20, 40, 80, 200]:
        lines = lines_on_terminal(columns, '-l', '16384', 'a large file', f'host:{PLACE.there}')
        assert len(lines) > 2, lines
        for line in lines:
            assert len(line) == columns - 1 and not re.search(r'[\x00-\x1f\x7f]', line), lines
        if columns >= 40:
            assert 'MB' in lines[-1] and '100%' in lines[-1], lines
        if columns >= 80:
            assert 'a large file' in lines[-1] and '/s' in lines[-1] and '[####' in lines[-1], lines
            percents = [int(re.search(r'(\d+)%', line).group(1)) for line in lines if '%' in line]
            assert percents == sorted(percents) and percents[0] < 100, percents
    assert lines_on_terminal(80, '-q', 'file', f'host:{PLACE.there}') == ['']


def test_bar_with_odd_names():
    name = '\u6587\u4ef6\033[31m\u202e'
    (PLACE.here / name).write_text('x')
    for line in lines_on_terminal(60, name, f'host:{PLACE.there}'):
        assert '\033' not in line and '\u202e' not in line, line


def with_encrypted_key(function):
    key = PLACE.folder / 'secret_key'
    if not key.exists():
        subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', 'open sesame', '-C', '', '-f', key], check=True)
        with (PLACE.folder / 'authorized_keys').open('a') as file:
            file.write((PLACE.folder / 'secret_key.pub').read_text())
    config = PLACE.folder / 'secret-config'
    config.write_text(PLACE.config.read_text().replace(f'"{PLACE.key}"', f'"{key}"'))
    arguments = ['--ssh-config', config, 'file', f'host:{PLACE.there}/secret']
    with Terminal(PLACE.command(*arguments, config=False), env=PLACE.environment(), cwd=PLACE.here) as terminal:
        terminal.read_until(b'secret_key')
        terminal.read_until(b': ')
        assert not terminal.has_echo()
        function(terminal)
        assert terminal.has_echo()


def test_passphrase():
    def answer(terminal):
        terminal.type(b'open sesame\n')
        assert terminal.end() == 0, terminal.output
        assert b'sesame' not in terminal.output

    with_encrypted_key(answer)
    (PLACE.there / 'secret').unlink()


def test_wrong_passphrase():
    def answer(terminal):
        terminal.type(b'wrong\n')
        terminal.drop_output()
        terminal.read_until(b': ')
        terminal.type(b'open sesame\n')
        assert terminal.end() == 0, terminal.output

    with_encrypted_key(answer)
    (PLACE.there / 'secret').unlink()


def test_passphrase_and_signals():
    """Echo comes back whatever ends the question; Ctrl+Z does not leave the shell in the dark."""
    for typed, number in [(b'\x03', signal.SIGINT), (None, signal.SIGTERM), (None, signal.SIGHUP)]:
        def answer(terminal, typed=typed, number=number):
            terminal.type(b'\x1a\x1c')  # Ctrl+Z, Ctrl+\
            if typed:
                terminal.type(typed)
            else:
                os.kill(child_of(terminal.process.pid), number)
            assert terminal.end() == 128 + number, terminal.output

        with_encrypted_key(answer)
    assert not (PLACE.there / 'secret').exists()


def child_of(pid):
    """setsid --wait stays as the parent, where it had to fork."""
    children = open(f'/proc/{pid}/task/{pid}/children', encoding='ascii').read().split()
    return int(children[0]) if children else pid


def test_passphrase_declined():
    def answer(terminal):
        terminal.type(b'\x04')
        assert terminal.end() == 1, terminal.output

    with_encrypted_key(answer)


def test_passphrase_without_terminal():
    key = PLACE.folder / 'secret_key'
    config = PLACE.folder / 'secret-config'
    assert key.exists()
    errors = PLACE.cp('--ssh-config', config, 'file', f'host:{PLACE.there}/secret', config=False, status=1)
    assert 'passphrase' in errors and 'ssh-add' in errors and 'did not let' in errors, errors
    assert not (PLACE.there / 'secret').exists()


def test_interrupted_while_connecting():
    """A server that never says a word: over within a second."""
    relay = PLACE.add_relay('silent', SERVER, '--black-hole-after', '0')
    process = PLACE.start('file', f'silent:{PLACE.there}')
    wait_until(lambda: established_to(relay.port), 'it is connected')
    process.send_signal(signal.SIGINT)
    assert process.wait(5) == 130
    process.communicate()


def established_to(port):
    """From /proc/net/tcp: whether somebody has a connection to PORT of loopback."""
    for line in open('/proc/net/tcp', encoding='ascii').readlines()[1:]:
        fields = line.split()
        if fields[2] == f'0100007F:{port:04X}' and fields[3] == '01':
            return True
    return False


helpers.run(globals())
