"""The window, driven as a person would: by keyboard, by mouse and through assistive technology, against a real sshd.

Usage: test-window.py WHERRY DRAG_SOURCE ASK_SERVER TEST_PROMPTER
"""

import filecmp
import os
import shutil
import subprocess

import harness
from harness import wait, xdotool
from stage import (ASK_SERVER, TEST_PROMPTER, WHERRY, app, assert_labelled, assert_same_tree, atspi, await_place, centre, connected,
                   desktop, drag_source, drag_until, front, go_to, make_tree, offer_own_key, paste, run, server, show_transfers, trust)


def test_connects_by_keyboard_alone_and_remembers_the_server():
    desktop.use_home(desktop.new_home())
    with server() as running:
        offer_own_key(running)
        with app() as window:
            window.await_('push button', 'Connect')
            xid = harness.find_window('Wherry')
            xdotool('windowactivate', '--sync', xid)
            wait('the entry to have the focus', lambda: window.has_state(window.entry('Server'), 'FOCUSED'))
            xdotool('type', '--delay', 5, running.location())
            wait('the text', lambda: window.text(window.entry('Server')) == running.location())
            xdotool('key', 'Return')

            window.await_(containing=running.fingerprint())
            assert_labelled(window)
            wait('the dialog in front', lambda: xdotool('getactivewindow') not in ('', xid))
            xdotool('key', 'alt+r')
            await_place(window)
            assert_labelled(window)
            remembered = (desktop.home / '.local/share/wherry/known_hosts').read_text()
            assert (running.folder / 'host_key.pub').read_text().split()[1] in remembered, remembered

            xdotool('key', 'ctrl+shift+d')
            window.await_('push button', 'Connect')
            wait('the focus', lambda: window.has_state(window.entry('Server'), 'FOCUSED'))
            xdotool('key', 'Return')
            await_place(window)


def test_an_unknown_server_is_refused_by_default():
    desktop.use_home(desktop.new_home())
    with server() as running:
        offer_own_key(running)
        with app() as window:
            xid = harness.find_window('Wherry')
            window.write('Server', running.location())
            window.press('Connect')
            window.await_(containing=running.fingerprint())
            # Who it is, the key as a picture too, and where to get the right one.
            assert window.find(containing=f'“127.0.0.1” (port {running.port})'), window.dump()
            assert window.text(window.find(name='The fingerprint as a picture')).strip() == running.picture()
            assert window.find('label', containing='ssh-keygen -lvf /etc/ssh/ssh_host_ed25519_key.pub'), window.dump()
            wait('the dialog in front', lambda: xdotool('getactivewindow') not in ('', xid))
            xdotool('key', 'Return')
            window.await_('label', containing='not known and was not accepted')
            assert not (desktop.home / '.local/share/wherry/known_hosts').exists()
            assert 'Accepted' not in running.log.read_text()


def test_a_server_is_accepted_once():
    desktop.use_home(desktop.new_home())
    with server() as running:
        offer_own_key(running)
        with app() as window:
            window.write('Server', running.location())
            window.press('Connect')
            window.press('Connect Once')
            await_place(window)
            assert not (desktop.home / '.local/share/wherry/known_hosts').exists()


def test_a_changed_key_is_refused_and_the_remedy_told():
    desktop.use_home(desktop.new_home())
    with server() as running:
        known_hosts = desktop.home / 'known'
        trust(running, known_hosts, 'key.pub')
        with app('--connect', running.location(), '--identity', running.folder / 'key', '--known-hosts', known_hosts) as window:
            window.await_(name='The Server’s Key Has Changed')
            window.await_('label', containing=running.fingerprint())
            assert_labelled(window)
            window.press('Stop')
            window.await_('label', containing='is not the server it was')
            window.await_('label', containing=running.fingerprint())
            window.await_(containing='What to do if the server was set up anew').do_action(0)
            window.await_('label', containing=f"ssh-keygen -f '{known_hosts}' -R '[127.0.0.1]:{running.port}'")
            assert_labelled(window)
            assert 'Accepted' not in running.log.read_text()


def test_an_address_from_outside_only_fills_in():
    desktop.use_home(desktop.new_home())
    with server() as running:
        offer_own_key(running)
        with app('--', running.location()) as window:
            assert window.text(window.entry('Server')) == running.location()
            assert_labelled(window)
            # Whatever it would do by itself it would have begun by now: this takes it through its main loop.
            window.write('Server', 'a@b c')
            window.press('Connect')
            window.await_(containing='b c')
            assert 'Connection' not in running.log.read_text()


