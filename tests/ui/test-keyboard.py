"""By keyboard alone, from connecting to trying again; what is there is told by assistive technology, by names only.

Usage: test-keyboard.py WHERRY DRAG_SOURCE ASK_SERVER TEST_PROMPTER
"""

import harness
import stage
from harness import wait, xdotool
from stage import app, await_place, desktop, front, offer_own_key, server

HUGE = 1 << 40  # more than any machine copies meanwhile; sparse
HERE, THERE = 'Files on this computer', 'Files on the server'


def focused(window, node=None):
    """What has the focus, anywhere or below NODE."""
    return next((inner for inner in window.walk(node) if window.has_state(inner, 'FOCUSED')), None)


def press(key, what, condition):
    """Presses KEY, and waits for what comes of it."""
    xdotool('key', key)
    return wait(f'{what} after {key}', condition)


def side(window, name):
    """The names of the rows of one of the two sides."""
    table = window.find('tree table', name)
    return [] if table is None else [node.get_name() for node in window.walk(table) if node.get_role_name() == 'table row'][1:]


def is_in(window, name):
    """Whether the focus is in one of the two sides."""
    table = window.find('tree table', name)
    return table is not None and focused(window, table) is not None


def choose(window, where, name):
    """Types a NAME: in a list of files, that selects what is called so."""
    wait(f'the focus in {where!r}', lambda: is_in(window, where))
    xdotool('type', '--delay', 5, name)

    def is_chosen():
        row = next((node for node in window.walk(window.find('tree table', where))
                    if node.get_role_name() == 'table row' and node.get_name() == name), None)
        return window.has_state(row, 'SELECTED') and window.has_state(row, 'FOCUSED')
    wait(f'{name!r} to be selected', is_chosen)


def await_dialog(main):
    """Waits until another window than MAIN has the keys."""
    wait('the dialog in front', lambda: xdotool('getactivewindow') not in ('', main))


def queue(window):
    return next((node for node in window.windows() if node.get_name() == 'Transfers'), None)


def state(window, name):
    """What the transfer of that NAME does, in the window of transfers."""
    return next((node.get_description() for node in window.walk(queue(window))
                 if node.get_role_name() == 'list item' and node.get_name() == name), '')


def test_the_whole_way():
    desktop.use_home(desktop.new_home())
    (desktop.home / 'letter').write_text('Dear all\n')
    with open(desktop.home / 'video', 'wb') as file:
        file.truncate(HUGE)
    with server() as running:
        offer_own_key(running)
        (running.files / 'inner').mkdir()
        (running.files / 'inner/report').write_text('There\n')
        with app() as window:
            window.await_('push button', 'Connect')
            main = front(window, 'Wherry')
            wait('the entry to have the focus', lambda: window.has_state(window.entry('Server'), 'FOCUSED'))
            xdotool('type', '--delay', 5, running.location())
            wait('the text', lambda: window.text(window.entry('Server')) == running.location())
            xdotool('key', 'Return')
            window.await_(containing=running.fingerprint())
            await_dialog(main)
            xdotool('key', 'alt+o')
            await_place(window)
            window.await_status('1 item')

            # Browse.
            front(window)
            choose(window, THERE, 'inner')
            press('Return', 'the folder', lambda: side(window, THERE) == ['report'])

            # Download, and upload, with this computer beside it.
            press('F9', 'this computer', lambda: 'letter' in side(window, HERE))
            choose(window, THERE, 'report')
            press('F5', 'the download', lambda: 'report' in side(window, HERE))
            wait('all of it', lambda: (desktop.home / 'report').read_text() == 'There\n')
            press('shift+Tab', 'the focus over here', lambda: is_in(window, HERE))
            choose(window, HERE, 'letter')
            press('F5', 'the upload', lambda: 'letter' in side(window, THERE))
            wait('all of it', lambda: (running.files / 'inner/letter').read_text() == 'Dear all\n')
            press('Tab', 'the focus over there', lambda: is_in(window, THERE))
            press('shift+Tab', 'the focus over here again', lambda: is_in(window, HERE))

            # Answer a conflict.
            (desktop.home / 'letter').write_text('Dear all, once more\n')
            xdotool('key', 'F5')
            window.await_('push button', 'Replace')
            await_dialog(main)
            press('alt+r', 'the new letter', lambda: (running.files / 'inner/letter').read_text() == 'Dear all, once more\n')

            # Pause, go on, and try again.
            front(window)
            press('End', 'the last row', lambda: is_in(window, HERE) and focused(window).get_name() == 'video')
            xdotool('key', 'F5')
            window.await_('push button', 'Transfers')
            press('ctrl+j', 'the window of transfers', lambda: queue(window))
            stage.await_active(window, harness.find_window('Transfers'))
            wait('it runs', lambda: ' of ' in state(window, 'video'))
            press('End', 'the transfer', lambda: focused(window, queue(window)).get_name() == 'video')
            press('ctrl+p', 'a pause', lambda: state(window, 'video') == 'Paused')
            press('ctrl+r', 'it to go on', lambda: ' of ' in state(window, 'video'))
            press('Delete', 'its end', lambda: 'Cancelled' in state(window, 'video'))
            press('F5', 'another try', lambda: ' of ' in state(window, 'video'))
            press('Delete', 'its end', lambda: 'Cancelled' in state(window, 'video'))


stage.run(globals())
