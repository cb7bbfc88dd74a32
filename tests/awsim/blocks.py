"""Blocks of EBS volumes: content-addressed files, block maps, and raw images in and out.

Not for: anything that speaks HTTP or knows an AWS operation. Invariant: a block map is never changed in place once
another volume or snapshot may share it; writers put a new dict in its place, so a snapshot costs nothing to take.
"""

import hashlib
import os
import threading

BLOCK_SIZE = 512 * 1024
GIB = 1024**3
BLOCKS_PER_GIB = GIB // BLOCK_SIZE
ZERO_BLOCK = bytes(BLOCK_SIZE)


class BlockStore:
    """Blocks by the SHA-256 of their content, one file each, so that volumes with equal content share the disk."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "blk")

    def path(self, digest):
        return os.path.join(self.folder, digest[:2], digest)

    def put(self, data):
        digest = hashlib.sha256(data).hexdigest()
        path = self.path(digest)
        if not os.path.exists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            partial = f"{path}.{os.getpid()}.{threading.get_ident()}"
            with open(partial, "wb") as file:
                file.write(data)
            os.replace(partial, path)
        return digest

    def get(self, digest):
        with open(self.path(digest), "rb") as file:
            return file.read()

    def sweep(self, live):
        """Removes the files of blocks that no volume and no snapshot holds; returns how many."""
        removed = 0
        for folder, _, names in os.walk(self.folder):
            for name in names:
                if name not in live:
                    os.remove(os.path.join(folder, name))
                    removed += 1
        return removed


# Set once at start by awsim.py; the operations of the stand-in are functions that moto's classes borrow, so there is no
# object that could carry the store.
STORE = None


def open_store(folder):
    global STORE
    STORE = BlockStore(folder)
    return STORE


def blocks_of(thing):
    """The block map {index: digest} of a snapshot or volume; empty for what moto made by itself."""
    return thing.__dict__.setdefault("blocks", {})


def lineage_of(thing):
    """What ListChangedBlocks may compare: a volume, its snapshots, the volumes made from those, and so on."""
    return getattr(thing, "lineage", None) or getattr(thing, "volume_id", thing.id)


def write_blocks(volume, changes):
    """Gives the volume a new map with `changes` {index: bytes} applied."""
    mapping = dict(blocks_of(volume))
    mapping.update((index, STORE.put(data)) for index, data in changes.items())
    volume.blocks = mapping


def write_bytes(volume, offset, data):
    """An ordinary write of an application: any offset and length inside the volume."""
    if offset < 0 or offset + len(data) > volume.size * GIB:
        raise ValueError("the write is beyond the volume")
    mapping, changes, position = blocks_of(volume), {}, 0
    while position < len(data):
        index, start = divmod(offset + position, BLOCK_SIZE)
        piece = data[position : position + BLOCK_SIZE - start]
        old = STORE.get(mapping[index]) if index in mapping else ZERO_BLOCK
        changes[index] = old[:start] + piece + old[start + len(piece) :]
        position += len(piece)
    write_blocks(volume, changes)


def load_image(volume, path):
    """Makes the content of a raw image file the content of the volume; returns how many blocks differ.

    As on EBS, a block that was written once stays allocated, also when it is all zero now.
    """
    size = os.path.getsize(path)
    if size > volume.size * GIB:
        raise ValueError("the image is larger than the volume")
    old, new = blocks_of(volume), {}
    with open(path, "rb") as file:
        for index in data_blocks(file, size):
            file.seek(index * BLOCK_SIZE)
            data = file.read(BLOCK_SIZE).ljust(BLOCK_SIZE, b"\0")
            if data != ZERO_BLOCK:
                new[index] = STORE.put(data)
    vanished = [index for index in old if index not in new]
    if vanished:
        new.update(dict.fromkeys(vanished, STORE.put(ZERO_BLOCK)))
    volume.blocks = new
    return sum(1 for index, digest in new.items() if old.get(index) != digest)


def data_blocks(file, size):
    """Indexes of the blocks of a sparse file that have data, ascending."""
    offset, last = 0, -1
    while offset < size:
        try:
            start = os.lseek(file.fileno(), offset, os.SEEK_DATA)
        except OSError:  # no more data behind this offset
            return
        end = os.lseek(file.fileno(), start, os.SEEK_HOLE)
        for index in range(max(start // BLOCK_SIZE, last + 1), (end - 1) // BLOCK_SIZE + 1):
            yield index
            last = index
        offset = end


def save_image(thing, size_gib, path):
    """Writes the content of a volume or snapshot to a sparse raw image file."""
    with open(path, "wb") as file:
        file.truncate(size_gib * GIB)
        for index, digest in sorted(blocks_of(thing).items()):
            data = STORE.get(digest)
            if data != ZERO_BLOCK:
                file.seek(index * BLOCK_SIZE)
                file.write(data)
