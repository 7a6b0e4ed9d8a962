"""An SSH server for the tests that breaks the protocol below SCP, on purpose and packet by packet.

On Paramiko: the server half of libssh sends no packet that is wrong.
"""

import logging
import os
import socket
import struct
import threading

import paramiko

logging.getLogger('paramiko').setLevel(logging.CRITICAL)

DISCONNECT, IGNORE, UNIMPLEMENTED, DEBUG, SERVICE_ACCEPT, KEXINIT = 1, 2, 3, 4, 6, 20
AUTH_FAILURE, AUTH_SUCCESS, AUTH_BANNER, AUTH_QUESTIONS = 51, 52, 53, 60
GLOBAL_REQUEST = 80
OPEN, OPENED, OPEN_FAILED, ADJUST, DATA, EXTENDED, EOF, CLOSE, REQUEST, SUCCESS, FAILURE = range(90, 101)

FILE = b'C0644 5 f\nhello\0'


def pack(kind, *fields):
    """A packet: numbers go as uint32, text as a string, True and False as a boolean."""
    output = bytes([kind])
    for field in fields:
        if isinstance(field, bool):
            output += bytes([field])
        elif isinstance(field, int):
            output += struct.pack('>I', field & 0xffffffff)
        else:
            field = field.encode() if isinstance(field, str) else field
            output += struct.pack('>I', len(field)) + field
    return output


class Attack:
    """What a server does; by itself it is honest. What comes of it: `outcome`, `says`."""

    outcome = 'failed'
    says = ''
    up = False            # whether a file is sent to it, in place of fetched
    arguments = ()        # more of wherry-cp
    key = None            # path of another host key than the one that is known
    leaves_file = False   # although it failed
    idle = False          # the client has nothing to do for a second
    cancel = False        # the client has nothing to wait for, and is cancelled

    def __init__(self):
        self.tried = []   # what the client tried to log in by
        self.opened = 0   # channels that it let the server open
        self.silent = threading.Event()

    def raw(self, sock):
        """Before anything else. Returns whether that was all."""
        return False

    def prepare(self, transport):
        """Before the key exchange."""

    def outgoing(self, transport, packet):
        """What is sent in place of a packet of the server's."""
        return [packet]

    def login(self, transport):
        """What is answered to a key."""
        return paramiko.AUTH_SUCCESSFUL

    def methods(self):
        return 'publickey'

    def questions(self):
        return paramiko.AUTH_FAILED

    def run(self, transport, channel):
        """The command."""
        self.serve(transport, channel)

    def serve(self, transport, channel):
        channel.sendall(FILE)
        self.end(transport, channel)

    def end(self, transport, channel, status=0):
        self.send(transport, EOF, channel.remote_chanid)
        self.send(transport, REQUEST, channel.remote_chanid, 'exit-status', False, status)
        self.send(transport, CLOSE, channel.remote_chanid)

    def send(self, transport, *fields):
        transport.send_packet(pack(*fields))


class Rules(paramiko.ServerInterface):
    def __init__(self, attack, transport):
        self.attack = attack
        self.transport = transport

    def get_allowed_auths(self, username):
        return self.attack.methods()

    def check_auth_none(self, username):
        self.attack.tried.append('none')
        return paramiko.AUTH_FAILED

    def check_auth_publickey(self, username, key):
        self.attack.tried.append('key')
        return self.attack.login(self.transport)

    def check_auth_interactive(self, username, submethods):
        self.attack.tried.append('questions')
        return self.attack.questions()

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel, command):
        self.transport.after_reply = threading.Thread(target=self.run, args=[channel], daemon=True)
        return True

    def run(self, channel):
        try:
            self.attack.run(self.transport, channel)
        except (EOFError, OSError, paramiko.SSHException):
            pass  # the client has left


class Wire(paramiko.Transport):
    """Lets an attack have its way with every packet."""

    def __init__(self, sock, attack):
        super().__init__(sock)
        self.attack = attack
        self.after_reply = None
        self._handler_table = {**self._handler_table, OPENED: Wire.on_opened, OPEN_FAILED: lambda *_: None}

    def _send_message(self, data):
        for packet in self.attack.outgoing(self, data.asbytes()):
            super()._send_message(paramiko.Message(packet))
        if data.asbytes()[0] == SUCCESS and self.after_reply:
            thread, self.after_reply = self.after_reply, None
            thread.start()

    def send_packet(self, packet):
        self._send_user_message(paramiko.Message(packet))

    def send_packet_now(self, packet):
        """From within the handling of another."""
        paramiko.Transport._send_message(self, paramiko.Message(packet))

    def take_no_offer(self):
        self._handler_table[KEXINIT] = lambda *_: None

    def on_opened(self, _):
        self.attack.opened += 1


class Attacker:
    """A server for one attack on a free port of loopback."""

    def __init__(self, attack, key):
        self.attack = attack
        self.key = paramiko.Ed25519Key.from_private_key_file(os.fspath(attack.key or key))
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.connections = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(sock)
            threading.Thread(target=self.serve, args=[sock], daemon=True).start()

    def serve(self, sock):
        try:
            if self.attack.raw(sock):
                return
            transport = Wire(sock, self.attack)
            transport.add_server_key(self.key)
            self.attack.prepare(transport)
            transport.start_server(threading.Event(), Rules(self.attack, transport))
        except (EOFError, OSError, paramiko.SSHException):
            pass  # the client has left

    def stop(self):
        self.listener.close()
        for sock in self.connections:
            sock.close()
