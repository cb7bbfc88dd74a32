"""Makes the images of the backup benchmark, the same ones from the same seed.

`first.img` is an ext4 file system filled from the machine's own /usr folders; `second.img` is the same with 1 % of its
512 KiB blocks changed (aligned extents, as EBS reports them); `scattered.img` has 1 % of its 4 KiB pages changed.
"""

import os
import random
import shutil
import subprocess
import tempfile

BLOCK = 512 * 1024
PAGE = 4096
SOURCES = ["/usr/bin", "/usr/share/doc", "/usr/include", "/usr/share/perl", "/usr/lib/python3"]


def make(folder, size_mib=1024, seed=7):
    """Paths of the three images; they are made once a folder."""
    os.makedirs(folder, exist_ok=True)
    paths = [os.path.join(folder, name) for name in ("first.img", "second.img", "scattered.img")]
    if all(os.path.exists(path) for path in paths):
        return paths
    first, second, scattered = paths
    with tempfile.TemporaryDirectory(dir=folder) as tree:
        fill(tree, int(size_mib * 0.8) << 20)
        subprocess.run(
            ["mke2fs", "-q", "-t", "ext4", "-E", "hash_seed=7e57ab1e-0000-4000-8000-000000000000", "-d", tree, first, f"{size_mib}M"],
            check=True,
        )
    dice = random.Random(seed)
    shutil.copyfile(first, second)
    change(second, dice, BLOCK, int(size_mib * 2 * 0.01), dice.randbytes)
    shutil.copyfile(first, scattered)
    change(scattered, dice, PAGE, int(size_mib * 256 * 0.01), dice.randbytes)
    return paths


def fill(tree, limit):
    """Copies files until `limit` bytes are there, largest folders first, in a stable order."""
    left = limit
    for source in SOURCES:
        for base, folders, names in os.walk(source):
            folders.sort()
            for name in sorted(names):
                path = os.path.join(base, name)
                if os.path.islink(path) or not os.path.isfile(path):
                    continue
                size = os.path.getsize(path)
                if size > left:
                    continue
                target = os.path.join(tree, os.path.relpath(path, "/"))
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copyfile(path, target)
                left -= size


def change(path, dice, unit, count, data):
    units = os.path.getsize(path) // unit
    with open(path, "r+b") as file:
        for index in sorted(dice.sample(range(units), count)):
            file.seek(index * unit)
            file.write(data(unit))
