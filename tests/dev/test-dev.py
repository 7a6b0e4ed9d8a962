"""`./dev` itself, with stand-ins for what would change the machine or take long.

Usage: test-dev.py DEV
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).parents[1] / 'support'))
import tap  # pylint: disable=wrong-import-position # found by the line above

DEV = sys.argv[1]
SWITCH = '/etc/ssh/sshd_not_to_be_run'


class Place:
    """A copy of the script in a folder of its own, with stand-ins in front of PATH that log their calls."""

    def __init__(self, path=None):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix='wherry-test-'))
        self.tools = self.top / 'tools'
        self.tools.mkdir()
        self.path = f'{self.tools}:{path or os.environ["PATH"]}'
        shutil.copy(DEV, self.top / 'dev')
        self.stand_in('id', 'echo 0')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top)

    def stand_in(self, name, body):
        tool = self.tools / name
        tool.write_text(f'#!/bin/sh\n{body}\n')
        tool.chmod(0o755)

    def log(self, name, body=''):
        self.stand_in(name, f'echo "{name} $*" >>"{self.top}/calls"\n{body}')

    def installed(self, missing=''):
        """All packages are there, but for those."""
        self.stand_in('dpkg-query', f'for last; do :; done\ncase " {missing} " in *" $last "*) exit 1 ;; esac\nprintf installed')

    def calls(self):
        try:
            return (self.top / 'calls').read_text().splitlines()
        except FileNotFoundError:
            return []

    def run(self, *arguments, **environment):
        return subprocess.run([self.top / 'dev', *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              env={**os.environ, 'PATH': self.path, 'CI': 'false', **environment})


def test_nothing_missing_asks_nobody():
    with Place() as place:
        place.installed()
        place.log('apt-get')
        place.log('sudo')
        run = place.run('deps')
        assert run.returncode == 0, run
        assert place.calls() == [], place.calls()


def test_only_what_is_missing_is_installed():
    with Place() as place:
        place.installed(missing='libssh-dev ninja-build')
        place.log('apt-get')
        run = place.run('deps')
        assert run.returncode == 0, run
        install = 'apt-get install -y -q --no-install-recommends libssh-dev ninja-build'
        assert [call.replace('  ', ' ').strip() for call in place.calls()] == [install + ' --simulate', install], place.calls()


def test_package_lists_are_fetched_when_they_are_of_no_use():
    with Place() as place:
        place.installed(missing='libssh-dev')
        # Knows the package once the lists were fetched.
        place.log('apt-get', f'[ "$1" != update ] || : >"{place.top}/lists"; [ -e "{place.top}/lists" ]')
        run = place.run('deps')
        assert run.returncode == 0, run
        assert [call.split()[1] for call in place.calls()] == ['install', 'update', 'install'], place.calls()


def test_failed_installation_fails():
    with Place() as place:
        place.installed(missing='libssh-dev')
        place.log('apt-get', 'exit 100')
        assert place.run('deps').returncode != 0


def test_port_22_stays_closed():
    with Place() as place:
        if os.path.exists(SWITCH):
            raise tap.Skip(f'{SWITCH} is there already')
        place.installed(missing='openssh-server')
        for tool in ['apt-get', 'touch', 'mkdir']:
            place.log(tool)
        run = place.run('deps')
        assert run.returncode == 0, run
        assert place.calls()[:2] == ['mkdir -p /etc/ssh', f'touch {SWITCH}'], place.calls()
        assert 'port 22' in run.stderr, run


def test_a_user_asks_sudo():
    with Place() as place:
        place.stand_in('id', 'echo 1000')
        place.installed(missing='libssh-dev')
        place.log('apt-get')
        place.log('sudo')
        assert place.run('deps').returncode == 0
        assert [call for call in place.calls() if call.startswith('sudo env')], place.calls()


def bare_path(top, *names):
    """A folder with only these tools and those that a script can't do without."""
    folder = top / 'bare'
    folder.mkdir()
    for name in ['sh', 'dirname', 'sort', 'sed', 'cat', 'tr', 'id', *names]:
        tool = shutil.which(name)
        if tool:
            (folder / name).symlink_to(tool)
    return str(folder)


