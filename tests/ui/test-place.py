"""A place, browsed as a person would: by keyboard, by mouse and through assistive technology, against a real sshd.

Usage: test-place.py WHERRY DRAG_SOURCE ASK_SERVER TEST_PROMPTER
"""

import hashlib
import os
import pathlib
import signal

import harness
from harness import as_nobody, wait, xdotool
from stage import app, assert_labelled, connected, desktop, front, go_to, run, server, trust


def rows(window):
    """Names in the list, from the top."""
    try:
        table = window.find('tree table', 'Files on the server')
        return [node.get_name() for node in window.walk(table) if node.get_role_name() == 'table row'][1:] if table else []
    except Exception:  # pylint: disable=broad-except # it changed under our eyes
        return []


def await_rows(window, *names):
    try:
        wait(f'the rows {names}', lambda: rows(window) == list(names))
    except AssertionError as error:
        raise AssertionError(f'{error}, have {rows(window)}\n{window.output()}') from None


def open_row(window, name, xid):
    harness.click(window, window.await_('table row', name), xid, times=2)


def fill(folder, *names):
    """Makes files, and folders for names that end in a slash."""
    for name in names:
        path = os.fsencode(folder) + b'/' + (name if isinstance(name, bytes) else name.encode())
        if path.endswith(b'/'):
            os.makedirs(path)
        else:
            pathlib.Path(os.fsdecode(path)).write_bytes(b'x' * 10)


def refresh(window):
    xid = front(window)
    xdotool('key', 'ctrl+r')
    return xid


def test_folders_are_walked_by_mouse_and_keyboard():
    with connected() as (running, window):
        fill(running.files, 'b/', 'b/inner/', 'b/inner/leaf', 'a.txt', 'c10', 'c9')
        xid = refresh(window)
        await_rows(window, 'b', 'a.txt', 'c9', 'c10')
        open_row(window, 'b', xid)
        await_rows(window, 'inner')
        wait('the row to have the focus', lambda: window.has_state(window.find('table row', 'inner'), 'FOCUSED'))
        xdotool('key', 'Return')
        await_rows(window, 'leaf')
        assert_labelled(window)
        xdotool('key', 'alt+Left')
        await_rows(window, 'inner')
        xdotool('key', 'alt+Right')
        await_rows(window, 'leaf')
        xdotool('key', 'alt+Up')
        await_rows(window, 'inner')
        window.await_status('1 selected')
        window.press('files')
        await_rows(window, 'b', 'a.txt', 'c9', 'c10')


def test_a_path_is_typed():
    with connected() as (running, window):
        fill(running.files, 'b/', 'b/leaf', 'b/twig')
        front(window)
        go_to(window, running.files / 'x/../b/.')
        await_rows(window, 'leaf', 'twig')
        go_to(window, '../b/twig')
        window.await_status('1 selected')
        await_rows(window, 'leaf', 'twig')
        wait('the selection', lambda: window.has_state(window.find('table row', 'twig'), 'SELECTED'))
        go_to(window, running.files / 'not there')
        window.await_('label', 'There Is No Such Folder')
        window.press('Go Up')
        await_rows(window, 'b')


def test_names_are_filtered_found_and_hidden():
    with connected() as (running, window):
        fill(running.files, 'Apple', 'banana', 'Band', 'cherry', '.secret')
        refresh(window)
        await_rows(window, 'Apple', 'banana', 'Band', 'cherry')
        xdotool('key', 'ctrl+h')
        await_rows(window, '.secret', 'Apple', 'banana', 'Band', 'cherry')
        xdotool('key', 'ctrl+h')
        await_rows(window, 'Apple', 'banana', 'Band', 'cherry')
        xdotool('key', 'ctrl+f')
        wait('the focus', lambda: window.has_state(window.entry('Filter by name'), 'FOCUSED'))
        xdotool('type', '--delay', 5, 'BAN')
        await_rows(window, 'banana', 'Band')
        xdotool('type', '--delay', 5, 'zz')
        window.await_('label', 'No Name Like That')
        window.press('Show All Names')
        await_rows(window, 'Apple', 'banana', 'Band', 'cherry')
        xdotool('type', '--delay', 5, 'che')
        window.await_status('1 selected')
        wait('the selection', lambda: window.has_state(window.find('table row', 'cherry'), 'SELECTED'))
        xdotool('key', 'ctrl+a')
        window.await_status('4 selected (40 bytes)')


