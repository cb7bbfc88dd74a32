#!/usr/bin/env python3
"""Starts a server and a DNS server of its own and sends a browser on the journey of journey.mjs.

Not for: what is checked (journey.mjs). Invariant: everything lies in a temporary folder, and everything that was started
is stopped.
"""

import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "demo"))

import awsim_path  # noqa: E402, F401  (before the modules of the stand-in)
from world import EMAIL, World, free_port  # noqa: E402

TXT, IN = 16, 1


def question(packet):
    """The name that a DNS packet asks for, in lower case, and where its question ends (RFC 1035, 4.1.2)."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1 : at + 1 + packet[at]].decode("ascii"))
        at += 1 + packet[at]
    return ".".join(labels).lower(), at + 5


def reply(packet, records):
    """The answer: the TXT record of that name, or that there is none."""
    name, end = question(packet)
    kind = struct.unpack("!H", packet[end - 4 : end - 2])[0]
    text = records.get(name) if kind == TXT else None
    data = bytes([len(text)]) + text.encode() if text else b""
    answer = struct.pack("!HHHIH", 0xC00C, TXT, IN, 0, len(data)) + data if text else b""
    code = 0 if name in records else 3
    return packet[:2] + struct.pack("!HHHHH", 0x8580 | code, 1, 1 if text else 0, 0, 0) + packet[12:end] + answer


def serve_names(server, file):
    while True:
        packet, peer = server.recvfrom(4096)
        records = json.loads(file.read_text()) if file.exists() else {}
        server.sendto(reply(packet, records), peer)


def main():
    cache, sso = Path(sys.argv[1]), HERE
    with tempfile.TemporaryDirectory(prefix="holdfast-sso-") as folder:
        names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        names.bind(("127.0.0.1", 0))
        file = Path(folder) / "records.json"
        threading.Thread(target=serve_names, args=(names, file), daemon=True).start()
        os.environ["HOLDFAST__AUTH__LOCAL_PROVIDERS_ALLOWED"] = "true"
        os.environ["HOLDFAST__AUTH__DNS_SERVER"] = f"127.0.0.1:{names.getsockname()[1]}"
        if database := os.environ.get("TEST_DATABASE_URL"):
            os.environ["HOLDFAST__DATABASE__URL"] = database
        world = World(folder)
        world.prepare()
        try:
            world.ensure_organization()
            world.start_server()
            ports = ("--oidc-port", str(free_port()), "--saml-port", str(free_port()))
            people = ("--email", EMAIL, "--password", world.password)
            words = ("--url", world.url, *people, "--folder", folder, "--sso", str(sso), *ports)
            done = subprocess.run(["node", "journey.mjs", *words], cwd=cache, check=False)
            if done.returncode:
                print(world.tail("server", 60), file=sys.stderr)
            return done.returncode
        finally:
            world.stop_all()


if __name__ == "__main__":
    sys.exit(main())
