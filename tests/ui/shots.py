"""Pictures of every window, taken on a display of its own against a real sshd.

Usage: shots.py BUILD_FOLDER OUTPUT_FOLDER

Each in light and dark; the main ones also narrow (360 pixels) and in high contrast.
"""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import socket
import sys
import time

import harness
from harness import App, AskServer, Desktop, Server, find_window, geometry, wait, xdotool

BUILD = pathlib.Path(sys.argv[1]).resolve()
OUTPUT = pathlib.Path(sys.argv[2]).resolve()
WHERRY = BUILD / 'src/ui/wherry'
DRAG_SOURCE = BUILD / 'tests/ui/drag-source'
ASK_SERVER = BUILD / 'tests/ui/ask-server'

STYLES = {
    'light': {},
    'dark': {'ADW_DEBUG_COLOR_SCHEME': 'prefer-dark'},
    'high-contrast': {'ADW_DEBUG_HIGH_CONTRAST': '1'},
}
NARROW = 360


def settle(take, tries=20):
    """The picture once three in a row are the same: nothing is being drawn any more."""
    pictures = []
    while len(pictures) < tries and not (len(pictures) > 2 and pictures[-1] == pictures[-2] == pictures[-3]):
        time.sleep(0.1)
        pictures.append(take())
    return pictures[-1]


class Studio:
    """Takes the pictures of one style and width."""

    def __init__(self, desktop, atspi, name, width=None):
        self.desktop = desktop
        self.atspi = atspi
        self.name = name
        self.environment = STYLES[name]
        self.width = width
        self.folder = OUTPUT / (name if width is None else 'narrow')
        self.folder.mkdir(parents=True, exist_ok=True)

    @contextlib.contextmanager
    def app(self, *arguments):
        with App(self.desktop, self.atspi, WHERRY, *arguments, environment=self.environment) as window:
            self.place(window)
            yield window

    def place(self, window):
        xid = find_window(wait('a title', lambda: window.windows()[0].get_name()))
        if self.width:
            frame = window.windows()[0]
            for _ in range(5):
                have = frame.get_extents(self.atspi.CoordType.WINDOW).width
                if have == self.width:
                    break
                x, y, width, height = geometry(xid)
                xdotool('windowsize', '--sync', xid, width - have + self.width, height)
                wait('the width', lambda was=have: frame.get_extents(self.atspi.CoordType.WINDOW).width != was or was == self.width)
        xdotool('windowmove', xid, 40, 20)
        xdotool('windowactivate', '--sync', xid)
        self.xid = xid

    def shoot(self, name, still=True, dialog=False):
        """Without STILL something keeps moving; a DIALOG is to be in front."""
        if dialog:
            wait('the dialog in front', lambda: xdotool('getactivewindow') not in ('', self.xid))
        x, y, width, height = geometry(self.xid)

        def take():
            return subprocess.run(['import', '-window', 'root', '-crop', f'{width}x{height}+{max(x, 0)}+{max(y, 0)}', '+repage', 'png:-'],
                                  check=True, capture_output=True).stdout

        xdotool('mousemove', 1590, 1190)
        (self.folder / f'{name}.png').write_bytes(settle(take, 20 if still else 4))


@contextlib.contextmanager
def silent_server():
    """Takes connections and never says a word."""
    with socket.create_server(('127.0.0.1', 0)) as listener:
        yield listener.getsockname()[1]


@contextlib.contextmanager
def clipboard(desktop, *paths):
    process = desktop.spawn([str(DRAG_SOURCE), *map(str, paths)])
    try:
        xid = find_window('Drag Source')
        xdotool('windowmove', '--sync', xid, 1380, 1000)
        yield
    finally:
        harness.stop(process)


def paste(studio):
    xdotool('windowactivate', '--sync', studio.xid)
    wait('the focus', lambda: xdotool('getactivewindow') == studio.xid)
    xdotool('key', 'ctrl+v')


