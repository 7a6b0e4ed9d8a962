"""A server that breaks SSH itself gets neither a login nor a file, and costs neither time nor memory."""

import concurrent.futures
import contextlib
import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import threading

import hostile
from hostile import helpers

try:
    import paramiko
    import attacker
    from attacker import (ADJUST, AUTH_BANNER, AUTH_FAILURE, AUTH_QUESTIONS, AUTH_SUCCESS, CLOSE, DATA, DEBUG, DISCONNECT, EOF, EXTENDED,
                          FILE, GLOBAL_REQUEST, IGNORE, OPEN, OPEN_FAILED, OPENED, REQUEST, SERVICE_ACCEPT, UNIMPLEMENTED, Attack, pack)
except ModuleNotFoundError:
    print('1..0 # SKIP there is no Paramiko')
    sys.exit(0)

KIB = 1024


# ---- before the encryption

class RawWords(Attack):
    """Says what is in `words`, again and again, and closes."""

    words = b''
    times = 1

    def raw(self, sock):
        with contextlib.suppress(OSError), sock:
            for _ in range(self.times):
                sock.sendall(self.words)
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(65536):
                pass
        return True


class SaysNothing(RawWords):
    says = 'closed the connection'


class SpeaksHttp(RawWords):
    words = b'HTTP/1.1 400 Bad Request\r\n\r\n<html>\033]0;evil\007</html>'
    says = 'no SSH server'


class LinesWithoutEnd(RawWords):
    words = b'hello\r\n' * 10000
    times = 10000


class LineWithoutEnd(RawWords):
    words = b'x' * 65536
    times = 10000


class ZerosWithoutEnd(RawWords):
    words = bytes(65536)
    times = 10000


class VersionWithoutEnd(RawWords):
    words = b'SSH-2.0-' + b'x' * 65536
    times = 1000


class VersionOne(RawWords):
    words = b'SSH-1.5-old\r\n'


class VersionWithEscapes(RawWords):
    words = b'SSH-2.0-\033]0;evil\007\r\n'


class PacketOfFourGigabytes(RawWords):
    words = b'SSH-2.0-x\r\n' + b'\xff\xff\xff\xff\x04\x14' + b'x' * 100000


class PacketOfNoBytes(RawWords):
    words = b'SSH-2.0-x\r\n' + bytes(12)


class OfferOfGarbage(RawWords):
    words = b'SSH-2.0-x\r\n' + bytes([0, 0, 0, 60, 4, 20]) + b'\xff' * 54


class DisconnectAtOnce(RawWords):
    words = b'SSH-2.0-x\r\n' + (lambda text: (len(text) + 9).to_bytes(4, 'big') + b'\x08' + text + bytes(8))(
        pack(DISCONNECT, 2, '\033]0;evil\007go away', ''))
    says = 'broke off'


class SilenceAtOnce(Attack):
    cancel = True
    idle = True

    def raw(self, sock):
        self.silent.set()
        return True


class SilenceAfterVersion(Attack):
    cancel = True
    idle = True

    def raw(self, sock):
        sock.sendall(b'SSH-2.0-x\r\n')
        self.silent.set()
        return True


class OnlyBad(Attack):
    """Leaves it to the client to see that."""

    def prepare(self, transport):
        transport.take_no_offer()


class OnlySha1(OnlyBad):
    def prepare(self, transport):
        super().prepare(transport)
        options = transport.get_security_options()
        options.kex = ['diffie-hellman-group14-sha1', 'diffie-hellman-group1-sha1']


class OnlySha1Integrity(Attack):
    """With ciphers that need one."""

    outcome = None  # HMAC-SHA1 is not broken; whether it is offered is the ssh room's decision

    def prepare(self, transport):
        options = transport.get_security_options()
        options.digests = ['hmac-sha1', 'hmac-md5']
        options.ciphers = ['aes128-ctr']


class OnlyOldCiphers(OnlyBad):
    def prepare(self, transport):
        super().prepare(transport)
        transport.get_security_options().ciphers = ['3des-cbc', 'aes128-cbc']


# ---- the host key

class OtherKey(Attack):
    """Somebody in between."""

    says = 'has changed'
    key = 'other'


class KeyOfAnother(Attack):
    """Shows the right key, but can't sign with it."""

    def prepare(self, transport):
        forger = paramiko.Ed25519Key.from_private_key_file(os.fspath(KEYS['other']))
        real = transport.server_key_dict['ssh-ed25519']
        forger.asbytes = real.asbytes
        transport.server_key_dict['ssh-ed25519'] = forger


