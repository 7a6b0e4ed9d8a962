"""The transfers in a window of their own: chosen, paused, gone on with, found, and taken out."""

import contextlib
import os
import pathlib
import re
import sys

import harness
import stage
from harness import wait, xdotool
from stage import desktop


@contextlib.contextmanager
def at_work(*sizes):
    """A window with a transfer for each size, and the transfers' window in front of it."""
    with stage.connected() as (_, window):
        paths = []
        for number, size in enumerate(sizes, 1):
            paths.append(desktop.home / f'file {number}')
            with open(paths[-1], 'wb') as file:
                file.truncate(size)
        with stage.drag_source(*paths):
            stage.paste(window)
            window.await_('push button', 'Transfers')
        xdotool('key', 'ctrl+j')
        wait('the window of transfers', lambda: find(window))
        stage.await_active(window, harness.find_window('Transfers'))
        wait('all of them', lambda: len(rows(window)) == len(sizes))
        yield window


def find(window):
    return next((node for node in window.windows() if node.get_name() == 'Transfers'), None)


def rows(window):
    """The names and states of the list, in its order."""
    return [(node.get_name(), node.get_description()) for node in window.walk(find(window)) if node.get_role_name() == 'list item']


def names(window):
    return [name for name, _ in rows(window)]


def state(window, name):
    return dict(rows(window)).get(name, '')


HUGE = 1 << 40


def test_pause_and_go_on_with_one():
    with at_work(HUGE) as window:
        wait('it runs', lambda: ' of ' in state(window, 'file 1'))
        window.press('Pause “file 1”')
        wait('it pauses', lambda: state(window, 'file 1') == 'Paused')
        window.press('Go on with “file 1”')
        wait('it runs again', lambda: ' of ' in state(window, 'file 1'))
        window.press('Cancel “file 1”')
        wait('it is cancelled', lambda: 'Cancelled' in state(window, 'file 1'))
        window.press('Try “file 1” again')
        wait('it runs a third time', lambda: ' of ' in state(window, 'file 1'))
        window.press('Cancel “file 1”')
        wait('the end', lambda: 'Cancelled' in state(window, 'file 1'))


def chosen(window):
    return [node.get_name() for node in window.walk(find(window)) if node.get_role_name() == 'list item'
            and window.has_state(node, 'SELECTED')]


def n_running(window):
    return sum(' of ' in status for _, status in rows(window))


def row(window, name):
    return next(node for node in window.walk(find(window)) if node.get_role_name() == 'list item' and node.get_name() == name)


def test_several_at_once_by_keyboard():
    with at_work(HUGE, HUGE, HUGE) as window:
        wait('two run', lambda: n_running(window) == 2)
        xdotool('key', 'ctrl+a')
        wait('all to be chosen', lambda: len(chosen(window)) == 3)
        xdotool('key', 'ctrl+p')
        wait('all pause', lambda: all(status == 'Paused' for _, status in rows(window)))
        xdotool('key', 'ctrl+r')
        wait('two go on', lambda: n_running(window) == 2 and 'Waiting' in state(window, 'file 3'))
        xdotool('key', 'Delete')
        wait('all are cancelled', lambda: all('Cancelled' in status for _, status in rows(window)))
        xdotool('key', 'F5')
        wait('two run again', lambda: n_running(window) == 2)
        xdotool('key', 'Delete')
        wait('the end', lambda: all('Cancelled' in status for _, status in rows(window)))


def test_put_in_order():
    with at_work(HUGE, HUGE, HUGE, HUGE) as window:
        xid = harness.find_window('Transfers')
        wait('two run', lambda: n_running(window) == 2)
        xdotool('key', 'End')
        wait('the last to be chosen', lambda: chosen(window) == ['file 4'])
        xdotool('key', 'alt+Home')
        wait('the last to be first', lambda: names(window) == ['file 4', 'file 1', 'file 2', 'file 3'])
        wait('it to be chosen still', lambda: chosen(window) == ['file 4'])
        xdotool('key', 'alt+Down')
        wait('the first to be second', lambda: names(window) == ['file 1', 'file 4', 'file 2', 'file 3'])
        xdotool('key', 'alt+Up')
        wait('the second to be first', lambda: names(window) == ['file 4', 'file 1', 'file 2', 'file 3'])
        harness.drag_until(lambda: harness.position(window, row(window, 'file 4'), xid),
                           lambda: harness.position(window, row(window, 'file 3'), xid),
                           lambda: names(window) == ['file 1', 'file 2', 'file 3', 'file 4'], 'the first to be last')

        # The last one is to go before the one that waits longer.
        wait('two wait', lambda: [state(window, f'file {n}') for n in [3, 4]] == ['Waiting'] * 2)
        harness.click(window, row(window, 'file 4'), xid)
        wait('the last to be chosen', lambda: chosen(window) == ['file 4'])
        xdotool('key', 'shift+F10')
        window.press('Priority', role='menu item')
        window.press('High', role='menu item')
        xdotool('key', 'Escape')
        window.press('Cancel “file 1”')
        wait('the last runs', lambda: ' of ' in state(window, 'file 4'))
        assert state(window, 'file 3') == 'Waiting', rows(window)
        for number in [2, 3, 4]:
            window.press(f'Cancel “file {number}”')
        wait('the end', lambda: all('Cancelled' in status for _, status in rows(window)))