def shoot_connecting(studio, server):
    home = studio.desktop.new_home()
    studio.desktop.use_home(home)
    shutil.copy(server.folder / 'key', home / '.ssh/id_ed25519')
    shutil.copy(server.folder / 'key.pub', home / '.ssh/id_ed25519.pub')
    with studio.app() as window:
        studio.shoot('connect')
        window.write('Server', 'anna@web-1.example.org:99999')
        window.press('Connect')
        window.await_(containing='99999')
        studio.shoot('connect-mistake')

        window.write('Server', 'scp://anna@localhost:9')
        window.press('Connect')
        window.await_(containing='refuses connections')
        studio.shoot('connect-refused')

        window.write('Server', server.location('localhost'))
        window.press('Connect')
        window.await_(containing=server.fingerprint())
        studio.shoot('host-key', dialog=True)
        window.press('Cancel', dialog='Is This the Right Server?')
        window.await_(containing='not accepted')

        with silent_server() as port:
            window.write('Server', f'scp://anna@localhost:{port}')
            window.press('Connect')
            window.await_('label', containing='Connecting to')
            studio.shoot('connecting', still=False)
            window.press('Cancel')
            window.await_('push button', 'Connect')

        (home / '.ssh/known_hosts').write_text(f'[localhost]:{server.port} ' + (server.folder / 'key.pub').read_text())
        window.write('Server', server.location('localhost'))
        window.press('Connect')
        window.await_(name='The Server’s Key Has Changed')
        studio.shoot('host-key-changed', dialog=True)
        window.press('Stop', dialog='The Server’s Key Has Changed')
        window.await_(containing='is not the server it was')

        (home / '.ssh/known_hosts').write_text(f'[localhost]:{server.port} ' + (server.folder / 'host_key.pub').read_text())
        subprocess.run(['ssh-keygen', '-q', '-p', '-P', '', '-N', 'secret', '-f', home / '.ssh/id_ed25519'],
                       check=True, stdout=subprocess.DEVNULL)
        window.press('Connect')
        window.await_(name='Key Is Locked')
        studio.shoot('passphrase', dialog=True)
        window.press('Cancel', dialog='Key Is Locked')
        window.await_(name='Password Required')
        window.write('Password', 'wrong')
        window.press('Log In')
        window.await_(containing='That password was not accepted')
        studio.shoot('password-again', dialog=True)


def shoot_place(studio, server):
    home = studio.desktop.new_home()
    studio.desktop.use_home(home)
    known_hosts = home / 'known'
    known_hosts.write_text(f'[localhost]:{server.port} ' + (server.folder / 'host_key.pub').read_text())
    music = home / 'Music'
    music.mkdir()
    for number in range(40):
        (music / f'{number:02} Track.flac').write_bytes(os.urandom(50000))
    report = home / 'Quarterly report, final, really final, with all the comments of everybody in the department (3).odt'
    report.write_bytes(os.urandom(700000))
    photos = home / 'Photos'
    photos.mkdir()
    (photos / 'beach.jpg').write_bytes(os.urandom(90000))
    os.mkfifo(photos / 'camera.sock')
    (photos / 'from\nme.txt').write_text('x')
    backup = home / 'backup.tar'
    with open(backup, 'wb') as file:
        file.truncate(1 << 40)

    film = home / 'Holiday.mkv'
    with open(film, 'wb') as file:
        file.truncate(2_000_000_000)

    with studio.app('--connect', server.location('localhost'), '--identity', server.folder / 'key',
                    '--known-hosts', known_hosts) as window:
        window.await_('push button', 'Add to This Folder')
        studio.place(window)
        studio.shoot('place')
        with clipboard(studio.desktop, music, report):
            paste(studio)
            window.press('Transfers')
            wait('both done', lambda: sum('Done' in node.get_name() for node in window.walk()) == 2)
        studio.shoot('transfers-done')
        with clipboard(studio.desktop, photos):
            paste(studio)
            window.await_(containing='could not be copied')
        with clipboard(studio.desktop, film, backup):
            paste(studio)
            wait('some progress', lambda: any(re.match(r'[2-9]\d % of|Done · 2.*GB', node.get_name() or '') for node in window.walk()), 120)
            window.await_('label', containing='left')
        studio.shoot('transfers', still=False)
        xdotool('key', 'ctrl+j')
        window.await_(name='Pause All')
        studio.shoot('queue', still=False, dialog=True)
        xdotool('key', 'Escape')
        window.await_gone(name='Pause All')
        window.press('Show what went wrong with “Photos”')
        window.await_(name='Transfer Details')
        window.await_('list item', containing='camera')
        studio.shoot('details', still=False, dialog=True)
        xdotool('key', 'Escape')
        window.await_gone(name='Copy as Text')
        xdotool('windowactivate', '--sync', studio.xid)
        xdotool('key', 'ctrl+s')
        window.await_(containing='A name is looked for in')
        window.write('File or folder on the server', 'Music')
        studio.shoot('download', still=False, dialog=True)
        xdotool('key', 'Escape')
        window.await_gone(containing='A name is looked for in')
        xdotool('windowactivate', '--sync', studio.xid)
        xdotool('key', 'ctrl+w')
        window.await_(name='Close and Cancel Transfers?')
        studio.shoot('close', still=False, dialog=True)
        window.press('Keep Going')
        window.await_gone(name='Close and Cancel Transfers?')
        server.stop()
        window.await_(containing='Next try in')
        studio.shoot('lost', still=False)