def test_the_order_is_remembered():
    with connected() as (running, window):
        fill(running.files, 'zoo/', 'a', 'b')
        (running.files / 'a').write_bytes(b'x' * 300)
        xid = refresh(window)
        await_rows(window, 'zoo', 'a', 'b')
        harness.click(window, window.await_('label', 'Size'), xid)
        await_rows(window, 'zoo', 'b', 'a')
        harness.click(window, window.await_('label', 'Size'), xid, aside=9)  # else it were a double click
        await_rows(window, 'zoo', 'a', 'b')
        harness.click(window, window.await_('label', 'Name'), xid)
        await_rows(window, 'zoo', 'a', 'b')
        harness.click(window, window.await_('label', 'Name'), xid, aside=9)
        await_rows(window, 'zoo', 'b', 'a')
        xdotool('key', 'ctrl+t')
        window.await_('push button', 'Connect')
        window.write('Server', running.location())
        window.press('Connect')
        wait('the second list', lambda: window.dump().count("'zoo'") >= 4)
        order = [node.get_name() for node in window.walk() if node.get_role_name() == 'table row' and node.get_name() in 'ab']
        assert order == ['b', 'a', 'b', 'a'], order


def headers(window):
    """The columns from the left, each with where it begins and ends."""
    table = window.find('tree table', 'Files on the server')
    row = next(node for node in window.walk(table) if node.get_role_name() == 'table row')
    extents = {node.get_name(): node.get_parent().get_extents(window.atspi.CoordType.WINDOW)
               for node in window.walk(row) if node.get_role_name() == 'label'}
    return {name: (box.x, box.x + box.width) for name, box in sorted(extents.items(), key=lambda item: item[1].x)}


def test_columns_are_remembered():
    keyfile = {'GSETTINGS_BACKEND': 'keyfile'}
    with connected(environment=keyfile) as (running, window):
        fill(running.files, 'a', 'b')
        (running.files / 'a').write_bytes(b'x' * 300)
        settings = desktop.home / '.config/glib-2.0/settings/keyfile'
        xid = refresh(window)
        await_rows(window, 'a', 'b')

        def kept():
            return next((line for line in settings.read_text().splitlines() if line.startswith('columns=')), '') if settings.exists() else ''

        def header(name, border=False):
            """Where on the display the middle of a column's header is, or where the next one begins."""
            x, y = harness.position(window, window.await_('label', name), xid)
            label = window.find('label', name).get_extents(window.atspi.CoordType.WINDOW)
            columns = headers(window)
            left, right = columns[name]
            if border:
                left = list(columns.values())[list(columns).index(name) + 1][0]
            return x + (left + right) // 2 - label.x - label.width // 2, y

        def width(name):
            left, right = headers(window)[name]
            return right - left

        harness.click(window, window.await_('label', 'Size'), xid)
        await_rows(window, 'b', 'a')
        harness.drag_until(lambda: header('Owner'), lambda: header('Size'), lambda: list(headers(window))[1] == 'Owner', 'the order')
        wait('the order to be kept', lambda: kept() == "columns=['name', 'owner', 'size', 'modified', 'permissions']")
        before = width('Modified')
        harness.drag_until(lambda: header('Modified', True), lambda: (header('Modified', True)[0] + 60, header('Modified')[1]),
                           lambda: width('Modified') > before + 50, 'the width')
        wait('the width to be kept', lambda: "'modified:2" in kept())
        order, arranged = list(headers(window)), headers(window)
        window.close()

        with app('--connect', running.location(), '--identity', running.folder / 'key', '--known-hosts', desktop.home / 'known',
                 environment=keyfile) as again:
            await_rows(again, 'b', 'a')
            wait('the same columns', lambda: headers(again) == arranged)
            assert order == ['Name', 'Owner', 'Size', 'Modified', 'Permissions'], order


def found(window):
    """What a search has found: names, from the top."""
    try:
        found_list = window.find('list', 'Found on the server')
        return [node.get_name() for node in window.walk(found_list) if node.get_role_name() == 'list item'] if found_list else []
    except Exception:  # pylint: disable=broad-except # it changed under our eyes
        return []


def look_for(window, text):
    """Types TEXT into the filter, and searches all below the folder for it."""
    xdotool('key', 'ctrl+f')
    wait('the focus', lambda: window.has_state(window.entry('Filter by name'), 'FOCUSED'))
    window.write('Filter by name', text)
    xdotool('key', 'Return')


