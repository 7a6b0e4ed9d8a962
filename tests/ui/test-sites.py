"""The sites: written down, changed, found, connected to, by keyboard and through assistive technology, with a real sshd.

Usage: test-sites.py WHERRY
"""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))

import harness  # noqa: E402
import tap  # noqa: E402
from harness import App, Server, find_window, wait, xdotool  # noqa: E402

WHERRY = sys.argv[1]

if not harness.program('Xvfb'):
    print('1..0 # SKIP there is no Xvfb')
    sys.exit()

desktop = harness.Desktop()
atspi = harness.accessibility()

IDS = ['00000001-89ab-4cde-8123-456789abcdef', '00000002-89ab-4cde-8123-456789abcdef', '00000003-89ab-4cde-8123-456789abcdef']


def sites_file():
    return desktop.home / '.config/wherry/sites.conf'


def write_sites(text):
    sites_file().parent.mkdir(parents=True, exist_ok=True)
    sites_file().write_text(text)


def entry(number, name, **fields):
    lines = ''.join(f'{key.replace("_", "-")}={value}\n' for key, value in fields.items())
    return f'[Site {IDS[number]}]\nname={name}\n{lines}\n'


def stored():
    return sites_file().read_text() if sites_file().exists() else ''


@contextlib.contextmanager
def app(*arguments, environment=None):
    with App(desktop, atspi, WHERRY, *arguments, environment=environment) as window:
        wait('a window to be found', lambda: window.windows()[0].get_name())
        xdotool('windowactivate', '--sync', find_window('Wherry'))
        yield window


@contextlib.contextmanager
def server(options=''):
    """A server whose key is trusted, and whose account has our own."""
    with Server(desktop.new_home() / 'server', options) as running:
        (running.files / 'hello.txt').write_text('hello\n')
        (desktop.home / '.ssh').mkdir(exist_ok=True)
        (desktop.home / '.ssh/known_hosts').write_text(f'[127.0.0.1]:{running.port} ' + (running.folder / 'host_key.pub').read_text())
        yield running


def to_server(number, running, name, **fields):
    return entry(number, name, host='127.0.0.1', port=running.port, user=running.user, key_file=running.folder / 'key',
                 remote_folder=running.files, **fields)


def main_window(window):
    wait('the main window alone', lambda: len(window.windows()) == 1)
    xid = find_window(window.windows()[0].get_name())
    xdotool('windowactivate', '--sync', xid)
    return xid


def select(window, name):
    """Clicks on a row of the sidebar: it is selected, and has the focus."""
    def is_selected():
        row = window.find('list item', name)
        return row is not None and window.has_state(row, 'SELECTED')

    # A click that closes a menu does nothing else, so there may have to be another.
    for _ in range(5):
        harness.click(window, window.await_('list item', name), main_window(window))
        with contextlib.suppress(AssertionError):
            return wait('the row to be selected', is_selected, limit=5)
    raise AssertionError(f'{name} was not selected\n{window.dump()}')


def choose(window, name, item, by_key=False):
    """Chooses from the menu of a row."""
    for _ in range(5):
        if by_key:
            select(window, name)
            xdotool('key', 'Menu')
        else:
            harness.click(window, window.await_('list item', name), main_window(window), button=3)
        with contextlib.suppress(AssertionError):
            window.await_('menu item', item, limit=5)
            return window.press(item, role='menu item')
    raise AssertionError(f'no menu of {name}\n{window.dump()}')


def rows(window):
    sidebar = window.find('list', 'Sites')
    return [] if sidebar is None else [sidebar.get_child_at_index(i).get_name() for i in range(sidebar.get_child_count())]


def save_is_usable(window, name='Add'):
    button = window.find('push button', name)
    return button is not None and window.has_state(button, 'SENSITIVE')


