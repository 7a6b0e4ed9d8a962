"""Files dragged and pasted in, out and between, with the real file browsers as the other end.

Usage: test-dnd.py WHERRY DRAG_SOURCE ASK_SERVER TEST_PROMPTER
"""

import contextlib
import os
import subprocess
import time

import harness
from harness import App, position, wait, xdotool
from stage import (app, assert_same_tree, atspi, await_active, connected, desktop, drag_source, drag_until, front, make_tree, offer_own_key, paste, run, server, tap, trust, WHERRY)

# Without the helper that mounts it there are no offers, as in the sandbox.
NO_FUSE = {'PATH': '/nonexistent'}
ODD = ['plain.txt', 'with space ü & <b>.txt']


def need_fuse():
    if not harness.program('fusermount3') or not os.access('/dev/fuse', os.R_OK | os.W_OK):
        raise tap.Skip('THERE IS NO FUSE HERE: copying to file browsers is not tested')


@contextlib.contextmanager
def file_browser(name, folder):
    """NAME showing FOLDER at the left of the display; what it is, and X's id of its window."""
    program = harness.program(name)
    if not program:
        raise tap.Skip(f'THERE IS NO {name.upper()} HERE: dragging to and from it is not tested')
    arguments = ['--new-window', folder] if name == 'nautilus' else [folder]
    # Their own mistakes are not what is tested.
    with App(desktop, atspi, program, *arguments, environment={'G_DEBUG': ''}) as browser:
        wait(f'{name} to show the folder', lambda: xdotool('getactivewindow', 'getwindowname').split(' - ')[0] == folder.name)
        xid = xdotool('getactivewindow')
        xdotool('windowsize', '--sync', xid, 600, 500)
        xdotool('windowmove', '--sync', xid, 0, 0)
        yield browser, xid


def beside(window, title='127.0.0.1'):
    """WINDOW, put at the right of the display; X's id of it."""
    xid = harness.find_window(title)
    xdotool('windowsize', '--sync', xid, 620, 620)
    xdotool('windowmove', '--sync', xid, 640, 0)
    await_active(window, xid)
    return xid


def fill(folder):
    for name in ODD:
        (folder / name).write_bytes(os.urandom(1000))
    (folder / 'a folder/deep er').mkdir(parents=True)
    (folder / 'a folder/deep er/leaf').write_bytes(b'leaf')


def row(window, name):
    return window.await_('table row', name)


def free_spot(xid):
    """In the lower part of a window, where a short list has no files."""
    x, y, width, height = harness.geometry(xid)
    return x + width * 2 // 3, y + height * 3 // 4


def press_until(condition, what, press):
    """Presses again if the other end was too slow to take notice of the first time."""
    for _ in range(4):
        press()
        try:
            return wait(what, condition, 10)
        except AssertionError:
            continue
    raise AssertionError(f'pressed in vain: {what}')


def has_copied_files():
    targets = subprocess.run(['xclip', '-o', '-selection', 'clipboard', '-t', 'TARGETS'], capture_output=True).stdout
    return b'gnome-copied-files' in targets


def names_in(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith('.'))


def is_same(left, right):
    try:
        assert_same_tree(left, right)
        return True
    except (AssertionError, OSError):
        return False


def passing(home):
    """The files that are only passed through."""
    return [path for path in (home / '.cache/wherry/passing').rglob('*') if path.is_file()]


def new_folder(name):
    folder = desktop.home / name
    folder.mkdir()
    return folder


def select_all(window, xid):
    await_active(window, xid)
    harness.click(window, row(window, ODD[0]), xid)
    window.await_status('1 selected')
    xdotool('key', 'ctrl+a')
    window.await_status('3 selected')


def drag_out(browser_name, environment=None):
    with connected(prepare=lambda running: fill(running.files), environment=environment) as (running, window):
        target = new_folder('target')
        with file_browser(browser_name, target) as (browser, browser_xid):
            xid = beside(window)
            select_all(window, xid)
            drag_until(lambda: position(window, row(window, ODD[0]), xid), lambda: free_spot(browser_xid),
                       lambda: is_same(running.files, target), 'the files to arrive')
            assert browser.process.poll() is None, browser.output()
            window.press('Transfers')
            wait('all three to be told of', lambda: sum('Done' in node.get_name() for node in window.walk()) >= 3)


def test_files_are_dragged_to_nautilus():
    need_fuse()
    drag_out('nautilus')


def test_files_are_dragged_to_nautilus_without_fuse():
    drag_out('nautilus', NO_FUSE)


def test_files_are_dragged_to_thunar():
    need_fuse()
    drag_out('thunar')


