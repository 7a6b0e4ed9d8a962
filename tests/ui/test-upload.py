"""Drop windows, launchers and `wherry --upload`: files go to a site from outside the main window, with a real sshd.

Usage: test-upload.py WHERRY DRAG_SOURCE SEND_SCRIPT
"""

import contextlib
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))

import harness  # noqa: E402
import tap  # noqa: E402
from harness import App, Server, centre, drag_until, find_window, wait, xdotool  # noqa: E402

WHERRY, DRAG_SOURCE, SEND_SCRIPT = sys.argv[1:4]
ID = '00000001-89ab-4cde-8123-456789abcdef'
OTHER_ID = '00000002-89ab-4cde-8123-456789abcdef'

if not harness.program('Xvfb'):
    print('1..0 # SKIP there is no Xvfb')
    sys.exit()

desktop = harness.Desktop()
atspi = harness.accessibility()


@contextlib.contextmanager
def site(**fields):
    """A server that is known as the site "the web"."""
    home = desktop.new_home()
    with Server(desktop.new_home() / 'server') as running:
        desktop.use_home(home)
        (home / '.ssh/known_hosts').write_text(f'[127.0.0.1]:{running.port} ' + (running.folder / 'host_key.pub').read_text())
        lines = ''.join(f'{key}={value}\n' for key, value in fields.items())
        file = home / '.config/wherry/sites.conf'
        file.parent.mkdir(parents=True)
        file.write_text(f'[Site {OTHER_ID}]\nname=another\nhost=127.0.0.1\nport=1\n\n'
                        f'[Site {ID}]\nname=the web\nhost=127.0.0.1\nport={running.port}\nuser={running.user}\n'
                        f'key-file={running.folder}/key\nremote-folder={running.files}\n{lines}')
        yield running


def app(*arguments):
    return App(desktop, atspi, WHERRY, *arguments)


def run(*arguments):
    return subprocess.run([WHERRY, *map(str, arguments)], capture_output=True, text=True, timeout=120)


def make_files():
    folder = desktop.home / 'sources'
    (folder / 'deep').mkdir(parents=True)
    (folder / 'a file.txt').write_bytes(os.urandom(100000))
    (folder / 'deep/ü & <b>.txt').write_text('deep\n')
    return folder


def assert_arrived(files, running, *names):
    for name in names:
        wait(f'{name} to arrive', lambda name=name: (running.files / name).exists()
             and (running.files / name).read_bytes() == (files / name).read_bytes())


def test_to_site():
    with site() as running:
        files = make_files()
        with app('--upload', '--to', 'the web', files / 'a file.txt', files / 'deep') as window:
            assert_arrived(files, running, 'a file.txt', 'deep/ü & <b>.txt')
            window.await_(None, 'All has arrived')
            assert [top.get_name() for top in window.windows()] == ['the web']

            # Once more, from elsewhere: the same window takes it.
            (files / 'second').write_text('second\n')
            assert run('--upload', f'--to={ID}', files / 'second').returncode == 0
            assert_arrived(files, running, 'second')
            assert len(window.windows()) == 1

            # Another folder is another window.
            (running.files / 'in').mkdir()
            (files / 'third').write_text('third\n')
            assert run('--upload', f'--to={ID}', f'--folder={running.files}/in', files / 'third').returncode == 0
            wait('the file', lambda: (running.files / 'in/third').exists())
            wait('two windows', lambda: len(window.windows()) == 2)


def test_what_is_there_is_not_replaced_unasked():
    with site() as running:
        files = make_files()
        (running.files / 'a file.txt').write_text('theirs')
        with app('--upload', '--to', 'the web', files / 'a file.txt') as window:
            window.await_(name='Replace the File?')
            assert (running.files / 'a file.txt').read_text() == 'theirs'
            window.press('Replace')
            assert_arrived(files, running, 'a file.txt')


def test_asks():
    with site() as running:
        files = make_files()
        (running.files / 'in').mkdir()
        with app('--upload', files / 'a file.txt') as window:
            window.await_('label', '1 file or folder')
            assert not (running.files / 'a file.txt').exists()
            harness.click(window, window.await_('check box', 'the web'), find_window('Upload To'))
            wait('where it begins', lambda: window.text(window.entry('Folder on the Server')) == str(running.files))
            window.write('Folder on the Server', f'{running.files}/in')
            window.press('Upload', dialog='Upload To')
            wait('the file', lambda: (running.files / 'in/a file.txt').exists())
            window.await_(None, 'All has arrived')
            assert not (running.files / 'a file.txt').exists()