def test_a_user_without_sudo_is_told():
    with Place() as place:
        place.path = f'{place.tools}:{bare_path(place.top)}'
        place.stand_in('id', 'echo 1000')
        place.installed(missing='libssh-dev')
        place.log('apt-get')
        run = place.run('deps')
        if shutil.which('sudo', path='/usr/local/sbin:/usr/sbin:/sbin'):
            raise tap.Skip('sudo is in an unusual place')
        assert run.returncode == 1, run
        assert 'apt-get install --no-install-recommends libssh-dev' in run.stderr, run
        assert place.calls() == [], place.calls()


def test_without_apt_the_missing_is_named():
    with Place() as place:
        place.path = f'{place.tools}:{bare_path(place.top, "meson")}'
        place.log('ninja')
        run = place.run('deps', 'build')
        assert run.returncode == 1, run
        assert '- libssh 0.10.6 or newer, with headers' in run.stderr, run
        assert 'Ninja' not in run.stderr, run
        for name in ['cc', 'meson', 'pkg-config', 'msgfmt', 'glib-compile-resources', 'desktop-file-validate', 'appstreamcli', 'xmllint']:
            place.log(name)
        run = place.run('deps', 'build')
        assert run.returncode == 0, run


def tests_that_end(*results, meson_status=0, arguments=(), **environment):
    with Place() as place:
        place.installed()
        log = ''.join(json.dumps({'name': 'a', 'stdout': '"result": "FAIL"', 'result': result}) + '\n' for result in results)
        (place.top / 'log').write_text(log)
        place.log('meson', f'''case $1 in
            setup) mkdir -p "$2/meson-logs"; : >"$2/build.ninja" ;;
            test) cp "{place.top}/log" "$3/meson-logs/testlog.json"; exit {meson_status} ;;
        esac''')
        run = place.run('test', *arguments, **environment)
        return run.returncode, run.stdout.splitlines()[-1], place.calls()


def test_last_line_counts():
    status, line, _ = tests_that_end('OK', 'EXPECTEDFAIL', 'OK')
    assert (status, line) == (0, '3 passed, 0 failed')
    status, line, _ = tests_that_end('OK', 'FAIL', 'TIMEOUT', 'ERROR', 'UNEXPECTEDPASS', 'INTERRUPT', meson_status=5)
    assert (status != 0, line) == (True, '1 passed, 5 failed')
    status, line, _ = tests_that_end('OK', 'SKIP')
    assert (status, line) == (0, '1 passed, 0 failed, 1 skipped')


def test_no_tests_is_no_success():
    status, line, _ = tests_that_end()
    assert (status != 0, line) == (True, '0 passed, 0 failed')
    status, _, _ = tests_that_end('SKIP')
    assert status != 0


def test_a_failure_of_meson_is_one():
    status, line, _ = tests_that_end('OK', meson_status=2)
    assert (status != 0, line) == (True, '1 passed, 0 failed')


def test_warnings_are_errors_in_ci():
    _, _, calls = tests_that_end('OK', CI='true')
    assert 'meson setup build -Dwerror=true' in calls, calls
    _, _, calls = tests_that_end('OK')
    assert 'meson setup build' in calls, calls


def test_arguments_reach_meson():
    _, _, calls = tests_that_end('OK', arguments=['--suite', 'scp'])
    assert calls[-1].endswith('--print-errorlogs --suite scp'), calls


def test_help_knows_every_habit():
    with Place() as place:
        told = place.run('help').stdout
        assert place.run().stdout == told
        script = (place.top / 'dev').read_text()
        for habit in script.split('case $habit in\n')[1].split(')')[0].strip().split('|'):
            assert f'{habit} ' in told or f'{habit},' in told, habit
        unknown = place.run('frobnicate')
        assert unknown.returncode == 1 and 'no such habit: frobnicate' in unknown.stderr, unknown


if __name__ == '__main__':
    tap.run(globals())
