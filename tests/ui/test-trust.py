"""Host keys and secrets in the window: what is asked, remembered, replaced, listed and forgotten."""

import contextlib
import shutil
import subprocess

from stage import ASK_SERVER, WHERRY, app, assert_labelled, atspi, await_place, desktop, server

import harness  # found by stage
import keyring
import tap
from harness import App, AskServer, wait

CHANGED = 'The Server’s Key Has Changed'


def own_file():
    return desktop.home / '.local/share/wherry/known_hosts'


def offer_own_key(running):
    for name in ['key', 'key.pub']:
        shutil.copy(running.folder / name, desktop.home / '.ssh' / name.replace('key', 'id_ed25519'))


def other_key(running):
    return (running.folder / 'key.pub').read_text()


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
        own_file().parent.mkdir(parents=True)
        own_file().write_text(f'[127.0.0.1]:{running.port} {other_key(running)}')
        with app() as window:
            connect(window, running.location())
            window.await_(name=CHANGED)
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
    settings = desktop.home / '.config/glib-2.0/settings/keyfile'
    settings.parent.mkdir(parents=True)
    settings.write_text("[app/wherry/Wherry]\nkeep-secrets='keyring'\n")
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


tap.run(globals())