def test_pause_all():
    with at_work(HUGE, HUGE) as window:
        window.press('Pause All')
        wait('both wait', lambda: all(status == 'Paused' for _, status in rows(window)))
        window.press('Pause All')
        wait('one goes on', lambda: any(' of ' in status for _, status in rows(window)))
        xdotool('key', 'ctrl+a', 'Delete')
        wait('the end', lambda: all('Cancelled' in status for _, status in rows(window)))
        xdotool('key', 'Delete')
        window.await_(name='No Transfers')


def test_found_and_put_in_order_by_keyboard():
    with at_work(1, 2, 3) as window:
        wait('the end', lambda: all(status.startswith('Done') for _, status in rows(window)))
        wait('their order', lambda: names(window) == ['file 1', 'file 2', 'file 3'])
        window.press('Find Transfers')
        wait('the focus', lambda: window.has_state(window.entry('Find transfers by name, folder or server'), 'FOCUSED'))
        xdotool('type', 'FILE 3')
        wait('what is found', lambda: names(window) == ['file 3'])
        xdotool('key', 'ctrl+a', 'BackSpace')
        xdotool('type', 'no such')
        window.await_(name='Nothing Found')
        xdotool('key', 'Escape')
        wait('all', lambda: names(window) == ['file 1', 'file 2', 'file 3'])


def files(window):
    """What the window of details lists, and says of each."""
    details = top(window, 'Transfer Details')
    return {node.get_name(): node.get_description() for node in window.walk(details) if node.get_role_name() == 'list item'
            and node.get_parent().get_name() == 'Files of this transfer'}


def top(window, name):
    return wait(f'the window {name!r}', lambda: next((node for node in window.windows() if node.get_name() == name), None))


def show(window, which):
    """Chooses which files to show."""
    entries = ['All', 'Failed', 'Being Copied', 'Waiting', 'Done', 'Skipped']
    box = window.await_('combo box', 'Which files to show')

    def shown():
        return next((node.get_name() for node in window.walk(box) if node.get_role_name() == 'label' and node.get_name() in entries), None)

    # The choices can't be seen to come up: they are always there for assistive technology.
    for _ in range(5):
        harness.click(window, box, harness.find_window('Transfer Details'))
        xdotool('key', 'Home', *['Down'] * entries.index(which), 'Return')
        with contextlib.suppress(AssertionError):
            return wait('the choice', lambda: shown() == which, 5)
    raise AssertionError(f'{which} was not chosen\n{window.dump()}')


def close_details(window):
    # The choices take the first key, should they be open still.
    for _ in range(3):
        stage.await_active(window, harness.find_window('Transfer Details'))
        xdotool('key', 'Escape')
        with contextlib.suppress(AssertionError):
            return wait('the details to go', lambda: not window.find('frame', 'Transfer Details'), 5)
    raise AssertionError(f'the details stay\n{window.dump()}')


