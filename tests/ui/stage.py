"""What the tests of the window share: one desktop, servers on it, and what a person does all the time.

To be imported by a test that is called with the arguments WHERRY DRAG_SOURCE ASK_SERVER TEST_PROMPTER.
"""

import contextlib
import filecmp
import os
import pathlib
import re
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))

import harness  # noqa: E402
import tap  # noqa: E402
from harness import App, Server, centre, drag_until, wait, xdotool  # noqa: E402,F401

WHERRY, DRAG_SOURCE, ASK_SERVER, TEST_PROMPTER = sys.argv[1:5]
WIDGETS = {'push button', 'toggle button', 'check box', 'text', 'password text', 'list', 'list item', 'progress bar', 'dialog',
           'frame', 'table row', 'tree table'}
CLASS_NAME = re.compile(r'^(Gtk|Adw|Wherry)[A-Z]')

if not harness.program('Xvfb'):
    print('1..0 # SKIP there is no Xvfb')
    sys.exit()

desktop = harness.Desktop()
atspi = harness.accessibility()


def app(*arguments, environment=None):
    return App(desktop, atspi, WHERRY, *arguments, environment=environment)


@contextlib.contextmanager
def server(options='', **others):
    with Server(desktop.new_home() / 'server', options, **others) as running:
        yield running


def await_place(window):
    """Waits until a server was logged in to."""
    window.await_('push button', 'Add to This Folder')


@contextlib.contextmanager
def connected(options='', prepare=None, environment=None, **others):
    """A server and the window connected to it from the command line."""
    desktop.use_home(desktop.new_home())
    with server(options, **others) as running:
        if prepare:
            prepare(running)
        known_hosts = desktop.home / 'known'
        trust(running, known_hosts)
        with app('--connect', running.location(), '--identity', running.folder / 'key', '--known-hosts', known_hosts,
                 environment=environment) as window:
            await_place(window)
            window.await_status('item')
            yield running, window


def trust(running, file, key='host_key.pub'):
    file.write_text(f'[127.0.0.1]:{running.port} ' + (running.folder / key).read_text())


def offer_own_key(running):
    """Makes the server's key the account's own, found where ssh(1) looks for it."""
    shutil.copy(running.folder / 'key', desktop.home / '.ssh/id_ed25519')
    shutil.copy(running.folder / 'key.pub', desktop.home / '.ssh/id_ed25519.pub')


def make_tree(name='a folder'):
    top = desktop.home / 'sources' / name
    (top / 'deep/er').mkdir(parents=True)
    (top / 'one.txt').write_bytes(b'one\n' * 1000)
    (top / 'empty').write_bytes(b'')
    (top / "it's ü & <b>.txt").write_bytes(os.urandom(100000))
    (top / 'deep/er/three').write_bytes(b'C0644 5 x\n')
    return top


def assert_same_tree(left, right):
    names = sorted(path.relative_to(left) for path in left.rglob('*'))
    assert names == sorted(path.relative_to(right) for path in right.rglob('*')), names
    for name in names:
        if (left / name).is_file():
            assert filecmp.cmp(left / name, right / name, shallow=False), name


@contextlib.contextmanager
def drag_source(*paths):
    """Something to drag PATHS from; they are on the clipboard as well."""
    process = desktop.spawn([DRAG_SOURCE, *map(str, paths)])
    try:
        yield harness.find_window('Drag Source')
    finally:
        harness.stop(process)


def await_active(window, xid):
    """Waits until the X window XID has the focus, and knows."""
    xdotool('windowactivate', '--sync', xid)
    wait('the focus', lambda: xdotool('getactivewindow') == xid)
    wait('the window to know of its focus', lambda: any(window.has_state(top, 'ACTIVE') for top in window.windows()))


def paste(window):
    """Ctrl+V in WINDOW, once it has the focus; and again, if it had not heard yet of what lies on the clipboard."""
    await_active(window, harness.find_window(wait('a title', lambda: window.windows()[0].get_name())))
    told = {'containing': 'No files were copied'}
    while True:
        xdotool('key', 'ctrl+v')
        wait('transfers', lambda: window.find('push button', 'Transfers') or window.find(**told) or len(window.windows()) > 1)
        if not window.find(**told):
            return
        window.await_gone(**told)


def show_transfers(window):
    """Opens the bar of transfers, once there are any."""
    window.press('Transfers')
    window.await_('list', 'Transfers')


def is_of_the_toolkit(node):
    """libadwaita 1.2 gives the close buttons of its tabs and toasts no names, and GTK 4.8 none to the row of a table's headers nor
    to the button within a drop-down."""
    parent = node.get_parent()
    return parent is not None and (parent.get_name() in ['AdwTab', 'AdwToastWidget'] or parent.get_role_name() == 'combo box'
                                   or node.get_role_name() == 'table row' and parent.get_role_name() == 'tree table')


def assert_labelled(window):
    for node in window.walk():
        if is_of_the_toolkit(node):
            continue
        if node.get_role_name() in WIDGETS:
            name = node.get_name()
            assert name and not CLASS_NAME.match(name), f'{node.get_role_name()} {name!r} has no label\n{window.dump()}'


def front(window, title='127.0.0.1'):
    """X's id of the window called TITLE, once it has the focus."""
    xid = harness.find_window(title)
    await_active(window, xid)
    return xid


def choose(window, title, name, steps):
    """Opens the choices called NAME in the window called TITLE, and takes the one so many below the first."""
    box = window.await_('combo box', name)

    def n_lists():
        return len([node for node in window.walk(box) if node.get_role_name() == 'list'])

    closed = n_lists()
    harness.click(window, box, harness.find_window(title))
    wait('the choices', lambda: n_lists() > closed)
    xdotool('key', 'Home', *['Down'] * steps, 'Return')
    wait('the choices to go', lambda: n_lists() == closed)


def go_to(window, path):
    """Types a path into the path bar."""
    xdotool('key', 'ctrl+l')
    wait('the entry to have the focus', lambda: window.has_state(window.entry('Folder'), 'FOCUSED'))
    window.write('Folder', str(path))
    xdotool('key', 'Return')


def run(tests):
    """Runs what is called test_ in TESTS. A test by itself: pass its name, or part of it, at the end."""
    chosen = {name: value for name, value in tests.items()
              if name.startswith('test_') and all(word in name for word in sys.argv[5:])}
    try:
        tap.run(chosen)
    finally:
        desktop.close()