class SignatureOfNothing(Attack):
    def prepare(self, transport):
        key = transport.server_key_dict['ssh-ed25519']
        empty = paramiko.Message()
        empty.add_string('ssh-ed25519')
        empty.add_string(b'')
        key.sign_ssh_data = lambda *_: empty


class KeyChangesLater(Attack):
    """Another key at the second exchange: somebody has taken the connection over."""

    says = 'changed its key while connected'

    def run(self, transport, channel):
        transport.server_key_dict['ssh-ed25519'] = paramiko.Ed25519Key.from_private_key_file(os.fspath(KEYS['other']))
        transport.renegotiate_keys()
        self.serve(transport, channel)


class KeyStays(Attack):
    outcome = 'done'

    def run(self, transport, channel):
        for _ in range(20):
            transport.renegotiate_keys()
        self.serve(transport, channel)


# ---- logging in

class BannerFlood(Attack):
    says = 'without end'

    def login(self, transport):
        for _ in range(1000):
            transport.send_packet_now(pack(AUTH_BANNER, 'b' * 30 * KIB, ''))
        return paramiko.AUTH_SUCCESSFUL


class BannerWithEscapes(Attack):
    outcome = 'done'

    def login(self, transport):
        transport.send_packet_now(pack(AUTH_BANNER, '\033]0;evil\007\033[2J\u202e\xff', ''))
        return paramiko.AUTH_SUCCESSFUL


class ThousandPrompts(Attack):
    says = 'too many questions'

    def methods(self):
        return 'keyboard-interactive'

    def login(self, transport):
        return paramiko.AUTH_FAILED

    def questions(self):
        return paramiko.InteractiveQuery('', '', *(['?'] * 1000))


class QuestionAfterSuccess(Attack):
    """Nobody may be asked for a password by a server that has let one in."""

    outcome = None

    def run(self, transport, channel):
        for _ in range(100):
            self.send(transport, AUTH_QUESTIONS, 'Door', '', '', 1, 'Password: ', False)
        self.serve(transport, channel)


class SuccessUnasked(Attack):
    """Lets in before anybody has asked."""

    outcome = None

    def outgoing(self, transport, packet):
        return [packet, pack(AUTH_SUCCESS)] if packet[0] == SERVICE_ACCEPT else [packet]


class SuccessTwice(Attack):
    outcome = None

    def outgoing(self, transport, packet):
        return [packet, packet] if packet[0] == AUTH_SUCCESS else [packet]


class PartialForEver(Attack):
    """Each key is right, and then one more is wanted."""

    def login(self, transport):
        return paramiko.AUTH_PARTIALLY_SUCCESSFUL


class FailureWithLongList(Attack):
    def outgoing(self, transport, packet):
        if packet[0] in (AUTH_FAILURE, AUTH_SUCCESS):
            return [pack(AUTH_FAILURE, 'publickey,' + 'x,' * 10000 + '\033]0;evil\007', False)]
        return [packet]


class FailureWithoutList(Attack):
    def outgoing(self, transport, packet):
        return [bytes([AUTH_FAILURE, 0, 0, 255, 255])] if packet[0] in (AUTH_FAILURE, AUTH_SUCCESS) else [packet]


class KeyNeverOffered(Attack):
    """Says yes to a key of its own choice."""

    def outgoing(self, transport, packet):
        return [pack(60, 'ssh-ed25519', 'x' * 51)] if packet[0] in (AUTH_FAILURE, AUTH_SUCCESS, 60) else [packet]


class SilenceAtLogin(Attack):
    cancel = True
    idle = True

    def outgoing(self, transport, packet):
        if packet[0] in (AUTH_FAILURE, AUTH_SUCCESS, 60):
            self.silent.set()
            return []
        return [packet]


class ChannelsBeforeLogin(Attack):
    outcome = None

    def outgoing(self, transport, packet):
        if packet[0] != SERVICE_ACCEPT:
            return [packet]
        return [packet, *(pack(OPEN, 'forwarded-tcpip', n, 1 << 20, 32768, '127.0.0.1', 22, '127.0.0.1', 23) for n in range(10))]


# ---- channels

