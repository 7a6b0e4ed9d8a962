"""The relay itself: what it delays, cuts and swallows."""

import hashlib
import os
import pathlib
import select
import socket
import subprocess
import sys
import threading
import time

sys.path.append(str(pathlib.Path(__file__).parents[1] / 'support'))
import tap  # pylint: disable=wrong-import-position # found by the line above

RELAY = sys.argv[1]
LIMIT = 20  # seconds until a wait is given up


class Relay:
    def __init__(self, port, *options):
        self.process = subprocess.Popen([RELAY, *options, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait(LIMIT) == 0, 'ends when its stdin ends'


class Echo:
    """A server on loopback that sends back what comes, and ends when the other side does."""

    def __init__(self):
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.outcomes = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.echo, args=[client], daemon=True).start()

    def echo(self, client):
        with client:
            try:
                while block := client.recv(1 << 16):
                    client.sendall(block)
                self.outcomes.append('end')
            except ConnectionError:
                self.outcomes.append('reset')


def connect(port):
    client = socket.create_connection(('127.0.0.1', port), LIMIT)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def receive_all(client):
    digest, count = hashlib.sha256(), 0
    while block := client.recv(1 << 20):
        digest.update(block)
        count += len(block)
    return digest.digest(), count


def round_trip(client):
    start = time.monotonic()
    client.sendall(b'x')
    assert client.recv(1) == b'x'
    return time.monotonic() - start


def test_bytes_come_through():
    data = os.urandom(1 << 20) * 96  # more than what may be on the way
    with Relay(Echo().port, '--delay', '3') as relay, connect(relay.port) as client:
        def send():
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
        sender = threading.Thread(target=send)
        sender.start()
        assert receive_all(client) == (hashlib.sha256(data).digest(), len(data))
        sender.join(LIMIT)


def test_delay():
    with Relay(Echo().port, '--delay', '40') as relay, connect(relay.port) as client:
        times = [round_trip(client) for _ in range(5)]
        assert min(times) >= 0.080, times
        # A busy machine may be late, but not each time.
        assert min(times) < 0.200, times


def test_delay_does_not_limit_bandwidth():
    data = bytes(32 << 20)
    with Relay(Echo().port, '--delay', '100') as relay, connect(relay.port) as client:
        sender = threading.Thread(target=client.sendall, args=[data])
        start = time.monotonic()
        sender.start()
        left = len(data)
        while left > 0:
            left -= len(client.recv(left))
        # With 64 KiB a round trip it would be 100 seconds.
        assert time.monotonic() - start < LIMIT
        sender.join(LIMIT)


def test_cut():
    echo = Echo()
    with Relay(echo.port, '--cut-after', '100000') as relay, connect(relay.port) as client:
        count = 0
        try:
            for _ in range(1000):
                client.sendall(bytes(1000))
                count += len(client.recv(1000))
            assert False, 'was not cut'
        except ConnectionError:
            assert 48000 <= count <= 51000, count
        deadline = time.monotonic() + LIMIT
        while not echo.outcomes and time.monotonic() < deadline:
            select.select([], [], [], 0.01)
        assert echo.outcomes == ['reset'], echo.outcomes
        # Each connection is counted by itself.
        with connect(relay.port) as another:
            round_trip(another)


def test_black_hole():
    with Relay(Echo().port, '--black-hole-after', '2000') as relay, connect(relay.port) as client:
        client.sendall(bytes(1000))
        left = 1000
        while left > 0:
            readable, _, _ = select.select([client], [], [], 0.3)
            if not readable:
                break
            left -= len(client.recv(left))
        client.sendall(bytes(1000))
        readable, _, _ = select.select([client], [], [], 0.3)
        # The last bytes may or may not have come, but then it is silence: no end, no reset.
        if readable:
            assert client.recv(4096) != b''
        assert select.select([client], [], [], 0.3)[0] == []
        assert relay.process.poll() is None


def test_one_way_end():
    with Relay(Echo().port, '--delay', '20') as relay, connect(relay.port) as client:
        client.sendall(b'last words')
        client.shutdown(socket.SHUT_WR)
        assert receive_all(client)[1] == len(b'last words')


def test_nobody_there():
    with socket.create_server(('127.0.0.1', 0)) as listener:
        port = listener.getsockname()[1]
    with Relay(port) as relay, connect(relay.port) as client:
        try:
            assert client.recv(1) == b''
        except ConnectionError:
            pass


def test_sigterm():
    relay = Relay(Echo().port)
    relay.process.terminate()
    assert relay.process.wait(LIMIT) != 0
    relay.process.stdin.close()
    relay.process.stdout.close()


if __name__ == '__main__':
    tap.run(globals())
