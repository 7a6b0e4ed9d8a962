"""Runs tables of hostile cases through wherry-cp and through the engine, and looks at what is left of each.

The scripts that use this are called with the paths of wherry-cp, of the relay and of the driver; further arguments name
the cases to run, in place of all.
"""

import concurrent.futures
import contextlib
import os
import pathlib
import queue
import re
import resource
import signal
import stat
import subprocess
import sys
import threading

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.append(str(FOLDER.parent / 'cli'))
import helpers  # pylint: disable=wrong-import-position # found by the line above
import table  # pylint: disable=wrong-import-position

DRIVER = os.path.abspath(sys.argv[3])
SANITIZED = 'WHERRY_SANITIZED' in os.environ
AT_ONCE = 6
# Wherry's own 20 MiB, the receive window, and what a server may make it keep.
MEMORY_MAX = 96 << 20
FLAGS = {'plain': '-', '-r': 'r', '-rp': 'rp', '-p': 'p', 'resume': 'c'}
# wherry-cp has no word for it.
ENGINE_ONLY = {'resume'}
# Marks of direction and line that would show a name as what it is not.
UNFIT = re.compile('[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffd]')
ENTRY = re.compile(r'((?:"(?:[^"\\]|\\.)*"|[^\s"/|=@>]|/(?=.)|(?<!-)>)+?)'
                   r'(?:(/)|(\|)|->(\S+)|=((?:\d+\*)?"(?:[^"\\]|\\.)*"))(?:@(0[0-7]{3}))?')
SECRET = b'this is nobody else\'s'


class Entry:
    """One word of `here` or `leaves`."""

    def __init__(self, word):
        match = ENTRY.fullmatch(word)
        assert match, word
        path, self.is_folder, self.is_fifo, self.link, content, mode = match.groups()
        self.path = table.string(path)[0] if path.startswith('"') else path.encode()
        text, count = table.string(content) if content else (b'', 0)
        self.content = text * count
        self.mode = int(mode, 8) if mode else None

    def make(self, folder):
        path = os.path.join(os.fsencode(folder), self.path)
        if self.is_folder:
            os.mkdir(path)
        elif self.is_fifo:
            os.mkfifo(path)
        elif self.link:
            os.symlink(self.link, path)
        else:
            pathlib.Path(os.fsdecode(path)).write_bytes(self.content)

    def check(self, folder):
        path = os.path.join(os.fsencode(folder), self.path)
        found = os.lstat(path)
        if self.is_folder:
            assert stat.S_ISDIR(found.st_mode), f'{self.path} is no folder'
        elif self.is_fifo:
            assert stat.S_ISFIFO(found.st_mode), f'{self.path} is no FIFO'
        elif self.link:
            assert os.readlink(path) == os.fsencode(self.link), f'{self.path} leads elsewhere'
        else:
            assert stat.S_ISREG(found.st_mode), f'{self.path} is no file'
            content = pathlib.Path(os.fsdecode(path)).read_bytes()
            assert content == self.content, f'{self.path} has {len(content)} bytes: {content[:80]}'
        if self.mode is not None:
            assert stat.S_IMODE(found.st_mode) == self.mode, f'{self.path} has mode {found.st_mode:o}'


def entries(value):
    return [Entry(word) for word in table.words(value)]


class Driver:
    """The engine in one process, asked from many threads."""

    def __init__(self, place, server):
        self.process = subprocess.Popen(
            [DRIVER, '127.0.0.1', str(server.port), helpers.USER, place.key, place.known_hosts], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env=place.environment())
        self.lock = threading.Lock()
        self.waiting = {}
        self.count = 0
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        place.started.append(self)

    def _read(self):
        for line in self.process.stdout:
            number, outcome, text = line.rstrip(b'\n').decode().split('\t')
            with self.lock:
                answer = self.waiting.pop(number)
            answer.put((outcome, table.unescape(text).decode()))
        with self.lock:
            for answer in self.waiting.values():
                answer.put(('gone', ''))

    def _write(self, *fields):
        with self.lock:
            self.process.stdin.write('\t'.join(fields).encode() + b'\n')
            self.process.stdin.flush()

    def request(self, *fields):
        """Returns the request's number, and where its answer will be."""
        answer = queue.Queue()
        with self.lock:
            self.count += 1
            number = str(self.count)
            self.waiting[number] = answer
        self._write(number, *fields)
        return number, answer

    def cancel(self, number):
        self._write(number, 'cancel')

    def memory(self):
        """The most it has had, in bytes."""
        status = pathlib.Path(f'/proc/{self.process.pid}/status').read_text(encoding='ascii')
        return int(re.search(r'VmHWM:\s*(\d+) kB', status).group(1)) << 10

    def stop(self):
        self.process.stdin.close()
        self.process.wait(helpers.LIMIT)