def test_subfolders_are_searched():
    with connected() as (running, window):
        fill(running.files, 'a/', 'a/b/', 'a/b/Report 1', 'a/reports/', 'a/reports/leaf', 'other')
        refresh(window)
        await_rows(window, 'a', 'other')
        look_for(window, 'report')
        window.await_status('2 found')
        assert found(window) == ['Report 1', 'reports'], found(window)
        assert_labelled(window)
        # A file is shown where it lies.
        wait('the list to have the focus', lambda: window.has_state(window.find('list item', 'Report 1'), 'FOCUSED'))
        xdotool('key', 'Return')
        await_rows(window, 'Report 1')
        window.await_status('1 selected')

        # A folder is gone to.
        go_to(window, running.files)
        await_rows(window, 'a', 'other')
        look_for(window, 'reports')
        wait('the folder', lambda: found(window) == ['reports'])
        wait('the list to have the focus', lambda: window.has_state(window.find('list item', 'reports'), 'FOCUSED'))
        xdotool('key', 'Return')
        await_rows(window, 'leaf')

        look_for(window, 'zzz')
        window.await_('label', 'Nothing Found')
        window.press('Back to the Folder')
        window.await_('label', 'No Name Like That')
        window.press('Show All Names')
        await_rows(window, 'leaf')


def test_a_search_is_stopped():
    with connected() as (running, window):
        fill(running.files, 'a/', 'a/x')
        refresh(window)
        await_rows(window, 'a')
        servers = list(running.children())
        for pid in servers:  # it answers no more, so that the search lasts
            os.kill(pid, signal.SIGSTOP)
        try:
            look_for(window, 'a')
            window.press('Stop Search')
            await_rows(window, 'a')
        finally:
            for pid in servers:
                os.kill(pid, signal.SIGCONT)
        window.write('Filter by name', 'x')
        window.await_('label', 'No Name Like That')
        window.press('Search Subfolders')
        wait('the file', lambda: found(window) == ['x'])


def test_names_that_are_no_text_still_work():
    with connected() as (running, window):
        fill(running.files, b'bad\xff\xfe/', b'bad\xff\xfe/in')
        xid = refresh(window)
        await_rows(window, 'bad\\xff\\xfe')
        open_row(window, 'bad\\xff\\xfe', xid)
        await_rows(window, 'in')
        xdotool('key', 'ctrl+l')
        wait('the focus', lambda: window.has_state(window.entry('Folder'), 'FOCUSED'))
        xdotool('key', 'Return')
        await_rows(window, 'in')


def let_in(running):
    """Lets everybody reach the server's files."""
    for folder in [running.files, *running.files.parents]:
        if folder.is_relative_to(desktop.folder):
            folder.chmod(0o755)


def test_a_forbidden_folder_is_explained():
    with connected(prepare=let_in, **as_nobody()) as (running, window):
        fill(running.files, 'private/')
        os.chmod(running.files / 'private', 0o000)
        xid = refresh(window)
        open_row(window, 'private', xid)
        window.await_('label', 'Permission Denied')
        window.await_('label', containing='permissions don’t let')
        window.await_('label', containing='--------- (')
        assert_labelled(window)
        remedy = window.await_('label', containing='chmod').get_name()
        assert str(running.files / 'private') in remedy, remedy
        window.press('Copy Command')
        window.await_('label', 'Command copied')
        os.chmod(running.files / 'private', 0o755)
        window.press('Try Again')
        window.await_('label', 'This Folder Is Empty')


def test_a_listing_outlives_its_connection():
    with connected() as (running, window):
        fill(running.files, 'one', 'two')
        refresh(window)
        await_rows(window, 'one', 'two')
        running.stop()
        window.await_('alert', containing='Next try in')
        await_rows(window, 'one', 'two')
        fill(running.files, 'three')
        running.start()
        await_rows(window, 'one', 'three', 'two')


def test_a_server_without_sftp_is_browsed():
    with connected(subsystem='') as (running, window):
        fill(running.files, 'dir/', 'dir/leaf', 'file')
        xid = refresh(window)
        await_rows(window, 'dir', 'file')
        open_row(window, 'dir', xid)
        await_rows(window, 'leaf')


