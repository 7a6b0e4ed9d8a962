"""`./dev demo` without a display, to its end and stopped on the way.

Usage: test-demo.py DEV BUILD_FOLDER
"""

import os
import pathlib
import re
import select
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid

sys.path.append(str(pathlib.Path(__file__).parents[1] / 'support'))
import tap  # pylint: disable=wrong-import-position # found by the line above

DEV, BUILD = sys.argv[1:3]
LIMIT = 60  # seconds until a wait is given up


class Demo:
    """One run in a temporary folder of its own, marked so that what it leaves behind can be told."""

    def __init__(self, build=BUILD):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='wherry-test-'))
        self.mark = f'WHERRY_TEST_MARK={uuid.uuid4()}'
        name, value = self.mark.split('=')
        environment = {**os.environ, 'TMPDIR': str(self.folder), 'WHERRY_BUILD_DIR': str(build), name: value}
        for display in ['DISPLAY', 'WAYLAND_DISPLAY']:
            environment.pop(display, None)
        # A process group of its own, as a terminal gives it.
        self.process = subprocess.Popen([DEV, 'demo'], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, start_new_session=True)
        self.output = b''

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(LIMIT)
        self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def read_until(self, words):
        """Reads on until WORDS came, or the end if they are None."""
        deadline = time.monotonic() + LIMIT
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while words is None or words not in self.output:
                assert selector.select(max(0, deadline - time.monotonic())), f'no {words} in {self.output}'
                block = os.read(self.process.stdout.fileno(), 65536)
                if not block:
                    assert words is None, f'no {words} in {self.output}'
                    return
                self.output += block

    def left_running(self):
        found = []
        for folder in pathlib.Path('/proc').glob('[0-9]*'):
            try:
                if self.mark.encode() in (folder / 'environ').read_bytes().split(b'\0'):
                    found.append((folder / 'cmdline').read_bytes().replace(b'\0', b' '))
            except OSError:
                pass  # gone meanwhile, or somebody else's
        return found

    def check_clean(self):
        port = re.search(rb'127\.0\.0\.1:(\d+)', self.output)
        assert port, self.output
        with socket.socket() as client:
            assert client.connect_ex(('127.0.0.1', int(port.group(1)))) != 0, 'the server still listens'
        # What was ended may take a moment to go.
        deadline = time.monotonic() + LIMIT
        while (left := self.left_running()) and time.monotonic() < deadline:
            select.select([], [], [], 0.02)
        assert left == [], left
        assert list(self.folder.iterdir()) == [], list(self.folder.iterdir())


def test_to_the_end():
    with Demo() as demo:
        demo.read_until(None)
        assert demo.process.wait(LIMIT) == 0, demo.output
        assert re.search(rb'SHA-256 of all \d{3} files', demo.output), demo.output
        assert b'no display' in demo.output, demo.output
        demo.check_clean()


def slow_build(folder, way):
    """A build folder whose wherry-cp takes a minute for the way up or down: time enough to be stopped."""
    program = pathlib.Path(folder) / 'src' / 'cli' / 'wherry-cp'
    program.parent.mkdir(parents=True)
    target = {'up': '*/server/', 'down': '*/back/'}[way]
    program.write_text(f'''#!/bin/sh
for last; do :; done
case $last in {target}) set -- -l 5000 "$@" ;; esac
exec "{BUILD}/src/cli/wherry-cp" "$@"
''')
    program.chmod(0o755)
    return folder


def stop(way, words, send):
    with tempfile.TemporaryDirectory(prefix='wherry-test-') as folder, Demo(slow_build(folder, way)) as demo:
        demo.read_until(words)
        assert demo.left_running() != []
        send(demo.process)
        demo.read_until(None)
        # The shell, too, ends by that signal, so that a caller's loop ends.
        assert demo.process.wait(LIMIT) in (-signal.SIGINT, -signal.SIGTERM), (demo.process.returncode, demo.output)
        assert b'SHA-256 of all' not in demo.output
        demo.check_clean()


def control_c(process):
    os.killpg(process.pid, signal.SIGINT)


def test_control_c_at_the_start():
    stop('up', b'private SSH server', control_c)


def test_control_c_in_the_upload():
    stop('up', b'Up:', control_c)


def test_control_c_in_the_download():
    stop('down', b'Down:', control_c)


def test_sigterm_to_the_script_alone():
    stop('up', b'Up:', lambda process: process.terminate())


if __name__ == '__main__':
    tap.run(globals())
