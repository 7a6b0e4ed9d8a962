"""A private sshd on loopback, the same one far away behind the relay, and another one."""

import getpass
import pathlib
import re
import shutil
import subprocess

LIMIT = 20  # seconds


class Server:
    """Hosts `near`, `far` and `other` of the ssh_config file `config`, with keys of their own."""

    def __init__(self, folder, tools, delay):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.config = self.folder / 'ssh_config'
        self.user = getpass.getuser()
        self.log = self.folder / 'sshd.log'
        self.key = self.folder / 'key'
        self.known_hosts = self.folder / 'known_hosts'
        self._write_configuration()
        sshd = [tools / 'bench' / 'meter', shutil.which('sshd'), '-i', '-f', self.folder / 'sshd_config', '-E', self.log]
        self.started = []
        self.meters = [self._start(*sshd), self._start(*sshd)]
        near, other = (int(meter.stdout.readline()) for meter in self.meters)
        relay = self._start(tools / 'relay' / 'relay', '--delay', str(delay), str(near))
        self.ports = {'near': near, 'far': int(relay.stdout.readline()), 'other': other}
        host_key = (self.folder / 'host_key.pub').read_text(encoding='ascii')
        self.known_hosts.write_text(''.join(f'[127.0.0.1]:{port} {host_key}' for port in self.ports.values()), encoding='ascii')
        self.config.write_text(''.join(f'''Host {host}
  HostName 127.0.0.1
  Port {port}
  User {self.user}
  IdentityFile "{self.key}"
  IdentitiesOnly yes
  UserKnownHostsFile "{self.known_hosts}"
''' for host, port in self.ports.items()), encoding='utf-8')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Each ends when its stdin does; the relay first, then nothing connects any more.
        for process in reversed(self.started):
            process.stdin.close()
            process.wait(LIMIT)
            process.stdout.close()

    def _start(self, *command):
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.started.append(process)
        return process

    def _write_configuration(self):
        for key in ['host_key', 'key']:
            subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', self.folder / key], check=True)
        shutil.copy(self.folder / 'key.pub', self.folder / 'authorized_keys')
        if self.user == 'root':
            pathlib.Path('/run/sshd').mkdir(exist_ok=True)
        (self.folder / 'sshd_config').write_text(f'''HostKey "{self.folder}/host_key"
AuthorizedKeysFile "{self.folder}/authorized_keys"
PidFile none
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
Subsystem sftp internal-sftp
# A home of its own: what the account's start-up files do is not to be measured.
SetEnv "HOME={self.folder}"
# Tells the ciphers; a few lines a connection, nothing while it copies.
LogLevel DEBUG1
''', encoding='utf-8')

    def take_figures(self):
        """Processor seconds, peak memory (MiB, summed over connections) and number of the connections since it was
        asked last, once all are over."""
        sums = [0.0, 0.0, 0.0]
        for meter in self.meters:
            meter.stdin.write(b'\n')
            meter.stdin.flush()
            sums = [a + b for a, b in zip(sums, map(float, meter.stdout.readline().split()))]
        return {'server_cpu_seconds': sums[0], 'server_peak_mib': sums[1] / 1024, 'connections': int(sums[2])}

    def last_cipher(self):
        found = re.findall(r'kex: client->server cipher: (\S+)', self.log.read_text(encoding='utf-8', errors='replace'))
        return found[-1] if found else 'unknown'