def test_add():
    desktop.use_home(desktop.new_home())
    with app() as window:
        window.await_(None, 'Servers you keep as sites are listed here.')
        window.press('New Site…')
        window.await_('push button', 'Test Connection…')
        assert not save_is_usable(window), 'a site without an address'
        window.write('Name', 'web & <b>1</b>')
        window.write('Address', 'a;b')
        window.await_('alert', containing='can’t be the name of a host')
        assert not save_is_usable(window)
        window.write('Address', 'web.example.org')
        wait('Add to be usable', lambda: save_is_usable(window))
        window.write('User', '-l')
        window.await_('alert', containing='can’t be a user name')
        assert not save_is_usable(window)
        window.write('User', 'anna')
        wait('Add to be usable', lambda: save_is_usable(window))
        window.press('Purple')
        window.press('Add')
        window.await_('list item', 'web & <b>1</b>')
        wait('the file', lambda: 'host=web.example.org' in stored())
        text = stored()
        assert 'name=web & <b>1</b>\n' in text and 'user=anna\n' in text and 'color=purple\n' in text, text
        assert sites_file().stat().st_mode & 0o777 == 0o600

        # A whole address is taken apart.
        window.press('New Site…')
        window.await_('push button', 'Test Connection…')
        window.write('Address', 'scp://bert@[::1]:2022//srv/www')
        wait('Add to be usable', lambda: save_is_usable(window))
        window.press('Add')
        wait('the file', lambda: 'host=::1\n' in stored())
        for line in ['port=2022\n', 'user=bert\n', 'remote-folder=/srv/www\n']:
            assert line in stored(), stored()

    # There again after a restart.
    with app() as window:
        window.await_('list item', 'web & <b>1</b>')
        window.await_('list item', '::1')


def test_change():
    desktop.use_home(desktop.new_home())
    write_sites('[Folders]\npaths=Work;\n\n' + entry(0, 'web', host='web.example.org', notes='one\\ntwo', folder='Work') +
                entry(1, 'nas', host='nas.example.org'))
    with app() as window:
        choose(window, 'web', 'Edit…')
        window.await_('push button', 'Test Connection…')
        assert window.text(window.entry('Notes')) == 'one\ntwo'
        window.write('Name', 'web two')
        window.press('Save')
        window.await_('list item', 'web two')
        wait('the file', lambda: 'name=web two\n' in stored())
        assert 'login-methods=' not in stored() and 'jump-hosts=' not in stored(), stored()
        assert 'notes=one\\ntwo\n' in stored() and 'folder=Work\n' in stored(), stored()

        # Cancel changes nothing.
        choose(window, 'web two', 'Edit…')
        window.await_('push button', 'Test Connection…')
        window.write('Name', 'other')
        window.press('Cancel')
        window.await_gone('push button', 'Test Connection…')

        choose(window, 'nas', 'Duplicate')
        window.await_('list item', 'nas (copy)')
        wait('the order', lambda: rows(window) == ['Work', 'web two', 'nas', 'nas (copy)'])
        wait('the file', lambda: 'name=nas (copy)' in stored())

        # Delete, and have it back where it was.
        select(window, 'web two')
        select(window, 'nas')
        xdotool('key', 'Delete')
        window.await_gone('list item', 'nas')
        wait('the file', lambda: 'name=nas\n' not in stored())
        window.press('Undo')
        wait('the row', lambda: rows(window) == ['Work', 'web two', 'nas', 'nas (copy)'])
        wait('the file', lambda: 'name=nas\n' in stored())
        assert 'other' not in stored()


def test_folders():
    desktop.use_home(desktop.new_home())
    write_sites(entry(0, 'web', host='web.example.org', folder='Work') + entry(1, 'nas', host='nas.example.org'))
    with app() as window:
        choose(window, 'Work', 'Rename…')
        window.write('Name', '')
        wait('no empty name', lambda: not window.has_state(window.await_('push button', 'Rename'), 'SENSITIVE'))
        window.write('Name', 'Play')
        window.press('Rename')
        window.await_('list item', 'Play')
        wait('the file', lambda: 'folder=Play\n' in stored())
        choose(window, 'Play', 'New Folder…')
        window.write('Name', 'Deep')
        window.press('Create')
        window.await_('list item', 'Deep')
        wait('the file', lambda: 'Play/Deep' in stored())

        # Deleting a folder leaves its sites; both come back.
        choose(window, 'Play', 'Delete')
        window.await_gone('list item', 'Play')
        window.await_('list item', 'web')
        wait('the file', lambda: 'folder=' not in stored())
        window.press('Undo')
        window.await_('list item', 'Play')
        wait('the file', lambda: 'folder=Play\n' in stored())


