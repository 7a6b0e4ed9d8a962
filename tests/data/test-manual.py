"""What is installed beside the programs: manual pages and completions know every option, and no other.

Usage: test-manual.py DATA_FOLDER PROGRAM...
"""

import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))

import tap  # noqa: E402

DATA = pathlib.Path(sys.argv[1])
PROGRAMS = {pathlib.Path(program).name: program for program in sys.argv[2:]}
OPTION = re.compile(r'(?<![\w-])(--[a-z][a-z-]+|-[A-Za-z])\b(?!-)')
# GOption's own, which every program of its kind has; a person finds them where they are listed.
UNLISTED = re.compile(r'^--(help-.*|gapplication-service|display)$')


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def options_of_help(program):
    """Those that begin a line, with their values and synonyms."""
    found = set()
    for line in run(PROGRAMS[program], '--help').splitlines():
        match = re.match(r'  ?(-\S+?)(?:, (-\S+?))?(?:[= ]\S*)?(?:\s{2,}|$)', line + '  ')
        if match:
            found |= {re.split('[= ]', option)[0] for option in match.groups() if option}
    assert len(found) > 4, found
    return {option for option in found if not UNLISTED.match(option)}


def options_of_manual(program):
    text = (DATA / f'man/{program}.1').read_text(encoding='utf-8')
    section = re.search(r'^\.SH OPTIONS$(.*?)^\.SH', text, re.M | re.S).group(1)
    tags = re.findall(r'^\.TP\n(.*)$', section.replace('\\-', '-'), re.M)
    return {option for tag in tags for option in OPTION.findall(re.sub(r'\\f.|"', ' ', tag))}


def options_of_bash(program):
    function = '_' + program.replace('-', '_')
    script = f'source "$1"; COMP_WORDS=({program} -); COMP_CWORD=1; {function}; printf "%s\\n" "${{COMPREPLY[@]}}"'
    return set(run('bash', '-c', script, 'bash', str(DATA / f'completions/{program}.bash')).split())


def options_of_zsh(program):
    text = (DATA / f'completions/_{program}').read_text(encoding='utf-8')
    # Without the texts in brackets, and what zsh's own functions take.
    return set(OPTION.findall(re.sub(r'\[.*?\]|\b_\w+ -\S+', ' ', text)))


def assert_same(program, options):
    expected = options_of_help(program)
    assert options == expected, f'missing: {sorted(expected - options)}, unknown: {sorted(options - expected)}'


def test_manual_pages():
    for program in PROGRAMS:
        assert_same(program, options_of_manual(program))


def test_manual_pages_are_sound():
    if not shutil.which('groff'):
        raise tap.Skip('there is no groff')
    for program in PROGRAMS:
        done = subprocess.run(['groff', '-man', '-Tutf8', '-ww', '-z', DATA / f'man/{program}.1'], capture_output=True, text=True, check=True)
        assert not done.stderr, done.stderr


def test_bash_completion():
    for program in PROGRAMS:
        assert_same(program, options_of_bash(program))


def test_zsh_completion():
    for program in PROGRAMS:
        assert_same(program, options_of_zsh(program))
        if shutil.which('zsh'):
            run('zsh', '-n', str(DATA / f'completions/_{program}'))


tap.run({name: value for name, value in globals().items() if name.startswith('test_')})
