"""A real gnome-keyring-daemon on a session bus of its own, for tests."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import time

LIMIT = 30  # seconds
PASSWORD = 'keyring password'

# No service may be started by the bus: who wants one starts it.
BUS_CONFIG = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><keep_umask/><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
{services}</busconfig>
'''
# What shows the prompts; gnome-keyring asks the bus for it.
SERVICES = '<servicedir>{folder}</servicedir>'


def stop(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def wait(what, condition, limit=LIMIT):
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, f'in vain waited for {what}'
        time.sleep(0.02)


class Session:
    """A bus; on it nothing, until start_keyring() is called."""

    def __init__(self, folder, prompter=False, display=None):
        self.folder = pathlib.Path(folder)
        self.runtime = self.folder / 'run'
        self.runtime.mkdir(parents=True, mode=0o700)
        self.home = self.folder / 'home'
        self.home.mkdir()
        self.environment = {**os.environ, 'HOME': str(self.home), 'XDG_RUNTIME_DIR': str(self.runtime), 'LC_ALL': 'C.UTF-8',
                            'G_DEBUG': 'fatal-criticals', 'LSAN_OPTIONS': os.environ.get('LSAN_OPTIONS', '') + ':exitcode=0'}
        for name in ['DISPLAY', 'WAYLAND_DISPLAY', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME', 'GNOME_KEYRING_CONTROL', 'SSH_AUTH_SOCK',
                     'SECRET_BACKEND', 'GSETTINGS_BACKEND', 'LANGUAGE']:
            self.environment.pop(name, None)
        if display:
            self.environment['DISPLAY'] = display
        services = ''
        if prompter:
            (self.folder / 'services').mkdir()
            for name in ['org.gnome.keyring.SystemPrompter', 'org.gnome.keyring.PrivatePrompter']:
                shutil.copy(f'/usr/share/dbus-1/services/{name}.service', self.folder / 'services')
            services = SERVICES.format(folder=self.folder / 'services')
        (self.folder / 'bus.conf').write_text(BUS_CONFIG.format(services=services))
        self.log = open(self.folder / 'session.log', 'wb')
        self.keyring = None
        self.bus = subprocess.Popen(['dbus-daemon', f'--config-file={self.folder}/bus.conf', '--nofork', '--nopidfile', '--print-address=1'],
                                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log, env=self.environment, text=True)
        self.environment['DBUS_SESSION_BUS_ADDRESS'] = self.bus.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.stop_keyring()
        stop(self.bus)
        self.bus.stdout.close()
        self.log.close()

    def start_keyring(self, unlocked=True):
        """Unlocked, and made if there is none yet; or cold and locked."""
        command = ['gnome-keyring-daemon', '--foreground', '--components=secrets']
        self.keyring = subprocess.Popen([*command, '--unlock'] if unlocked else command, stdin=subprocess.PIPE, stdout=self.log,
                                        stderr=self.log, env=self.environment, text=True)
        if unlocked:
            self.keyring.stdin.write(PASSWORD)
        self.keyring.stdin.close()
        wait('the keyring on its bus', lambda: 'true' in self.call('org.freedesktop.DBus', '/', 'org.freedesktop.DBus.NameHasOwner',
                                                                 'org.freedesktop.secrets', check=False))
        return self.keyring

    def stop_keyring(self):
        if self.keyring is not None:
            with contextlib.suppress(ProcessLookupError):
                self.keyring.send_signal(signal.SIGCONT)
            stop(self.keyring)
            self.keyring = None

    def call(self, destination, path, method, *arguments, check=True):
        return subprocess.run(['gdbus', 'call', '--session', '--timeout', str(LIMIT), '--dest', destination, '--object-path', path,
                               '--method', method, *arguments], env=self.environment, check=check, capture_output=True, text=True).stdout

    def lock(self):
        self.call('org.freedesktop.secrets', '/org/freedesktop/secrets', 'org.freedesktop.Secret.Service.Lock',
                  '["/org/freedesktop/secrets/collection/login"]')

    def unlock(self, tool):
        """With the password, in place of a person at the prompt; by keyring-tool."""
        subprocess.run([tool, 'unlock', PASSWORD], env=self.environment, check=True)

    def store(self, value, *attributes, label='stored by a test'):
        """As another program would."""
        subprocess.run(['secret-tool', 'store', '--label', label, *attributes], input=value, env=self.environment, check=True, text=True)

    def search(self, *attributes):
        return subprocess.run(['secret-tool', 'search', '--all', *attributes], env=self.environment, capture_output=True, text=True)
