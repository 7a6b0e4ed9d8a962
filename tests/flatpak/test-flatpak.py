"""Wherry as a Flatpak, in its sandbox, on a display of its own: what a sandbox changes works, or is told in the window.

Usage: test-flatpak.py DRAG_SOURCE FOLDER

`./dev flatpak --test` runs it: it takes minutes to make what is tested, so it is not among `./dev test`'s. FOLDER is
where the screenshots go.
"""

import contextlib
import filecmp
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / 'support'), str(HERE.parent / 'ui')]
sys.argv[1:] = [str(pathlib.Path(argument).resolve()) for argument in sys.argv[1:]]

RUNTIME = pathlib.Path(f'/run/user/{os.getuid()}')
if os.getuid() == 0 and 'WHERRY_OWN_RUN' not in os.environ:
    # The sandbox knows this one path only; what is there belongs to a session of somebody's.
    RUNTIME.mkdir(parents=True, exist_ok=True)
    os.environ['WHERRY_OWN_RUN'] = 'yes'
    os.execvp('unshare', ['unshare', '--mount', '--propagation', 'private', 'sh', '-euc',
                          'mount -t tmpfs -o mode=700 tmpfs "$1"; shift; exec "$@"', 'sh', str(RUNTIME),
                          sys.executable, *sys.argv])
if not RUNTIME.is_dir() or (RUNTIME / 'doc').is_mount():
    sys.exit(f'{RUNTIME} is not there, or in use by a session: run this as root')

import harness  # noqa: E402
import tap  # noqa: E402
from harness import App, Server, find_window, geometry, wait, xdotool  # noqa: E402

DRAG_SOURCE, FOLDER = sys.argv[1:3]
ID = 'app.wherry.Wherry'
# What opens the sandbox; a list of its own, beside the manifest's.
PERMISSIONS = {
    'shared=network;ipc;',
    'sockets=x11;wayland;fallback-x11;ssh-auth;',
    'devices=dri;',
    'org.freedesktop.secrets=talk',
}

os.environ.setdefault('FLATPAK_USER_DIR', str(pathlib.Path.home() / '.local/share/flatpak'))
os.environ['XDG_CURRENT_DESKTOP'] = 'GNOME'


class SandboxDesktop(harness.Desktop):
    """With the one runtime folder that a sandbox knows, and the portals, which the bus starts."""

    MASKED = ['org.freedesktop.secrets']

    def runtime_folder(self):
        return RUNTIME


class SandboxApp(App):
    """Its process is behind a proxy of the accessibility bus, so it is known by its name."""

    def _find_root(self):
        assert self.process.poll() is None, 'the program ended: ' + self.output()
        with contextlib.suppress(Exception):  # it is still coming up
            top = self.atspi.get_desktop(0)
            for index in range(top.get_child_count()):
                child = top.get_child_at_index(index)
                if child is not None and child.get_name() in ('wherry', ID):
                    return child
        return None

    def close(self):
        # The program is no child of what started it, and may outlive it.
        subprocess.run(['flatpak', 'kill', ID], capture_output=True, check=False)
        super().close()


desktop = SandboxDesktop()
atspi = harness.accessibility()


def app(*arguments, environment=None):
    return SandboxApp(desktop, atspi, 'flatpak', 'run', '--user', ID, *arguments, environment=environment)


def inside(script):
    """What a shell in the sandbox says."""
    result = subprocess.run(['flatpak', 'run', '--user', '--command=sh', ID, '-c', script], check=False, capture_output=True,
                            text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def shoot(title, name):
    xid = find_window(title)
    x, y, width, height = geometry(xid)
    subprocess.run(['import', '-window', 'root', '-crop', f'{width}x{height}+{max(x, 0)}+{max(y, 0)}', '+repage',
                    f'{FOLDER}/{name}.png'], check=True)


@contextlib.contextmanager
def agent(key):
    """An SSH agent that has the key."""
    socket = desktop.folder / f'agent{desktop.number}'
    process = subprocess.Popen(['ssh-agent', '-D', '-a', socket], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait('the agent', socket.exists)
        subprocess.run(['ssh-add', '-q', key], check=True, env={**os.environ, 'SSH_AUTH_SOCK': str(socket)})
        yield {'SSH_AUTH_SOCK': str(socket)}
    finally:
        harness.stop(process)
        socket.unlink(missing_ok=True)


@contextlib.contextmanager
def clipboard(*paths):
    """Files on the clipboard, as a file manager outside puts them there."""
    process = desktop.spawn([DRAG_SOURCE, *map(str, paths)])
    try:
        find_window('Drag Source')
        yield
    finally:
        harness.stop(process)


@contextlib.contextmanager
def connected():
    """A server, and the window connected to it: with a key that only the agent has, the host key being new."""
    desktop.use_home(desktop.new_home())
    with Server(desktop.home / 'server') as server, agent(server.folder / 'key') as environment:
        with app('--connect', server.location(), environment=environment) as window:
            window.await_(containing=server.fingerprint())
            window.press('Connect Once', dialog='Is This the Right Server?')
            window.await_('push button', 'Add to This Folder')
            yield server, window


def test_no_more_than_is_needed():
    shown = subprocess.run(['flatpak', 'info', '--user', '--show-permissions', ID], check=True, capture_output=True,
                           text=True).stdout
    found = {line for line in shown.splitlines() if '=' in line}
    assert found == PERMISSIONS, shown


def test_files_outside_are_not_seen():
    desktop.use_home(desktop.new_home())
    (desktop.home / 'letter').write_text('private')
    (desktop.home / '.ssh/id_ed25519').write_text('private')
    for path in ['letter', '.ssh', '.config/gtk-4.0/settings.ini']:
        assert (desktop.home / path).exists()
        assert inside(f'test -e "{desktop.home}/{path}" && echo seen || true') == '', path


def test_pasted_files_are_uploaded():
    """By the way of the FileTransfer portal: the sandbox sees neither file nor folder before."""
    with connected() as (server, window):
        outside = desktop.home / 'Quarterly report, ü & <b>.odt'
        outside.write_bytes(os.urandom(300000))
        assert inside(f'test -e "{outside}" && echo seen || true') == ''
        xid = find_window('127.0.0.1')
        with clipboard(outside):
            xdotool('windowactivate', '--sync', xid)
            xdotool('key', 'ctrl+v')
            arrived = server.files / outside.name
            wait('the file', lambda: arrived.exists() and filecmp.cmp(outside, arrived, shallow=False))
            window.await_('table row', outside.name)
        shoot('127.0.0.1', 'sandbox')


def test_connect_page_tells_what_is_not_seen():
    desktop.use_home(desktop.new_home())
    with app() as window:
        window.await_('label', containing='In its sandbox')
        shoot('Wherry', 'sandbox-connect')
        window.press('New Site…')
        window.await_('push button', 'Test Connection…')


tap.run(globals())
