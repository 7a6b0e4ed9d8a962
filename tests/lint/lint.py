"""The house rules that a machine can check.

Usage: lint.py CHECK SOURCE_FOLDER

Prints one line for each breach, as FILE:LINE: what is wrong; exit status 1 if
there is any, 77 (skipped, for Meson) if the check's tool is not there.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys

# From the ground up: a room sees itself and those before it.
ROOMS = ['base', 'scp', 'local', 'ssh', 'sites', 'remote', 'transfer']
# On top of them all, and not seeing each other.
TOPS = ['ui', 'cli']

LINES_AT_MOST = 800
CLANG_FORMAT_MAJOR = '14'  # what .clang-format is written for; others break lines elsewhere

# System headers that only some rooms may see.
RESERVED = [
    (re.compile(r'libssh/'), {'ssh', 'remote'}),
    (re.compile(r'libsecret/'), {'sites'}),
    (re.compile(r'(gtk|gdk|gsk|graphene)/|(adwaita|gtk|gdk|graphene)\.h'), {'ui', 'main.c'}),
]

INCLUDE = re.compile(r'\s*#\s*include\s*(["<])([^">]+)[">]')
TRANSLATED = re.compile(r'\b(?:[NC]?_|g_dngettext|ngettext|dngettext)\s*\(\s*"|translatable="(?:yes|true)"')
# Written in two halves, or this file would hold them.
MARKS = re.compile(r'\b(?:TO' r'DO|FIX' r'ME|HA' r'CK)\b')
TEXT_SUFFIXES = {'.c', '.h', '.py', '.sh', '.ui', '.css', '.build', '.md', '.json', '.in', '.xml', ''}


def files_below(top, folders, suffixes):
    for folder in folders:
        for path in sorted((top / folder).rglob('*')):
            if path.is_file() and path.suffix in suffixes and '__pycache__' not in path.parts:
                yield path


def lines_of(path):
    try:
        return path.read_text(encoding='utf-8').splitlines()
    except UnicodeDecodeError:
        return []  # a fuzzer's input or a picture


def includes_of(path):
    for number, line in enumerate(lines_of(path), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == '"', match.group(2)


def may_see(room, other):
    if other == room or other in ROOMS and room in ROOMS and ROOMS.index(other) < ROOMS.index(room):
        return True
    if room in TOPS:
        return other in ROOMS
    return room == 'main.c' and (other in ROOMS or other == 'ui')


def check_includes(top):
    src = top / 'src'
    for path in files_below(top, ['src'], {'.c', '.h'}):
        parts = path.relative_to(src).parts
        room = parts[0]
        where = path.relative_to(top)
        if room not in ROOMS + TOPS + ['main.c']:
            yield f'{where}:1: in no room of the design'
            continue
        for number, quoted, header in includes_of(path):
            if not quoted:
                for pattern, rooms in RESERVED:
                    if pattern.match(header) and room not in rooms:
                        yield f'{where}:{number}: <{header}> is for {", ".join(sorted(rooms))} only'
            elif header == 'config.h':
                if path.suffix == '.h':
                    yield f'{where}:{number}: config.h belongs into .c files'
            elif header.split('/')[0] not in ROOMS + TOPS or len(header.split('/')) < 2:
                yield f'{where}:{number}: "{header}" does not name its room'
            elif not may_see(room, header.split('/')[0]):
                yield f'{where}:{number}: {room} may not look up to "{header}"'
    # The engine's tests do without a display, so they must do without GTK.
    for path in files_below(top, ['tests'], {'.c', '.h'}):
        parts = path.relative_to(top / 'tests').parts
        for number, quoted, header in includes_of(path):
            toolkit = RESERVED[-1][0].match(header) if not quoted else header.startswith('ui/')
            if toolkit and parts[0] != 'ui':
                yield f'{path.relative_to(top)}:{number}: "{header}" is for tests/ui only'


def check_length(top):
    for path in files_below(top, ['src', 'tests', 'data'], {'.c', '.h', '.py', '.sh', '.ui', '.css', '.build'}):
        count = len(lines_of(path))
        if count > LINES_AT_MOST:
            yield f'{path.relative_to(top)}:{LINES_AT_MOST}: {count} lines, split it by concern'


def check_marks(top):
    files = list(files_below(top, ['src', 'tests', 'data', 'po', 'flatpak'], TEXT_SUFFIXES))
    files += [path for path in sorted(top.iterdir()) if path.is_file() and path.name != 'COPYING' and path.suffix in TEXT_SUFFIXES]
    for path in files:
        for number, line in enumerate(lines_of(path), 1):
            match = MARKS.search(line)
            if match:
                yield f'{path.relative_to(top)}:{number}: {match.group(0)}: do it, or write it down as an issue'


def check_format(top):
    tool = shutil.which('clang-format')
    version = subprocess.run([tool, '--version'], capture_output=True, text=True).stdout if tool else ''
    match = re.search(r'version (\d+)', version)
    if not match or match.group(1) != CLANG_FORMAT_MAJOR:
        print(f'clang-format {CLANG_FORMAT_MAJOR} is not installed')
        sys.exit(77)
    files = list(files_below(top, ['src', 'tests'], {'.c'}))
    if not files:
        return
    command = [tool, '--dry-run', '--Werror', '--ferror-limit=1', *map(str, files)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=top)
    for line in run.stderr.splitlines():
        match = re.match(r'(.+?):(\d+):\d+: ', line)
        if match:
            yield f'{pathlib.Path(match.group(1)).relative_to(top)}:{match.group(2)}: not as clang-format writes it'
    if run.returncode != 0 and not run.stderr:
        yield f'clang-format failed with status {run.returncode}'


def check_potfiles(top):
    listed_in = next((top / 'po' / name for name in ['POTFILES.in', 'POTFILES'] if (top / 'po' / name).exists()), None)
    if listed_in is None:
        return  # no translations yet
    listed = set()
    for number, line in enumerate(lines_of(listed_in), 1):
        name = line.split('#')[0].strip()
        if name and not (top / name).is_file():
            yield f'{listed_in.relative_to(top)}:{number}: {name} does not exist'
        if name:
            listed.add(name)
    for path in files_below(top, ['src', 'data'], {'.c', '.ui'}):
        name = path.relative_to(top).as_posix()
        if name in listed:
            continue
        for number, line in enumerate(lines_of(path), 1):
            if TRANSLATED.search(line):
                yield f'{name}:{number}: has words to translate, but is not in po/POTFILES'
                break
    for path in files_below(top, ['data'], {'.in'}):
        name = path.relative_to(top).as_posix()
        if re.search(r'\.(desktop|metainfo\.xml)(\.in)+$|\.gschema\.xml', name) and name not in listed:
            yield f'{name}:1: has words to translate, but is not in po/POTFILES'


# Each is a hole in the sandbox: what is not named here, with its reason, is not asked for.
FLATPAK_PERMISSIONS = {
    '--share=network': 'SSH',
    '--share=ipc': 'X11 needs shared memory',
    '--socket=wayland': 'the window',
    '--socket=fallback-x11': 'the window, where there is no Wayland',
    '--socket=ssh-auth': "the keys of the desktop's SSH agent",
    '--device=dri': 'drawing',
    '--talk-name=org.freedesktop.secrets': 'the keyring, where the desktop has no Secret portal',
}


def check_flatpak(top):
    manifests = list(files_below(top, ['flatpak'], {'.json'}))
    if not manifests:
        yield 'flatpak:1: no manifest'
    for path in manifests:
        where = f'{path.relative_to(top)}:1'
        try:
            manifest = json.loads(path.read_text(encoding='utf-8'))
        except ValueError as error:
            yield f'{where}: {error}'
            continue
        if path.stem not in (manifest.get('id'), manifest.get('app-id')):
            yield f'{where}: not named after its application ID'
        for key in ['runtime', 'runtime-version', 'sdk', 'command', 'modules']:
            if not manifest.get(key):
                yield f'{where}: no {key}'
        for permission in manifest.get('finish-args', []):
            if permission not in FLATPAK_PERMISSIONS:
                yield f'{where}: {permission} opens the sandbox for no written reason'
        for module in manifest.get('modules', []):
            for source in module.get('sources', []):
                if source.get('type') == 'git' and not re.fullmatch('[0-9a-f]{40}', source.get('commit', '')):
                    yield f'{where}: {module.get("name")} is not tied to a commit'
                if source.get('type') == 'archive' and not re.fullmatch('[0-9a-f]{64}', source.get('sha256', '')):
                    yield f'{where}: {module.get("name")} is not tied to a checksum'


CHECKS = {
    'includes': check_includes,
    'length': check_length,
    'marks': check_marks,
    'format': check_format,
    'potfiles': check_potfiles,
    'flatpak': check_flatpak,
}


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in CHECKS:
        sys.exit(f'usage: lint.py {"|".join(CHECKS)} SOURCE_FOLDER')
    breaches = list(CHECKS[sys.argv[1]](pathlib.Path(sys.argv[2]).resolve()))
    for breach in breaches:
        print(breach)
    sys.exit(1 if breaches else 0)


if __name__ == '__main__':
    main()