class OpensChannels(Attack):
    """Rule R11: nothing of the client's is reached through the connection."""

    outcome = 'done'

    def run(self, transport, channel):
        host = ['127.0.0.1', 22, '127.0.0.1', 23]
        for kind, more in [('x11', host[2:]), ('auth-agent@openssh.com', []), ('auth-agent', []), ('forwarded-tcpip', host),
                           ('direct-tcpip', host), ('session', []), ('forwarded-streamlocal@openssh.com', ['/tmp/x', '']),
                           ('tun@openssh.com', [1, 0]), ('\033[2J', []), ('x' * 10000, [])]:
            self.send(transport, OPEN, kind, 100, 1 << 20, 32768, *more)
        self.serve(transport, channel)


class OpensThousandChannels(OpensChannels):
    def run(self, transport, channel):
        for number in range(1000):
            self.send(transport, OPEN, 'x11', number, 1 << 20, 32768, '127.0.0.1', 6000)
        self.serve(transport, channel)


class OpenIsCut(Attack):
    outcome = None

    def run(self, transport, channel):
        transport.send_packet(bytes([OPEN, 0, 0]))
        transport.send_packet(bytes([OPEN]) + b'\xff' * 8)
        self.serve(transport, channel)


class OpenRefused(Attack):
    says = '\\x1b]0;evil\\x07no'

    def outgoing(self, transport, packet):
        return [pack(OPEN_FAILED, int.from_bytes(packet[1:5], 'big'), 2, '\033]0;evil\007no', '')] if packet[0] == OPENED else [packet]


class CommandRefused(Attack):
    def outgoing(self, transport, packet):
        return [bytes([attacker.FAILURE]) + packet[1:]] if packet[0] == attacker.SUCCESS else [packet]


class CloseBeforeAnswer(Attack):
    outcome = None

    def outgoing(self, transport, packet):
        if packet[0] == attacker.SUCCESS:
            return [bytes([CLOSE]) + packet[1:5], packet]
        return [packet]


class PacketSizeZero(Attack):
    """Nothing can be sent into such a channel."""

    outcome = None
    cancel = True
    up = True
    idle = True

    def run(self, transport, channel):
        pass

    def outgoing(self, transport, packet):
        if packet[0] == OPENED:
            threading.Timer(1, self.silent.set).start()
            return [packet[:-4] + bytes(4)]
        return [packet]


class PacketSizeHuge(Attack):
    outcome = None
    up = True

    def run(self, transport, channel):
        self.end(transport, channel, 1)

    def outgoing(self, transport, packet):
        return [packet[:-4] + b'\xff\xff\xff\xff'] if packet[0] == OPENED else [packet]


class WindowZero(Attack):
    cancel = True
    up = True
    idle = True

    def run(self, transport, channel):
        pass

    def outgoing(self, transport, packet):
        if packet[0] == OPENED:
            threading.Timer(1, self.silent.set).start()
            return [packet[:-8] + bytes(4) + packet[-4:]]
        return [] if packet[0] == ADJUST else [packet]


class WindowOverflow(Attack):
    outcome = None
    up = True

    def run(self, transport, channel):
        for _ in range(100):
            self.send(transport, ADJUST, channel.remote_chanid, -1)
        self.end(transport, channel, 1)


class AdjustOfNoChannel(Attack):
    outcome = None

    def run(self, transport, channel):
        for number in range(1000):
            self.send(transport, ADJUST, 1000 + number, -1)
            self.send(transport, DATA, 1000 + number, 'x')
        self.serve(transport, channel)


class BeyondTheWindow(Attack):
    """Sends on when the client, which is slow, has no room left."""

    arguments = ['-l', '8']
    says = 'sends more than it was told it may'

    def run(self, transport, channel):
        channel.sendall(b'C0644 200000000 f\n')
        for _ in range(6000):
            self.send(transport, DATA, channel.remote_chanid, bytes(32 * KIB))


class DataOfFourGigabytes(Attack):
    """In a packet of a few bytes."""

    outcome = None

    def run(self, transport, channel):
        transport.send_packet(pack(DATA, channel.remote_chanid) + b'\xff\xff\xff\xff' + b'x')
        self.serve(transport, channel)


class PacketOfOneMebibyte(Attack):
    def run(self, transport, channel):
        self.send(transport, DATA, channel.remote_chanid, b'C0644 1048576 f\n' + bytes(1024 * KIB))
        self.serve(transport, channel)


class EmptyPackets(Attack):
    outcome = 'done'

    def run(self, transport, channel):
        for _ in range(10000):
            self.send(transport, DATA, channel.remote_chanid, '')
        self.serve(transport, channel)


class DataAfterEof(Attack):
    outcome = None

    def run(self, transport, channel):
        self.send(transport, EOF, channel.remote_chanid)
        self.serve(transport, channel)


