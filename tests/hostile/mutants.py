"""Switches each rule off in a copy of the source and sees to it that the tests notice.

Usage: mutants.py SOURCE_FOLDER WORK_FOLDER [NAME...]

Exit status 1 if a mutant lives: its tests pass although the rule is gone.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))
import table  # pylint: disable=wrong-import-position # found by the line above

SOURCE, WORK = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
COPY, BUILD = WORK / 'source', WORK / 'build'
TABLES = {'downloads', 'resume', 'uploads', 'transport'}
# A mutant may well hang; it is dead then too.
LIMIT = 120


def run(*command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace', check=False, **options)


def copy_source():
    names = run('git', '-C', SOURCE, 'ls-files', '-co', '--exclude-standard').stdout.splitlines()
    for name in names:
        source, target = SOURCE / name, COPY / name
        if not source.is_file():
            continue
        # What has not changed keeps its time, or all would be built anew.
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            shutil.copymode(source, target)
    if not (BUILD / 'build.ninja').exists():
        done = run('meson', 'setup', BUILD, COPY, '-Dgui=disabled', '-Doptimization=0', '-Ddebug=false')
        assert done.returncode == 0, done.stdout


def programs():
    """What each test runs, as far as it is built: all else need not be built anew for every mutant."""
    found = {}
    for test in json.loads(run('meson', 'introspect', '--tests', BUILD).stdout):
        paths = [pathlib.Path(BUILD, word).resolve() for word in test['cmd']]
        found[test['name']] = [os.path.relpath(path, BUILD) for path in paths if BUILD in path.parents]
    return found


def build(names):
    done = run('ninja', '-C', BUILD, *sorted(names))
    assert done.returncode == 0, done.stdout[-4000:]


def python():
    for candidate in [sys.executable, '/usr/bin/python3']:
        if run(candidate, '-c', 'import paramiko').returncode == 0:
            return candidate
    return sys.executable


def failures(test):
    """The tests of TEST that fail, and whether all that were to be run did."""
    suite, _, rows = test.partition(':')
    try:
        if suite in TABLES:
            done = run(python(), COPY / 'tests/hostile' / f'test-{suite}.py', BUILD / 'src/cli/wherry-cp', BUILD / 'tests/relay/relay',
                       BUILD / 'tests/hostile/driver', *filter(None, rows.split(',')), timeout=LIMIT * 2)
            return [line for line in done.stdout.splitlines() if line.startswith('not ok') and 'memory of the engine' not in line]
        done = run('meson', 'test', '-C', BUILD, '--no-rebuild', test, timeout=LIMIT * 2)
        assert 'No suitable tests' not in done.stdout, f'there is no test {test}'
        return [] if done.returncode == 0 else [test]
    except subprocess.TimeoutExpired:
        return ['takes too long']


def needed(tests, built):
    names = [f'hostile-{test.partition(":")[0]}' if ':' in test else test for test in tests]
    return {program for name in names for program in built[name]}


def expected(test):
    """How many failures prove that TEST has noticed: every row named, or the test."""
    return max(1, len(list(filter(None, test.partition(':')[2].split(',')))))


def try_mutation(row, built):
    """Returns the tests that did not notice."""
    path = COPY / row['file']
    before = path.read_text(encoding='utf-8')
    (find, replace), = [[text.decode() for text in table.strings(f'{row["find"]} {row["replace"]}')]]
    assert before.count(find) == 1, f'{row["file"]} has it {before.count(find)} times: {find}'
    path.write_text(before.replace(find, replace), encoding='utf-8')
    try:
        build(needed(row['tests'].split(), built))
        return [test for test in row['tests'].split() if len(failures(test)) < expected(test)]
    finally:
        path.write_text(before, encoding='utf-8')


def main():
    rows = table.read(FOLDER / 'mutations.ini')
    wanted = sys.argv[3:] or list(rows)
    copy_source()
    built = programs()
    build(needed([test for name in wanted for test in rows[name]['tests'].split()], built))

    # That they fail means something only of tests that pass.
    broken = []
    for test in sorted({test for name in wanted for test in rows[name]['tests'].split()}):
        found = failures(test)
        print(f'unchanged: {test}: {"passes" if not found else "fails already: " + ", ".join(found)}', flush=True)
        broken += found

    alive = []
    for name in wanted:
        try:
            left = try_mutation(rows[name], built)
        except AssertionError as error:
            left = [str(error)]
        print(f'{name}: {"noticed" if not left else "not noticed by " + " ".join(left)}', flush=True)
        if left:
            alive.append(name)
    print(f'{len(wanted) - len(alive)} of {len(wanted)} mutants were noticed')
    sys.exit(bool(alive or broken))


main()
