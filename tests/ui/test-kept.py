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