def test_each_file_of_a_folder():
    with stage.connected() as (running, window):
        folder = desktop.home / 'a folder'
        (folder / 'deep').mkdir(parents=True)
        for number in range(300):
            (folder / f'deep/file {number}').write_text(str(number))
        (folder / 'blocked').write_text('there is a folder of this name')
        (running.files / 'a folder/blocked').mkdir(parents=True)
        with stage.drag_source(folder):
            stage.paste(window)
            window.await_('label', containing='1 file could not be copied, 300 arrived')
        xdotool('key', 'ctrl+j')
        wait('the window of transfers', lambda: find(window))
        stage.await_active(window, harness.find_window('Transfers'))
        # By the keyboard: the first row, and all of it.
        xdotool('key', 'Down')
        wait('the row to be chosen', lambda: chosen(window) == ['a folder'])
        xdotool('key', 'alt+Return')
        wait('what failed, at first', lambda: list(files(window)) == ['blocked'])
        assert 'folder' in files(window)['blocked'] or 'directory' in files(window)['blocked'], files(window)
        stage.assert_labelled(window)
        window.await_('label', '1 failed · 300 done')
        stage.await_active(window, harness.find_window('Transfer Details'))

        show(window, 'Done')
        wait('those that are done', lambda: 'deep/file 0' in files(window) and 'blocked' not in files(window))
        assert re.match(r'Done · 1.byte', files(window)['deep/file 0']), files(window)
        window.write('Find files by name', 'FILE 29')
        wait('what is found by name', lambda: set(files(window)) == {f'deep/file {n}' for n in [29, *range(290, 300)]})
        window.write('Find files by name', 'no such')
        window.await_(name='Nothing Found')
        window.write('Find files by name', '')
        wait('all of them', lambda: len(files(window)) > 11)

        window.press('Copy as Text')
        window.await_(containing='Copied to the clipboard')
        close_details(window)

        # What failed, and only that, goes once more.
        (running.files / 'a folder/blocked').rmdir()
        window.press('Try “a folder” again')
        wait('the end', lambda: state(window, 'a folder').startswith('Done'))
        assert (running.files / 'a folder/blocked').read_text() == (folder / 'blocked').read_text()
        stage.await_active(window, harness.find_window('Transfers'))
        xdotool('key', 'alt+Return')
        window.await_('label', '301 done')


def set_options(window, title):
    """Has nothing replaced, all verified, and some left out, in the window of options called TITLE."""
    wait('the options', lambda: top(window, title))
    stage.await_active(window, harness.find_window(title))
    stage.choose(window, title, 'If a File Is There Already', 5)
    window.press('Verify Copies', role='check box')
    window.write('Leave Out', '*.tmp')


def test_options_for_one_transfer():
    with stage.connected() as (running, window):
        folder = desktop.home / 'a folder'
        folder.mkdir()
        for name in ['new', 'there', 'left.tmp']:
            (folder / name).write_text('ours')
        (running.files / 'a folder').mkdir()
        (running.files / 'a folder/there').write_text('theirs')
        with stage.drag_source(folder):
            stage.front(window)
            xdotool('key', 'ctrl+alt+o')
            set_options(window, 'Upload with Options')
            window.press('Paste')
            window.await_('push button', 'Transfers')
        stage.show_transfers(window)
        window.await_('image', 'Verified: the checksums of both ends are the same')
        assert {path.name: path.read_text() for path in (running.files / 'a folder').iterdir()} == {'new': 'ours', 'there': 'theirs'}
        stage.front(window)
        xdotool('key', 'ctrl+j')
        wait('the window of transfers', lambda: find(window))
        stage.await_active(window, harness.find_window('Transfers'))
        xdotool('key', 'Down')
        wait('the row to be chosen', lambda: chosen(window) == ['a folder'])
        xdotool('key', 'alt+Return')
        wait('what became of each', lambda: len(files(window)) == 3)
        assert files(window)['left.tmp'].startswith('Left out'), files(window)
        assert files(window)['there'].startswith('Skipped'), files(window)
        assert files(window)['new'].startswith('Done'), files(window)


@contextlib.contextmanager
def services():
    """A desktop's services; what they are asked for is in the file that comes."""
    told = desktop.folder / 'services.log'
    with open(told, 'wb') as output:
        process = desktop.spawn([sys.executable, pathlib.Path(__file__).parent / 'desktop-services.py'], stdout=output)
    try:
        wait('the services', lambda: told.exists() and told.read_text().count('is org.') == 2)
        yield told
    finally:
        harness.stop(process)


