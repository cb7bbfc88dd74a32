"""Real ext4 file systems in image files, made and changed without root and without mounting (mke2fs -d, debugfs -w).

Not for: AWS. Invariant: after every function here `e2fsck -fn` calls the image clean.
"""

import functools
import os
import random
import shutil
import sqlite3
import subprocess
import sysconfig
import tempfile

# Fixed, so that the same seed gives the same image.
BIRTH = 1_767_225_600
SOURCES = [sysconfig.get_path("stdlib"), "/usr/share/doc", "/usr/share/perl", "/usr/lib/python3"]
SMALLEST_FILE = 8_000
LARGEST_FILE = 4_000_000


def run(*command, **options):
    """Runs a tool of e2fsprogs; sbin is not in everybody's PATH."""
    env = dict(os.environ, PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin", E2FSPROGS_FAKE_TIME=str(BIRTH))
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, **options)


def must(*command, **options):
    done = run(*command, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def build(path, size_gib, seed, content_mb=24):
    """Makes an image with files of this machine, a log, a SQLite database and some bytes that do not compress."""
    source = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="awsim-ext4-") as root:
        copy_files(source, os.path.join(root, "srv"), content_mb * 1_000_000)
        os.makedirs(os.path.join(root, "var/log"))
        write_log(os.path.join(root, "var/log/app.log"), source, 20000)
        write_database(os.path.join(root, "var/orders.sqlite"), source, 3000)
        with open(os.path.join(root, "var/blob.bin"), "wb") as file:
            file.write(source.randbytes(content_mb * 100_000))
        uuid = f"{seed:08x}-0000-4000-8000-000000000000"
        options = f"hash_seed={uuid},lazy_itable_init=1"
        if os.path.exists(path):
            os.remove(path)
        must("mke2fs", "-q", "-t", "ext4", "-F", "-d", root, "-L", f"data{seed}", "-U", uuid, "-E", options, path,
             f"{size_gib}G")  # fmt: skip


@functools.cache
def files_here():
    """(path, bytes) of files of this machine that are worth a copy; many small ones would only make it slow."""
    found = []
    for top in SOURCES:
        for folder, _, names in sorted(os.walk(top)):
            for name in sorted(names):
                path = os.path.join(folder, name)
                if "__pycache__" in folder or os.path.islink(path) or not os.access(path, os.R_OK):
                    continue
                size = os.path.getsize(path)
                if SMALLEST_FILE <= size <= LARGEST_FILE:
                    found.append((path, size))
    return found


def copy_files(source, target, budget):
    names = files_here()
    start = source.randrange(max(1, len(names)))
    for name, size in names[start:] + names[:start]:
        budget -= size
        if budget < 0:
            return
        copy = target + name
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copyfile(name, copy)


def write_log(path, source, lines):
    with open(path, "w", encoding="utf-8") as file:
        for line in range(lines):
            file.write(
                f"2026-01-{1 + line % 28:02d}T{line % 24:02d}:{line % 60:02d}:00Z "
                f"{source.choice(['INFO', 'WARN'])} request {line} took {source.randrange(900)} ms\n"
            )


def write_database(path, source, rows):
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT, cents INTEGER)")
        values = ((number, f"customer-{source.randrange(400)}", source.randrange(99999)) for number in range(rows))
        database.executemany("INSERT INTO orders VALUES (?, ?, ?)", values)
    database.close()


def change(path, seed, kilobytes=600):
    """What an hour of work does to a file system: a new file, a file replaced, a file gone."""
    source = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="awsim-ext4-") as folder:
        fresh, log = os.path.join(folder, "fresh"), os.path.join(folder, "log")
        with open(fresh, "wb") as file:
            file.write(source.randbytes(kilobytes * 1000))
        write_log(log, source, 4000)
        script = os.path.join(folder, "script")
        old = f"/var/upload-{(seed - 3) % 1_000_000}"
        with open(script, "w", encoding="utf-8") as file:
            file.write(f"write {fresh} /var/upload-{seed % 1_000_000}\n")
            file.write(f"rm /var/log/app.log\nwrite {log} /var/log/app.log\n")
            file.write(f"rm {old}\n")
        must("debugfs", "-w", "-f", script, path)


def check(path):
    """None when `e2fsck -fn` calls the image clean, else what it said."""
    done = run("e2fsck", "-fn", path)
    return None if done.returncode == 0 else f"e2fsck {done.returncode}: {done.stdout.strip()[-600:]}"


def copy_sparse(source, target):
    must("cp", "--sparse=always", "--reflink=auto", source, target)
