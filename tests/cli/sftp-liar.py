"""An SFTP server that lies, for tests: version 3, on standard input and output. The first part of every path says how.

In its home it leaves a file `endless-names` or `silent` once it does that, which does not end."""

import os
import stat
import struct
import sys

INIT, VERSION, OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT, SETSTAT, FSETSTAT, OPENDIR, READDIR, REMOVE, MKDIR = range(1, 15)
REALPATH, STAT, RENAME, READLINK = 16, 17, 18, 19
STATUS, HANDLE, DATA, NAME, ATTRS = 101, 102, 103, 104, 105
OK, END, MISSING, DENIED, FAILURE = range(5)

GOOD = b'hello'
LARGE = bytes(range(256)) * 1000
FOLDER, FILE = stat.S_IFDIR | 0o755, stat.S_IFREG | 0o644


def leave_word(case):
    open(os.path.join(os.environ['HOME'], case), 'w').close()


class Entry:
    def __init__(self, mode, content=b'', size=None):
        self.mode, self.content = mode, content
        self.size = len(content) if size is None else size


# What is in a case's folder beside the file "good".
CASES = {
    'honest': {b'large': Entry(FILE, LARGE), b'empty': Entry(FILE), b'sub': Entry(FOLDER)},
    'slash': {b'../evil': Entry(FILE, b'evil')},
    'absolute': {b'/evil': Entry(FILE, b'evil')},
    'nul': {b'a\0b': Entry(FILE, b'evil')},
    'no-name': {b'': Entry(FILE, b'evil')},
    'control': {b'\033[2J': Entry(FILE, b'x')},
    'long-name': {b'x' * 300: Entry(FILE, b'x')},
    'larger': {b'bad': Entry(FILE, GOOD, 10)},
    'smaller': {b'bad': Entry(FILE, GOOD, 3)},
    'larger-large': {b'bad': Entry(FILE, LARGE, len(LARGE) + 1)},
    'smaller-large': {b'bad': Entry(FILE, LARGE, len(LARGE) - 1)},
    'huge': {b'bad': Entry(FILE, GOOD, 2**62)},
    'absurd': {b'bad': Entry(FILE, GOOD, 2**64 - 1)},
    'changing': {b'bad': Entry(FILE, GOOD)},
    'changing-large': {b'bad': Entry(FILE, LARGE)},
    'short-reads': {b'large': Entry(FILE, LARGE[:3000])},
    'special-bits': {b'bits': Entry(stat.S_IFREG | 0o6777, GOOD)},
    'fifo': {b'bad': Entry(stat.S_IFIFO | 0o644)},
    'link-loop': {b'bad': Entry(stat.S_IFLNK | 0o777)},
}


def string(value):
    return struct.pack('>I', len(value)) + value


