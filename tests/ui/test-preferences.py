"""The preferences: found by key, labelled, kept, and held to at once by the transfers under way."""

import contextlib
import re

import harness
import stage
from harness import wait, xdotool
from stage import desktop

HUGE = 1 << 40


def keyfile():
    """Where the settings are kept with the environment of KEPT."""
    return desktop.home / '.config/glib-2.0/settings/keyfile'


KEPT = {'GSETTINGS_BACKEND': 'keyfile'}


def set_before(**settings):
    """Writes settings as another run has left them."""
    keyfile().parent.mkdir(parents=True, exist_ok=True)
    keyfile().write_text('[app/wherry/Wherry]\n' + ''.join(f'{key.replace("_", "-")}={value}\n' for key, value in settings.items()))


def await_kept(line):
    wait(f'{line} to be kept', lambda: keyfile().exists() and line in keyfile().read_text().splitlines())


@contextlib.contextmanager
def preferences(window):
    """The window of preferences, in front of another one until it is left."""
    xdotool('key', 'ctrl+comma')
    window.await_('frame', 'Preferences')
    stage.await_active(window, harness.find_window('Preferences'))
    yield
    xdotool('key', 'Escape')
    window.await_gone('frame', 'Preferences')


def set_number(window, name, number):
    field = window.await_('spin button', name)
    wait(f'{name!r} to be usable', lambda: window.has_state(field, 'SENSITIVE'))
    window.atspi.Value.set_current_value(field, number)


def choose(window, name, steps):
    stage.choose(window, 'Preferences', name, steps)


def transfers(window):
    """The states of the transfers in the bar."""
    bar = window.find('list', 'Transfers')
    return [node.get_description() for node in window.walk(bar) if node.get_role_name() == 'list item'] if bar else []


@contextlib.contextmanager
def at_work(n, environment=None):
    with stage.connected(environment=environment) as (_, window):
        paths = [desktop.home / f'file {number}' for number in range(n)]
        for path in paths:
            with open(path, 'wb') as file:
                file.truncate(HUGE)
        with stage.drag_source(*paths):
            stage.paste(window)
            stage.show_transfers(window)
            wait('all of them', lambda: len(transfers(window)) == n)
        stage.front(window)
        yield window
        stage.front(window)
        xdotool('key', 'ctrl+shift+Escape')
        wait('the end', lambda: all('Cancelled' in state for state in transfers(window)))


def n_running(window):
    return sum(' of ' in state for state in transfers(window))


def test_each_is_kept():
    with stage.connected(environment=KEPT) as (_, window):
        with preferences(window):
            for node in window.walk(window.find('frame', 'Preferences')):
                if node.get_role_name() in ['check box', 'spin button', 'combo box']:
                    assert node.get_name() and 'Gtk' not in node.get_name(), window.dump()
            for name, line in [('Keep Times and Permissions', 'preserve=false'), ('Verify Copies', 'verify=true'),
                               ('Limit Speed', 'limit-speed=true')]:
                window.press(name, role='check box')
                await_kept(line)
            set_number(window, 'Kilobytes per Second', 250)
            await_kept('speed-limit=250')
            set_number(window, 'Transfers at Once', 99)
            await_kept('transfers-at-once=32')
            set_number(window, 'With the Same Server', 5)
            await_kept('transfers-per-site=5')
            choose(window, 'If a File Is There Already', 4)
            await_kept("conflicts='skip'")
            window.press('General', role='page tab')
            window.press('Show Hidden Files', role='check box')
            await_kept('show-hidden=true')
            choose(window, 'Remember Them', 2)
            await_kept("keep-secrets='keyring'")
            choose(window, 'Transfers at Work', 2)
            await_kept("when-closed='later'")


def test_speed_is_limited_while_it_runs():
    def speed(unit):
        return [float(found) for state in transfers(window) for found in re.findall(rf'([0-9.]+)\s{unit}/s', state)]

    with at_work(1) as window:
        wait('it runs', lambda: speed('[MG]B'))
        with preferences(window):
            # The number can't be changed before it counts.
            assert not window.has_state(window.await_('spin button', 'Kilobytes per Second'), 'SENSITIVE')
            window.press('Limit Speed', role='check box')
            set_number(window, 'Kilobytes per Second', 200)
        wait('it is slow', lambda: any(150 < kilobytes < 250 for kilobytes in speed('kB')), 60)
        stage.front(window)
        with preferences(window):
            window.press('Limit Speed', role='check box')
        wait('it is fast again', lambda: speed('[MG]B'), 60)


def test_more_at_once_while_they_wait():
    with at_work(4) as window:
        wait('two wait', lambda: transfers(window).count('Waiting') == 2)
        with preferences(window):
            set_number(window, 'With the Same Server', 3)
            wait('one waits', lambda: transfers(window).count('Waiting') == 1)
            set_number(window, 'With the Same Server', 9)
            wait('none waits', lambda: 'Waiting' not in transfers(window))


def test_what_is_there_is_skipped_unasked():
    def prepare(running):
        (running.files / 'a file').write_text('theirs')
        set_before(conflicts="'skip'")

    with stage.connected(prepare=prepare, environment=KEPT) as (running, window):
        path = desktop.home / 'a file'
        path.write_text('ours, which is longer')
        with stage.drag_source(path):
            stage.paste(window)
            stage.show_transfers(window)
            wait('the end', lambda: any(state.startswith('Done') for state in transfers(window)))
        assert (running.files / 'a file').read_text() == 'theirs'


def test_closing_asks_nothing_if_it_was_said_before():
    desktop.use_home(desktop.new_home())
    with stage.server() as server:
        stage.offer_own_key(server)
        stage.trust(server, desktop.home / '.ssh/known_hosts')
        set_before(when_closed="'later'")
        with stage.app(environment=KEPT) as window:
            window.write('Server', server.location())
            window.press('Connect')
            stage.await_place(window)
            path = desktop.home / 'a file'
            with open(path, 'wb') as file:
                file.truncate(HUGE)
            with stage.drag_source(path):
                stage.paste(window)
                stage.show_transfers(window)
                wait('it runs', lambda: n_running(window) == 1)
            stage.front(window)
            xdotool('key', 'ctrl+shift+w')
            window.process.wait(harness.LIMIT)
            assert window.process.returncode == 0, window.output()
        with stage.app(environment=KEPT) as window:
            window.await_(containing='1 transfer was not finished the last time')


stage.run(globals())
