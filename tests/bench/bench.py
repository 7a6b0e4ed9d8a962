"""Measures wherry-cp and its peers on the same work, side by side, in one run.

Usage: bench.py BUILD_FOLDER [--quick] [--only WORK] [--output FILE] [--chart FILE]

All ends lie in memory (/dev/shm), so that it is programs and wire that are measured. The server is a
private sshd on loopback; `far` is the same one behind the relay, 25 ms away each way. Rounds are
interleaved, and begin with another program each, so that a noisy minute hits all alike; medians are
told. The first copy of each is compared byte for byte. Who has taken 15 s for a work gets no further
round of it, and who would take far longer gets a part of the work, which the table tells.

Processor seconds are those of all processes of an end; the peak memory of the client is that of its
largest process, that of the server the sum of the largest of each connection.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

import chart
import contenders
from server import Server

MIB = 1 << 20
ENOUGH = 15  # seconds of one program in one work
DELAY = 25  # milliseconds each way
TOP = pathlib.Path(__file__).resolve().parents[2]
OURS = 'wherry-cp'


class Work:
    """One set of files and one way to the server."""

    def __init__(self, title, host, files, rounds, names, ways=('up', 'down'), part=None, part_names=()):
        self.title = title
        self.host = host
        self.files = files
        self.rounds = rounds
        self.names = names
        self.ways = ways
        self.part = part  # of the files, for those who would take too long
        self.part_names = part_names

    def files_of(self, name):
        return self.part if name in self.part_names else self.files


class Files:
    """So many folders with so many files of so many bytes each."""

    def __init__(self, folders, per_folder, size):
        self.folders = folders
        self.per_folder = per_folder
        self.size = size

    def total(self):
        return self.folders * self.per_folder * self.size

    def make(self, top):
        rng = random.Random(1)
        for number in range(self.folders):
            folder = top / f'folder-{number:03}'
            folder.mkdir(parents=True)
            for file_number in range(self.per_folder):
                with open(folder / f'file-{file_number:04}', 'wb') as file:
                    for begin in range(0, self.size, 64 * MIB):
                        file.write(rng.randbytes(min(self.size - begin, 64 * MIB)))


def works(quick):
    everyone = [OURS, 'scp -O', 'scp', 'sftp -b', 'tar | ssh tar', 'rsync', 'lftp -P 8', 'rclone', 'gio copy']
    large = [OURS, 'scp -O', 'scp -O, AES-GCM', *everyone[2:]]
    between = [OURS, 'scp -O', 'scp', 'tar | ssh tar', 'rclone']
    tiny = Files(1, 1, 1)
    if quick:
        few = [OURS, 'scp -O', 'tar | ssh tar', 'rsync', 'lftp -P 8']
        return {
            'connect': Work('one tiny file', 'near', tiny, 1, everyone),
            'small': Work('1,000 files of 4 KiB', 'near', Files(10, 100, 4096), 1, everyone),
            'large': Work('256 MiB', 'near', Files(1, 1, 256 * MIB), 1, everyone),
            'far-small': Work('50 files of 4 KiB, 50 ms away', 'far', Files(5, 10, 4096), 1, few),
            'far-large': Work('64 MiB, 50 ms away', 'far', Files(1, 1, 64 * MIB), 1, few),
            'between': Work('256 MiB from server to server', 'near', Files(1, 1, 256 * MIB), 1, between, ['between']),
        }
    return {
        'connect': Work('one tiny file', 'near', tiny, 10, everyone),
        'far-connect': Work('one tiny file, 50 ms away', 'far', tiny, 5, everyone),
        'small': Work('10,000 files of 4 KiB', 'near', Files(100, 100, 4096), 5, everyone),
        'mix': Work('1,000 files of 1 MiB', 'near', Files(10, 100, MIB), 3, everyone),
        'large': Work('1 GiB', 'near', Files(1, 1, 1024 * MIB), 5, large),
        'far-small': Work('1,000 files of 4 KiB, 50 ms away', 'far', Files(10, 100, 4096), 5, everyone,
                          part=Files(10, 10, 4096), part_names=['scp', 'sftp -b', 'rclone', 'gio copy']),
        'far-large': Work('1 GiB, 50 ms away', 'far', Files(1, 1, 1024 * MIB), 3, everyone,
                          part=Files(1, 1, 128 * MIB), part_names=['sftp -b', 'rclone', 'gio copy']),
        'between-small': Work('10,000 files of 4 KiB from server to server', 'near', Files(100, 100, 4096), 5, between, ['between']),
        'between': Work('1 GiB from server to server', 'near', Files(1, 1, 1024 * MIB), 5, between, ['between']),
    }


class Bench:
    """What runs the copies: the tools, the server, and a folder in memory."""

    def __init__(self, measure, server, folder):
        self.measure = measure
        self.server = server
        self.folder = folder

    def run(self, contender, command):
        environment = {**os.environ, **(contender.environment or {})}
        with tempfile.TemporaryFile() as errors, tempfile.NamedTemporaryFile('r') as figures:
            run = subprocess.run([self.measure, figures.name, *command], stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                                 env=environment, check=False)
            if run.returncode != 0:
                errors.seek(0)
                said = errors.read()[-2000:].decode(errors='replace')
                raise RuntimeError(f'{contender.name} ends with status {run.returncode}: {said}')
            seconds, cpu_seconds, peak_kib = map(float, figures.read().split())
        return {'seconds': seconds, 'cpu_seconds': cpu_seconds, 'peak_mib': peak_kib / 1024}

    def copy(self, contender, way, host, source, compare):
        target = self.folder / 'target'
        target.mkdir()
        self.server.take_figures()
        figures = self.run(contender, contender.command(way, host, source, target))
        figures.update(self.server.take_figures())
        if compare:
            subprocess.run(['diff', '-r', source / 'data', target / 'data'], check=True)
        shutil.rmtree(target)
        return figures

    def probe(self, everyone):
        """Leaves those who can't do it here; tells the ciphers of the others."""
        source = self.folder / 'probe'
        Files(1, 1, 10).make(source / 'data')
        able, ciphers = {}, {}
        for name, contender in everyone.items():
            try:
                self.copy(contender, 'up', 'near', source, True)
            except (RuntimeError, subprocess.CalledProcessError) as error:
                shutil.rmtree(self.folder / 'target', ignore_errors=True)
                print(f'left out: {error}', file=sys.stderr)
                continue
            able[name] = contender
            ciphers[name] = self.server.last_cipher()
        shutil.rmtree(source)
        return able, ciphers

    def run_work(self, work, able):
        """Figures by (contender, direction)."""
        sources = {}
        for name in work.names:
            files = work.files_of(name)
            if files not in sources:
                sources[files] = self.folder / f'source-{len(sources)}'
                files.make(sources[files] / 'data')
        figures = {(name, way): [] for name in work.names if name in able for way in work.ways}
        for number in range(work.rounds):
            turns = list(figures)
            first = number * 2 % len(turns)
            for name, way in turns[first:] + turns[:first]:
                done = figures[name, way]
                if sum(one['seconds'] for one in done) > ENOUGH:
                    continue
                progress(f'{work.title}: round {number + 1} of {work.rounds}, {name} {way}')
                done.append(self.copy(able[name], way, work.host, sources[work.files_of(name)], not done))
        progress('')
        for source in sources.values():
            shutil.rmtree(source)
        return figures