def test_the_last_folder_is_shown_again():
    with connected() as (running, window):
        fill(running.files, 'deep/', 'deep/leaf')
        front(window)
        go_to(window, running.files / 'deep')
        await_rows(window, 'leaf')
        xdotool('key', 'ctrl+shift+d')
        window.await_('push button', 'Connect')
        window.write('Server', f'scp://{running.user}@127.0.0.1:{running.port}')
        window.press('Connect')
        await_rows(window, 'leaf')


SITE = '[Site 00000001-89ab-4cde-8123-456789abcdef]'


def sites_file():
    return desktop.home / '.config/wherry/sites.conf'


def keep_as_site(running, bookmarks=''):
    """Writes the server down as the only site."""
    sites_file().parent.mkdir(parents=True, exist_ok=True)
    sites_file().write_text(f'{SITE}\nname=Kept\nhost=127.0.0.1\nport={running.port}\nuser={running.user}\n'
                            f'key-file={running.folder}/key\nremote-folder={running.files}\nbookmarks={bookmarks}\n')
    trust(running, desktop.home / '.ssh/known_hosts')


def bookmarks():
    return next((line.removeprefix('bookmarks=') for line in sites_file().read_text().splitlines() if line.startswith('bookmarks=')), '') \
        if sites_file().exists() else ''


def open_bookmarks(window, *items):
    """Opens the menu of bookmarks, and waits for what is in it."""
    items = [item if item in ['Bookmark This Folder', 'Remove Bookmark'] else shortened(item) for item in items]
    # A menu button is one button within another of the same name in GTK 4.8.
    wait('the button', lambda: next((node for node in window.walk() if node.get_name() == 'Bookmarks' and node.get_n_actions() > 0), None)
         ).do_action(0)
    for item in items:
        window.await_('menu item', item)


def test_bookmarks_are_kept_with_the_site():
    desktop.use_home(desktop.new_home())
    with server() as running:
        fill(running.files, 'a_b/', 'a_b/leaf', 'other/', 'other/twig')
        keep_as_site(running, f'{running.files}/other/;')  # written by hand, perhaps
        with app() as window:
            xid = front(window, 'Wherry')
            harness.click(window, window.await_('list item', 'Kept'), xid, times=2)
            await_rows(window, 'a_b', 'other')
            front(window, 'Kept')
            go_to(window, running.files / 'a_b')
            await_rows(window, 'leaf')
            open_bookmarks(window, 'Bookmark This Folder', f'{running.files}/other/')
            assert_labelled(window)
            window.press('Bookmark This Folder', role='menu item')
            wait('the bookmark', lambda: bookmarks() == f'{running.files}/other/;{running.files}/a_b;')
            open_bookmarks(window, 'Remove Bookmark', running.files / 'a_b')
            window.press(shortened(f'{running.files}/other/'), role='menu item')
            await_rows(window, 'twig')
            xdotool('key', 'ctrl+d')
            window.await_('label', 'Bookmark removed')
            wait('one bookmark less', lambda: bookmarks() == f'{running.files}/a_b;')


def shortened(path):
    """A path as menus show it."""
    path = str(path)
    return path if len(path) <= 56 else path[:14] + '…' + path[-41:]


def test_a_bookmark_makes_a_site():
    with connected() as (running, window):
        fill(running.files, 'deep/', 'deep/leaf')
        front(window)
        go_to(window, running.files / 'deep')
        await_rows(window, 'leaf')
        open_bookmarks(window, 'Bookmark This Folder')
        window.press('Bookmark This Folder', role='menu item')
        window.await_('label', containing='Bookmarks are kept with sites')
        assert_labelled(window)
        window.press('Keep as Site…')
        window.await_(name='New Site')
        window.write('Name', 'Mine')
        window.press('Add', dialog='New Site')
        window.await_('list item', 'Mine')
        wait('the site', lambda: bookmarks() == f'{running.files}/deep;')
        front(window)
        go_to(window, running.files)
        await_rows(window, 'deep')
        open_bookmarks(window, 'Bookmark This Folder')
        window.press(shortened(running.files / 'deep'), role='menu item')
        await_rows(window, 'leaf')
        assert f'key-file={running.folder}/key' in sites_file().read_text()


