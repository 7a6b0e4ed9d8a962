"""One fuzz target for a short time: another one with each commit, so that all have their turn.

Usage: test-fuzz.py SOURCE_FOLDER BUILD_FOLDER [NAME]

Exit status 77 (skipped, for Meson) if there is no clang with libFuzzer.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

SOURCE, BUILD = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
SECONDS = 20


def has_fuzzer():
    with tempfile.TemporaryDirectory() as folder:
        probe = pathlib.Path(folder, 'probe.c')
        probe.write_text('int LLVMFuzzerTestOneInput (const char *data, unsigned long size) { return 0; }\n', encoding='ascii')
        command = ['clang', '-fsanitize=fuzzer,address,undefined', probe, '-o', f'{folder}/probe']
        return shutil.which('clang') and subprocess.run(command, capture_output=True, check=False).returncode == 0


def whose_turn(names):
    count = subprocess.run(['git', '-C', SOURCE, 'rev-list', '--count', 'HEAD'], capture_output=True, text=True, check=False).stdout
    return names[(int(count) if count.strip() else int(time.time()) // 86400) % len(names)]


def main():
    names = sorted(path.stem.removeprefix('fuzz-') for path in (SOURCE / 'tests/fuzz').glob('fuzz-*.c'))
    name = sys.argv[3] if len(sys.argv) > 3 else whose_turn(names)
    if not has_fuzzer():
        print('there is no clang with libFuzzer')
        sys.exit(77)
    # Not what Meson has set for the tests, nor the other compiler's flags.
    environment = {**os.environ, 'CC': 'clang', 'CFLAGS': '', 'LDFLAGS': ''}
    for variable in ['MALLOC_PERTURB_', 'G_DEBUG']:
        environment.pop(variable, None)
    if not (BUILD / 'build.ninja').exists():
        subprocess.run(['meson', 'setup', BUILD, SOURCE, '-Dfuzzers=true', '-Dgui=disabled', '-Dwerror=false'], env=environment, check=True)
    # All, although one runs: who changes what they call learns of it at once.
    subprocess.run(['ninja', '-C', BUILD, *(f'tests/fuzz/fuzz-{each}' for each in names)], env=environment, check=True)

    print(f'fuzzing {name} for {SECONDS} s', flush=True)
    finds = BUILD / 'finds'
    work = BUILD / 'corpus' / name
    for folder in [finds, work]:
        folder.mkdir(parents=True, exist_ok=True)
    kept = SOURCE / 'tests/fuzz/corpus' / name
    fuzzer = subprocess.run([BUILD / 'tests/fuzz' / f'fuzz-{name}', f'-max_total_time={SECONDS}', '-timeout=20', '-verbosity=0',
                             f'-artifact_prefix={finds}/{name}-', work, *([kept] if kept.is_dir() else [])], env=environment, check=False)
    if fuzzer.returncode != 0:
        print(f'found something: see {finds}')
    sys.exit(fuzzer.returncode != 0)


main()