def cancelled(environment=None):
    with connected(prepare=lambda running: fill(running.files), environment=environment) as (running, window):
        target = new_folder('target')
        with file_browser('nautilus', target) as (browser, browser_xid):
            xid = beside(window)
            start = position(window, row(window, ODD[0]), xid)
            xdotool('mousemove', *start)
            xdotool('mousedown', 1)
            for x, y in [(start[0] - 20, start[1]), (start[0] - 40, start[1] + 5), free_spot(browser_xid), (620, 850), (625, 860)]:
                xdotool('mousemove', x, y)
                time.sleep(0.3)  # the pace of the hand
            xdotool('mouseup', 1)
            # A drag that succeeds shows that this one is over.
            select_all(window, xid)
            assert names_in(target) == []
            assert not window.find('push button', 'Transfers') and not window.find('toggle button', 'Transfers'), window.dump()
            assert not passing(desktop.home)
            assert 'scp' not in running.log.read_text()
            assert browser.process.poll() is None, browser.output()


def test_a_cancelled_drag_fetches_nothing():
    cancelled()


def test_a_cancelled_drag_fetches_nothing_without_fuse():
    cancelled(NO_FUSE)


def failed(environment=None):
    with connected(prepare=lambda running: fill(running.files), environment=environment) as (running, window):
        target = new_folder('target')
        with file_browser('nautilus', target) as (browser, browser_xid):
            xid = beside(window)
            start = position(window, row(window, ODD[0]), xid)
            (running.files / ODD[0]).unlink()
            drag_until(lambda: start, lambda: free_spot(browser_xid),
                       lambda: window.find('toggle button', 'Transfers') or window.find('push button', 'Transfers'), 'a try')
            browser.await_(containing='Error while copying')
            assert browser.process.poll() is None, browser.output()
            assert names_in(target) == []


def test_a_failed_fetch_is_told_by_nautilus():
    need_fuse()
    failed()


def test_a_failed_fetch_is_told_by_nautilus_without_fuse():
    failed(NO_FUSE)


def copy_out(name):
    need_fuse()
    with connected(prepare=lambda running: fill(running.files)) as (running, window):
        target = new_folder('target')
        with file_browser(name, target) as (browser, browser_xid):
            xid = beside(window)
            select_all(window, xid)
            xdotool('key', 'ctrl+c')
            window.await_(containing='3 items copied')
            x, y = free_spot(browser_xid)
            xdotool('mousemove', x, y, 'click', 1)
            await_active(browser, browser_xid)
            assert not passing(desktop.home), 'fetched before it was pasted'

            press_until(lambda: is_same(running.files, target), 'the files',
                        lambda: names_in(target) or xdotool('key', 'ctrl+v'))


def test_files_are_copied_and_pasted_into_nautilus():
    copy_out('nautilus')


def test_files_are_copied_and_pasted_into_thunar():
    copy_out('thunar')


def in_browser(browser, name):
    return browser.await_('label', name)


def test_files_are_dragged_from_nautilus():
    with connected() as (running, window):
        tree = make_tree()
        with file_browser('nautilus', tree) as (browser, browser_xid):
            xid = beside(window)
            await_active(browser, browser_xid)
            in_browser(browser, 'one.txt')
            # Not on a file: with the drag's own press that would make a double click, which opens what is selected.
            x, y = free_spot(browser_xid)
            xdotool('mousemove', x, y, 'click', 1)
            xdotool('key', 'ctrl+a')
            drag_until(lambda: position(browser, in_browser(browser, 'one.txt'), browser_xid), lambda: free_spot(xid),
                       lambda: is_same(tree, running.files), 'all files on the server')
            row(window, "it's ü & <b>.txt")


def test_files_are_copied_in_nautilus_and_pasted():
    with connected() as (running, window):
        tree = make_tree()
        with file_browser('nautilus', tree) as (browser, browser_xid):
            beside(window)
            await_active(browser, browser_xid)
            press_until(has_copied_files, 'the clipboard', lambda: (
                harness.click(browser, in_browser(browser, 'one.txt'), browser_xid), xdotool('key', 'ctrl+a'), xdotool('key', 'ctrl+c')))
            paste(window)
            wait('all files on the server', lambda: is_same(tree, running.files))


def test_files_are_dropped_on_a_folder_and_on_a_way_up():
    with connected(prepare=lambda running: fill(running.files)) as (running, window):
        source_file = desktop.home / 'dropped.txt'
        source_file.write_text('dropped')
        with drag_source(source_file) as source:
            xid = beside(window)
            xdotool('windowmove', '--sync', source, 0, 0)
            start = lambda: (harness.geometry(source)[0] + 60, harness.geometry(source)[1] + 60)
            drag_until(start, lambda: position(window, row(window, 'a folder'), xid),
                       lambda: (running.files / 'a folder/dropped.txt').exists(), 'the file in the folder')
            assert not (running.files / 'dropped.txt').exists()
            drag_until(start, lambda: position(window, window.await_('push button', 'server'), xid),
                       lambda: (running.folder / 'dropped.txt').exists(), 'the file in the folder above')