def test_fifty_thousand_names_are_shown():
    with connected() as (running, window):
        for number in range(50000):
            (running.files / f'entry {number}').touch()
        refresh(window)
        window.await_status('50000 items')
        xdotool('key', 'ctrl+f')
        wait('the focus', lambda: window.has_state(window.entry('Filter by name'), 'FOCUSED'))
        xdotool('type', '--delay', 5, '49999')
        window.await_status('1 item')
        xdotool('key', 'Escape')
        window.await_status('50000 items')
        xdotool('key', 'ctrl+a')
        window.await_status('50000 selected')


def choose(window, name, item, xid):
    """Takes an item of a row's context menu."""
    harness.click(window, window.await_('table row', name), xid, button=3)
    window.press(item, role='menu item')


def test_folders_are_made_and_files_renamed():
    with connected() as (running, window):
        fill(running.files, 'old.tar.gz', 'taken')
        xid = refresh(window)
        await_rows(window, 'old.tar.gz', 'taken')
        xdotool('key', 'ctrl+shift+n')
        window.await_(name='New Folder')
        window.write('Name', 'a/b')
        window.await_('label', containing='can’t have a “/” in it')
        window.write('Name', 'made')
        window.press('Create')
        await_rows(window, 'made', 'old.tar.gz', 'taken')
        assert (running.files / 'made').is_dir()

        harness.click(window, window.await_('table row', 'old.tar.gz'), front(window))
        xdotool('key', 'F2')
        window.await_(name='Rename')
        assert_labelled(window)
        window.write('Name', 'taken')
        window.press('Rename', dialog='Rename')
        window.await_('label', 'It Could Not Be Renamed')
        window.press('Close', dialog='It Could Not Be Renamed')
        window.await_gone('label', 'It Could Not Be Renamed')
        assert (running.files / 'old.tar.gz').exists()
        front(window)
        choose(window, 'old.tar.gz', 'Rename…', xid)
        window.write('Name', 'new.tar.gz')
        window.press('Rename', dialog='Rename')
        await_rows(window, 'made', 'new.tar.gz', 'taken')
        window.await_status('1 selected')
        assert (running.files / 'new.tar.gz').exists() and not (running.files / 'old.tar.gz').exists()


def test_what_is_deleted_can_be_had_back():
    with connected() as (running, window):
        fill(running.files, 'tree/', 'tree/leaf', 'one', 'two')
        xid = refresh(window)
        await_rows(window, 'tree', 'one', 'two')
        harness.click(window, window.await_('table row', 'tree'), xid)
        xdotool('key', 'Delete')
        window.press('Cancel', dialog='Delete “tree”?')
        window.await_gone(name='Delete “tree”?')
        front(window)
        xdotool('key', 'Delete')
        window.press('Delete', dialog='Delete “tree”?')
        await_rows(window, 'one', 'two')
        # It stays away when the folder is listed meanwhile.
        refresh(window)
        window.press('Undo')
        await_rows(window, 'tree', 'one', 'two')
        assert (running.files / 'tree/leaf').exists()

        harness.click(window, window.await_('table row', 'tree'), front(window))
        xdotool('key', 'Delete')
        window.press('Delete', dialog='Delete “tree”?')
        await_rows(window, 'one', 'two')
        wait('it to be gone', lambda: not (running.files / 'tree').exists())
        await_rows(window, 'one', 'two')


def test_a_window_that_is_closed_deletes_first():
    with connected() as (running, window):
        fill(running.files, 'one', 'two')
        xid = refresh(window)
        harness.click(window, window.await_('table row', 'one'), xid)
        xdotool('key', 'Delete')
        window.press('Delete', dialog='Delete “one”?')
        await_rows(window, 'two')
        front(window)
        xdotool('key', 'ctrl+q')
        window.process.wait(harness.LIMIT)
        assert window.process.returncode == 0
        assert not (running.files / 'one').exists() and (running.files / 'two').exists()


def test_permissions_are_shown_and_changed():
    with connected() as (running, window):
        fill(running.files, 'tree/', 'tree/leaf')
        os.chmod(running.files / 'tree', 0o755)
        os.chmod(running.files / 'tree/leaf', 0o644)
        xid = refresh(window)
        choose(window, 'tree', 'Properties', xid)
        window.await_('label', '10 bytes in 1 file and 0 folders')
        window.await_('label', 'rwxr-xr-x')
        assert_labelled(window)
        dialog = front(window, 'Properties')
        harness.click(window, window.await_('check box', 'Others: Read'), dialog)
        window.await_('label', 'rwxr-x--x')
        window.write('As a Number', '750')
        window.await_('label', 'rwxr-x---')
        window.press('Apply')
        wait('the mode', lambda: (running.files / 'tree').stat().st_mode & 0o777 == 0o750)
        assert (running.files / 'tree/leaf').stat().st_mode & 0o777 == 0o644
        window.await_('label', 'Changed')
        harness.click(window, window.await_('check box', containing='For All That Is In It, Too'), dialog)
        window.press('Apply')
        wait('the mode', lambda: (running.files / 'tree/leaf').stat().st_mode & 0o777 == 0o640)
        assert (running.files / 'tree').stat().st_mode & 0o777 == 0o750