class DataAfterClose(Attack):
    def run(self, transport, channel):
        self.send(transport, CLOSE, channel.remote_chanid)
        for _ in range(100):
            self.send(transport, DATA, channel.remote_chanid, FILE)


class DataAfterCloseOfWhole(Attack):
    """The file was whole: what comes behind is no part of it."""

    outcome = None

    def run(self, transport, channel):
        self.serve(transport, channel)
        for _ in range(100):
            self.send(transport, DATA, channel.remote_chanid, b'C0644 5 g\nother\0')
            self.send(transport, REQUEST, channel.remote_chanid, 'exit-status', False, 0)


class CloseTwice(Attack):
    outcome = None

    def run(self, transport, channel):
        self.serve(transport, channel)
        for _ in range(10):
            self.send(transport, EOF, channel.remote_chanid)
            self.send(transport, CLOSE, channel.remote_chanid)


class CloseInFile(Attack):
    def run(self, transport, channel):
        channel.sendall(b'C0644 100 f\nhello')
        self.send(transport, CLOSE, channel.remote_chanid)


class StderrOfEveryKind(Attack):
    outcome = 'done'

    def run(self, transport, channel):
        for kind in [0, 1, 2, 0xffffffff]:
            self.send(transport, EXTENDED, channel.remote_chanid, kind, '\033[2J' * 100)
        self.serve(transport, channel)


class RequestsOfEveryKind(Attack):
    """As if the client were a server."""

    outcome = None

    def run(self, transport, channel):
        number = channel.remote_chanid
        for kind, more in [('exec', ['touch /tmp/wherry-hostile-x']), ('shell', []), ('subsystem', ['sftp']), ('env', ['A', 'B']),
                           ('pty-req', ['x', 1, 1, 1, 1, '']), ('x11-req', [False, 'x', 'y', 0]), ('signal', ['KILL']),
                           ('auth-agent-req@openssh.com', []), ('window-change', [1, 1, 1, 1]), ('\033[2J', [])]:
            self.send(transport, REQUEST, number, kind, True, *more)
        self.serve(transport, channel)


class ExitStatusTwice(Attack):
    """The file was whole, but the server says it failed."""

    leaves_file = True

    def run(self, transport, channel):
        channel.sendall(FILE)
        self.send(transport, EOF, channel.remote_chanid)
        self.send(transport, REQUEST, channel.remote_chanid, 'exit-status', False, 1)
        self.end(transport, channel, 1)


class ExitSignalWithEscapes(Attack):
    says = '\\x1b]0;evil\\x07'

    def run(self, transport, channel):
        self.send(transport, REQUEST, channel.remote_chanid, 'exit-signal', False, '\033]0;evil\007', True, 'x' * 10000, '')
        self.send(transport, EOF, channel.remote_chanid)
        self.send(transport, CLOSE, channel.remote_chanid)


class NoExitStatus(Attack):
    outcome = None

    def run(self, transport, channel):
        channel.sendall(FILE)
        self.send(transport, EOF, channel.remote_chanid)
        self.send(transport, CLOSE, channel.remote_chanid)


# ---- the connection

class GlobalRequests(Attack):
    outcome = 'done'

    def run(self, transport, channel):
        for kind in ['keepalive@openssh.com', 'tcpip-forward', 'hostkeys-00@openssh.com', '\033[2J', 'x' * 10000]:
            for reply in [False, True]:
                self.send(transport, GLOBAL_REQUEST, kind, reply, '127.0.0.1', 0)
        self.serve(transport, channel)


class KeepaliveFlood(Attack):
    outcome = 'done'

    def run(self, transport, channel):
        for _ in range(5000):
            self.send(transport, GLOBAL_REQUEST, 'keepalive@openssh.com', True)
        self.serve(transport, channel)


class IgnoreFlood(Attack):
    outcome = 'done'

    def run(self, transport, channel):
        for _ in range(500):
            self.send(transport, IGNORE, bytes(30 * KIB))
            self.send(transport, DEBUG, True, '\033]0;evil\007' * 1000, '')
            self.send(transport, UNIMPLEMENTED, 0)
        self.serve(transport, channel)


class UnknownPackets(Attack):
    outcome = None

    def run(self, transport, channel):
        for kind in [0, 8, 63, 64, 79, 101, 127, 128, 192, 200, 255]:
            transport.send_packet(bytes([kind]) + b'\xff' * 20)
        self.serve(transport, channel)


