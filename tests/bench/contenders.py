"""The programs that are measured, and how each is told to copy the folder `data` of one folder into another."""

import os
import pathlib
import shlex
import shutil

GCM = 'aes128-gcm@openssh.com'

# Tells gio, which copies files but no folders, what to copy: the names are known here, so it has no need to ask.
GIO = '''
set -e
gio mount "$BASE/" </dev/null
cd "$FROM"
find data -type d | sort | while read -r folder; do
  gio mkdir "$TO/$folder"
  set -- $(find "$folder" -maxdepth 1 -type f -printf "$PREFIX%p\\n")
  [ $# -eq 0 ] || gio copy "$@" "$TO/$folder/"
done
'''


class Contender:
    """What it is called, the program it needs, and how to call it: `up`, `down` and `between` are functions of
    (host, source folder, target folder); `between` may be missing."""

    def __init__(self, name, program, copy, ways=('up', 'down'), environment=None):
        self.name = name
        self.program = program
        self.copy = copy
        self.ways = ways
        self.environment = environment

    def is_here(self):
        return shutil.which(self.program) is not None

    def command(self, way, host, source, target):
        return [str(word) for word in self.copy(way, host, source, target)]


def ends(way, host, source, target):
    """As scp names them: the folder that is copied and the one it goes into."""
    return {
        'up': [f'{source}/data', f'{host}:{target}/'],
        'down': [f'{host}:{source}/data', f'{target}/'],
        'between': [f'{host}:{source}/data', f'other:{target}/'],
    }[way]


def wherry(server, program):
    def copy(*where):
        return [program, '-q', '-r', '--ssh-config', server.config, *ends(*where)]
    return Contender('wherry-cp', str(program), copy, ['up', 'down', 'between'])


def scp(server, name, *options):
    def copy(way, *where):
        return ['scp', '-q', '-r', '-F', server.config, *options, *(['-3'] if way == 'between' else []), *ends(way, *where)]
    return Contender(name, 'scp', copy, ['up', 'down', 'between'])


def tar(server):
    ssh = f'ssh -F {shlex.quote(str(server.config))}'

    def copy(way, host, source, target):
        pack, unpack = f'tar -C {source} -cf - data', f'tar -C {target} -xf -'
        return ['sh', '-c', {
            'up': f'{pack} | {ssh} {host} "{unpack}"',
            'down': f'{ssh} {host} "{pack}" | {unpack}',
            'between': f'{ssh} {host} "{pack}" | {ssh} other "{unpack}"',
        }[way]]
    return Contender('tar | ssh tar', 'tar', copy, ['up', 'down', 'between'])


def sftp(server):
    """Reads its commands from a file; it makes no folder that it copies into."""
    def copy(way, host, source, target):
        batch = server.folder / 'batch'
        batch.write_text(f'put -R {source}/data {target}\n' if way == 'up' else f'get -R {source}/data {target}\n', encoding='utf-8')
        return ['sftp', '-q', '-F', server.config, '-b', batch, host]
    return Contender('sftp -b', 'sftp', copy)


def lftp(server):
    def copy(way, host, source, target):
        mirror = f'mirror -P 8 {"-R " if way == "up" else ""}{source}/data {target}/data'
        connect = f"set sftp:connect-program 'ssh -F {server.config} -a -x'; set net:max-retries 1; set cmd:fail-exit yes"
        return ['lftp', '--norc', '-c', f'{connect}; open -u {server.user},unused sftp://{host}; {mirror}']
    return Contender('lftp -P 8', 'lftp', copy)


def rsync(server):
    def copy(*where):
        return ['rsync', '-r', '-e', f'ssh -F {shlex.quote(str(server.config))}', *ends(*where)]
    return Contender('rsync', 'rsync', copy)


def rclone(server):
    def there(host, folder):
        options = {'host': '127.0.0.1', 'port': server.ports[host], 'user': server.user, 'key_file': server.key,
                   'known_hosts_file': server.known_hosts}
        return ':sftp,' + ','.join(f'{key}="{value}"' for key, value in options.items()) + f':{folder}/data'

    def copy(way, host, source, target):
        return ['rclone', '--config', '', 'copy', *{
            'up': [f'{source}/data', there(host, target)],
            'down': [there(host, source), f'{target}/data'],
            'between': [there(host, source), there('other', target)],
        }[way]]
    return Contender('rclone', 'rclone', copy, ['up', 'down', 'between'])


def gio(server):
    """Through gvfs, which is started for it, on a bus and with a home of its own; the ssh it finds first reads our
    configuration."""
    folder = server.folder / 'gvfs'
    folder.mkdir()
    # A short path: there is no room for a long one in the names of the sockets below it.
    sockets = server.folder / 'run'
    sockets.mkdir(mode=0o700)
    ssh = folder / 'ssh'
    ssh.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {shlex.quote(str(server.config))} "$@"\n', encoding='utf-8')
    ssh.chmod(0o755)
    environment = {'PATH': f'{folder}:{os.environ["PATH"]}', 'HOME': str(folder), 'XDG_DATA_HOME': str(folder),
                   'XDG_RUNTIME_DIR': str(sockets), 'GIO_USE_VOLUME_MONITOR': 'unix'}

    def copy(way, host, source, target):
        base = f'sftp://{host}'
        here, there = (f'{source}/', f'{base}{target}') if way == 'up' else (f'{base}{source}/', target)
        return ['env', f'BASE={base}', f'FROM={source}', f'PREFIX={here}', f'TO={there}',
                'dbus-run-session', '--', 'sh', '-c', GIO]
    there_is = pathlib.Path('/usr/libexec/gvfsd-sftp').exists() and shutil.which('dbus-run-session')
    return Contender('gio copy', 'gio' if there_is else 'gvfsd-sftp', copy, environment=environment)


def find(server, wherry_cp):
    """All that are on this machine, by name; the first is ours."""
    everyone = [
        wherry(server, wherry_cp),
        scp(server, 'scp -O', '-O'),
        scp(server, 'scp -O, AES-GCM', '-O', '-c', GCM),
        scp(server, 'scp', '-s'),
        sftp(server),
        tar(server),
        rsync(server),
        lftp(server),
        rclone(server),
        gio(server),
    ]
    return {contender.name: contender for contender in everyone if contender.is_here()}