def test_several_files_are_changed_at_once():
    with connected() as (running, window):
        fill(running.files, 'a', 'b', 'tree/', 'tree/leaf')
        (running.folder / 'outside').write_text('x')
        (running.files / 'link').symlink_to(running.folder / 'outside')
        for name, mode in [('a', 0o644), ('b', 0o600), ('tree', 0o755), ('tree/leaf', 0o600), ('link', 0o600)]:
            os.chmod(running.files / name, mode)

        def modes():
            return [f'{(running.files / name).stat().st_mode & 0o777:o}' for name in ['a', 'b', 'tree', 'tree/leaf', 'link']]

        xid = refresh(window)
        harness.click(window, window.await_('table row', 'a'), xid)
        xdotool('key', 'ctrl+a')
        window.await_status('4 selected')
        xdotool('key', 'alt+Return')
        window.await_('label', '4 items')
        window.await_('label', containing='in 4 files and 1 folder')
        window.await_('label', 'rw??-??-?')
        assert_labelled(window)
        assert window.has_state(window.find('check box', 'Group: Read'), 'INDETERMINATE')
        assert not window.has_state(window.find('check box', 'Group: Write'), 'INDETERMINATE')

        # What differs stays as it is unless it is touched.
        dialog = front(window, 'Properties')
        harness.click(window, window.await_('check box', 'Group: Write'), dialog)
        window.press('Apply')
        wait('the modes', lambda: modes() == ['664', '620', '775', '600', '600'])
        wait('the server to be asked again', lambda: window.has_state(window.find('check box', 'Others: Read'), 'SENSITIVE')
             and not window.has_state(apply_buttons(window)[0], 'SENSITIVE'))
        harness.click(window, window.await_('check box', 'Others: Read'), dialog)
        window.await_('label', 'rw??w?r-?')
        window.find('check box', containing='For All That Is In It, Too').do_action(0)
        window.press('Apply')
        wait('the modes', lambda: modes() == ['664', '624', '775', '624', '600'])


def test_a_checksum_is_computed():
    with connected() as (running, window):
        fill(running.files, 'file')
        xid = refresh(window)
        harness.click(window, window.await_('table row', 'file'), xid)
        xdotool('key', 'alt+Return')
        window.press('Compute')
        window.await_('label', hashlib.sha256(b'x' * 10).hexdigest())
        window.await_('label', '10 bytes')


def apply_buttons(window):
    """Of the properties window: for the permissions, and for the owner."""
    return [node for node in window.walk() if node.get_role_name() == 'push button' and harness.plain(node.get_name()) == 'Apply']


def test_a_forbidden_change_is_explained():
    with connected(prepare=let_in, **as_nobody()) as (running, window):
        fill(running.files, 'file')
        os.chmod(running.files, 0o555)
        xid = refresh(window)
        harness.click(window, window.await_('table row', 'file'), xid)
        xdotool('key', 'F2')
        window.write('Name', 'other')
        window.press('Rename', dialog='Rename')
        window.await_('label', 'It Could Not Be Renamed')
        window.await_('label', containing='permissions don’t let')
        window.await_('push button', 'Copy Command')
        assert (running.files / 'file').exists()
        window.press('Close', dialog='It Could Not Be Renamed')
        window.await_gone('label', 'It Could Not Be Renamed')

        # Nothing can be given away.
        owner = (running.files / 'file').stat().st_uid
        front(window)
        xdotool('key', 'alt+Return')
        wait('the owner', lambda: window.text(window.entry('User')))
        window.write('User', 'daemon')
        wait('the second “Apply”', lambda: apply_buttons(window)[1:] and window.has_state(apply_buttons(window)[1], 'SENSITIVE'))
        apply_buttons(window)[1].do_action(0)
        window.await_('alert', containing='Can’t change the owner')
        remedy = window.await_('label', containing='sudo chown').get_name()
        assert 'daemon' in remedy and str(running.files / 'file') in remedy, remedy
        assert_labelled(window)
        assert (running.files / 'file').stat().st_uid == owner


