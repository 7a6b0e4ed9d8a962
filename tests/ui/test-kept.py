"""Transfers that outlive the window, and the program."""

import contextlib

import harness
import stage
from harness import wait, xdotool
from stage import app, desktop

HUGE = 1 << 40


@contextlib.contextmanager
def server_with_key():
    """A server that is known, and lets the account's own key in."""
    desktop.use_home(desktop.new_home())
    with stage.server() as server:
        stage.offer_own_key(server)
        stage.trust(server, desktop.home / '.ssh/known_hosts')
        yield server


def send(window, server, size, name='a file'):
    """Connects by the form, and has a file of SIZE on its way."""
    window.write('Server', server.location())
    window.press('Connect')
    stage.await_place(window)
    path = desktop.home / name
    with open(path, 'wb') as file:
        file.truncate(size)
    with stage.drag_source(path):
        stage.paste(window)
        window.await_('push button', 'Transfers')


def bar(window):
    """What the bar says."""
    return wait('the bar', lambda: window.find('push button', 'Transfers')).get_description()


def running(window):
    return ' of ' in bar(window)


def close(window):
    stage.await_active(window, harness.find_window(window.windows()[0].get_name()))
    xdotool('key', 'ctrl+shift+w')


def test_after_a_sudden_end_it_is_there_again():
    with server_with_key() as server:
        with app() as window:
            send(window, server, HUGE)
            wait('it runs', lambda: running(window))
            window.process.kill()
            window.process.wait()
        with app() as window:
            window.await_(containing='1 transfer was not finished the last time')
            wait('it is paused', lambda: 'Paused' in bar(window))
            window.press('Go On')
            window.await_gone(containing='was not finished the last time')
            wait('it runs', lambda: running(window))


def test_closing_may_leave_it_for_the_next_time():
    with server_with_key() as server:
        with app() as window:
            send(window, server, HUGE)
            wait('it runs', lambda: running(window))
            close(window)
            window.await_(name='Transfers Are Not Finished')
            window.press('Go On Next Time')
            window.process.wait(harness.LIMIT)
            assert window.process.returncode == 0, window.output()
        with app() as window:
            window.await_(containing='1 transfer was not finished the last time')


def in_menu(window, item):
    """Presses an item of the menu of the window of transfers."""
    next(node for node in window.walk(top(window, 'Transfers')) if node.get_name() == 'More Actions' and node.get_n_actions() > 0).do_action(0)
    window.press(item, role='menu item')


def top(window, name):
    return wait(f'the window {name!r}', lambda: next((node for node in window.windows() if node.get_name() == name), None))


def history(window):
    """The names of what the history lists, and how each ended."""
    return [(node.get_name(), node.get_description()) for node in window.walk(top(window, 'History')) if node.get_role_name() == 'list item']


def look_for(window, word):
    next(node for node in window.walk(top(window, 'History')) if node.get_editable_text_iface()).set_text_contents(word)


def test_history_of_earlier_runs():
    with server_with_key() as server:
        with app() as window:
            send(window, server, 3, 'apple')
            wait('its end', lambda: 'Done' in bar(window))
            send_more(window, 'pear')
            wait('both ends', lambda: '2 done' in bar(window))
            stage.await_active(window, harness.find_window('127.0.0.1'))
            xdotool('key', 'ctrl+shift+w')
            window.process.wait(harness.LIMIT)
        with app() as window:
            stage.await_active(window, harness.find_window('Wherry'))
            xdotool('key', 'ctrl+j')
            in_menu(window, 'History')
            wait('both, the latest first', lambda: [name for name, _ in history(window)] == ['pear', 'apple'])
            assert all('Today' in status and 'Done' in status for _, status in history(window)), history(window)
            window.await_('push button', 'Show “pear” in Files')
            look_for(window, 'APPLE')
            wait('what is found by name', lambda: [name for name, _ in history(window)] == ['apple'])
            look_for(window, '127.0.0.1')
            wait('what is found by its server', lambda: [name for name, _ in history(window)] == ['pear', 'apple'])
            look_for(window, 'no such')
            window.await_(name='Nothing Found')
            look_for(window, '')
            window.press('Clear…')
            window.press('Clear', dialog='Clear the History?')
            window.await_(name='No History')


def send_more(window, name):
    path = desktop.home / name
    path.write_text(name)
    with stage.drag_source(path):
        stage.paste(window)
        wait('it to be there', lambda: '2 done' in bar(window))


def test_it_goes_on_without_a_window():
    size = 3 << 30
    with server_with_key() as server:
        with app() as window:
            send(window, server, size)
            wait('it runs', lambda: running(window))
            close(window)
            window.await_(name='Transfers Are Not Finished')
            window.press('Go On Without a Window')
            window.process.wait(300)
            assert window.process.returncode == 0, window.output()
        files = list(server.folder.rglob('a file'))
        assert [path.stat().st_size for path in files] == [size], files


stage.run(globals())
