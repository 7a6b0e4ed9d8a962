"""A desktop of its own for the window's tests and pictures: display, session bus, accessibility, server."""

import contextlib
import getpass
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

LIMIT = 60  # seconds, for anything that is waited for

# Meson's word when a test takes too long: what was started is ended then too.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

SYSTEM_PROGRAMS = ':/usr/local/sbin:/usr/sbin:/sbin'


def program(name):
    """Path of a program, also where a plain user's PATH does not look."""
    return shutil.which(name, path=os.environ.get('PATH', '') + SYSTEM_PROGRAMS)


def of_accessibility(error):
    """Whether AT-SPI raised ERROR. Told by its name, as what raises it is imported only once there is a desktop."""
    return type(error).__module__ == 'gi.repository.GLib' or type(error).__name__ == 'GError'


def wait(what, condition, limit=LIMIT):
    """The first true value of CONDITION; fails naming WHAT after LIMIT seconds.

    A condition that looks at a window may see it change under its eyes: AT-SPI's errors mean not yet."""
    deadline = time.monotonic() + limit
    while True:
        trouble = ''
        try:
            value = condition()
            if value:
                return value
        except Exception as error:  # pylint: disable=broad-except
            if not of_accessibility(error):
                raise
            trouble = f': {error}'
        if time.monotonic() > deadline:
            raise AssertionError(f'waited {limit} s in vain for {what}{trouble}')
        time.sleep(0.03)


