"""The transfers in a window of their own: chosen, paused, gone on with, found, and taken out."""

import contextlib
import re

import harness
import stage
from harness import wait, xdotool
from stage import desktop


@contextlib.contextmanager
def at_work(*sizes):
    """A window with a transfer for each size, and the transfers' window in front of it."""
    with stage.connected() as (_, window):
        paths = []
        for number, size in enumerate(sizes, 1):
            paths.append(desktop.home / f'file {number}')
            with open(paths[-1], 'wb') as file:
                file.truncate(size)
        with stage.drag_source(*paths):
            stage.paste(window)
            window.await_('push button', 'Transfers')
        xdotool('key', 'ctrl+j')
        wait('the window of transfers', lambda: find(window))
        stage.await_active(window, harness.find_window('Transfers'))
        wait('all of them', lambda: len(rows(window)) == len(sizes))
        yield window


def find(window):
    return next((node for node in window.windows() if node.get_name() == 'Transfers'), None)


def rows(window):
    """The names and states of the list, in its order."""
    return [(node.get_name(), node.get_description()) for node in window.walk(find(window)) if node.get_role_name() == 'list item']


def names(window):
    return [name for name, _ in rows(window)]


def state(window, name):
    return dict(rows(window)).get(name, '')


HUGE = 1 << 40


def test_pause_and_go_on_with_one():
    with at_work(HUGE) as window:
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
    with at_work(HUGE, HUGE) as window:
        window.press('Pause All')
        wait('both wait', lambda: all(status == 'Paused' for _, status in rows(window)))
        window.press('Pause All')
        wait('one goes on', lambda: any(' of ' in status for _, status in rows(window)))
        xdotool('key', 'ctrl+a', 'Delete')
        wait('the end', lambda: all('Cancelled' in status for _, status in rows(window)))
        xdotool('key', 'Delete')
        window.await_(name='No Transfers')


def test_found_and_put_in_order_by_keyboard():
    with at_work(1, 2, 3) as window:
        wait('the end', lambda: all(status.startswith('Done') for _, status in rows(window)))
        wait('their order', lambda: names(window) == ['file 1', 'file 2', 'file 3'])
        window.press('Find Transfers')
        wait('the focus', lambda: window.has_state(window.entry('Find transfers by name, folder or server'), 'FOCUSED'))
        xdotool('type', 'FILE 3')
        wait('what is found', lambda: names(window) == ['file 3'])
        xdotool('key', 'ctrl+a', 'BackSpace')
        xdotool('type', 'no such')
        window.await_(name='Nothing Found')
        xdotool('key', 'Escape')
        wait('all', lambda: names(window) == ['file 1', 'file 2', 'file 3'])


def test_speed_limit_by_the_menu():
    def choose(item):
        next(node for node in window.walk(find(window)) if node.get_name() == 'More Actions' and node.get_n_actions() > 0).do_action(0)
        node = wait(f'the item {item}', lambda: next((node for role in ['check menu item', 'radio menu item', 'menu item']
                                                      for node in [window.find(role, item)] if node), None))
        node.do_action(0)

    with at_work(HUGE) as window:
        wait('it is fast', lambda: re.search(r'[MG]B/s', state(window, 'file 1')))
        choose('100 kB/s')
        choose('Limit Speed')
        wait('it is slow', lambda: re.search(r'\b(8|9|10|11|12)[0-9](\.[0-9])?\skB/s', state(window, 'file 1')), 90)
        choose('Limit Speed')
        wait('it is fast again', lambda: re.search(r'[MG]B/s', state(window, 'file 1')), 90)


stage.run(globals())