class Liar:
    def __init__(self):
        self.handles = {}
        self.listed = set()
        self.looks = 0

    def send(self, kind, number, rest=b''):
        packet = struct.pack('>BI', kind, number) + rest
        os.write(1, struct.pack('>I', len(packet)) + packet)

    def status(self, number, code):
        self.send(STATUS, number, struct.pack('>I', code) + string(b'so it is') + string(b''))

    def attrs(self, entry):
        return struct.pack('>IQIII', 0x0d, entry.size, entry.mode, 1_000_000_000 + self.looks, 1_000_000_000 + self.looks)

    def find(self, path):
        """The case, and the entry the path names in it."""
        case, _, below = path.strip(b'/').decode(errors='replace').partition('/')
        name = below.encode().rsplit(b'/', 1)[-1]
        if name in (b'', b'd') or case == 'nested':
            return case, Entry(FOLDER)
        if case == 'link-loop' and name == b'bad':
            return case, Entry(FOLDER)
        return case, {b'good': Entry(FILE, GOOD), **CASES.get(case, {})}.get(name)

    def read_dir(self, number, handle, case):
        if case == 'endless-names':
            self.looks += 1
            if self.looks == 100:
                leave_word(case)
            self.send(NAME, number, struct.pack('>I', 1) + string(b'%d' % self.looks) + string(b'') + self.attrs(Entry(FOLDER)))
        elif handle in self.listed:
            self.status(number, END)
        else:
            entries = {b'.': Entry(FOLDER), b'..': Entry(FOLDER), b'good': Entry(FILE, GOOD), **CASES.get(case, {})}
            if case == 'nested':
                entries[b'd'] = Entry(FOLDER)
            if self.handles[handle][1].endswith(b'/sub'):
                entries = {b'.': Entry(FOLDER)}
            listed = [*entries.items(), *([(b'good', Entry(FILE, b'other'))] if case == 'same-twice' else [])]
            self.listed.add(handle)
            self.send(NAME, number, struct.pack('>I', 2**31 if case == 'count' else len(listed)) + b''.join(
                string(name) + string(b'') + self.attrs(entry) for name, entry in listed))

    def read(self, number, entry, case, offset, length):
        data = entry.content[offset:offset + length]
        if case == 'short-reads':
            data = data[:7]
        if case == 'empty-data':
            data = b''
        elif case == 'long-data':
            data = b'x' * (length + 1)
        elif case == 'bad-data':
            self.send(DATA, number, struct.pack('>I', 1000) + b'short')
            return
        elif not data:
            self.status(number, END)
            return
        self.send(DATA, number, string(data))

    def answer(self, kind, number, body):
        first_length = struct.unpack('>I', body[:4])[0]
        first, rest = body[4:4 + first_length], body[4 + first_length:]
        if first in self.handles:
            case, path, entry = self.handles[first]
        else:
            path = first
            case, entry = self.find(path)

        if case == 'silent':
            leave_word(case)
            return
        if case == 'wrong-id' and kind == OPEN:
            number += 1000
        if case == 'huge-packet' and kind == OPEN:
            os.write(1, b'\x7f\xff\xff\xff')
        if case == 'tiny-packet' and kind == OPEN:
            os.write(1, struct.pack('>I', 0))

        if kind in (OPEN, OPENDIR):
            handle = b'%d' % len(self.handles)
            if entry is None and kind == OPENDIR:
                self.status(number, MISSING)
                return
            if case == 'ok-for-open' and kind == OPEN:
                self.status(number, OK)
                return
            if case == 'long-handle' and kind == OPEN:
                handle = b'x' * 300
            self.handles[handle] = case, path, entry
            self.send(HANDLE, number, string(handle))
            if case == 'twice' and kind == OPEN:
                self.send(HANDLE, number, string(handle))
        elif kind == READDIR:
            self.read_dir(number, first, case)
        elif kind == READ:
            offset, length = struct.unpack('>QI', rest)
            self.read(number, entry, case, offset, length)
        elif kind in (STAT, LSTAT, FSTAT):
            if kind == FSTAT and case.startswith('changing'):
                self.looks += 1
            if case == 'mkdir' and path.endswith(b'/tree'):
                self.status(number, MISSING)
            elif entry is None:
                self.status(number, MISSING)
            else:
                self.send(ATTRS, number, self.attrs(entry))
        elif kind == REALPATH:
            real = b'/link-loop' if path.endswith(b'/bad') else path
            self.send(NAME, number, struct.pack('>I', 1) + string(real) + string(b'') + struct.pack('>I', 0))
        else:
            refused = {'write': WRITE, 'close': CLOSE, 'rename': RENAME, 'mkdir': MKDIR}.get(case)
            self.status(number, FAILURE if kind == refused else OK)


def main():
    liar = Liar()
    while (head := sys.stdin.buffer.read(4)) and len(head) == 4:
        packet = sys.stdin.buffer.read(struct.unpack('>I', head)[0])
        if packet[0] == INIT:
            os.write(1, struct.pack('>IBI', 5, VERSION, 3))
        else:
            liar.answer(packet[0], struct.unpack('>I', packet[1:5])[0], packet[5:])


main()