def run_to_end(process):
    """Returns the status, what was written on stderr, the most memory, in bytes, and the time on the CPU, in seconds."""
    with process.stderr:
        output = process.stderr.read()
    memory = seconds = 0
    if process.returncode is None:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        memory = usage.ru_maxrss << 10
        seconds = usage.ru_utime + usage.ru_stime
    return process.returncode, output, memory, seconds


def add_server(place, state, *tables):
    """The server “host”, which answers as TABLES say; STATE is a folder that is made."""
    state.mkdir()
    arguments = ' '.join(map(str, [sys.executable, '-I', '-S', FOLDER / 'server.py', state, *tables]))
    return place.add_server('host', command=f'exec {arguments}', config='MaxSessions 100')


def limit_cpu():
    resource.setrlimit(resource.RLIMIT_CPU, (helpers.LIMIT, helpers.LIMIT))


class Bench:
    """A server whose answers come out of TABLES, and a driver on it."""

    def __init__(self, *tables):
        self.tables = [FOLDER / name for name in tables]
        self.rows = {name: row for path in self.tables for name, row in table.read(path).items()}
        if sys.argv[4:]:
            self.rows = {name: self.rows[name] for name in sys.argv[4:]}
        self.place = helpers.Place()
        self.state = self.place.folder / 'state'
        self.server = add_server(self.place, self.state, *self.tables)
        self.driver = Driver(self.place, self.server)
        self.pool = concurrent.futures.ThreadPoolExecutor(AT_ONCE)
        self.done = {name: self.pool.submit(self.run, name, row) for name, row in self.rows.items()}

    def tests(self):
        """For tap.run(): a test a row."""
        return {f'test_{name}': self.done[name].result for name in self.rows} | {'test_memory_of_the_engine': self.check_engine}

    def check_engine(self):
        assert self.driver.process.poll() is None, 'the engine has crashed'
        memory = self.driver.memory()
        assert SANITIZED or memory < 2 * MEMORY_MAX, f'{memory >> 20} MiB'

    def run(self, name, row):
        ask = row.get('up') or row.get('ask', 'f')
        ways = row.get('as') or ('-r -rp' if ask == 'd' else 'plain -r -rp')
        # The engine is in wherry-cp too: asked by itself it shows that one process stands all of this.
        for way, engine in [(ways.split()[0], True), *((way, False) for way in ways.split() if way not in ENGINE_ONLY)]:
            try:
                self.run_once(name, row, ask, way, engine)
            except Exception as error:
                raise AssertionError(f'{name} {way} {"by the engine" if engine else "by wherry-cp"}: {error}') from error

    def run_once(self, name, row, ask, way, engine):
        folder = self.place.here / f'{name}{way}{"-engine" if engine else ""}'
        target, outside = folder / 'target', folder / 'outside'
        there = self.place.there / name
        for path in [folder, target, outside, there]:
            path.mkdir()
        (outside / 'secret').write_bytes(SECRET)
        has = entries(row.get('has', ''))
        for entry in has:
            entry.make(there)
        before = entries(row.get('here', ''))
        for entry in before:
            entry.make(target)
        target.chmod(0o751)
        marker = self.state / name
        marker.unlink(missing_ok=True)

        cancel = marker if row.get('cancel') else None
        # With something there it is asked for by its whole path.
        ends = [target / row['up'], f':{there}/'] if 'up' in row else [f':{there if has else name}/{ask}', f'{target}/']
        run = self.run_engine if engine else self.run_command
        outcome, text = run(way, ends, cancel)

        expected = ['cancelled'] if cancel else {'0': ['done'], '1': ['failed'], 'any': ['done', 'failed']}[row.get('status', '1')]
        assert outcome in expected, f'{outcome}: {text}'
        for line in text.splitlines():
            assert not UNFIT.search(line), f'unfit to be shown: {line!a}'
            assert len(line) < 2600, f'a line of {len(line)} characters'
        # Of a flood of failures the first are told, all are counted.
        assert len(text.splitlines()) < 10100, f'{len(text.splitlines())} lines'
        if not cancel:
            for words in table.strings(row.get('says', '')):
                assert words.decode() in text, f'does not say {words.decode()}: {text[:400]}'
        self.check_folders(row, before, folder)
        if row.get('there') != 'any':
            # The server tidies up on its own time.
            wanted = entries(row['there']) if 'there' in row else has
            helpers.wait_until(lambda: helpers.names_below(there) == {entry.path for entry in wanted},
                               f'there is what should be, not {helpers.names_below(there)}', limit=10)
            if has and 'up' in row:
                for entry in wanted:
                    entry.check(there)
        for path in [folder, there]:
            helpers.remove_tree(path)

    def run_command(self, way, ends, cancel):
        ends = [f'host{end}' if str(end).startswith(':') else end for end in ends]
        process = self.place.start(*([] if way == 'plain' else [way]), *ends, stdout=subprocess.DEVNULL, preexec_fn=limit_cpu)
        timer = threading.Timer(helpers.LIMIT, process.kill)
        timer.start()
        if cancel:
            helpers.wait_until(cancel.exists, 'the server is silent')
            process.send_signal(signal.SIGINT)
            # Within a second; the machine may be busy with other things.
            timer.cancel()
            timer = threading.Timer(30, process.kill)
            timer.start()
        status, errors, memory, _ = run_to_end(process)
        timer.cancel()
        text = errors.decode()
        assert status in (0, 1, 130), f'status {status}: {text[:400]}'
        assert SANITIZED or memory < MEMORY_MAX, f'{memory >> 20} MiB'
        return {0: 'done', 1: 'failed', 130: 'cancelled'}[status], text

    def run_engine(self, way, ends, cancel):
        number, answer = self.driver.request('copy', FLAGS[way], *map(str, ends))
        if cancel:
            helpers.wait_until(cancel.exists, 'the server is silent')
            self.driver.cancel(number)
        try:
            return answer.get(timeout=30 if cancel else helpers.LIMIT)
        except queue.Empty:
            raise AssertionError('takes too long') from None

    def check_folders(self, row, before, folder):
        target, outside = folder / 'target', folder / 'outside'
        assert stat.S_IMODE(target.stat().st_mode) == 0o751, 'the target has another mode'
        assert sorted(os.listdir(folder)) == ['outside', 'target'], f'beside the target: {os.listdir(folder)}'
        assert os.listdir(outside) == ['secret'], f'outside: {os.listdir(outside)}'
        assert (outside / 'secret').read_bytes() == SECRET, 'what is outside was written to'
        assert not os.path.lexists('/tmp/wherry-hostile-x'), 'written to an absolute path'
        names = helpers.names_below(target)
        for name in names:
            mode = os.lstat(os.path.join(os.fsencode(target), name)).st_mode
            assert not mode & 0o7000, f'{name} has mode {mode:o}'

        leaves = row.get('leaves')
        if leaves == 'any':
            return
        after = before if leaves is None else entries(leaves)
        expected = {entry.path for entry in after}
        assert names == expected, f'left: {sorted(names)}, not {sorted(expected)}'
        for entry in after:
            entry.check(target)


def main(*tables):
    bench = Bench(*tables)
    try:
        helpers.run(bench.tests())
    finally:
        with contextlib.suppress(Exception):
            bench.pool.shutdown(cancel_futures=True)
