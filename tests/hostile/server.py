"""What the server runs in place of every command: the case that the requested path names.

Usage: server.py STATE_FOLDER TABLE...; the command is in SSH_ORIGINAL_COMMAND.
"""

import os
import select
import shlex
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import table  # pylint: disable=wrong-import-position # found by the line above

PIECE = 1 << 18


def write(fd, text, count):
    """Blocking pipes take all of it at once."""
    piece = max(1, PIECE // max(1, len(text)))
    while count > 0:
        os.write(fd, text * min(piece, count))
        count -= piece


def write_tree(folders, files):
    content = b''.join(b'C0644 4 f%d\ntiny\0' % number for number in range(files))
    for number in range(folders):
        write(1, b'D0755 0 d%d\n%sE\n' % (number, content), 1)


def read(count):
    while count > 0:
        count -= len(os.read(0, count)) or count


def wait_for_hangup():
    """Silent until the connection is gone, also towards a client that has ended its input."""
    poller = select.poll()
    poller.register(1, 0)
    poller.poll()


def read_to_end():
    while os.read(0, 65536):
        pass


def marker_of(command):
    """The marker of `exec sh -c SCRIPT sh MARKER ...`."""
    return shlex.split(command)[5].encode()


def write_more(command):
    """To the file that the command is about."""
    with open(shlex.split(command)[6], 'ab') as file:
        file.write(b' and more')


# Commands that are answered by keys of their own.
PARTS = {'tail -c': 'read', 'cat >>': 'write', 'sha256sum': 'look'}


def key_of(command):
    if command.startswith('scp '):
        return 'send'
    return next((key for part, key in PARTS.items() if part in command), 'shell')


def play(script, ready, command):
    """Does what a row's `send` says, and at its end reads until the client closes."""
    for word in table.words(script):
        verb, _, rest = word.partition(':')
        if word[0] in '"0123456789':
            write(1, *table.string(word))
        elif verb == 'err':
            write(2, *table.string(rest))
        elif verb == 'tree':
            write_tree(*map(int, rest.split(',')))
        elif verb == 'slow':
            for byte in table.string(rest)[0]:
                time.sleep(0.2)
                os.write(1, bytes([byte]))
        elif verb == 'read':
            read(int(rest))
        elif verb == 'lines':
            for _ in range(int(rest)):
                while os.read(0, 1) not in (b'\n', b''):
                    pass
        elif verb == 'drain':
            read_to_end()
        elif verb == 'ready':
            with open(ready, 'w', encoding='ascii'):
                pass
        elif verb == 'sleep':
            wait_for_hangup()
        elif verb == 'eof':
            os.close(1)
            os.close(2)
        elif verb == 'mark':
            write(1, marker_of(command), 1)
            write(1, *table.string(rest))
        elif verb == 'grow':
            write_more(command)
        elif verb == 'real':
            subprocess.run(['sh', '-c', command], check=False)
        elif verb == 'exit':
            sys.exit(int(rest))
        elif verb == 'kill':
            os.kill(os.getpid(), signal.SIGKILL)
        else:
            raise ValueError(word)
    read_to_end()


def main():
    state, *tables = sys.argv[1:]
    command = os.environ['SSH_ORIGINAL_COMMAND']
    rows = {name: row for path in tables for name, row in table.read(path).items()}
    names = [part for word in shlex.split(command) for part in word.split('/') if part in rows]
    script = rows[names[0]].get(key_of(command)) if names else None
    if script is None:
        os.execlp('sh', 'sh', '-c', command)
    try:
        play(script, os.path.join(state, names[0]), command)
    except (BrokenPipeError, ConnectionResetError):
        pass


main()
