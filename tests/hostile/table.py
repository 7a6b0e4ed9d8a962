"""Reads the tables of hostile cases; README.md tells what is in them. Imports little: the server starts anew for each command."""

import re

ESCAPES = {'n': b'\n', 't': b'\t', 'r': b'\r', '\\': b'\\', '"': b'"'}
WORD = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^\s"])+')
STRING = re.compile(r'(?:(\d+)\*)?"((?:[^"\\]|\\.)*)"')
ESCAPE = re.compile(r'\\([0-7]{1,3}|.)')


def read(path):
    """The sections of a table, each a dictionary, by their names."""
    rows = {}
    with open(path, encoding='utf-8') as table:
        for number, line in enumerate(table, 1):
            line = line.strip()
            if not line or line.startswith('#'):
                continue
            if line.startswith('['):
                name = line.strip('[]')
                assert name not in rows, f'{path}:{number}: {name} is there twice'
                row = rows[name] = {}
            else:
                key, equals, value = line.partition('=')
                assert equals and key.strip() not in row, f'{path}:{number}: {line}'
                row[key.strip()] = value.strip()
    return rows


def unescape(text):
    output = b''
    end = 0
    for match in ESCAPE.finditer(text):
        output += text[end:match.start()].encode()
        code = match.group(1)
        output += ESCAPES[code] if code in ESCAPES else bytes([int(code, 8)])
        end = match.end()
    return output + text[end:].encode()


def words(value):
    return WORD.findall(value)


def string(word):
    """The bytes of "TEXT", and how often they are to come: more than once for N*"TEXT"."""
    match = STRING.fullmatch(word)
    assert match, word
    return unescape(match.group(2)), int(match.group(1) or 1)


def strings(value):
    return [text * count for text, count in map(string, words(value))]