def progress(text):
    if sys.stderr.isatty():
        print(f'\r\033[K{text}', end='', file=sys.stderr, flush=True)
    elif text:
        print(text, file=sys.stderr, flush=True)


def summarize(key, work, figures):
    """Medians. Whoever had a part of the work is told with what it took for that, and with the time of all of it."""
    rows = []
    for (name, way), done in figures.items():
        files = work.files_of(name)
        row = {'work': key, 'title': work.title, 'contender': name, 'direction': way, 'rounds': len(done), 'bytes': files.total(),
               'files': files.folders * files.per_folder, 'share': files.total() / work.files.total()}
        row.update({figure: statistics.median(one[figure] for one in done) for figure in done[0]})
        row['seconds_for_all'] = row['seconds'] / row['share']
        row['all_seconds'] = [one['seconds'] for one in done]
        rows.append(row)
    for row in rows:
        ours = next(other for other in rows if other['contender'] == OURS and other['direction'] == row['direction'])
        row['times_ours'] = row['seconds_for_all'] / ours['seconds_for_all']
    return rows


def print_rows(rows):
    last = None
    for row in rows:
        if row['work'] != last:
            last = row['work']
            print(f'\n{row["title"]}\n{"":27}{"":>7}{"":>8}{"":>8}{"client":>8}{"":>7}{"server":>8}')
            print(f'{"":18}{"":>9}{"seconds":>9}{"MB/s":>8}{"x ours":>8}{"CPU s":>8}{"MiB":>5}{"CPU s":>8}{"MiB":>5}{"rounds":>8}')
        part = '' if row['share'] == 1 else f'  of {row["share"]:.3g} of it: {row["seconds"]:.2f} s'
        speed = f'{row["bytes"] / row["seconds"] / 1e6:.3g}' if row['bytes'] > MIB else ''
        print(f'{row["contender"]:18}{row["direction"]:>9}{row["seconds_for_all"]:9.2f}{speed:>8}'
              f'{row["times_ours"]:8.2f}{row["cpu_seconds"]:8.2f}{row["peak_mib"]:5.0f}{row["server_cpu_seconds"]:8.2f}'
              f'{row["server_peak_mib"]:5.0f}{row["rounds"]:8}{part}')


