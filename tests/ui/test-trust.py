"""Host keys and secrets in the window: what is asked, remembered, replaced, listed and forgotten; and connections made again."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess

from stage import ASK_SERVER, WHERRY, app, assert_labelled, atspi, await_place, desktop, drag_source, offer_own_key, paste, run, server

import harness  # found by stage
import keyring
import tap
from harness import App, AskServer, wait

CHANGED = 'The Server’s Key Has Changed'


def own_file():
    return desktop.home / '.local/share/wherry/known_hosts'


def other_key(running):
    return (running.folder / 'key.pub').read_text()


def know(running, key='host_key.pub'):
    own_file().parent.mkdir(parents=True, exist_ok=True)
    own_file().write_text(f'[127.0.0.1]:{running.port} ' + (running.folder / key).read_text())


def keep_secrets(how_long):
    """As a person may have set; for a window with the settings' keyfile backend."""
    settings = desktop.home / '.config/glib-2.0/settings/keyfile'
    settings.parent.mkdir(parents=True)
    settings.write_text(f"[app/wherry/Wherry]\nkeep-secrets='{how_long}'\n")


def connect(window, location):
    window.write('Server', location)
    window.press('Connect')


@contextlib.contextmanager
def unlocked_keyring():
    """On the desktop's own bus."""
    process = subprocess.Popen(['gnome-keyring-daemon', '--foreground', '--unlock', '--components=secrets'], stdin=subprocess.PIPE,
                               stdout=desktop.log, stderr=desktop.log, text=True)
    process.stdin.write(keyring.PASSWORD)
    process.stdin.close()
    try:
        wait('the keyring', lambda: subprocess.run(
            ['gdbus', 'call', '--session', '--dest', 'org.freedesktop.secrets', '--object-path', '/org/freedesktop/secrets/aliases/default',
             '--method', 'org.freedesktop.DBus.Properties.Get', 'org.freedesktop.Secret.Collection', 'Locked'],
            capture_output=True, text=True).stdout == '(<false>,)\n')
        yield
    finally:
        harness.stop(process)


def test_a_changed_key_is_replaced_in_two_steps():
    desktop.use_home(desktop.new_home())
    with server() as running:
        offer_own_key(running)
        know(running, 'key.pub')
        with app() as window:
            connect(window, running.location())
            window.await_(name=CHANGED)
            # Side by side.
            for key in ['key.pub', 'host_key.pub']:
                assert window.find(containing=running.fingerprint(key)), window.dump()
            assert not window.has_state(window.await_('push button', 'Replace Key and Connect'), 'SENSITIVE')
            assert_labelled(window)
            wait('the dialog in front', lambda: harness.xdotool('getactivewindow', 'getwindowname') != 'Wherry')
            harness.xdotool('key', 'Return')
            window.await_('label', containing='is not the server it was')
            assert 'Accepted' not in running.log.read_text()

        with app() as window:
            connect(window, running.location())
            window.await_(name=CHANGED)
            wait('the dialog in front', lambda: harness.xdotool('getactivewindow', 'getwindowname') != 'Wherry')
            harness.xdotool('key', 'alt+k')
            window.press('Replace Key and Connect')
            await_place(window)
        assert own_file().read_text().split()[:3] == [f'[127.0.0.1]:{running.port}', 'ssh-ed25519',
                                                      (running.folder / 'host_key.pub').read_text().split()[1]]


def test_a_password_that_has_expired_is_told_of():
    desktop.use_home(desktop.new_home())
    with server("ForceCommand echo 'WARNING: Your password has expired.' >&2; exit 1") as running:
        offer_own_key(running)
        know(running)
        with app() as window:
            connect(window, running.location())
            window.await_(containing='did not let you in')
            told = window.await_(containing='has expired, and the server wants a new one').get_name()
            assert f'The server says: WARNING: Your password has expired. Set a new one in a terminal, with: ssh -p {running.port}' in told, told
            # It is for a person now: nothing is tried again by itself.
            assert window.find('push button', 'Connect'), window.dump()
            assert not window.find('push button', 'Reconnect'), window.dump()