def test_sorted():
    desktop.use_home(desktop.new_home())
    write_sites(entry(0, 'site 10', host='a.example.org') + entry(1, 'Site 9', host='b.example.org') +
                entry(2, 'Büro', host='c.example.org'))
    with app() as window:
        wait('the rows', lambda: rows(window) == ['site 10', 'Site 9', 'Büro'])
        choose_from_menu(window, 'Sort by Name')
        wait('the order', lambda: rows(window) == ['Büro', 'Site 9', 'site 10'])
        wait('the file', lambda: stored().index('name=Büro') < stored().index('name=Site 9') < stored().index('name=site 10'))


def test_find():
    desktop.use_home(desktop.new_home())
    write_sites(entry(0, 'web', host='web.example.org', folder='Work') + entry(1, 'Büro', host='b.example.org') +
                entry(2, 'nas', host='nas.example.org', user='anna'))
    with app() as window:
        window.await_('list item', 'web')
        window.press('Find Sites')
        window.write('Find Sites', 'büro')
        wait('one row', lambda: rows(window) == ['Büro'])
        window.write('Find Sites', 'anna nas')
        wait('one row', lambda: rows(window) == ['nas'])
        window.write('Find Sites', 'nothing at all')
        window.await_(None, 'No site is called so')
        window.write('Find Sites', '')
        wait('all rows', lambda: len(rows(window)) == 4)


def test_connect():
    desktop.use_home(desktop.new_home())
    home = desktop.home
    with server() as running:
        desktop.use_home(home)
        shutil.copytree(running.folder.parent / '.ssh', home / '.ssh', dirs_exist_ok=True)
        write_sites(to_server(0, running, 'the web', color='green') + entry(1, 'nas', host='nas.example.org'))
        with app() as window:
            select(window, 'the web')
            xdotool('key', 'Return')
            window.await_('push button', 'Add to This Folder')
            wait('the tab', lambda: window.find(None, 'the web') and window.windows()[0].get_name() == 'the web')
            item = window.find('list item', 'the web')
            wait('that it is said', lambda: 'connected' in (item.get_description() or ''))
            # A site is not a recent server as well.
            assert 'Recent' not in rows(window), rows(window)

            # Another is remembered.
            window.write('Open Another Server', f'{running.user}@127.0.0.1:{running.port}')
            harness.click(window, window.entry('Open Another Server'), main_window(window))
            shutil.copy(running.folder / 'key', home / '.ssh/id_ed25519')
            xdotool('key', 'Return')
            window.await_('list item', 'Recent')

            # A name of ~/.ssh/config leads where ssh would go.
            (home / '.ssh/id_ed25519').unlink()
            (home / '.ssh/config').write_text(f'Host short\n HostName 127.0.0.1\n Port {running.port}\n User {running.user}\n'
                                              f' IdentityFile {running.folder}/key\n IdentitiesOnly yes\nHost closed\n ProxyCommand nc %h %p\n')
            window.write('Open Another Server', f'short:{running.files}')
            harness.click(window, window.entry('Open Another Server'), main_window(window))
            xdotool('key', 'Return')
            wait('a third connection', lambda: running.log.read_text().count('Accepted publickey') >= 3)

            # What can't be done is told, and not done otherwise.
            window.write('Open Another Server', 'closed')
            harness.click(window, window.entry('Open Another Server'), main_window(window))
            xdotool('key', 'Return')
            window.await_(None, containing='ProxyCommand')


def test_ways_to_log_in():
    """A site's own order of them is kept to: the password is asked for although the key would do."""
    desktop.use_home(desktop.new_home())
    home = desktop.home
    with server() as running:
        desktop.use_home(home)
        shutil.copytree(running.folder.parent / '.ssh', home / '.ssh', dirs_exist_ok=True)
        write_sites(to_server(0, running, 'the web', login_methods='password;publickey;'))
        with app() as window:
            select(window, 'the web')
            xdotool('key', 'Return')
            for attempt in [1, 2, 3]:
                window.await_(name='Password Required')
                wait('the next question', lambda: atspi.Text.get_character_count(window.entry('Password')) == 0)
                if attempt > 1:
                    window.await_(containing='That password was not accepted')
                assert 'Accepted' not in running.log.read_text()
                window.write('Password', f'not this {attempt}')
                window.press('Log In')
                wait('the server to refuse it', lambda n=attempt: running.log.read_text().count('Failed password') == n)
            window.await_('push button', 'Add to This Folder')
            assert running.log.read_text().count('Accepted publickey') == 1