def first_line(*command):
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return ((run.stdout + run.stderr).splitlines() or [''])[0]


def found_in(path, pattern, otherwise):
    match = re.search(pattern, pathlib.Path(path).read_text(encoding='utf-8'), re.M)
    return match.group(1) if match else otherwise


def describe_machine(able, ciphers):
    """What the figures depend on; nothing that tells whose machine it is."""
    versions = {'ssh': ['ssh', '-V'], 'tar': ['tar', '--version'], 'rsync': ['rsync', '--version'], 'lftp': ['lftp', '--version'],
                'rclone': ['rclone', 'version'], 'gio': ['gio', '--version']}
    used = {contender.program for contender in able.values()} | {'ssh'}
    return {
        'when': datetime.datetime.now().isoformat(timespec='seconds'),
        'cpu': found_in('/proc/cpuinfo', r'^model name\s*:\s*(.*)$', platform.machine()),
        'cores': os.cpu_count(),
        'memory_mib': int(found_in('/proc/meminfo', r'^MemTotal:\s*(\d+)', '0')) // 1024,
        'kernel': platform.release(),
        'system': found_in('/etc/os-release', r'^PRETTY_NAME="?(.*?)"?$', 'unknown'),
        'load_before': os.getloadavg()[0],
        'wherry': first_line('git', '-C', TOP, 'describe', '--always', '--dirty'),
        'versions': {name: first_line(*command) for name, command in versions.items() if name in used},
        'ciphers': ciphers,
    }


def run(tools, chosen):
    """Does the works, and gives what is to be kept of them."""
    memory = '/dev/shm' if shutil.disk_usage('/dev/shm').free > 4096 * MIB else None
    if memory is None:
        print('/dev/shm is too small: the files lie on a disk, which is measured too.', file=sys.stderr)
    rows = []
    with tempfile.TemporaryDirectory(prefix='wherry-', dir=memory) as name:
        folder = pathlib.Path(name)
        with Server(folder / 'sshd', tools, DELAY) as server:
            bench = Bench(tools / 'bench' / 'measure', server, folder)
            everyone = contenders.find(server, tools.parent / 'src' / 'cli' / 'wherry-cp')
            wanted = {name for work in chosen.values() for name in work.names}
            able, ciphers = bench.probe({name: contender for name, contender in everyone.items() if name in wanted})
            machine = describe_machine(able, ciphers)
            for key, work in chosen.items():
                rows += summarize(key, work, bench.run_work(work, able))
    return {'machine': machine, 'rows': rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('build', type=pathlib.Path)
    parser.add_argument('--quick', action='store_true', help='one round of less, in under two minutes')
    parser.add_argument('--only', action='append', choices=works(False), help='this work; may be given again')
    parser.add_argument('--output', type=pathlib.Path, help='where the figures go as JSON; else into bench/results')
    parser.add_argument('--chart', type=pathlib.Path, help='where the chart goes; else to docs/bench.svg if all is measured')
    arguments = parser.parse_args()
    # Nothing stays behind in memory however it is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    tools = arguments.build.resolve() / 'tests'
    chosen = works(arguments.quick)
    whole = not arguments.quick and not arguments.only
    if arguments.only:
        chosen = {key: work for key, work in chosen.items() if key in arguments.only}

    results = run(tools, chosen)
    machine, rows = results['machine'], results['rows']
    print(f'{machine["cpu"]}, {machine["cores"]} cores, {machine["system"]}, Linux {machine["kernel"]}, {machine["versions"]["ssh"]}')
    print('ciphers: ' + ', '.join(f'{name} {cipher}' for name, cipher in machine['ciphers'].items()))
    print_rows(rows)
    stamp = machine['when'].replace(':', '').replace('-', '')
    output = arguments.output or TOP / 'bench' / 'results' / f'{stamp}{"" if whole else "-part"}.json'
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(results, indent=1, ensure_ascii=False) + '\n', encoding='utf-8')
    print(f'\n{output}')
    drawing = arguments.chart or (TOP / 'docs' / 'bench.svg' if whole else None)
    if drawing:
        drawing.parent.mkdir(parents=True, exist_ok=True)
        drawing.write_text(chart.draw(results), encoding='utf-8')
        print(drawing)


if __name__ == '__main__':
    main()