def test_known_hosts_are_listed_forgotten_and_imported():
    desktop.use_home(desktop.new_home())
    with server() as running:
        key = other_key(running).split()[1]
        own_file().parent.mkdir(parents=True)
        own_file().write_text(f'first.example.org ssh-ed25519 {key}\n[second]:2222 ssh-ed25519 {key}\n')
        (desktop.home / '.ssh/known_hosts').write_text(f'third ssh-ed25519 {key}\n')
        with app() as window:
            subprocess.run(['gdbus', 'call', '--session', '--dest', 'app.wherry.Wherry', '--object-path', '/app/wherry/Wherry', '--method',
                            'org.gtk.Actions.Activate', 'known-hosts', '[]', '{}'], check=True, stdout=subprocess.DEVNULL)
            window.await_('label', 'first.example.org')
            window.await_('label', 'second, port 2222')
            window.await_('label', containing='OpenSSH knows 1 more key')
            assert_labelled(window)

            window.press('Forget the key of first.example.org')
            wait('it to be forgotten', lambda: 'first' not in own_file().read_text())
            window.press('Undo')
            wait('it to be back', lambda: 'first' in own_file().read_text())

            window.press('Import')
            wait('the import', lambda: 'third' in own_file().read_text())
            window.write('Search', 'seco')
            window.await_gone('label', 'first.example.org')
            window.await_('label', 'second, port 2222')
            window.write('Search', 'nobody')
            window.await_(containing='Nothing Found')


def test_a_password_is_remembered_in_the_keyring():
    if not shutil.which('gnome-keyring-daemon'):
        raise tap.Skip('there is no gnome-keyring')
    desktop.use_home(desktop.new_home())
    keep_secrets('keyring')
    with AskServer(ASK_SERVER, 'password') as running, unlocked_keyring():
        with App(desktop, atspi, WHERRY, environment={'GSETTINGS_BACKEND': 'keyfile'}) as window:
            connect(window, running.location())
            window.press('Connect and Remember')
            window.await_(name='Password Required')
            window.write('Password', 'wrong')
            window.press('Log In')
            window.await_(containing='That password was not accepted')
            window.write('Password', 'secret')
            window.press('Log In')
            wait('it to be remembered', lambda: subprocess.run(
                ['secret-tool', 'lookup', 'xdg:schema', 'app.wherry.Password', 'user', 'anna', 'host', '127.0.0.1'],
                capture_output=True, text=True).stdout == 'secret')
        assert not own_file().exists()
        with app() as window:
            connect(window, running.location())
            window.await_gone('push button', 'Connect')
            assert not window.find(name='Password Required') and not window.find(name='Is This the Right Server?')


def assert_written_nowhere(window, *secrets):
    """Neither in a file of the account, nor in what the program said."""
    for secret in secrets:
        found = subprocess.run(['grep', '-rlaF', secret, desktop.home, window.output_path], capture_output=True, text=True)
        assert found.returncode == 1, (secret, found)


def test_no_secret_is_written_down_or_told():
    """After logins with right answers and wrong ones, and a transfer; while all is said that can be said."""
    talkative = {'GSETTINGS_BACKEND': 'keyfile', 'G_MESSAGES_DEBUG': 'all'}
    passphrase, mistyped = 'Correct-Horse-4711', 'Battery-Staple-0815'
    desktop.use_home(desktop.new_home())
    keep_secrets('session')
    with server() as running, AskServer(ASK_SERVER, 'password') as asking:
        offer_own_key(running)
        subprocess.run(['ssh-keygen', '-q', '-p', '-N', passphrase, '-f', desktop.home / '.ssh/id_ed25519'], check=True,
                       stdout=subprocess.DEVNULL)
        know(running)
        with own_file().open('a') as known:
            known.write(asking.known_host())
        (desktop.home / 'a file').write_text('x' * 1000)
        with App(desktop, atspi, WHERRY, environment=talkative) as window:
            connect(window, asking.location())
            window.await_(name='Password Required')
            window.write('Password', mistyped)
            window.press('Log In')
            window.await_(containing='That password was not accepted')
            window.press('Cancel', dialog='Password Required')
            window.await_gone(name='Password Required')

            connect(window, running.location())
            window.await_(name='Key Is Locked')
            window.write('Passphrase', mistyped)
            window.press('Unlock')
            window.await_(containing='That passphrase does not fit the key')
            window.write('Passphrase', passphrase)
            window.press('Unlock')
            await_place(window)
            window.await_status('item')
            with drag_source(desktop.home / 'a file'):
                paste(window)
            wait('the file', lambda: (running.files / 'a file').exists())
            wait('the journal', lambda: (desktop.home / '.local/state/wherry/queue.db').exists())
            for name in ['cmdline', 'environ']:
                text = pathlib.Path(f'/proc/{window.process.pid}/{name}').read_text()
                assert passphrase not in text and mistyped not in text, text
            assert_written_nowhere(window, passphrase, mistyped)
            harness.xdotool('key', 'ctrl+q')
            window.process.wait(harness.LIMIT)
            assert_written_nowhere(window, passphrase, mistyped)


