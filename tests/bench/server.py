"""A private sshd on loopback and, behind the relay, the same one far away."""

import getpass
import pathlib
import re
import shutil
import socket
import subprocess
import time

LIMIT = 10  # seconds


class Server:
    """Hosts `near` and `far` of the ssh_config file `config`; both are one sshd with keys of its own."""

    def __init__(self, folder, relay, delay):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.config = self.folder / 'ssh_config'
        self.user = getpass.getuser()
        self.log = self.folder / 'sshd.log'
        self._start_sshd()
        self.relay = subprocess.Popen([relay, '--delay', str(delay), str(self.port)],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        ports = {'near': self.port, 'far': int(self.relay.stdout.readline())}
        host_key = (self.folder / 'host_key.pub').read_text()
        (self.folder / 'known_hosts').write_text(''.join(f'[127.0.0.1]:{port} {host_key}' for port in ports.values()))
        self.config.write_text(''.join(f'''Host {host}
  HostName 127.0.0.1
  Port {port}
  User {self.user}
  IdentityFile "{self.folder}/key"
  IdentitiesOnly yes
  UserKnownHostsFile "{self.folder}/known_hosts"
''' for host, port in ports.items()))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.relay.stdin.close()
        self.relay.wait(LIMIT)
        self.relay.stdout.close()
        self.sshd.terminate()
        self.sshd.wait(LIMIT)

    def _start_sshd(self):
        for key in ['host_key', 'key']:
            subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', self.folder / key], check=True)
        shutil.copy(self.folder / 'key.pub', self.folder / 'authorized_keys')
        if self.user == 'root':
            pathlib.Path('/run/sshd').mkdir(exist_ok=True)
        (self.folder / 'sshd_config').write_text(f'''ListenAddress 127.0.0.1
HostKey "{self.folder}/host_key"
AuthorizedKeysFile "{self.folder}/authorized_keys"
PidFile none
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 100
Subsystem sftp internal-sftp
# A home of its own: what the account's start-up files do is not to be measured.
SetEnv "HOME={self.folder}"
# Tells the ciphers; a few lines a connection, nothing while it copies.
LogLevel DEBUG1
''')
        for _ in range(5):
            with socket.create_server(('127.0.0.1', 0)) as free:
                self.port = free.getsockname()[1]
            self.sshd = subprocess.Popen([shutil.which('sshd'), '-D', '-f', self.folder / 'sshd_config',
                                          '-p', str(self.port), '-E', self.log], stdin=subprocess.DEVNULL)
            deadline = time.monotonic() + LIMIT
            while self.sshd.poll() is None and time.monotonic() < deadline:
                if self.log.exists() and 'Server listening on' in self.log.read_text(errors='replace'):
                    return
                time.sleep(0.02)
            if self.sshd.poll() is None:
                self.sshd.terminate()
            self.sshd.wait()
            self.log.unlink(missing_ok=True)  # somebody else took the port: try another
        raise RuntimeError('sshd did not start')

    def last_cipher(self):
        found = re.findall(r'kex: client->server cipher: (\S+)', self.log.read_text(errors='replace'))
        return found[-1] if found else 'unknown'