def stop(process):
    """Ends a process that we started, one way or another."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


class Desktop:
    """Xvfb, a session bus and a window manager; everything below a temporary folder.

    It is the Python process's own desktop too, as AT-SPI finds the bus by the environment."""

    MASKED = ['org.freedesktop.secrets', 'org.freedesktop.portal.Desktop', 'org.freedesktop.portal.Documents']

    def __init__(self, size='1280x900', window_manager=('openbox',), scale=1):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='wherry-ui-'))
        self.processes = []
        self.number = 0
        self.log = open(self.folder / 'desktop.log', 'wb')
        try:
            self._start(size, window_manager, scale)
        except BaseException:
            self.close()
            raise

    def _start(self, size, window_manager, scale):
        runtime = self.runtime_folder()
        for name in ['WAYLAND_DISPLAY', 'DBUS_SESSION_BUS_ADDRESS', 'AT_SPI_BUS_ADDRESS', 'SSH_AUTH_SOCK', 'SSH_ASKPASS',
                     'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_CACHE_HOME', 'GTK_THEME', 'GTK_MODULES', 'http_proxy', 'https_proxy',
                     'all_proxy']:
            os.environ.pop(name, None)
        os.environ.update({
            'XDG_RUNTIME_DIR': str(runtime), 'GDK_BACKEND': 'x11', 'GSK_RENDERER': 'cairo', 'GDK_DEBUG': 'gl-disable', 'GTK_A11Y': 'atspi',
            'ADW_DISABLE_PORTAL': '1', 'GSETTINGS_BACKEND': 'memory', 'GIO_USE_VFS': 'local', 'GIO_USE_PROXY_RESOLVER': 'dummy',
            'LC_ALL': 'C.UTF-8', 'GDK_SCALE': str(scale), 'NO_AT_BRIDGE': '0',
        })
        # Fontconfig and GTK's X11 clipboard keep some memory to the end, which an instrumented build would
        # take for ours. What it finds wrong otherwise still ends the program.
        os.environ['LSAN_OPTIONS'] = os.environ.get('LSAN_OPTIONS', '') + ':exitcode=0'
        self.use_home(self.new_home())

        read, write = os.pipe()
        self.spawn(['Xvfb', '-displayfd', str(write), '-screen', '0', f'{size}x24', '-nolisten', 'tcp', '-noreset'],
                   pass_fds=[write])
        os.close(write)
        with os.fdopen(read) as pipe:
            os.environ['DISPLAY'] = ':' + pipe.readline().strip()

        # Whatever keyring is installed is not the tests'; who wants one starts it. The same goes for portals: one that
        # comes up between two tests would change the way files are dropped.
        masked = self.folder / 'bus/dbus-1/services'
        masked.mkdir(parents=True)
        for name in self.MASKED:
            (masked / f'{name}.service').write_text(f'[D-BUS Service]\nName={name}\nExec=/bin/false\n')
        read, write = os.pipe()
        self.spawn(['dbus-daemon', '--session', '--nofork', '--nopidfile', f'--print-address={write}'], pass_fds=[write],
                   env={**os.environ, 'XDG_DATA_HOME': str(self.folder / 'bus')})
        os.close(write)
        with os.fdopen(read) as pipe:
            os.environ['DBUS_SESSION_BUS_ADDRESS'] = pipe.readline().strip()

        if window_manager:
            self.spawn(list(window_manager))
            wait('the window manager', lambda: subprocess.run(['xdotool', 'get_num_desktops'], capture_output=True).returncode == 0)

    def runtime_folder(self):
        folder = self.folder / 'run'
        folder.mkdir(mode=0o700)
        return folder

    def new_home(self):
        self.number += 1
        home = self.folder / f'home{self.number}'
        settings = home / '.config/gtk-4.0/settings.ini'
        settings.parent.mkdir(parents=True)
        settings.write_text('[Settings]\ngtk-font-name=Cantarell 11\ngtk-cursor-blink=false\ngtk-enable-animations=false\n'
                            'gtk-icon-theme-name=Adwaita\ngtk-xft-antialias=1\ngtk-xft-hinting=1\ngtk-xft-hintstyle=hintslight\n')
        (home / '.ssh').mkdir(mode=0o700)
        return home

    def use_home(self, home):
        self.home = home
        os.environ['HOME'] = str(home)

    def spawn(self, command, **options):
        process = subprocess.Popen(command, **{'stdin': subprocess.DEVNULL, 'stdout': self.log, 'stderr': self.log, **options})
        self.processes.append(process)
        return process

    def close(self):
        for process in reversed(self.processes):
            stop(process)
        self.log.close()
        # What a program that was killed has left mounted.
        for line in pathlib.Path('/proc/self/mounts').read_text().splitlines():
            if line.split()[1].startswith(f'{self.folder}/'):
                subprocess.run(['fusermount3', '-u', '-z', line.split()[1]], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Server:
    """A real sshd on loopback with keys of its own, for the user who runs it."""

    def __init__(self, folder, options='', subsystem='Subsystem sftp internal-sftp'):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.user = getpass.getuser()
        self.log = self.folder / 'sshd.log'
        self.files = self.folder / 'files'
        self.files.mkdir()
        (self.folder / 'home').mkdir()
        for key in ['host_key', 'key']:
            subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', key, '-f', self.folder / key], check=True)
        shutil.copy(self.folder / 'key.pub', self.folder / 'authorized_keys')
        self.options = f'{subsystem}\n{options}'
        self.sshd = None
        self.port = 0
        self.start()

    def start(self):
        """Starts it; at the port it had before, if any, as only then it is the same server."""
        if self.user == 'root':
            pathlib.Path('/run/sshd').mkdir(exist_ok=True)
        (self.folder / 'sshd_config').write_text(f'''ListenAddress 127.0.0.1
HostKey "{self.folder}/host_key"
AuthorizedKeysFile "{self.folder}/authorized_keys"
PidFile none
StrictModes no
PermitRootLogin yes
UsePAM no
MaxStartups 100
# A shell's start-up files are the account's own business, and may take their time.
SetEnv HOME="{self.folder}/home"
{self.options}
''')
        for _ in range(5):
            port = self.port
            if not port:
                with socket.create_server(('127.0.0.1', 0)) as free:
                    port = free.getsockname()[1]
            self.log.unlink(missing_ok=True)
            self.sshd = subprocess.Popen([program('sshd'), '-D', '-f', self.folder / 'sshd_config', '-p', str(port),
                                          '-E', self.log], stdin=subprocess.DEVNULL, start_new_session=True)
            wait('sshd', lambda: self.sshd.poll() is not None or (self.log.exists() and 'Server listening on' in self.log.read_text()))
            if self.sshd.poll() is None:
                self.port = port
                return
        raise RuntimeError('sshd did not start: ' + self.log.read_text())

    def fingerprint(self, key='host_key.pub'):
        return subprocess.run(['ssh-keygen', '-lf', self.folder / key], check=True, capture_output=True, text=True).stdout.split()[1]

    def picture(self):
        """The fingerprint of the host key as OpenSSH draws it."""
        return subprocess.run(['ssh-keygen', '-lvf', self.folder / 'host_key.pub'], check=True, capture_output=True,
                              text=True).stdout.split('\n', 1)[1].strip()

    def location(self, host='127.0.0.1'):
        return f'scp://{self.user}@{host}:{self.port}/{self.files}'

    def children(self):
        """Process ids of what serves the connections."""
        for status in pathlib.Path('/proc').glob('[0-9]*/stat'):
            with contextlib.suppress(OSError):  # gone meanwhile
                # The name in parentheses may hold anything, blanks too.
                if int(status.read_text().rpartition(')')[2].split()[1]) == self.sshd.pid:
                    yield int(status.parent.name)

    def drop_connections(self):
        for pid in self.children():
            with contextlib.suppress(ProcessLookupError):  # it may end by itself
                os.kill(pid, signal.SIGKILL)

    def stop(self):
        self.drop_connections()
        stop(self.sshd)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def as_nobody():
    """Makes the server one for an account that is not root, which nothing could be refused."""
    sftp_server = next(path for path in ['/usr/lib/openssh/sftp-server', '/usr/libexec/sftp-server',
                                         '/usr/libexec/openssh/sftp-server', '/usr/lib/ssh/sftp-server'] if os.path.exists(path))
    become = 'setpriv --reuid=65534 --regid=65534 --clear-groups' if os.getuid() == 0 else ''
    return {'options': f'ForceCommand cd / && exec {become} sh -c "$SSH_ORIGINAL_COMMAND"', 'subsystem': f'Subsystem sftp {sftp_server}'}


class AskServer:
    """An SSH server of the tests' own that asks for the password "secret", or several QUESTIONS."""

    def __init__(self, program_path, kind):
        self.process = subprocess.Popen([program_path, kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        port, self.key = self.process.stdout.readline().split(maxsplit=1)
        self.port = int(port)

    def location(self, host='127.0.0.1'):
        return f'scp://anna@{host}:{self.port}/'

    def known_host(self, host='127.0.0.1'):
        return f'[{host}]:{self.port} {self.key}'

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        stop(self.process)
        self.process.stdout.close()


def accessibility():
    """The AT-SPI module, on the desktop's bus. Only after a Desktop is there."""
    import gi
    gi.require_version('Atspi', '2.0')
    from gi.repository import Atspi
    Atspi.init()
    Atspi.set_timeout(5000, 5000)
    return Atspi


def plain(name):
    """A name without GTK 4.8's way of telling a mnemonic twice: "_Connect Connect"."""
    name = name or ''
    half = len(name) // 2
    marked, shown = name[:half + 1].removesuffix(' '), name[half + 1:]
    return shown if shown and marked.replace('_', '', 1) == shown else name


class App:
    """One run of the program, and what a person could see and do in it."""

    def __init__(self, desktop, atspi, program_path, *arguments, environment=None):
        self.atspi = atspi
        self.output_path = desktop.folder / f'wherry-{time.monotonic_ns()}.log'
        with open(self.output_path, 'wb') as output:
            self.process = subprocess.Popen([program_path, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=output, env={**os.environ, **(environment or {})})
        self.root = wait('the application on the accessibility bus', self._find_root)
        wait('a window', lambda: self.windows())

    def output(self):
        return self.output_path.read_text(errors='replace')

    def _find_root(self):
        assert self.process.poll() is None, 'the program ended: ' + self.output()
        try:
            desktop = self.atspi.get_desktop(0)
            for index in range(desktop.get_child_count()):
                child = desktop.get_child_at_index(index)
                if child is not None and child.get_process_id() == self.process.pid:
                    return child
        except Exception:  # pylint: disable=broad-except # it is still coming up
            pass
        return None

    def windows(self):
        return self._children(self.root)

    @staticmethod
    def _children(node):
        children = []
        try:
            for index in range(node.get_child_count()):
                child = node.get_child_at_index(index)
                if child is not None:
                    children.append(child)
        except Exception:  # pylint: disable=broad-except # gone while we looked
            pass
        return children

    def walk(self, node=None):
        """All that is shown, from NODE on."""
        node = node or self.root
        yield node
        for child in self._children(node):
            yield from self.walk(child)

    def has_state(self, node, state):
        return node is not None and node.get_state_set().contains(getattr(self.atspi.StateType, state))

    def find(self, role=None, name=None, containing=None):
        """The first thing of this ROLE and NAME, or whose name has CONTAINING in it; None if there is none."""
        try:
            for node in self.walk():
                if role is not None and node.get_role_name() != role:
                    continue
                text = plain(node.get_name())
                if name is not None and text != name or containing is not None and containing not in text:
                    continue
                return node
        except Exception:  # pylint: disable=broad-except # it changed under our eyes
            return None
        return None

    def status(self):
        """What the place in front says below its files. Does not look at them, as there may be many."""
        def look(node):
            try:
                if node.get_role_name() == 'status bar':
                    return node.get_name()
                if node.get_role_name() == 'tree table':
                    return None
            except Exception:  # pylint: disable=broad-except # gone while we looked
                return None
            return next(filter(None, map(look, self._children(node))), None)
        return look(self.root) or ''

    def await_status(self, text):
        try:
            wait(f'the status {text!r}', lambda: text in self.status())
        except AssertionError as error:
            raise AssertionError(f'{error}, have {self.status()!r}\n{self.output()}') from None

    def await_(self, role=None, name=None, containing=None, limit=LIMIT):
        try:
            return wait(f'{role or "something"} {name or containing!r}', lambda: self.find(role, name, containing), limit)
        except AssertionError as error:
            raise AssertionError(f'{error}\n{self.dump()}\n{self.output()}') from None

    def await_gone(self, role=None, name=None, containing=None):
        wait(f'{role} {name or containing!r} to go', lambda: not self.find(role, name, containing))

    def press(self, name, role='push button', dialog=None):
        """Presses a button; with DIALOG, the name of one, that one's."""
        def look():
            top = next((window for window in self.windows() if window.get_name() == dialog), None) if dialog else self.root
            return top and next((node for node in self.walk(top) if node.get_role_name() == role and plain(node.get_name()) == name), None)

        def look_for_usable():
            button = look()
            return button if button and self.has_state(button, 'SENSITIVE') else None
        try:
            button = wait(f'a usable {name!r}' + (f' in {dialog!r}' if dialog else ''), look_for_usable)
        except AssertionError as error:
            raise AssertionError(f'{error}\n{self.dump()}\n{self.output()}') from None
        button.do_action(0)

    def entry(self, name):
        """What takes text and is called so; or the only one below it that does."""
        def look():
            for node in self.walk():
                try:
                    if plain(node.get_name()) == name:
                        for inner in self.walk(node):
                            if inner.get_editable_text_iface():
                                return inner
                except Exception:  # pylint: disable=broad-except
                    continue
            return None
        try:
            return wait(f'an entry {name!r}', look)
        except AssertionError as error:
            raise AssertionError(f'{error}\n{self.dump()}') from None

    def write(self, name, text):
        self.entry(name).set_text_contents(text)

    def text(self, node):
        return self.atspi.Text.get_text(node, 0, self.atspi.Text.get_character_count(node))

    def dump(self):
        lines = []

        def show(node, depth):
            try:
                states = [state.value_nick for state in node.get_state_set().get_states()]
                lines.append('  ' * depth + f'{node.get_role_name()} {node.get_name()!r}' +
                             ('' if 'sensitive' in states else ' (insensitive)'))
            except Exception:  # pylint: disable=broad-except
                return
            for child in self._children(node):
                show(child, depth + 1)
        show(self.root, 0)
        return '\n'.join(lines)

    def close(self):
        stop(self.process)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            print('# ' + self.output().replace('\n', '\n# '), file=sys.stderr)
        self.close()


def xdotool(*arguments):
    return subprocess.run(['xdotool', *map(str, arguments)], capture_output=True, text=True).stdout.strip()


def find_window(title):
    """X's id of the window called TITLE, also while that says how far its transfers are."""
    title = re.sub(r'^[0-9]+ % · ', '', title)
    return wait(f'the window {title!r} on the display',
                lambda: xdotool('search', '--onlyvisible', '--name', f'^([0-9]+ % · )?{title}$').split())[0]


def geometry(window):
    shell = dict(line.split('=') for line in xdotool('getwindowgeometry', '--shell', window).splitlines())
    return tuple(int(shell[key]) for key in ['X', 'Y', 'WIDTH', 'HEIGHT'])


def centre(window):
    x, y, width, height = geometry(window)
    return x + width // 2, y + height // 2


def frame_extents(window):
    """Width of the shadow that is part of the window for X, at its left and top."""
    words = subprocess.run(['xprop', '-id', window, '-notype', '_GTK_FRAME_EXTENTS'], capture_output=True, text=True).stdout
    if '=' not in words:
        return 0, 0
    left, _, top, _ = (int(number) for number in words.split('=')[1].split(','))
    return left, top


def position(app, node, window):
    """Where on the display the middle of NODE is, which the X window WINDOW shows."""
    x, y, width, _ = geometry(window)
    left, top = frame_extents(window)
    top_level = node
    while top_level.get_parent().get_role_name() != 'application':
        top_level = top_level.get_parent()
    border = 0 if left else (width - top_level.get_extents(app.atspi.CoordType.WINDOW).width) // 2
    extents = node.get_extents(app.atspi.CoordType.WINDOW)
    return x + left + border + extents.x + extents.width // 2, y + top + border + extents.y + extents.height // 2


def click(app, node, window, button=1, times=1, aside=0):
    """Clicks on the middle of NODE, or some pixels ASIDE of it."""
    x, y = position(app, node, window)
    xdotool('mousemove', x + aside, y)
    xdotool('click', '--repeat', times, '--delay', 50, button)


def drag(start, end):
    """Drags with the mouse from one point of the display to another, as a hand does it."""
    xdotool('mousemove', *start)
    xdotool('mousedown', 1)
    for step in range(1, 9):
        xdotool('mousemove', *(start[i] + (end[i] - start[i]) * step // 8 for i in range(2)))
        time.sleep(0.05)  # the pace of the hand: GTK takes a jump for no drag at all
    xdotool('mousemove', end[0] + 2, end[1])
    time.sleep(0.4)
    xdotool('mouseup', 1)


def drag_until(start, end, condition, what):
    """Drags again if the other end was too slow to take notice of the first time."""
    for _ in range(4):
        drag(start(), end())
        try:
            return wait(what, condition, 10)
        except AssertionError:
            continue
    raise AssertionError(f'dragged in vain: {what}')