def local_rows(window):
    try:
        table = window.find('tree table', 'Files on this computer')
        return [node.get_name() for node in window.walk(table) if node.get_role_name() == 'table row'][1:] if table else []
    except Exception:  # pylint: disable=broad-except # it changed under our eyes
        return []


def pick(window, table, name, xid):
    """Clicks on a row, and once more if the list moved under the pointer."""
    def find_row():
        return next((node for node in window.walk(window.find('tree table', table))
                     if node.get_role_name() == 'table row' and node.get_name() == name), None)

    for _ in range(4):
        harness.click(window, wait(f'the row {name}', find_row), xid)
        try:
            return wait(f'{name} to be selected', lambda: window.has_state(find_row(), 'SELECTED'), 5)
        except AssertionError:
            continue
    raise AssertionError(f'clicked in vain on {name}')


def test_files_go_between_the_two_sides():
    with connected() as (running, window):
        here = desktop.home
        fill(running.files, 'deep/', 'deep/leaf', 'there')
        fill(here, 'deep/', 'here')
        xid = refresh(window)
        await_rows(window, 'deep', 'there')
        xdotool('key', 'F9')
        wait('the local rows', lambda: {'deep', 'here'} <= set(local_rows(window)))
        assert_labelled(window)
        pick(window, 'Files on the server', 'there', xid)
        xdotool('key', 'F5')
        wait('the file here', lambda: 'there' in local_rows(window))
        assert (here / 'there').read_bytes() == b'x' * 10 and (running.files / 'there').exists()
        pick(window, 'Files on this computer', 'here', xid)
        xdotool('key', 'F5')
        await_rows(window, 'deep', 'here', 'there')
        assert (running.files / 'here').read_bytes() == b'x' * 10 and (here / 'here').exists()

        (here / 'there').unlink()
        pick(window, 'Files on the server', 'there', xid)
        xdotool('key', 'F6')
        await_rows(window, 'deep', 'here')
        assert (here / 'there').read_bytes() == b'x' * 10 and not (running.files / 'there').exists()

        xdotool('key', 'F10')
        window.press('Browse Both in Step', role='check menu item')
        xdotool('key', 'Escape')
        window.await_gone('check menu item', 'Browse Both in Step')
        pick(window, 'Files on the server', 'deep', front(window))
        window.await_status('1 selected')
        xdotool('key', 'Return')
        await_rows(window, 'leaf')
        wait('the local side to follow', lambda: local_rows(window) == [])
        xdotool('key', 'alt+Up')
        await_rows(window, 'deep', 'here')
        wait('the local side to follow', lambda: 'deep' in local_rows(window))
        xdotool('key', 'F9')
        window.await_gone('tree table', 'Files on this computer')


def test_two_sides_are_stacked_in_a_narrow_window():
    with connected() as (running, window):
        fill(running.files, 'there')
        fill(desktop.home, 'here')
        xid = refresh(window)
        await_rows(window, 'there')
        xdotool('key', 'F9')
        wait('the local rows', lambda: 'here' in local_rows(window))

        def places():
            """Where both are; None while they move."""
            try:
                return [window.find('tree table', name).get_extents(window.atspi.CoordType.WINDOW)
                        for name in ['Files on this computer', 'Files on the server']]
            except Exception:  # pylint: disable=broad-except # it changed under our eyes
                return None

        def are_beside():
            both = places()
            return both and both[0].width > 0 and both[0].x + both[0].width <= both[1].x

        def are_stacked():
            both = places()
            return both and both[1].height > 0 and both[1].y + both[1].height <= both[0].y

        wait('them to be beside each other', are_beside)
        xdotool('windowsize', xid, 380, 640)
        wait('them to be stacked', are_stacked)
        xdotool('windowsize', xid, 1000, 640)
        wait('them to be beside each other again', are_beside)


def test_the_details_say_what_lists_the_files():
    with connected(subsystem='') as (_, window):
        front(window)
        xdotool('key', 'F10')
        window.press('Place Details', role='menu item')
        window.await_('label', containing='OpenSSH')
        window.await_('label', containing='find -printf')


run(globals())