def test_the_desktop_is_told():
    def n_told():
        return told.read_text().splitlines().count('notify 1 transfer is done | ')

    with services() as told, stage.connected() as (running, window):
        paths = [desktop.home / 'a file', desktop.home / 'another']
        paths[0].write_text('short')
        with open(paths[1], 'wb') as file:
            file.truncate(HUGE)
        with stage.drag_source(*paths) as other:
            stage.front(window)
            xdotool('key', 'ctrl+j')
            wait('the window of transfers', lambda: find(window))
            window.press('Pause All')
            wait('all to be held', lambda: window.has_state(window.find(None, 'Pause All'), 'PRESSED'))
            stage.paste(window)
            wait('both wait', lambda: len(rows(window)) == 2)
            assert 'inhibit' not in told.read_text(), told.read_text()
            # Nobody looks at us.
            xdotool('windowactivate', '--sync', other)
            wait('the focus to be elsewhere', lambda: not any(window.has_state(top, 'ACTIVE') for top in window.windows()))
            window.press('Pause All')
            wait('one is done, one runs', lambda: state(window, 'a file').startswith('Done') and ' of ' in state(window, 'another'))
            # Not to be logged out (1) nor put to sleep (4) meanwhile.
            wait('the log-out to be held back', lambda: 'inhibit 5 Files are being copied' in told.read_text().splitlines())
            wait('the title to say how far', lambda: any(re.match(r'[0-9]+ % · 127\.0\.0\.1$', top.get_name()) for top in window.windows()))
            assert 'notify' not in told.read_text(), told.read_text()
            window.press('Cancel “another”')
            wait('the end to be told', lambda: n_told() == 1)
            wait('the log-out to be free', lambda: 'uninhibit 7' in told.read_text().splitlines())
            os.truncate(paths[1], 10)
            window.press('Try “another” again')
            wait('the end of one alone to be told', lambda: n_told() == 2)
            wait('the title to be short', lambda: '127.0.0.1' in [top.get_name() for top in window.windows()])


def test_speed_limit_by_the_menu():
    def choose(item):
        next(node for node in window.walk(find(window)) if node.get_name() == 'More Actions' and node.get_n_actions() > 0).do_action(0)
        node = wait(f'the item {item}', lambda: next((node for role in ['check menu item', 'radio menu item', 'menu item']
                                                      for node in [window.find(role, item)] if node), None))
        node.do_action(0)

    with at_work(HUGE) as window:
        wait('it is fast', lambda: re.search(r'[MG]B/s', state(window, 'file 1')))
        choose('100 kB/s')
        choose('Limit Speed')
        wait('it is slow', lambda: re.search(r'\b(8|9|10|11|12)[0-9](\.[0-9])?\skB/s', state(window, 'file 1')), 90)
        choose('Limit Speed')
        wait('it is fast again', lambda: re.search(r'[MG]B/s', state(window, 'file 1')), 90)


def test_speed_limit_of_a_site_while_it_runs():
    def speed(unit):
        bar = window.find('list', 'Transfers')
        return [float(found) for node in window.walk(bar) if node.get_role_name() == 'list item'
                for found in re.findall(rf'([0-9.]+)\s{unit}/s', node.get_description())] if bar else []

    desktop.use_home(desktop.new_home())
    with stage.server() as server:
        (desktop.home / '.ssh/known_hosts').write_text('')
        stage.trust(server, desktop.home / '.ssh/known_hosts')
        sites = desktop.home / '.config/wherry/sites.conf'
        sites.parent.mkdir(parents=True)
        sites.write_text(f'[Site 00000001-89ab-4cde-8123-456789abcdef]\nname=the web\nhost=127.0.0.1\nport={server.port}\n'
                         f'user={server.user}\nkey-file={server.folder}/key\nremote-folder={server.files}\n')
        path = desktop.home / 'a file'
        with open(path, 'wb') as file:
            file.truncate(HUGE)
        with stage.app() as window:
            window.write('Server', 'the web')
            window.press('Connect')
            stage.await_place(window)
            with stage.drag_source(path):
                stage.paste(window)
                stage.show_transfers(window)
            wait('it is fast', lambda: speed('[MG]B'), 90)
            for limit, unit, least, most in [(200, 'kB', 150, 250), (0, '[MG]B', 0, 1e6)]:
                xid = stage.front(window, 'the web')

                def has_menu(xid=xid):
                    harness.click(window, window.await_('list item', 'the web'), xid, button=3)
                    with contextlib.suppress(AssertionError):
                        return wait('the menu', lambda: window.find('menu item', 'Edit…'), 5)

                wait('the menu of the site', has_menu)
                window.press('Edit…', role='menu item')
                window.atspi.Value.set_current_value(window.await_('spin button', 'Kilobytes per Second'), limit)
                window.press('Save')
                window.await_gone('spin button', 'Kilobytes per Second')
                wait(f'its speed to follow the limit {limit}', lambda unit=unit, least=least, most=most:
                     any(least < found < most for found in speed(unit)), 90)


stage.run(globals())
