"""Files of a server opened in the desktop's programs: edited, saved, in conflict, without a connection, and viewed.

The programs are scripts that write down what they were given; the tests then do to it what an editor would.

Usage: test-edit.py WHERRY DRAG_SOURCE ASK_SERVER TEST_PROMPTER
"""

import contextlib
import os
import pathlib
import stat

import harness
from harness import wait, xdotool
from stage import front, assert_labelled, await_active, connected, desktop, run

NAME = 'notes ü.txt'


def install_programs():
    """A text editor, and a viewer of pictures, which are what this desktop has for such files."""
    applications = desktop.home / '.local/share/applications'
    applications.mkdir(parents=True)
    for kind, types in [('editor', 'text/plain'), ('viewer', 'image/png')]:
        script = desktop.home / kind
        script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" >> "{desktop.home}/{kind}.opened"\n')
        script.chmod(0o755)
        (applications / f'{kind}.desktop').write_text(f'[Desktop Entry]\nType=Application\nName={kind}\nExec={script} %f\n'
                                                      f'MimeType={types};\nNoDisplay=true\n')
    (desktop.home / '.config/mimeapps.list').write_text(
        '[Default Applications]\ntext/plain=editor.desktop\nimage/png=viewer.desktop\ntext/html=viewer.desktop\n')
    (applications / 'mimeinfo.cache').write_text('[MIME Cache]\ntext/plain=editor.desktop;\nimage/png=viewer.desktop;\n')


def opened(kind, number=1):
    """The file that a program was given."""
    log = desktop.home / f'{kind}.opened'
    lines = wait(f'the {kind} to be opened', lambda: log.exists() and (text := log.read_text()).count('\n') >= number and text.splitlines())
    return pathlib.Path(lines[number - 1])


@contextlib.contextmanager
def editing(name=NAME):
    """A server's file, open in the editor: the server, the window, and the local file."""
    def prepare(running):
        (running.files / name).write_text('first')
        install_programs()
    with connected(prepare=prepare) as (running, window):
        press(window, name, 'F4')
        local = opened('editor')
        yield running, window, local


def press(window, name, key):
    """A key on a file of the list."""
    xid = harness.find_window('127.0.0.1')
    await_active(window, xid)
    harness.click(window, window.await_('table row', name), xid)
    window.await_status('1 selected')
    xdotool('key', key)


def test_what_is_saved_reaches_the_server():
    with editing() as (running, window, local):
        assert local.name == NAME and local.read_text() == 'first'
        assert local.is_relative_to(desktop.home / '.cache/wherry/passing')
        assert stat.S_IMODE(local.parent.parent.stat().st_mode) == 0o700
        window.await_(containing='what you save goes to the server')
        assert_labelled(window)

        local.write_text('second')
        wait('it on the server', lambda: (running.files / NAME).read_text() == 'second')
        window.await_(containing='Saved on the server at')

        other = local.with_name('other')
        other.write_text('third')
        other.rename(local)
        wait('it on the server', lambda: (running.files / NAME).read_text() == 'third')
        assert os.listdir(running.files) == [NAME]

        window.press(f'End editing “{NAME}”')
        wait('the local file to go', lambda: not local.exists())
        window.await_gone(containing='Saved on the server at')


def test_a_web_page_is_edited_as_text():
    with editing('page.html') as (_, _, local):
        assert local.name == 'page.html'


def test_a_conflict_is_asked_about():
    with editing() as (running, window, local):
        window.await_(containing='what you save goes to the server')
        (running.files / NAME).write_text('theirs')
        local.write_text('mine')
        window.await_(name='Changed on the Server Meanwhile')
        assert_labelled(window)
        assert (running.files / NAME).read_text() == 'theirs'
        window.press('Decide Later', dialog='Changed on the Server Meanwhile')
        window.await_(containing='Not saved: it was changed on the server')

        front(window)
        xdotool('key', 'ctrl+shift+w')
        window.await_(name='Close With Unsaved Changes?')
        window.press('Keep Going', dialog='Close With Unsaved Changes?')

        window.press('Decide…')
        window.press('Replace With Mine', dialog='Changed on the Server Meanwhile')
        wait('it on the server', lambda: (running.files / NAME).read_text() == 'mine')


def test_a_save_without_a_connection_is_made_good():
    with editing() as (running, window, local):
        window.await_(containing='what you save goes to the server')
        running.stop()
        local.write_text('second')
        window.await_(containing='Not saved yet: there is no connection')
        running.start()
        wait('it on the server', lambda: (running.files / NAME).read_text() == 'second')
        window.await_(containing='Saved on the server at')


def test_a_file_is_viewed():
    def prepare(running):
        install_programs()
        # What is viewed goes by what it is, here a picture of one point.
        (running.files / 'point.png').write_bytes(bytes.fromhex(
            '89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301'
            '0100c9fe92ef0000000049454e44ae426082'))
    with connected(prepare=prepare) as (running, window):
        press(window, 'point.png', 'F3')
        local = opened('viewer')
        assert local.read_bytes() == (running.files / 'point.png').read_bytes()
        assert stat.S_IMODE(local.stat().st_mode) == 0o400, 'what is changed in it would go nowhere'


def test_a_file_that_nothing_opens_is_told():
    def prepare(running):
        (running.files / 'odd.xyz').write_bytes(bytes(range(256)))
    with connected(prepare=prepare) as (_, window):
        press(window, 'odd.xyz', 'F3')
        window.await_(containing='No program on this computer opens')


run(globals())