@contextlib.contextmanager
def browsing(environment=None, host=None, options=''):
    """A window that has logged in with all that is usual: the account's key, and the host key on record."""
    desktop.use_home(desktop.new_home())
    with server(options) as running:
        offer_own_key(running)
        know(running)
        if host:
            (desktop.home / '.ssh/config').write_text(f'Host {host[0]}\nHostName 127.0.0.1\nPort {running.port}\nUser {running.user}\n{host[1]}\n')
        with app(environment=environment) as window:
            connect(window, f'{host[0]}:{running.files}' if host else running.location())
            await_place(window)
            window.await_status('item')
            yield running, window


def test_a_lost_connection_comes_back_by_itself():
    with browsing() as (running, window):
        running.stop()
        window.await_('alert', containing='Next try in about')
        window.await_('alert', containing='refuses connections')
        (running.files / 'made meanwhile').write_text('x')
        running.start()
        window.await_('table row', 'made meanwhile')
        window.await_gone('push button', 'Reconnect')


def test_another_key_stops_what_comes_back_by_itself():
    with browsing() as (running, window):
        running.stop()
        window.await_('alert', containing='Next try in about')
        for name in ['host_key', 'host_key.pub']:
            shutil.copy(running.folder / name.replace('host_', ''), running.folder / name)
        running.start()
        window.await_(name=CHANGED)
        wait('the dialog in front', lambda: harness.xdotool('getactivewindow', 'getwindowname') != 'Wherry')
        harness.xdotool('key', 'Escape')
        window.await_gone(name=CHANGED)
        told = window.await_('alert', containing='has changed').get_name()
        assert 'Next try' not in told, told
        assert 'Accepted' not in running.log.read_text()

        window.press('Reconnect')
        window.await_(name=CHANGED)
        wait('the dialog in front', lambda: harness.xdotool('getactivewindow', 'getwindowname') != 'Wherry')
        harness.xdotool('key', 'alt+k')
        window.press('Replace Key and Connect')
        window.await_gone('push button', 'Reconnect')


def test_a_login_that_was_declined_is_not_asked_for_again_by_itself():
    desktop.use_home(desktop.new_home())
    with server() as running:
        offer_own_key(running)
        subprocess.run(['ssh-keygen', '-q', '-p', '-N', 'a passphrase', '-f', desktop.home / '.ssh/id_ed25519'], check=True,
                       stdout=subprocess.DEVNULL)
        know(running)
        keep_secrets('never')
        with app(environment={'GSETTINGS_BACKEND': 'keyfile'}) as window:
            connect(window, running.location())
            window.await_(name='Key Is Locked')
            window.write('Passphrase', 'a passphrase')
            window.press('Unlock')
            await_place(window)
            running.drop_connections()
            window.await_(name='Key Is Locked')
            window.press('Cancel', dialog='Key Is Locked')
            window.await_(name='Password Required')
            window.press('Cancel', dialog='Password Required')
            told = window.await_('alert', containing='was cancelled').get_name()
            assert 'Next try' not in told, told


@contextlib.contextmanager
def logind():
    """Gives what says that the machine woke up, on the session's bus: for windows that take it for the system's."""
    from gi.repository import Gio, GLib
    bus = Gio.DBusConnection.new_for_address_sync(
        os.environ['DBUS_SESSION_BUS_ADDRESS'],
        Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
    bus.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'RequestName',
                  GLib.Variant('(su)', ('org.freedesktop.login1', 0)), None, Gio.DBusCallFlags.NONE, -1, None)

    def wake_up():
        bus.emit_signal(None, '/org/freedesktop/login1', 'org.freedesktop.login1.Manager', 'PrepareForSleep', GLib.Variant('(b)', (False,)))
        bus.flush_sync()

    try:
        yield wake_up
    finally:
        bus.close_sync(None)


def session_bus_for_all():
    return {'DBUS_SYSTEM_BUS_ADDRESS': os.environ['DBUS_SESSION_BUS_ADDRESS']}