def shoot_browsing(studio, server):
    home = studio.desktop.new_home()
    studio.desktop.use_home(home)
    known_hosts = home / 'known'
    known_hosts.write_text(f'[localhost]:{server.port} ' + (server.folder / 'host_key.pub').read_text())
    (home / 'Pictures').mkdir()
    for name in ['assets', 'css', 'images']:
        (server.files / name).mkdir()
    for name, size in [('index.html', 4200), ('photo of the harbour.jpg', 2_500_000), ('archive.tar.gz', 98_000), ('notes.md', 300),
                       ('a name that is far too long for any column of any window there is, as names are.txt', 12)]:
        (server.files / name).write_bytes(b'x' * size)
    (server.files / 'link').symlink_to('assets')

    with studio.app('--connect', server.location('localhost'), '--identity', server.folder / 'key',
                    '--known-hosts', known_hosts) as window:
        window.await_status('items')
        studio.place(window)
        harness.click(window, window.await_('table row', 'index.html'), studio.xid)
        studio.shoot('browse')
        harness.click(window, window.find('table row', 'index.html'), studio.xid, button=3)
        window.await_('menu item', 'Rename…')
        studio.shoot('browse-menu')
        xdotool('key', 'Escape')
        xdotool('windowactivate', '--sync', studio.xid)
        xdotool('key', 'ctrl+f')
        xdotool('type', 'zzz')
        window.await_('label', 'No Name Like That')
        studio.shoot('browse-filter')
        xdotool('key', 'Escape')
        window.await_gone('label', 'No Name Like That')
        xdotool('key', 'F9')
        window.await_('tree table', 'Files on this computer')
        studio.shoot('browse-local')
        xdotool('key', 'F9')
        window.await_gone('tree table', 'Files on this computer')
        harness.click(window, window.find('table row', 'index.html'), studio.xid)
        xdotool('key', 'alt+Return')
        window.await_('check box', 'Owner: Read')
        studio.shoot('properties', dialog=True)
        xdotool('key', 'Escape')
        window.await_gone('check box', 'Owner: Read')


def shoot_questions(studio):
    home = studio.desktop.new_home()
    studio.desktop.use_home(home)
    with AskServer(str(ASK_SERVER), 'questions') as server:
        (home / '.ssh/known_hosts').write_text(server.known_host('localhost'))
        with studio.app() as window:
            window.write('Server', server.location('localhost'))
            window.press('Connect')
            window.await_('label', 'The server’s own words:')
            studio.shoot('questions', dialog=True)


SITES = '''[Folders]
paths=Work;Work/Customers;

[Site 00000001-89ab-4cde-8123-456789abcdef]
name=web-1
folder=Work
host=127.0.0.1
port={port}
user={user}
key-file={key}
remote-folder={files}
color=green

[Site 00000002-89ab-4cde-8123-456789abcdef]
name=The server of a customer with quite a long name
folder=Work/Customers
host=customer.example.org
user=anna
color=red

[Site 00000003-89ab-4cde-8123-456789abcdef]
name=nas
host=nas.local
color=purple
'''