def test_chosen_key_first():
    """Where one attempt is all there is, the agent's many keys don't get in the way of the site's own."""
    desktop.use_home(desktop.new_home())
    home = desktop.home
    agent_socket = home / 'agent'
    agent = desktop.spawn(['ssh-agent', '-D', '-a', str(agent_socket)])
    try:
        wait('the agent', agent_socket.exists)
        for number in range(8):
            subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', home / f'key{number}'], check=True)
            subprocess.run(['ssh-add', '-q', home / f'key{number}'], check=True, env={**os.environ, 'SSH_AUTH_SOCK': str(agent_socket)})
        with server('MaxAuthTries 1\nPasswordAuthentication no') as running:
            desktop.use_home(home)
            shutil.copytree(running.folder.parent / '.ssh', home / '.ssh', dirs_exist_ok=True)
            write_sites(to_server(0, running, 'the chosen') +
                        entry(1, 'the others', host='127.0.0.1', port=running.port, user=running.user))
            with app(environment={'SSH_AUTH_SOCK': str(agent_socket)}) as window:
                select(window, 'the others')
                xdotool('key', 'Return')
                window.await_(None, containing='too many attempts to log in')
                assert 'Accepted' not in running.log.read_text()
                select(window, 'the chosen')
                xdotool('key', 'Return')
                window.await_('push button', 'Add to This Folder')
                assert running.log.read_text().count('Accepted publickey') == 1
    finally:
        harness.stop(agent)


def test_rules():
    """What the form says of transfers is kept, and holds."""
    desktop.use_home(desktop.new_home())
    home = desktop.home
    with server() as running:
        desktop.use_home(home)
        shutil.copytree(running.folder.parent / '.ssh', home / '.ssh', dirs_exist_ok=True)
        write_sites(to_server(0, running, 'the web'))
        with app() as window:
            choose(window, 'the web', 'Edit…')
            window.await_('push button', 'Test Connection…')
            window.write('Leave Out', 'a\nb')
            window.write('Leave Out', '*.tmp, cache/')
            window.write('Only These', '')
            window.press('Verify Copies', role='check box')
            atspi.Value.set_current_value(window.await_('spin button', 'Kilobytes per Second'), 5000)
            atspi.Value.set_current_value(window.await_('spin button', 'Transfers at Once'), 1)
            window.press('Save')
            wait('the file', lambda: 'exclude=*.tmp;cache/;\n' in stored())
            for line in ['verify=true\n', 'speed-limit=5000000\n', 'parallel=1\n']:
                assert line in stored(), stored()
            assert 'include=' not in stored() and 'conflicts=' not in stored() and 'preserve' not in stored(), stored()

        write_sites(stored() + 'conflicts=skip\nlinks=skip\n')
        tree = home / 'tree'
        (tree / 'cache').mkdir(parents=True)
        for name in ['hello.txt', 'new', 'junk.tmp', 'cache/x']:
            (tree / name).write_text('ours')
        (tree / 'link').symlink_to('new')
        (running.files / 'tree').mkdir()
        (running.files / 'tree/hello.txt').write_text('theirs')
        with App(desktop, atspi, WHERRY, '--upload', '--to', 'the web', tree) as window:
            wait('the file', lambda: (running.files / 'tree/new').exists())
            wait('the end', lambda: not window.find(None, 'Uploading…'))
            assert sorted(path.name for path in (running.files / 'tree').iterdir()) == ['hello.txt', 'new']
            assert (running.files / 'tree/hello.txt').read_text() == 'theirs'


def test_verdict():
    """A shield says what became of what was to be verified."""
    desktop.use_home(desktop.new_home())
    home = desktop.home
    with server() as running:
        desktop.use_home(home)
        shutil.copytree(running.folder.parent / '.ssh', home / '.ssh', dirs_exist_ok=True)
        write_sites(to_server(0, running, 'the web', verify='true'))
        (home / 'letter').write_text('Dear all')
        with App(desktop, atspi, WHERRY, '--upload', '--to', 'the web', home / 'letter') as window:
            window.await_(None, 'All has arrived')
            window.press('Transfers')
            window.await_('image', 'Verified: the checksums of both ends are the same')


