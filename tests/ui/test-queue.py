"""The transfers in a window of their own: chosen, paused, gone on with, found, and taken out.

Usage: test-queue.py WHERRY DRAG_SOURCE
"""

import contextlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))

import harness  # noqa: E402
import tap  # noqa: E402
from harness import wait, xdotool  # noqa: E402

WHERRY, DRAG_SOURCE = sys.argv[1:3]

if not harness.program('Xvfb'):
    print('1..0 # SKIP there is no Xvfb')
    sys.exit()

desktop = harness.Desktop()
atspi = harness.accessibility()


@contextlib.contextmanager
def at_work(*sizes):
    """A window with a transfer for each size, and the transfers' window in front of it."""
    desktop.use_home(desktop.new_home())
    with harness.Server(desktop.new_home() / 'server') as server:
        known_hosts = desktop.home / 'known'
        known_hosts.write_text(f'[127.0.0.1]:{server.port} ' + (server.folder / 'host_key.pub').read_text())
        paths = []
        for number, size in enumerate(sizes, 1):
            paths.append(desktop.home / f'file {number}')
            with open(paths[-1], 'wb') as file:
                file.truncate(size)
        with harness.App(desktop, atspi, WHERRY, '--connect', server.location(), '--identity', server.folder / 'key', '--known-hosts',
                         known_hosts) as window:
            window.await_('push button', 'Add to This Folder')
            source = desktop.spawn([DRAG_SOURCE, *map(str, paths)])
            harness.find_window('Drag Source')
            activate(window.windows()[0].get_name())
            xdotool('key', 'ctrl+v')
            window.await_('push button', 'Transfers')
            harness.stop(source)
            xdotool('key', 'ctrl+j')
            wait('the window of transfers', lambda: find(window))
            activate('Transfers')
            wait('all of them', lambda: len(rows(window)) == len(sizes))
            yield server, window


def find(window):
    return next((node for node in window.windows() if node.get_name() == 'Transfers'), None)


def activate(title):
    xid = harness.find_window(title)
    xdotool('windowactivate', '--sync', xid)
    wait('the focus', lambda: xdotool('getactivewindow') == xid)


def rows(window):
    """The names and states of the list, in its order."""
    return [(node.get_name(), node.get_description()) for node in window.walk(find(window)) if node.get_role_name() == 'list item']


def names(window):
    return [name for name, _ in rows(window)]


def state(window, name):
    return dict(rows(window)).get(name, '')


HUGE = 1 << 40


def test_pause_and_go_on_with_one():
    with at_work(HUGE) as (_, window):
        wait('it runs', lambda: ' of ' in state(window, 'file 1'))
        window.press('Pause “file 1”')
        wait('it pauses', lambda: state(window, 'file 1') == 'Paused')
        window.press('Go on with “file 1”')
        wait('it runs again', lambda: ' of ' in state(window, 'file 1'))
        window.press('Cancel “file 1”')
        wait('it is cancelled', lambda: 'Cancelled' in state(window, 'file 1'))
        window.press('Try “file 1” again')
        wait('it runs a third time', lambda: ' of ' in state(window, 'file 1'))
        window.press('Cancel “file 1”')
        wait('the end', lambda: 'Cancelled' in state(window, 'file 1'))


def test_pause_all():
    with at_work(HUGE, HUGE) as (_, window):
        window.press('Pause All')
        wait('both wait', lambda: all(status == 'Paused' for _, status in rows(window)))
        window.press('Pause All')
        wait('one goes on', lambda: any(' of ' in status for _, status in rows(window)))
        xdotool('key', 'ctrl+a', 'Delete')
        wait('the end', lambda: all('Cancelled' in status for _, status in rows(window)))
        xdotool('key', 'Delete')
        window.await_(name='No Transfers')


def test_found_and_put_in_order_by_keyboard():
    with at_work(1, 2, 3) as (_, window):
        wait('the end', lambda: all(status.startswith('Done') for _, status in rows(window)))
        assert names(window) == ['file 1', 'file 2', 'file 3']
        window.press('Find Transfers')
        wait('the focus', lambda: window.has_state(window.entry('Find transfers by name, folder or server'), 'FOCUSED'))
        xdotool('type', 'FILE 3')
        wait('what is found', lambda: names(window) == ['file 3'])
        xdotool('key', 'ctrl+a', 'BackSpace')
        xdotool('type', 'no such')
        window.await_(name='Nothing Found')
        xdotool('key', 'Escape')
        wait('all', lambda: names(window) == ['file 1', 'file 2', 'file 3'])


try:
    tap.run({name: value for name, value in globals().items() if name.startswith('test_')})
finally:
    desktop.close()