class DisconnectsWithEscapes(Attack):
    says = '\\x1b]0;evil\\x07'

    def run(self, transport, channel):
        self.send(transport, DISCONNECT, 11, '\033]0;evil\007' + 'x' * 5000, '')


class CutAnywhere(Attack):
    def run(self, transport, channel):
        channel.sendall(b'C0644 100 f\nhello')
        transport.sock.shutdown(socket.SHUT_RDWR)


class WrongMac(Attack):
    """A byte on the way is another one."""

    def run(self, transport, channel):
        write = transport.packetizer._Packetizer__socket.send

        class Bent:
            def send(self, data):
                return write(bytes([*data[:-1], data[-1] ^ 1]))

            def __getattr__(self, name):
                return getattr(transport.sock, name)
        transport.packetizer._Packetizer__socket = Bent()
        self.serve(transport, channel)


PLACE = helpers.Place()
KEYS = {name: PLACE.folder / f'host-{name}' for name in ['known', 'other']}
HOST_KEY = helpers.make_key(KEYS['known'])
helpers.make_key(KEYS['other'])
COUNTER = itertools.count()
SLOW_END = 20  # seconds; a client that gives up by itself needs a second or two


def attack_once(attack):
    name = f'attack-{next(COUNTER)}'
    attack.key = KEYS.get(attack.key)
    server = attacker.Attacker(attack, KEYS['known'])
    here = PLACE.here / name
    here.mkdir()
    (here / 'up').write_bytes(b'hello' * 100000)
    (here / 'target').mkdir()
    with LOCK:
        PLACE.add_host(name, server.port)
        PLACE.know(f'[127.0.0.1]:{server.port} {HOST_KEY}')
    ends = [here / 'up', f'{name}:d/'] if attack.up else [f'{name}:f', f'{here}/target/']

    process = PLACE.start(*attack.arguments, *ends, stdout=subprocess.DEVNULL)
    timer = threading.Timer(helpers.LIMIT, process.kill)
    timer.start()
    if attack.cancel:
        assert attack.silent.wait(helpers.LIMIT), 'it is never silent'
        process.send_signal(signal.SIGINT)
        timer.cancel()
        timer = threading.Timer(10, process.kill)
        timer.start()
    status, errors, memory, seconds = hostile.run_to_end(process)
    timer.cancel()
    server.stop()
    text = errors.decode()

    assert status in (0, 1, 130), f'status {status}: {text}'
    outcome = {0: 'done', 1: 'failed', 130: 'cancelled'}[status]
    expected = 'cancelled' if attack.cancel and attack.outcome else attack.outcome
    assert expected in (None, outcome), f'{outcome}: {text}'
    assert attack.says in text, text
    for line in text.splitlines():
        assert not hostile.UNFIT.search(line) and len(line) < 2600, line
    assert hostile.SANITIZED or memory < hostile.MEMORY_MAX, f'{memory >> 20} MiB'
    assert hostile.SANITIZED or not attack.idle or seconds < 0.7, f'it was busy for {seconds} s'
    assert attack.opened == 0, f'the server was let open {attack.opened} channels'
    found = helpers.names_below(here / 'target')
    whole = attack.leaves_file or outcome == 'done' and not attack.up
    assert found == ({b'f'} if whole else set()), f'left: {found}'
    if found:
        assert (here / 'target' / 'f').read_bytes() == b'hello'
    assert not os.path.lexists('/tmp/wherry-hostile-x')
    return attack


def key_is_never_shown():
    """To a host that is not the one it says it is."""
    for kind in [OtherKey, KeyOfAnother, SignatureOfNothing]:
        assert not DONE[kind].result().tried, f'{kind.__name__}: {DONE[kind].result().tried}'


def attacks_of(kind):
    for sub in kind.__subclasses__():
        if sub not in (RawWords, OnlyBad):
            yield sub
        yield from attacks_of(sub)


LOCK = threading.Lock()
POOL = concurrent.futures.ThreadPoolExecutor(hostile.AT_ONCE)
WANTED = [kind for kind in attacks_of(Attack) if not sys.argv[4:] or kind.__name__ in sys.argv[4:]]
DONE = {kind: POOL.submit(attack_once, kind()) for kind in WANTED}
TESTS = {'test_' + re.sub('(?<!^)(?=[A-Z])', '_', kind.__name__).lower(): future.result for kind, future in DONE.items()}
if not sys.argv[4:]:
    TESTS['test_key_is_never_shown'] = key_is_never_shown
helpers.run(TESTS)
