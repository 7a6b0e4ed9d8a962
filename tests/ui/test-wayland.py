"""Files dragged to the real Nautilus on Wayland: mutter without a screen, its remote desktop as the hand.

Usage: test-wayland.py WHERRY
"""

import contextlib
import filecmp
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))

import harness  # noqa: E402
import tap  # noqa: E402
from harness import App, Server, wait  # noqa: E402

WHERRY = sys.argv[1]
REMOTE = 'org.gnome.Mutter.RemoteDesktop'
WIDTH, HEIGHT = 1280, 800
SUPER, LEFT, RIGHT, CONTROL, A = 0xffeb, 0xff51, 0xff53, 0xffe3, 0x61
LEFT_BUTTON = 0x110

for name in ['Xvfb', 'mutter', 'nautilus']:
    if not harness.program(name):
        print(f'1..0 # SKIP THERE IS NO {name.upper()} HERE: dragging on Wayland is not tested')
        sys.exit()


class Desktop(harness.Desktop):
    """A Wayland display, and a hand on its pointer and keys."""

    def _start(self, *_):
        super()._start('640x480', None, 1)
        del os.environ['DISPLAY']
        os.environ.update({'GDK_BACKEND': 'wayland', 'WAYLAND_DISPLAY': 'wherry-test'})
        self.spawn(['mutter', '--headless', '--wayland', '--no-x11', '--wayland-display=wherry-test',
                    f'--virtual-monitor={WIDTH}x{HEIGHT}'])
        from gi.repository import Gio, GLib
        self.gio, self.glib = Gio, GLib
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        self.session = wait('mutter', self._create_session)
        self.position = (0, 0)
        self._do('Start')
        self._do('NotifyPointerMotionRelative', '(dd)', -5000., -5000.)

    def _create_session(self):
        try:
            return self._call('/org/gnome/Mutter/RemoteDesktop', REMOTE, 'CreateSession').unpack()[0]
        except self.glib.Error:
            return None  # it is still coming up

    def _call(self, path, interface, method, arguments=None):
        return self.bus.call_sync(REMOTE, path, interface, method, arguments, None, self.gio.DBusCallFlags.NONE, 30000, None)

    def _do(self, method, signature=None, *arguments):
        self._call(self.session, REMOTE + '.Session', method, self.glib.Variant(signature, arguments) if signature else None)

    def move(self, x, y):
        start = self.position
        for step in range(1, 9):
            target = start[0] + (x - start[0]) * step / 8, start[1] + (y - start[1]) * step / 8
            self._do('NotifyPointerMotionRelative', '(dd)', target[0] - self.position[0], target[1] - self.position[1])
            self.position = target
            time.sleep(0.05)  # the pace of the hand: GTK takes a jump for no drag at all

    def button(self, down):
        self._do('NotifyPointerButton', '(ib)', LEFT_BUTTON, down)
        time.sleep(0.1)

    def keys(self, *symbols):
        for symbol in symbols:
            self._do('NotifyKeyboardKeysym', '(ub)', symbol, True)
        for symbol in reversed(symbols):
            self._do('NotifyKeyboardKeysym', '(ub)', symbol, False)


desktop = Desktop()
atspi = harness.accessibility()


def tile(window, side):
    """The window in focus on one half of the display. Its key may come before mutter has given it the focus."""
    def is_tiled():
        frame = next((top for top in window.windows() if top.get_role_name() == 'frame'), None)
        extents = frame and frame.get_extents(atspi.CoordType.WINDOW)
        return extents and (extents.width, extents.height) == (WIDTH // 2, HEIGHT)
    for _ in range(6):
        desktop.keys(SUPER, side)
        with contextlib.suppress(AssertionError):
            return wait('the window to be tiled', is_tiled, 5)
    raise AssertionError('the window was not tiled\n' + window.dump())


def drag(start, end):
    desktop.move(*start)
    desktop.button(True)
    desktop.move(*end)
    desktop.move(end[0] + 2, end[1])
    time.sleep(0.6)  # the hand stops before it lets go
    desktop.button(False)


def drag_to_nautilus(environment):
    desktop.use_home(desktop.new_home())
    with Server(desktop.home / 'server') as running:
        (running.files / 'plain.txt').write_bytes(os.urandom(100000))
        (running.files / 'a folder ü').mkdir()
        (running.files / 'a folder ü/leaf').write_text('leaf')
        known_hosts = desktop.home / 'known'
        known_hosts.write_text(f'[127.0.0.1]:{running.port} ' + (running.folder / 'host_key.pub').read_text())
        target = desktop.home / 'target'
        target.mkdir()

        def has_arrived():
            try:
                return (filecmp.cmp(running.files / 'plain.txt', target / 'plain.txt', shallow=False)
                        and (target / 'a folder ü/leaf').read_text() == 'leaf')
            except OSError:
                return False
        # Nautilus' own mistakes are not what is tested.
        with App(desktop, atspi, 'nautilus', '--new-window', target, environment={'G_DEBUG': ''}) as nautilus:
            wait('the folder', lambda: any(top.get_name() == 'target' for top in nautilus.windows()))
            tile(nautilus, LEFT)
            with App(desktop, atspi, WHERRY, '--connect', running.location(), '--identity', running.folder / 'key',
                     '--known-hosts', known_hosts, environment=environment) as window:
                window.await_('table row', 'plain.txt')
                tile(window, RIGHT)
                row = window.await_('table row', 'plain.txt').get_extents(atspi.CoordType.WINDOW)
                start = WIDTH // 2 + row.x + 60, row.y + row.height // 2
                desktop.move(*start)
                desktop.button(True)
                desktop.button(False)
                window.await_status('1 selected')
                desktop.keys(CONTROL, A)
                window.await_status('2 selected')
                for _ in range(4):
                    drag(start, (WIDTH // 3, HEIGHT * 3 // 4))
                    with contextlib.suppress(AssertionError):
                        wait('the files to arrive', has_arrived, 10)
                        break
                assert has_arrived(), window.output()
                assert nautilus.process.poll() is None, nautilus.output()


def test_files_are_dragged_to_nautilus():
    drag_to_nautilus({})


def test_files_are_dragged_to_nautilus_without_fuse():
    drag_to_nautilus({'PATH': '/nonexistent'})


try:
    tap.run(globals())
finally:
    desktop.close()