def test_mistakes_are_told_under_the_entry():
    desktop.use_home(desktop.new_home())
    with app() as window:
        window.press('Connect')
        window.await_(containing='Type the server’s name first')
        window.write('Server', 'anna@web-1:99999')
        window.press('Connect')
        window.await_(containing='99999')
        window.write('Server', 'http://example.org/')
        window.press('Connect')
        window.await_(containing='http')
        assert_labelled(window)


def test_a_refused_connection_says_so():
    desktop.use_home(desktop.new_home())
    with server() as running:
        running.stop()
        with app() as window:
            window.write('Server', running.location())
            window.press('Connect')
            window.await_('label', 'Can’t connect to “127.0.0.1”')
            window.await_('label', containing=f'refuses connections on port {running.port}')
            assert_labelled(window)


def test_wrong_passwords_are_asked_again_and_can_be_given_up():
    desktop.use_home(desktop.new_home())
    with server('PubkeyAuthentication no\nKbdInteractiveAuthentication no\nPasswordAuthentication yes') as running:
        trust(running, desktop.home / '.ssh/known_hosts')
        with app() as window:
            window.write('Server', running.location())
            window.press('Connect')
            window.await_(name='Password Required')
            assert_labelled(window)
            window.write('Password', 'wrong')
            window.press('Log In')
            window.await_(containing='That password was not accepted')
            window.press('Cancel', dialog='Password Required')
            window.await_gone(name='Password Required')
            window.press('Connect')
            window.await_(name='Password Required')
            assert not window.find(containing='not accepted')


def test_the_right_password_lets_in():
    desktop.use_home(desktop.new_home())
    with harness.AskServer(ASK_SERVER, 'password') as running:
        (desktop.home / '.ssh/known_hosts').write_text(running.known_host())
        with app() as window:
            window.write('Server', running.location())
            window.press('Connect')
            window.await_('label', containing='user “anna” on “127.0.0.1”')
            window.write('Password', 'secret')
            window.press('Log In')
            await_place(window)


def test_questions_of_the_server_are_answered():
    desktop.use_home(desktop.new_home())
    with harness.AskServer(ASK_SERVER, 'questions') as running:
        (desktop.home / '.ssh/known_hosts').write_text(running.known_host())
        with app() as window:
            window.write('Server', running.location())
            window.press('Connect')
            window.await_('label', 'The server’s own words:')
            # What the server calls a question is shown with its control bytes made harmless.
            assert window.find('label', 'Co\\x1bde: '), window.dump()
            assert_labelled(window)
            window.write('Password: ', 'first')
            window.write('Co\\x1bde: ', 'second')
            window.press('Log In')
            window.await_('label', 'Again: ')
            window.write('Again: ', 'third')
            window.press('Log In')
            await_place(window)


def test_questions_of_several_sessions_wait_for_each_other():
    desktop.use_home(desktop.new_home())
    run = subprocess.run([TEST_PROMPTER], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=harness.LIMIT * 4)
    assert run.returncode == 0, run.stderr


def test_an_encrypted_key_is_unlocked():
    desktop.use_home(desktop.new_home())
    with server() as running:
        trust(running, desktop.home / '.ssh/known_hosts')
        offer_own_key(running)
        subprocess.run(['ssh-keygen', '-q', '-p', '-P', '', '-N', 'öpen sesame', '-f', desktop.home / '.ssh/id_ed25519'],
                       check=True, stdout=subprocess.DEVNULL)
        with app() as window:
            window.write('Server', running.location())
            window.press('Connect')
            window.await_(name='Key Is Locked')
            window.await_('label', containing='id_ed25519')
            window.write('Passphrase', 'wrong')
            window.press('Unlock')
            window.await_(containing='does not fit the key')
            window.write('Passphrase', 'öpen sesame')
            window.press('Unlock')
            await_place(window)


def test_connecting_can_be_cancelled():
    desktop.use_home(desktop.new_home())
    with server() as running:
        trust(running, desktop.home / '.ssh/known_hosts')
        os.kill(running.sshd.pid, harness.signal.SIGSTOP)
        try:
            with app() as window:
                window.write('Server', running.location())
                window.press('Connect')
                window.await_('label', containing='Connecting to')
                window.press('Cancel')
                window.await_('push button', 'Connect')
                assert window.text(window.entry('Server')) == running.location()
        finally:
            os.kill(running.sshd.pid, harness.signal.SIGCONT)