def shoot_sites(studio, server):
    home = studio.desktop.new_home()
    studio.desktop.use_home(home)
    sites = home / '.config/wherry/sites.conf'
    sites.parent.mkdir(parents=True)
    sites.write_text(SITES.format(port=server.port, user=server.user, key=server.folder / 'key', files=server.files))
    bookmarks = home / '.config/gtk-3.0/bookmarks'
    bookmarks.parent.mkdir(parents=True)
    bookmarks.write_text('sftp://bert@nas.example.org/media Photos on the nas\nsftp://anna@ftp.example.org\n')
    (home / '.ssh/known_hosts').write_text(f'[127.0.0.1]:{server.port} ' + (server.folder / 'host_key.pub').read_text())
    (home / 'letter').write_text('Dear all\n')
    with studio.app() as window:
        if studio.width:
            window.press('Sites')
        window.await_('list item', 'web-1')
        studio.shoot('sites')
        window.press('New Site…')
        window.await_('push button', 'Test Connection…')
        window.write('Name', 'Backup')
        window.write('Address', 'back up')
        window.await_('alert', containing='can’t be the name of a host')
        studio.shoot('site-mistake', dialog=True)
        window.press('Cancel')
        window.await_gone('push button', 'Test Connection…')
        next(node for node in window.walk() if node.get_name() == 'Site Menu' and node.get_n_actions() > 0).do_action(0)
        window.press('Import…', role='menu item')
        window.await_('check box', 'Photos on the nas')
        studio.shoot('site-import', dialog=True)
    with App(studio.desktop, studio.atspi, WHERRY, '--upload', '--to', 'web-1', home / 'letter', environment=studio.environment) as window:
        window.await_(None, 'All has arrived')
        studio.xid = find_window('web-1')
        studio.shoot('drop-window')


def shoot_overview(studio, server):
    """What the README shows: sites, a folder, and something on its way there."""
    home = studio.desktop.new_home()
    studio.desktop.use_home(home)
    folder = server.files / 'srv/www/htdocs'
    for name in ['assets', 'fonts', 'gallery']:
        (folder / name).mkdir(parents=True)
    for name, size in [('about.html', 3100), ('favicon.svg', 900), ('index.html', 4200), ('harbour at night.jpg', 2_500_000),
                       ('release-2.tar.gz', 9_800_000), ('robots.txt', 70), ('timetable.csv', 41_000)]:
        (folder / name).write_bytes(b'x' * size)
    sites = home / '.config/wherry/sites.conf'
    sites.parent.mkdir(parents=True)
    sites.write_text(SITES.format(port=server.port, user=server.user, key=server.folder / 'key', files=folder))
    (home / '.ssh/known_hosts').write_text(f'[127.0.0.1]:{server.port} ' + (server.folder / 'host_key.pub').read_text())
    films = [home / 'crossing the bay.mkv', home / 'backup.tar']
    for film in films:
        with open(film, 'wb') as file:
            file.truncate(2_000_000_000 if film.suffix == '.mkv' else 1 << 40)
    with studio.app() as window:
        window.write('Server', 'web-1')
        window.press('Connect')
        window.await_status('items')
        studio.place(window)
        with clipboard(studio.desktop, *films):
            paste(studio)
            window.press('Transfers')
            window.await_('label', containing='left')
        studio.shoot('overview', still=False)


def shoot_general(studio):
    studio.desktop.use_home(studio.desktop.new_home())
    with studio.app() as window:
        window.await_('push button', 'Main Menu')
        xdotool('key', 'F10')
        studio.shoot('menu')
        xdotool('key', 'Escape')
        xdotool('key', 'ctrl+question')
        window.await_(containing='Upload files')
        studio.shoot('shortcuts', dialog=True)


def main():
    if OUTPUT.exists():
        shutil.rmtree(OUTPUT)
    os.environ['GSETTINGS_SCHEMA_DIR'] = str(BUILD / 'data')
    with Desktop('1600x1200', ('mutter', '--x11', '--sm-disable')) as desktop:
        atspi = harness.accessibility()
        with Server(desktop.folder / 'server', 'PasswordAuthentication yes\nKbdInteractiveAuthentication no') as server:
            for studio in [Studio(desktop, atspi, 'light'), Studio(desktop, atspi, 'dark'),
                           Studio(desktop, atspi, 'light', NARROW), Studio(desktop, atspi, 'high-contrast')]:
                shoot_connecting(studio, server)
                shoot_questions(studio)
                shoot_browsing(studio, server)
                shoot_place(studio, server)
                shoot_sites(studio, server)
                shoot_general(studio)
                shoot_overview(studio, server)
                for leftover in server.files.iterdir():
                    shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
                print(f'{studio.folder}: {len(list(studio.folder.glob("*.png")))} pictures')


if __name__ == '__main__':
    main()
