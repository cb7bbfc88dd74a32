"""A DNS server on loopback that knows the TXT records of one JSON file.

Not for: any other record. Invariant: the file is read anew for every question.
"""

import json
import socket
import struct
import threading

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


def start_names(file):
    """Answers from `file` in the background; returns the address of the server."""
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind(("127.0.0.1", 0))
    threading.Thread(target=serve_names, args=(names, file), daemon=True).start()
    return f"127.0.0.1:{names.getsockname()[1]}"