def put_to_sleep(running):
    """All that serves connections now."""
    for pid in running.children():
        os.kill(pid, signal.SIGSTOP)


def await_another_login(running, wake_up):
    n_logins = running.log.read_text().count('Accepted')

    def is_back():
        wake_up()
        return running.log.read_text().count('Accepted') > n_logins
    wait('another login', is_back)


def test_a_connection_that_died_in_the_machines_sleep_is_found_out_and_made_again():
    # By itself nobody would find out within the limit of this test.
    with logind() as wake_up, browsing(session_bus_for_all(), ('sleepy', 'ServerAliveInterval 600')) as (running, window):
        put_to_sleep(running)
        await_another_login(running, wake_up)
        (running.files / 'made meanwhile').write_text('x')
        window.await_gone('push button', 'Reconnect')
        harness.xdotool('key', 'ctrl+r')
        window.await_('table row', 'made meanwhile')


def test_a_drop_window_finds_out_too_what_died_in_the_machines_sleep():
    desktop.use_home(desktop.new_home())
    with logind() as wake_up, server() as running:
        know(running)
        sites = desktop.home / '.config/wherry/sites.conf'
        sites.parent.mkdir(parents=True)
        sites.write_text(f'[Site 00000001-89ab-4cde-8123-456789abcdef]\nname=the web\nhost=127.0.0.1\nport={running.port}\n'
                         f'user={running.user}\nkey-file={running.folder}/key\nremote-folder={running.files}\n')
        for name in ['first', 'second']:
            (desktop.home / name).write_text(name)

        def upload(name):
            return ['--upload', '--to', 'the web', desktop.home / name]

        with app(*upload('first'), environment=session_bus_for_all()) as window:
            window.await_(name='All has arrived')
            put_to_sleep(running)
            # It goes to the same window, which believes to be connected: for a quarter of a minute nobody asks, and for a minute
            # nobody gives up.
            subprocess.run([WHERRY, *upload('second')], check=True, timeout=harness.LIMIT)
            await_another_login(running, wake_up)
            wait('the file', lambda: (running.files / 'second').exists())
            window.await_(name='All has arrived')


def test_the_ways_to_log_in_are_put_in_order():
    desktop.use_home(desktop.new_home())
    sites = desktop.home / '.config/wherry/sites.conf'

    def has_focus(name):
        node = window.find('push button', name)
        return node is not None and window.has_state(node, 'FOCUSED')

    def stored():
        return sites.read_text() if sites.exists() else ''

    with app() as window:
        window.press('New Site…')
        window.await_('push button', 'Test Connection…')
        window.write('Address', 'web.example.org')
        page = window.await_(name='Login')
        page.do_action(0)
        ways = window.await_('list', 'Ways to Log In')
        for node in window.walk(ways):
            assert node.get_role_name() not in ['push button', 'check box', 'list item'] or not node.get_name().startswith(('Gtk', 'Adw')), window.dump()
        assert not window.has_state(window.find('push button', 'Try “Kerberos” Earlier'), 'SENSITIVE')
        assert not window.has_state(window.find('push button', 'Try “Password” Later'), 'SENSITIVE')

        # By a button, which keeps the focus; by key; and one way less.
        xid = harness.find_window('New Site')
        harness.xdotool('windowactivate', '--sync', xid)
        harness.click(window, window.find('push button', 'Try “Password” Earlier'), xid)
        wait('it to keep the focus', lambda: has_focus('Try “Password” Earlier'))
        for key in ['space', 'alt+Up', 'alt+Up']:
            harness.xdotool('key', key)
        wait('it to be the first', lambda: not window.has_state(window.await_('push button', 'Try “Password” Earlier'), 'SENSITIVE'))
        # By dragging, to below what is the last.
        def row(name):
            return harness.position(window, window.await_('list item', name), xid)
        harness.drag_until(lambda: row('Kerberos'), lambda: row('Questions of the Server'),
                           lambda: not window.has_state(window.find('push button', 'Try “Kerberos” Later'), 'SENSITIVE'), 'it to be the last')
        window.press('Kerberos', role='check box')
        window.press('Add')
        wait('the site', lambda: 'host=web.example.org\n' in stored())
        assert 'login-methods=password;agent;publickey;keyboard-interactive;\n' in stored(), stored()


run(globals())