def test_script():
    """Nautilus hands URIs over, one a line."""
    with site() as running:
        files = make_files()
        programs = desktop.home / 'bin'
        programs.mkdir()
        (programs / 'wherry').symlink_to(pathlib.Path(WHERRY).resolve())
        uris = '\n'.join(path.as_uri() for path in [files / 'a file.txt', files / 'deep']) + '\n'
        with App(desktop, atspi, SEND_SCRIPT, environment={'PATH': f'{programs}:{os.environ["PATH"]}',
                                                           'NAUTILUS_SCRIPT_SELECTED_URIS': uris}) as window:
            window.await_('label', '2 files or folders')
            harness.click(window, window.await_('check box', 'the web'), find_window('Upload To'))
            window.press('Upload', dialog='Upload To')
            assert_arrived(files, running, 'a file.txt', 'deep/ü & <b>.txt')


def test_dropped():
    with site() as running:
        files = make_files()
        with app('--upload', '--to', 'the web') as window:
            window.await_(None, 'Drop files or folders here')
            xid = find_window('the web')
            source = desktop.spawn([DRAG_SOURCE, str(files / 'a file.txt'), str(files / 'deep')])
            try:
                other = find_window('Drag Source')
                xdotool('windowmove', '--sync', other, 700, 500)
                xdotool('windowmove', '--sync', xid, 20, 20)
                drag_until(lambda: centre(other), lambda: centre(xid), lambda: (running.files / 'a file.txt').exists(), 'the file')
                assert_arrived(files, running, 'a file.txt', 'deep/ü & <b>.txt')
                window.await_(None, 'All has arrived')
            finally:
                harness.stop(source)


def test_failure_is_told():
    with site() as running:
        files = make_files()
        with app('--upload', '--to', 'the web', '--folder', f'{running.files}/not/there', files / 'a file.txt') as window:
            window.await_(None, 'Not everything arrived', limit=60)
        assert run('--upload', '--to', 'nobody').returncode == 1
        for wrong in [['--to', 'x'], ['--upload'], ['--upload', '--folder', 'x']]:
            done = run(*wrong)
            assert done.returncode == 1 and done.stderr.startswith('wherry: '), (wrong, done)


def test_launcher():
    from gi.repository import Gio
    with site() as running:
        files = make_files()
        odd = running.files / 'a "b" $c `d` %U \\e'
        odd.mkdir()
        with app('--upload', '--to', 'the web', '--folder', odd) as window:
            menu = wait('the menu', lambda: next((node for node in window.walk()
                                                  if node.get_name() == 'Menu' and node.get_n_actions() > 0), None))
            menu.do_action(0)
            window.press('Save as Launcher', role='menu item')
            window.await_(None, containing='among your applications')
        entries = list((desktop.home / '.local/share/applications').glob('*.desktop'))
        assert len(entries) == 1, entries
        assert os.access(entries[0], os.X_OK)
        subprocess.run(['desktop-file-validate', entries[0]], check=True)
        assert '%U' in entries[0].read_text() and '127.0.0.1' not in entries[0].read_text().split('Exec=')[1].splitlines()[0]

        # As the desktop starts it.
        launcher = Gio.DesktopAppInfo.new_from_filename(str(entries[0]))
        assert launcher.get_name() == 'Upload to the web', launcher.get_name()
        assert launcher.supports_uris()
        context = Gio.AppLaunchContext()
        for name, value in os.environ.items():
            context.setenv(name, value)
        pids = []
        context.connect('launched', lambda _context, _info, data: pids.append(data.lookup_value('pid', None).get_int32()))
        launcher.launch_uris([(files / 'a file.txt').as_uri()], context)
        try:
            wait('the file', lambda: (odd / 'a file.txt').exists() and
                 (odd / 'a file.txt').read_bytes() == (files / 'a file.txt').read_bytes())
        finally:
            for pid in pids:
                os.kill(pid, 15)


# A test by itself: pass its name, or part of it, at the end.
chosen = {name: value for name, value in globals().items()
          if name.startswith('test_') and all(word in name for word in sys.argv[4:])}
try:
    tap.run(chosen)
finally:
    desktop.close()
