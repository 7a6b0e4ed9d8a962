"""Measures wherry-cp against scp and others, side by side, on one private server.

Usage: bench.py BUILD_FOLDER [--quick] [--only PART] [--output FILE]

All ends lie in memory (/dev/shm), so that it is programs and wire that are measured. Rounds are
interleaved, so that a noisy minute hits all alike; medians are told. Each first copy is compared
byte for byte. The far server is the same one behind the relay, 25 ms away each way. Whoever took
over 20 s for a copy gets no second round of it.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import random
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile

from server import Server

MIB = 1 << 20
SLOW = 20  # seconds
DELAY = 25  # milliseconds each way
GCM = 'aes128-gcm@openssh.com'


class Case:
    """One set of files and one way to the server."""

    def __init__(self, name, host, make, rounds, contenders):
        self.name = name
        self.host = host
        self.make = make
        self.rounds = rounds
        self.contenders = contenders


def make_files(folders, per_folder, size):
    def make(top):
        rng = random.Random(1)
        for number in range(folders):
            folder = top / f'folder-{number:03}'
            folder.mkdir(parents=True)
            for file_number in range(per_folder):
                (folder / f'file-{file_number:04}').write_bytes(rng.randbytes(size))
    return make


def make_large(size):
    def make(top):
        top.mkdir(parents=True)
        block = os.urandom(min(size, 64 * MIB))
        with open(top / 'large', 'wb') as file:
            for _ in range(size // len(block)):
                file.write(block)
    return make


def commands(server, wherry_cp):
    """By contender: a function of (host, source folder, target folder, whether it is an upload) that
    gives the command which copies the folder `data` of one into the other."""
    config = server.config
    ssh = f'ssh -F {shlex.quote(str(config))}'

    def wherry(host, source, target, up):
        paths = [f'{source}/data', f'{host}:{target}/'] if up else [f'{host}:{source}/data', f'{target}/']
        return [wherry_cp, '-q', '-r', '--ssh-config', config, *paths]

    def scp(*options):
        def command(host, source, target, up):
            paths = [f'{source}/data', f'{host}:{target}/'] if up else [f'{host}:{source}/data', f'{target}/']
            return ['scp', '-q', '-r', '-F', config, *options, *paths]
        return command

    def tar(host, source, target, up):
        pack, unpack = f'tar -C {source} -cf - data', f'tar -C {target} -xf -'
        line = f'{pack} | {ssh} {host} "{unpack}"' if up else f'{ssh} {host} "{pack}" | {unpack}'
        return ['sh', '-c', line]

    def lftp(host, source, target, up):
        mirror = f'mirror -R -P 8 {source}/data {target}/data' if up else f'mirror -P 8 {source}/data {target}/data'
        connect = f"set sftp:connect-program '{ssh} -a -x'; set net:max-retries 1; set cmd:fail-exit yes"
        return ['lftp', '--norc', '-c', f'{connect}; open -u {server.user},unused sftp://{host}; {mirror}']

    def rsync(host, source, target, up):
        paths = [f'{source}/data', f'{host}:{target}/'] if up else [f'{host}:{source}/data', f'{target}/']
        return ['rsync', '-r', '-e', ssh, *paths]

    found = {
        'wherry-cp': wherry,
        'scp -O': scp('-O'),
        'scp -O, AES-GCM': scp('-O', '-c', GCM),
        'scp (SFTP)': scp('-s'),
        'tar | ssh tar': tar,
        'lftp -P 8': lftp,
        'rsync': rsync,
    }
    return {name: command for name, command in found.items() if name == 'wherry-cp' or shutil.which(name.split()[0])}


def measure(tool, command):
    """Runs a command; the figures are its own and those of the processes it waited for."""
    with tempfile.TemporaryFile() as errors, tempfile.NamedTemporaryFile('r') as figures:
        run = subprocess.run([tool, figures.name, *command], stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)
        if run.returncode != 0:
            errors.seek(0)
            raise RuntimeError(f'{command[0]}: status {run.returncode}: {errors.read(2000).decode(errors="replace")}')
        seconds, cpu_seconds, peak_kib = map(float, figures.read().split())
    return {'seconds': seconds, 'cpu_seconds': cpu_seconds, 'peak_mib': peak_kib / 1024}


def copy(tool, command_of, case, folder, up, compare):
    source, target = folder / 'here', folder / ('there' if up else 'back')
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    figures = measure(tool, list(map(str, command_of(case.host, source, target, up))))
    if compare:
        subprocess.run(['diff', '-r', source / 'data', target / 'data'], check=True)
    shutil.rmtree(target)
    return figures


def run_case(tool, case, all_commands, folder):
    """Figures by (contender, direction), and how many bytes each copied."""
    case.make(folder / 'here' / 'data')
    size = sum(path.stat().st_size for path in (folder / 'here').rglob('*') if path.is_file())
    figures = {(name, way): [] for name in case.contenders if name in all_commands for way in ['up', 'down']}
    for round_number in range(case.rounds):
        for (name, way), list_of in figures.items():
            if list_of and list_of[0]['seconds'] > SLOW:
                continue
            progress(f'{case.name}: round {round_number + 1} of {case.rounds}, {name} {way}')
            list_of.append(copy(tool, all_commands[name], case, folder, way == 'up', round_number == 0))
    progress('')
    shutil.rmtree(folder / 'here')
    return figures, size


def progress(text):
    if sys.stderr.isatty():
        print(f'\r\033[K{text}', end='', file=sys.stderr, flush=True)
    elif text:
        print(text, file=sys.stderr, flush=True)


def summarize(case, figures, size):
    rows = []
    for (name, way), list_of in figures.items():
        row = {'case': case.name, 'contender': name, 'direction': way, 'bytes': size, 'rounds': len(list_of)}
        for key in ['seconds', 'cpu_seconds', 'peak_mib']:
            row[key] = statistics.median(one[key] for one in list_of)
        row['all_seconds'] = [one['seconds'] for one in list_of]
        rows.append(row)
    for row in rows:
        ours = next(other for other in rows if other['contender'] == 'wherry-cp' and other['direction'] == row['direction'])
        row['times_ours'] = row['seconds'] / ours['seconds']
    return rows


def print_rows(rows):
    last = None
    for row in rows:
        if row['case'] != last:
            last = row['case']
            print(f'\n{last}\n{"":18}{"":>6}{"seconds":>9}{"MB/s":>8}{"x ours":>8}{"CPU s":>8}{"MiB":>7}{"rounds":>8}')
        speed = row['bytes'] / row['seconds'] / 1e6
        print(f'{row["contender"]:18}{row["direction"]:>6}{row["seconds"]:9.2f}{speed:8.3g}{row["times_ours"]:8.2f}'
              f'{row["cpu_seconds"]:8.2f}{row["peak_mib"]:7.0f}{row["rounds"]:8}')


def first_line(*command):
    run = subprocess.run(command, capture_output=True, text=True)
    return ((run.stdout + run.stderr).splitlines() or [''])[0]


def cpu_model():
    match = re.search(r'^model name\s*:\s*(.*)$', pathlib.Path('/proc/cpuinfo').read_text(), re.M)
    return match.group(1) if match else platform.machine()


def describe_machine(tool, server, all_commands, folder):
    """What the figures depend on, with the cipher each contender gets by itself, as the server tells."""
    make_files(1, 1, 10)(folder / 'here' / 'data')
    case = Case('', 'near', None, 1, [])
    ciphers = {}
    for name, command_of in all_commands.items():
        copy(tool, command_of, case, folder, True, False)
        ciphers[name] = server.last_cipher()
    shutil.rmtree(folder / 'here')
    return {
        'when': datetime.datetime.now().isoformat(timespec='seconds'),
        'cpu': cpu_model(),
        'cores': os.cpu_count(),
        'kernel': platform.release(),
        'openssh': first_line('ssh', '-V'),
        'ciphers': ciphers,
    }


def cases(quick):
    everyone = ['wherry-cp', 'scp -O', 'scp (SFTP)', 'tar | ssh tar', 'lftp -P 8', 'rsync']
    few = ['wherry-cp', 'scp -O', 'tar | ssh tar']
    large = ['wherry-cp', 'scp -O', 'scp -O, AES-GCM', *everyone[2:]]
    if quick:
        return {
            'small': Case('10,000 files of 4 KiB', 'near', make_files(100, 100, 4096), 1, few),
            'large': Case('one file of 1 GiB', 'near', make_large(1024 * MIB), 1, [*few, 'scp -O, AES-GCM']),
            'far-small': Case('100 files of 4 KiB, 25 ms away', 'far', make_files(10, 10, 4096), 1, few),
            'far-large': Case('one file of 64 MiB, 25 ms away', 'far', make_large(64 * MIB), 1, few),
        }
    return {
        'small': Case('10,000 files of 4 KiB', 'near', make_files(100, 100, 4096), 5, everyone),
        'large': Case('one file of 1 GiB', 'near', make_large(1024 * MIB), 5, large),
        'far-small': Case('1,000 files of 4 KiB, 25 ms away', 'far', make_files(10, 100, 4096), 5, everyone),
        'far-large': Case('one file of 1 GiB, 25 ms away', 'far', make_large(1024 * MIB), 3, everyone),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('build', type=pathlib.Path)
    parser.add_argument('--quick', action='store_true', help='one round of less, in under two minutes')
    parser.add_argument('--only', action='append', help='small, large, far-small or far-large')
    parser.add_argument('--output', type=pathlib.Path, help='where the figures go as JSON')
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    tool = build / 'tests' / 'bench' / 'measure'
    chosen = cases(arguments.quick)
    if arguments.only:
        chosen = {name: chosen[name] for name in arguments.only}

    memory = '/dev/shm' if shutil.disk_usage('/dev/shm').free > 4096 * MIB else None
    if memory is None:
        print('/dev/shm is too small: the files lie on a disk, which is measured too.', file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix='wherry-bench-', dir=memory) as name:
        folder = pathlib.Path(name)
        with Server(folder / 'server', build / 'tests' / 'relay' / 'relay', DELAY) as server:
            all_commands = commands(server, build / 'src' / 'cli' / 'wherry-cp')
            machine = describe_machine(tool, server, all_commands, folder)
            rows = []
            for case in chosen.values():
                rows += summarize(case, *run_case(tool, case, all_commands, folder))

    print(f'{machine["cpu"]}, {machine["cores"]} cores, Linux {machine["kernel"]}, {machine["openssh"]}')
    print('ciphers: ' + ', '.join(f'{name} {cipher}' for name, cipher in machine['ciphers'].items()))
    print_rows(rows)
    stamp = machine['when'].replace(':', '').replace('-', '')
    output = arguments.output or pathlib.Path(__file__).parent / 'results' / f'{stamp}{"-quick" if arguments.quick else ""}.json'
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps({'machine': machine, 'quick': arguments.quick, 'rows': rows}, indent=1) + '\n')
    print(f'\n{output}')


if __name__ == '__main__':
    main()
