"""The window as the desktop starts it: over D-Bus, for a link and for an action of the launcher.

Usage: test-activation.py WHERRY APP_ID DATA_FOLDER
"""

import configparser
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))

import harness  # noqa: E402
import tap  # noqa: E402

WHERRY, APP_ID, DATA = sys.argv[1:4]
OBJECT = '/' + APP_ID.replace('.', '/')

if not harness.program('Xvfb'):
    print('1..0 # SKIP there is no Xvfb')
    sys.exit()

desktop = harness.Desktop()
atspi = harness.accessibility()


def read_file(name):
    parser = configparser.ConfigParser(interpolation=None, delimiters=['='])
    parser.optionxform = str
    parser.read(pathlib.Path(DATA) / (APP_ID + name), encoding='utf-8')
    return parser


def activated(method, *arguments):
    """The service, run as its file says, and METHOD called once it is on the bus."""
    command = read_file('.service')['D-BUS Service']['Exec'].split()
    assert pathlib.Path(command[0]).name == pathlib.Path(WHERRY).name
    desktop.use_home(desktop.new_home())
    desktop.spawn(['sh', '-c', 'gdbus wait --session "$1" && shift && exec gdbus call --session "$@"', 'sh', APP_ID,
                   '--dest', APP_ID, '--object-path', OBJECT, '--method', f'org.freedesktop.Application.{method}', *arguments])
    return harness.App(desktop, atspi, WHERRY, *command[1:])


def test_the_launcher_says_that_d_bus_starts_it():
    entry = read_file('.desktop')
    assert entry['Desktop Entry']['DBusActivatable'] == 'true'
    assert entry['Desktop Entry']['MimeType'] == 'x-scheme-handler/scp;x-scheme-handler/sftp;'
    assert 'SCP' in entry['Desktop Entry']['Keywords'].split(';')
    assert read_file('.service')['D-BUS Service']['Name'] == APP_ID


def test_a_link_only_fills_in():
    link = 'scp://anna@127.0.0.1:2222/srv/a%20b'
    with activated('Open', f"['{link}']", '{}') as window:
        harness.wait('the link in the entry', lambda: window.text(window.entry('Server')) == link)
        assert window.find('push button', 'Connect') is not None


def test_every_action_of_the_launcher_is_known():
    entry = read_file('.desktop')
    actions = [name for name in entry['Desktop Entry']['Actions'].split(';') if name]
    assert actions
    for action in actions:
        assert entry[f'Desktop Action {action}']['Exec'].split()[0] == 'wherry'
        with activated('ActivateAction', action, '[]', '{}') as window:
            assert len(window.windows()) == 1


try:
    tap.run({name: value for name, value in globals().items() if name.startswith('test_')})
finally:
    desktop.close()
