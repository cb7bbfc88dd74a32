#!/usr/bin/env python3
"""Ten thousand idle WebSockets at a real server: what each of them costs, and that all of them live (reliability.md T-48).

Not for sockets with subscriptions. Invariant: the memory is the server's own, read from /proc; the clients are this process.
"""

import argparse
import base64
import json
import os
import resource
import selectors
import socket
import struct
import sys
import tempfile
import time

from world import Failed, World

# Sockets between two looks at the pings of the server.
AT_ONCE = 500
# Longer than the silence that the server puts up with (60 s): whoever is connected then has answered its pings.
IDLE_S = 65
# What one idle socket may cost.
MAX_KIB = 50
# Descriptors of a process beside its sockets.
SPARE = 200

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA


def frame(kind, payload):
    """A masked frame, as clients send it; the mask is zeros, because nothing between us needs to be fooled."""
    length = len(payload)
    head = struct.pack("!BB", 0x80 | kind, 0x80 | length) if length < 126 else struct.pack("!BBH", 0x80 | kind, 0x80 | 126, length)
    return head + b"\0\0\0\0" + payload


def frames(data):
    """The (kind, payload) of whole frames of a server."""
    while len(data) >= 2:
        kind, length, start = data[0] & 0xF, data[1] & 0x7F, 2
        if length == 126:
            length, start = struct.unpack("!H", data[2:4])[0], 4
        yield kind, data[start : start + length]
        data = data[start + length :]


def message(kind):
    return frame(TEXT, json.dumps({"type": kind}).encode())


def connect(address, token):
    """A socket that has been acknowledged."""
    client = socket.create_connection(address, timeout=30)
    key = base64.b64encode(os.urandom(16)).decode()
    client.sendall(
        f"GET /graphql HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n"
        f"Authorization: Bearer {token}\r\n\r\n".encode()
    )
    answer = client.recv(4096)
    if b" 101 " not in answer.split(b"\r\n", 1)[0]:
        raise Failed(f"no socket: {answer[:200]!r}")
    client.sendall(message("connection_init"))
    if b"connection_ack" not in client.recv(4096):
        raise Failed("not acknowledged")
    return client


class Sockets:
    """All clients; they answer pings and send nothing else."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.pongs = set()

    def add(self, client):
        client.setblocking(False)
        self.selector.register(client, selectors.EVENT_READ)

    def __len__(self):
        return len(self.selector.get_map())

    def attend(self, seconds):
        """Answers what comes for so long."""
        ends = time.monotonic() + seconds
        while True:
            for key, _ in self.selector.select(timeout=0.05):
                self.answer(key.fileobj)
            if time.monotonic() >= ends:
                return

    def answer(self, client):
        data = client.recv(65536)
        if not data:
            self.selector.unregister(client)
            return
        for kind, payload in frames(data):
            if kind == PING:
                client.send(frame(PONG, payload))
            elif kind == TEXT and b'"pong"' in payload:
                self.pongs.add(client)

    def call(self):
        """How many answer when they are called."""
        clients = [key.fileobj for key in self.selector.get_map().values()]
        for index in range(0, len(clients), AT_ONCE):
            for client in clients[index : index + AT_ONCE]:
                client.send(message("ping"))
            self.attend(0.2)
        self.attend(3)
        return len(self.pongs)


def resident_kib(process):
    with open(f"/proc/{process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def main():
    parser = argparse.ArgumentParser(description="Idle WebSockets at a real server.")
    parser.add_argument("--sockets", type=int, default=10_000)
    wanted = parser.parse_args().sockets
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if most != resource.RLIM_INFINITY and wanted > most - SPARE:
        wanted = most - SPARE
        print(f"idle sockets: {wanted} of them, the limit of open files allows no more", flush=True)
    settings = {"HOLDFAST__HTTP__CONNECTIONS_MAX": str(wanted), "HOLDFAST__LIMITS__ADDRESS_REQUESTS_PER_SECOND": "0"}
    with tempfile.TemporaryDirectory(prefix="holdfast-idle-") as folder:
        world = World(folder)
        world.prepare()
        try:
            token = world.ensure_organization()
            world.start_server(settings=settings)
            server = world.processes["server"]
            address = ("127.0.0.1", world.server_port)
            sockets = Sockets()
            # What the first ones cost is the server's own: pools, caches, threads.
            for _ in range(100):
                sockets.add(connect(address, token))
            before, begun = resident_kib(server), time.monotonic()
            while len(sockets) < wanted:
                for _ in range(min(AT_ONCE, wanted - len(sockets))):
                    sockets.add(connect(address, token))
                sockets.attend(0)
            opened = time.monotonic() - begun
            after = resident_kib(server)
            sockets.attend(IDLE_S)
            settled, alive = resident_kib(server), sockets.call()
            each = (max(after, settled) - before) / (wanted - 100)
            print(
                f"idle sockets: {wanted} opened in {opened:.0f} s, {alive} answer after {IDLE_S} s; server {before // 1024} MiB before, "
                f"{after // 1024} MiB with all, {settled // 1024} MiB later: {each:.1f} KiB each",
                flush=True,
            )
            if alive != wanted or each > MAX_KIB:
                raise Failed(f"all must answer, at no more than {MAX_KIB} KiB each")
        except Failed as error:
            print(world.tail("server", 30))
            sys.exit(f"idle sockets failed: {error}")
        finally:
            world.stop_all()
    print("idle sockets: passed", flush=True)


if __name__ == "__main__":
    main()