def test_a_folder_is_dropped_and_arrives():
    with connected() as (running, window):
        tree = make_tree()
        with drag_source(tree) as source:
            target = harness.find_window('127.0.0.1')
            xdotool('windowmove', '--sync', source, 0, 0)
            xdotool('windowmove', '--sync', target, 400, 60)
            drag_until(lambda: centre(source), lambda: centre(target), lambda: window.find('push button', 'Transfers'), 'the transfer')
            show_transfers(window)
            window.await_('list item', 'a folder')
            window.await_('label', containing='Done')
        assert_labelled(window)
        assert_same_tree(tree, running.files / 'a folder')
        window.press('Clear Finished')
        window.await_gone('list item', 'a folder')


def test_copied_files_are_pasted_into_the_folder():
    with connected() as (running, window):
        tree = make_tree()
        (running.files / 'inner').mkdir()
        front(window)
        go_to(window, running.files / 'inner')
        window.await_status('0 items')
        with drag_source(tree / 'one.txt', tree / 'empty'):
            paste(window)
            show_transfers(window)
            wait('two rows', lambda: window.find('list item', 'one.txt') and window.find('list item', 'empty'))
            wait('both done', lambda: sum('Done' in node.get_name() for node in window.walk()) == 2)
        assert filecmp.cmp(tree / 'one.txt', running.files / 'inner/one.txt', shallow=False)
        assert (running.files / 'inner/empty').read_bytes() == b''


def test_a_running_transfer_is_cancelled():
    with connected() as (running, window):
        big = desktop.home / 'big'
        with open(big, 'wb') as file:
            file.truncate(1 << 40)  # more than any machine copies before the click; sparse here, and sent no further
        with drag_source(big):
            paste(window)
            window.await_('label', containing='B/s')
            show_transfers(window)
            assert_labelled(window)
            window.press('Cancel “big”')
            window.await_('label', containing='Cancelled')
        assert not (running.files / 'big').exists()


def test_closing_asks_before_transfers_are_lost():
    with connected() as (_, window):
        big = desktop.home / 'big'
        with open(big, 'wb') as file:
            file.truncate(1 << 40)
        with drag_source(big):
            paste(window)
            window.await_('label', containing='B/s')
            xdotool('key', 'ctrl+w')
            window.await_(name='Close and Cancel Transfers?')
            window.press('Keep Going')
            window.await_gone(name='Close and Cancel Transfers?')
            window.await_('label', containing='B/s')
            xdotool('key', 'ctrl+q')
            window.await_(name='Close and Cancel Transfers?')
            window.press('Cancel Transfers')
            window.process.wait(harness.LIMIT)
            assert window.process.returncode == 0, window.process.returncode


def test_what_failed_is_told_and_the_rest_arrives():
    with connected() as (running, window):
        tree = make_tree()
        (tree / 'two\nlines').write_text('no such name can be sent')
        with drag_source(tree):
            paste(window)
            window.await_('label', containing='1 file could not be copied, 4 arrived')
        show_transfers(window)
        window.press('Show what went wrong with “a folder”')
        window.await_('list item', containing='two\\nlines')
        assert_labelled(window)
        (tree / 'two\nlines').unlink()
        assert_same_tree(tree, running.files / 'a folder')


def test_a_missing_folder_is_told():
    with connected() as (running, window):
        tree = make_tree()
        front(window)
        go_to(window, running.files / 'no/such')
        window.await_('label', 'There Is No Such Folder')
        with drag_source(tree / 'one.txt'):
            paste(window)
            show_transfers(window)
            window.await_('push button', containing='Show what went wrong')
        window.press('Show what went wrong with “one.txt”')
        window.await_(containing='There is no folder')


def test_a_folder_is_downloaded():
    with connected() as (running, window):
        tree = make_tree('remote')
        shutil.copytree(tree, running.files / 'remote')
        xid = front(window)
        xdotool('key', 'ctrl+r')
        harness.click(window, window.await_('table row', 'remote'), xid)
        window.await_status('1 selected')
        xdotool('key', 'ctrl+s')
        window.await_('push button', 'Download')
        assert_labelled(window)
        window.press('Download')
        window.await_('label', containing='Done')
        assert_same_tree(tree, desktop.home / 'remote')