def test_trial():
    desktop.use_home(desktop.new_home())
    home = desktop.home
    with server() as running:
        desktop.use_home(home)
        shutil.copytree(running.folder.parent / '.ssh', home / '.ssh', dirs_exist_ok=True)
        write_sites(to_server(0, running, 'the web'))
        with app() as window:
            choose(window, 'the web', 'Edit…', by_key=True)
            window.write('Jump Hosts', 'near, -far')
            window.await_('alert', containing='-far')
            window.write('Jump Hosts', '')
            window.write('Proxy', 'ftp://host')
            window.await_('alert', containing='socks5://')
            window.write('Proxy', '')
            window.press('Test Connection…')
            window.await_(None, 'Everything works.', limit=60)
            window.await_('label', containing='1 entry')
            window.await_('label', '127.0.0.1')
            window.windows()
            xdotool('key', 'Escape')
            window.await_gone(None, 'Everything works.')

            # No such folder: all else works.
            window.write('Folder on the Server', '/nowhere/at/all')
            window.press('Test Connection…')
            window.await_(None, 'It does not work yet.', limit=60)
            window.await_('label', containing='/nowhere/at/all')
            xdotool('key', 'Escape')
            window.await_gone(None, 'It does not work yet.')
            window.press('Cancel')

    # Nobody listens.
    with socket.create_server(('127.0.0.1', 0)) as free:
        port = free.getsockname()[1]
    write_sites(entry(0, 'nobody', host='127.0.0.1', port=port, user='x'))
    with app() as window:
        choose(window, 'nobody', 'Edit…')
        window.press('Test Connection…')
        window.await_(None, 'It does not work yet.', limit=60)
        assert window.find('image', 'Failed') is not None


def test_damage():
    desktop.use_home(desktop.new_home())
    write_sites(entry(0, 'bad', host='a b') + entry(1, 'good', host='good.example.org'))
    with app() as window:
        window.await_('list item', 'good')
        window.await_(None, containing='can’t be read')
        wait('the good one alone', lambda: rows(window) == ['good'])
    assert 'host=a b' in (sites_file().parent / 'sites.conf.damaged').read_text()


FILEZILLA = '''<?xml version="1.0" encoding="UTF-8"?>
<FileZilla3><Servers>
<Folder>Work
<Server><Host>zilla.example.org</Host><Port>2022</Port><Protocol>1</Protocol><User>anna</User>
<Pass encoding="base64">c8O8w59lcyBHZWhlaW1uaXM=</Pass><Logontype>1</Logontype><Name>zilla</Name></Server>
</Folder>
<Server><Host>ftp.example.org</Host><Port>21</Port><Protocol>0</Protocol><Name>plain ftp</Name></Server>
</Servers></FileZilla3>
'''


@contextlib.contextmanager
def unlocked_keyring():
    process = subprocess.Popen(['gnome-keyring-daemon', '--foreground', '--components=secrets', '--unlock'], stdin=subprocess.PIPE,
                               stdout=desktop.log, stderr=desktop.log)
    try:
        process.stdin.write(b'keyring password')
        process.stdin.close()
        wait('the keyring', lambda: b'true' in subprocess.run(
            ['gdbus', 'call', '--session', '--dest', 'org.freedesktop.DBus', '--object-path', '/', '--method',
             'org.freedesktop.DBus.NameHasOwner', 'org.freedesktop.secrets'], capture_output=True).stdout)
        yield
    finally:
        harness.stop(process)


def write_foreign_sites():
    zilla = desktop.home / '.config/filezilla/sitemanager.xml'
    zilla.parent.mkdir(parents=True)
    zilla.write_text(FILEZILLA)
    bookmarks = desktop.home / '.config/gtk-3.0/bookmarks'
    bookmarks.parent.mkdir(parents=True, exist_ok=True)
    bookmarks.write_text('sftp://bert@nas.example.org/media the nas\nfile:///tmp\n')


def choose_from_menu(window, item):
    # A menu button is two: the outer one does nothing.
    button = wait('the menu button', lambda: next((node for node in window.walk()
                                                   if node.get_name() == 'Site Menu' and node.get_n_actions() > 0), None))
    button.do_action(0)
    window.press(item, role='menu item')


def open_import(window):
    choose_from_menu(window, 'Import…')
    window.await_('check box', 'zilla')


