"""Logging in by a Kerberos ticket (gssapi-with-mic): a realm, a KDC and an sshd of the test's own on loopback."""

import os
import shutil
import socket
import subprocess

import helpers

PROGRAMS = ['krb5kdc', 'kdb5_util', 'kadmin.local', 'kinit']
PATH = os.environ['PATH'] + ':/usr/sbin:/sbin'
REALM = 'WHERRY.TEST'


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as free:
        return free.getsockname()[1]


class Realm:
    """With the account that runs the test, and the host "localhost"."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        port = free_port()
        (folder / 'krb5.conf').write_text(f'''[libdefaults]
 default_realm = {REALM}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
[realms]
 {REALM} = {{
  kdc = 127.0.0.1:{port}
 }}
[domain_realm]
 localhost = {REALM}
[logging]
 kdc = FILE:{folder}/kdc.log
''')
        (folder / 'kdc.conf').write_text(f'''[kdcdefaults]
 kdc_listen = 127.0.0.1:{port}
 kdc_tcp_listen = 127.0.0.1:{port}
[realms]
 {REALM} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
  acl_file = {folder}/acl
 }}
''')
        self.environment = helpers.unwound_slowly({**os.environ, 'PATH': PATH, 'KRB5_CONFIG': str(folder / 'krb5.conf'), 'KRB5_KDC_PROFILE': str(folder / 'kdc.conf'),
                                                   'KRB5_KTNAME': str(folder / 'keytab'), 'KRB5CCNAME': f'FILE:{folder}/tickets', 'HOME': str(PLACE.home)})
        self.run('kdb5_util', 'create', '-s', '-r', REALM, '-P', 'master')
        for query in [f'addprinc -pw secret {helpers.USER}', 'addprinc -randkey host/localhost', f'ktadd -k {folder}/keytab host/localhost']:
            self.run('kadmin.local', '-r', REALM, '-q', query)
        self.kdc = subprocess.Popen(['krb5kdc', '-n', '-r', REALM], env=self.environment, stdin=subprocess.DEVNULL,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        helpers.wait_until(lambda: self.listens(port), 'the KDC listens')

    @staticmethod
    def listens(port):
        with socket.socket() as probe:
            return probe.connect_ex(('127.0.0.1', port)) == 0

    def run(self, *command, words=''):
        subprocess.run(command, env=self.environment, input=words, text=True, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=helpers.LIMIT)

    def stop(self):
        self.kdc.terminate()
        self.kdc.wait(helpers.LIMIT)


if not all(shutil.which(program, path=PATH) for program in PROGRAMS):
    print('1..0 # SKIP krb5-kdc, krb5-admin-server and krb5-user are needed')
    raise SystemExit

PLACE = helpers.Place()
KERBEROS = Realm(PLACE.folder / 'realm')
PLACE.started.append(KERBEROS)
os.environ.update({name: KERBEROS.environment[name] for name in ['KRB5_CONFIG', 'KRB5_KTNAME']})
SERVER = PLACE.add_server('host', config='GSSAPIAuthentication yes\nGSSAPIStrictAcceptorCheck no\nPubkeyAuthentication no\nLogLevel VERBOSE')
(PLACE.here / 'file').write_text('by a ticket\n')


def copy(status):
    return PLACE.cp('-q', '--no-keyring', '--accept-new', '--batch', PLACE.here / 'file', f'scp://localhost:{SERVER.port}/{PLACE.there}/file',
                    config=False, status=status, env=KERBEROS.environment)


def accepted():
    return SERVER.log.read_text(errors='replace').count('Accepted gssapi-with-mic')


def test_without_a_ticket():
    words = copy(1)
    assert 'gssapi-with-mic' in words and accepted() == 0, words
    assert not (PLACE.there / 'file').exists()


def test_with_a_ticket():
    KERBEROS.run('kinit', helpers.USER, words='secret\n')
    copy(0)
    assert (PLACE.there / 'file').read_text() == 'by a ticket\n'
    assert accepted() == 1, SERVER.log.read_text(errors='replace')


helpers.run(globals())