def test_a_lost_connection_is_told_and_made_again():
    with connected() as (running, window):
        running.stop()
        window.await_('alert', containing='Next try in')
        assert_labelled(window)
        running.start()
        window.await_gone('push button', 'Reconnect')
        tree = make_tree()
        with drag_source(tree):
            paste(window)
            window.await_('label', containing='Done')
        assert_same_tree(tree, running.files / 'a folder')


def test_each_tab_has_a_connection_of_its_own():
    with connected() as (running, window), server() as other:
        xid = harness.find_window('127.0.0.1')
        offer_own_key(other)
        trust(other, desktop.home / 'other')
        with open(desktop.home / 'known', 'a', encoding='utf-8') as known_hosts:
            known_hosts.write((desktop.home / 'other').read_text())
        (other.folder / 'authorized_keys').write_text((running.folder / 'key.pub').read_text())
        xdotool('windowactivate', '--sync', xid)
        xdotool('key', 'ctrl+t')
        window.await_('push button', 'Connect')
        window.write('Server', other.location())
        window.press('Connect')
        wait('both logged in', lambda: 'Accepted' in other.log.read_text())
        window.await_('label', containing=str(other.files))
        assert_labelled(window)
        other.stop()
        window.await_('alert', containing='Next try in')
        xdotool('key', 'ctrl+w')
        window.await_('label', containing=str(running.files))
        window.await_gone('alert', containing='Next try in')
        tree = make_tree()
        with drag_source(tree):
            paste(window)
            window.await_('label', containing='Done')
        assert_same_tree(tree, running.files / 'a folder')


def test_another_server_is_opened_from_the_sidebar():
    with connected() as (running, window):
        window.write('Open Another Server', f'{running.user}@no.such.host.invalid')
        xid = harness.find_window('127.0.0.1')
        xdotool('windowactivate', '--sync', xid)
        harness.click(window, window.entry('Open Another Server'), xid)
        wait('the focus', lambda: window.has_state(window.entry('Open Another Server'), 'FOCUSED'))
        xdotool('key', 'Return')
        window.await_('label', containing='no.such.host.invalid')
        assert window.text(window.entry('Server')) == f'{running.user}@no.such.host.invalid'


def test_everything_fits_into_360_pixels():
    with connected() as (_, window):
        tree = make_tree('a folder with a name that is far too long for any window of this width')
        with drag_source(tree):
            paste(window)
            window.await_('label', containing='Done')
            show_transfers(window)
        xid = harness.find_window('127.0.0.1')
        # What a narrow window leaves out goes when it becomes narrow, and only then it can be narrower still.
        wait('360 pixels', lambda: xdotool('windowsize', xid, 360, 600) or harness.geometry(xid)[2] == 360)
        frame = window.windows()[0]
        wait('the contents to follow', lambda: frame.get_extents(atspi.CoordType.WINDOW).width <= 360)
        crumbs = list(window.walk(window.find('panel', 'Path')))  # they scroll
        for node in window.walk(frame):
            if node not in crumbs and node.get_role_name() in ('push button', 'text', 'list item'):
                extents = node.get_extents(atspi.CoordType.WINDOW)
                assert extents.x >= 0 and extents.x + extents.width <= 360, (node.get_name(), extents.x, extents.width)


def test_shortcuts_and_about_open():
    desktop.use_home(desktop.new_home())
    with app() as window:
        xid = harness.find_window('Wherry')
        xdotool('windowactivate', '--sync', xid)
        xdotool('key', 'ctrl+question')
        window.await_(containing='Upload files')
        xdotool('key', 'Escape')
        window.await_gone(containing='Upload files')
        wait('the window in front', lambda: xdotool('getactivewindow') == xid)
        xdotool('key', 'F10')
        window.await_(containing='About Wherry')
        xdotool('key', 'Escape')
        window.await_gone(containing='About Wherry')
        wait('the window in front', lambda: xdotool('getactivewindow') == xid)
        xdotool('key', 'ctrl+q')
        window.process.wait(harness.LIMIT)
        assert window.process.returncode == 0


def test_a_second_one_joins_the_first_unless_it_stands_alone():
    desktop.use_home(desktop.new_home())
    with app() as first:
        subprocess.run([WHERRY, '--new-window'], timeout=harness.LIMIT, check=True)
        wait('the second window', lambda: len(first.windows()) == 2)
        with app('--standalone') as second:
            assert len(second.windows()) == 1
        assert len(first.windows()) == 2


run(globals())