def type_path(window, behind, path):
    """Types the path of a file into the file chooser that comes up in front of BEHIND, and takes it."""
    wait('the chooser in front', lambda: xdotool('getactivewindow') not in ('', behind))
    xdotool('key', 'ctrl+l')
    entry = wait('the entry to have the focus', lambda: next((node for node in window.walk() if node.get_editable_text_iface()
                                                               and window.has_state(node, 'FOCUSED')), None))
    entry.set_text_contents(str(path))
    xdotool('key', 'Return')
    wait('the chooser to go', lambda: xdotool('getactivewindow') == behind)


def test_exported():
    """Wherry's own file: what was exported is imported again, in full."""
    desktop.use_home(desktop.new_home())
    write_sites('[Folders]\npaths=Work;\n\n' + entry(0, 'web', host='web.example.org', folder='Work', color='green', notes='one',
                                                      key_file='/keys/web', jump_hosts='gate.example.org;') +
                entry(1, 'nas', host='nas.example.org', port=2022, user='anna'))
    file = desktop.home / 'all.conf'
    with app() as window:
        window.await_('list item', 'nas')
        main = main_window(window)
        choose_from_menu(window, 'Export…')
        type_path(window, main, file)
        window.await_(None, 'Sites exported, without passwords')
        assert file.stat().st_mode & 0o777 == 0o600
        for line in ['name=web\n', 'folder=Work\n', 'color=green\n', 'key-file=/keys/web\n', 'port=2022\n', 'user=anna\n']:
            assert line in file.read_text(), file.read_text()

    desktop.use_home(desktop.new_home())
    with app() as window:
        window.await_(None, 'Servers you keep as sites are listed here.')
        choose_from_menu(window, 'Import…')
        importer = find_window('Import Sites')
        wait('the window in front', lambda: xdotool('getactivewindow') == importer)
        window.press('Choose a File…', dialog='Import Sites')
        type_path(window, importer, file)
        window.await_('check box', 'web')
        window.press('Import', dialog='Import Sites')
        wait('the rows', lambda: rows(window) == ['Work', 'web', 'nas'])
        wait('the file', lambda: 'jump-hosts=gate.example.org;\n' in stored())
        for line in ['folder=Work\n', 'color=green\n', 'key-file=/keys/web\n', 'port=2022\n', 'notes=one\n']:
            assert line in stored(), stored()


def test_import():
    if not harness.program('gnome-keyring-daemon') or not harness.program('secret-tool'):
        raise tap.Skip('there is no gnome-keyring')
    desktop.use_home(desktop.new_home())
    write_foreign_sites()
    with unlocked_keyring(), app() as window:
        open_import(window)
        window.await_('label', containing='1 password is imported')
        window.await_('label', containing='1 entry is left out')
        window.await_('check box', 'the nas')
        window.press('Import', dialog='Import Sites')
        window.await_('list item', 'zilla')
        window.await_('list item', 'the nas')
        wait('the file', lambda: 'host=zilla.example.org' in stored() and 'host=nas.example.org' in stored())
        assert 'Geheimnis' not in stored() and 'c8O8w' not in stored() and 'folder=Work\n' in stored()

        def look_up():
            return subprocess.run(['secret-tool', 'lookup', 'user', 'anna', 'host', 'zilla.example.org', 'port', '2022', 'method',
                                   'password'], capture_output=True, text=True).stdout
        wait('the password in the keyring', lambda: look_up() == 'süßes Geheimnis')

        # What is there already is not chosen again.
        wait('the window to go', lambda: len(window.windows()) == 1)
        open_import(window)
        wait('nothing to be chosen', lambda: not window.has_state(window.await_('check box', 'zilla'), 'CHECKED'))
        window.press('Cancel', dialog='Import Sites')
        window.await_gone('check box', 'zilla')

        # The site's password goes with it, once that can't be undone any more.
        select(window, 'zilla')
        xdotool('key', 'Delete')
        window.await_('push button', 'Undo')
        window.await_gone('push button', 'Undo')
        wait('the password to be gone', lambda: look_up() == '')


# A test by itself: pass its name, or part of it, at the end.
chosen = {name: value for name, value in globals().items()
          if name.startswith('test_') and all(word in name for word in sys.argv[2:])}
try:
    tap.run(chosen)
finally:
    desktop.close()