def test_files_are_moved_and_copied_within_a_server():
    with connected(prepare=lambda running: fill(running.files)) as (running, window):
        xid = beside(window)
        folder = running.files / 'a folder'
        drag_until(lambda: position(window, row(window, ODD[0]), xid), lambda: position(window, row(window, 'a folder'), xid),
                   lambda: (folder / ODD[0]).exists(), 'the file to move')
        assert not (running.files / ODD[0]).exists()
        window.await_gone('table row', ODD[0])

        xdotool('keydown', 'ctrl')
        try:
            drag_until(lambda: position(window, row(window, ODD[1]), xid), lambda: position(window, row(window, 'a folder'), xid),
                       lambda: (folder / ODD[1]).exists(), 'the copy')
        finally:
            xdotool('keyup', 'ctrl')
        assert (running.files / ODD[1]).exists()
        assert not passing(desktop.home)


def test_files_are_dragged_from_server_to_server():
    with connected(prepare=lambda running: fill(running.files)) as (running, window), server() as other:
        known_hosts = desktop.home / 'other-known'
        trust(other, known_hosts)
        with open(known_hosts, 'a', encoding='utf-8') as both:
            both.write((desktop.home / 'known').read_text())
        (other.files / 'there already').write_text('x')
        xid = beside(window)
        subprocess.run([WHERRY, '--connect', other.location(), '--identity', other.folder / 'key', '--known-hosts', known_hosts],
                       timeout=harness.LIMIT, check=True)
        other_xid = wait('the second window', lambda: [other for other in xdotool('search', '--onlyvisible', '--name', '^127.0.0.1$').split()
                                                       if other != xid])[0]
        xdotool('windowsize', '--sync', other_xid, 600, 500)
        xdotool('windowmove', '--sync', other_xid, 0, 0)
        window.await_('table row', 'there already')
        select_all(window, xid)
        wait('what was dragged before to be gone', lambda: not passing(desktop.home))
        drag_until(lambda: position(window, row(window, ODD[0]), xid), lambda: free_spot(other_xid),
                   lambda: all((other.files / name).exists() for name in names_in(running.files)), 'the files on the other server')
        (other.files / 'there already').unlink()
        wait('all of them', lambda: is_same(running.files, other.files))
        assert not passing(desktop.home), passing(desktop.home)


def find_tab(window):
    """The tab of the server; libadwaita 1.2 gives it no name."""
    return next((tab for tab in window.walk() if tab.get_name() == 'AdwTab'
                 and any(node.get_name() == '127.0.0.1' for node in window.walk(tab))), None)


def test_files_are_dropped_on_a_tab():
    with connected(prepare=lambda running: fill(running.files)) as (running, window):
        source_file = desktop.home / 'dropped.txt'
        source_file.write_text('dropped')
        beside(window)
        xdotool('key', 'ctrl+t')
        window.await_('push button', 'Connect')
        with drag_source(source_file) as source:
            xdotool('windowmove', '--sync', source, 0, 0)
            xid = wait('the window', lambda: xdotool('search', '--onlyvisible', '--name', '^Wherry$').split())[0]
            drag_until(lambda: (harness.geometry(source)[0] + 60, harness.geometry(source)[1] + 60),
                       lambda: position(window, wait('the tab', lambda: find_tab(window)), xid),
                       lambda: (running.files / 'dropped.txt').exists(), 'the file in the folder of the tab')

            # Who stays above a tab gets its place in front, and drops there.
            (running.files / 'dropped.txt').unlink()
            await_active(window, xid)
            if xdotool('getwindowname', xid) != 'Wherry':
                xdotool('key', 'ctrl+Page_Down')
            wait('the other tab', lambda: xdotool('getwindowname', xid) == 'Wherry')

            def pull(start, end):
                for step in range(1, 9):
                    xdotool('mousemove', *(start[i] + (end[i] - start[i]) * step // 8 for i in range(2)))
                    time.sleep(0.05)  # the pace of the hand

            def drag_by_the_tab():
                start = harness.geometry(source)[0] + 60, harness.geometry(source)[1] + 60
                tab = position(window, wait('the tab', lambda: find_tab(window)), xid)
                xdotool('mousemove', *start)
                xdotool('mousedown', 1)
                try:
                    pull(start, tab)
                    wait('the place in front', lambda: xdotool('getwindowname', xid) == '127.0.0.1', 10)
                    folder = position(window, row(window, 'a folder'), xid)
                    pull(tab, folder)
                    xdotool('mousemove', folder[0] + 2, folder[1])
                    time.sleep(0.4)
                finally:
                    xdotool('mouseup', 1)
            press_until((running.files / 'a folder/dropped.txt').exists, 'the file in the folder', drag_by_the_tab)


def test_files_are_dropped_on_a_site():
    with connected() as (running, window):
        source_file = desktop.home / 'dropped.txt'
        source_file.write_text('dropped')
        offer_own_key(running)
        xid = beside(window)
        with drag_source(source_file) as source:
            xdotool('windowsize', '--sync', xid, 900, 600)
            xdotool('windowmove', '--sync', xid, 300, 0)
            xdotool('windowmove', '--sync', source, 0, 0)
            drag_until(lambda: (harness.geometry(source)[0] + 60, harness.geometry(source)[1] + 60),
                       lambda: position(window, window.await_('list item', containing='127.0.0.1'), xid),
                       lambda: list(running.folder.rglob('dropped.txt')), 'the file on the server')


run(globals())
