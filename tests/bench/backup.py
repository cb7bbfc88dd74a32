"""Benchmark of the vault against restic, rustic and a bare loop: full backup, increment, restore, verify.

Usage: python backup.py --bench-binary PATH [--bare PATH] [--restic PATH]... [--rustic PATH] [--rounds 5] [--size-mib 1024] [--out FILE.md]

Every round runs every tool once, in turn, so that what else the machine does hits all of them alike; the report gives
medians, and the median of the pairwise ratios with the smallest and the largest. All tools encrypt, authenticate and
compress. `holdfast` counts with its check of every blob before it is written and its read-back of the point's frame; restic re-reads nothing but decrypts and compares
each blob before it is written (its default). Restored bytes are compared with SHA-256.
"""

import argparse
import hashlib
import json
import os
import shutil
import tempfile
import time

import images
from measure import folder_bytes, machine, median, ratio_of_pairs, run


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 22):
            digest.update(chunk)
    return digest.hexdigest()


def with_fsync(row, path):
    """The row with the time that it takes to make the restored file durable: holdfast's restore ends with an fsync too."""
    started = time.monotonic()
    file = os.open(path, os.O_RDWR)
    os.fsync(file)
    os.close(file)
    return {**row, "wall_s": row["wall_s"] + time.monotonic() - started}


class Holdfast:
    def __init__(self, binary, folder):
        self.binary, self.repo = binary, os.path.join(folder, "holdfast")
        self.previous = os.path.join(folder, "previous.img")

    def bench(self, *words):
        """Cost of one operation. The time is the tool's own: comparing two images, to know which blocks changed, is AWS's work."""
        row = run([self.binary, *words], {"MALLOC_ARENA_MAX": "2"})
        told = json.loads(row["output"].strip().splitlines()[-1])
        return {**row, "wall_s": told["seconds"]}

    def full(self, image):
        shutil.copyfile(image, self.previous)
        return self.bench("backup", image, self.repo)

    def increment(self, image):
        return self.bench("increment", image, self.repo, self.previous)

    def restore(self, target):
        return self.bench("restore", target, self.repo)

    def verify(self):
        return self.bench("verify", "-", self.repo)


class Restic:
    def __init__(self, binary, folder, name):
        self.name = name
        self.binary, self.repo = binary, os.path.join(folder, self.name)
        self.env = {"RESTIC_PASSWORD": "bench", "RESTIC_REPOSITORY": self.repo, "RESTIC_CACHE_DIR": os.path.join(folder, self.name + "-cache")}
        run([binary, "init"], self.env)

    def full(self, image):
        return run([self.binary, "backup", "--quiet", image], self.env)

    def increment(self, image):
        return self.full(image)

    def restore(self, target):
        folder = target + ".d"
        row = run([self.binary, "restore", "latest", "--quiet", "--target", folder], self.env)
        files = [os.path.join(base, name) for base, _, names in os.walk(folder) for name in names]
        shutil.move(files[0], target)
        shutil.rmtree(folder)
        return with_fsync(row, target)

    def verify(self):
        return run([self.binary, "check", "--read-data", "--quiet"], self.env)


class Rustic(Restic):
    def __init__(self, binary, folder):
        self.name = "rustic"
        self.binary, self.repo = binary, os.path.join(folder, self.name)
        self.env = {"RUSTIC_PASSWORD": "bench", "RUSTIC_REPOSITORY": self.repo, "RUSTIC_NO_CACHE": "true"}
        run([binary, "init"], self.env)

    def full(self, image):
        return run([self.binary, "--no-progress", "backup", image], self.env)

    def restore(self, target):
        folder = target + ".d"
        os.makedirs(folder)
        row = run([self.binary, "--no-progress", "restore", "latest", folder], self.env)
        files = [os.path.join(base, name) for base, _, names in os.walk(folder) for name in names]
        shutil.move(files[0], target)
        shutil.rmtree(folder)
        return with_fsync(row, target)

    def verify(self):
        return run([self.binary, "--no-progress", "check", "--read-data"], self.env)


class Bare:
    """Reads, hashes, compresses, encrypts and writes the image, and nothing else: how fast this machine could be."""

    def __init__(self, binary, folder, level):
        self.binary, self.level, self.repo = binary, level, os.path.join(folder, f"bare-{level}")
        os.makedirs(self.repo)

    def full(self, image):
        row = run([self.binary, image, os.path.join(self.repo, "blocks"), self.level], {})
        return {**row, "wall_s": json.loads(row["output"].strip().splitlines()[-1])["seconds"]}


def one_round(tools, work, first, second, expected):
    """Rows of one round: tool -> operation -> cost."""
    rows = {}
    with tempfile.TemporaryDirectory(dir=work) as folder:
        image = os.path.join(folder, "volume.img")
        running = {name: make(folder) for name, make in tools.items()}
        shutil.copyfile(first, image)
        for name, tool in running.items():
            rows[name] = {"full": tool.full(image), "repo_mib": folder_bytes(tool.repo) / 2**20}
        # A bare loop writes what nobody can read again.
        running = {name: tool for name, tool in running.items() if not isinstance(tool, Bare)}
        for name, tool in running.items():
            target = os.path.join(folder, name + ".restored")
            rows[name]["restore"] = tool.restore(target)
            if sha256(target) != expected:
                raise RuntimeError(f"{name} restored other bytes")
            os.remove(target)
        for name, tool in running.items():
            rows[name]["verify"] = tool.verify()
        shutil.copyfile(second, image)
        for name, tool in running.items():
            rows[name]["increment"] = tool.increment(image)
            rows[name]["growth_mib"] = folder_bytes(tool.repo) / 2**20 - rows[name]["repo_mib"]
    return rows


OPERATIONS = ["full", "increment", "restore", "verify"]


def report(rounds, names, size_mib, versions):
    lines = [
        "# The vault against restic and rustic",
        "",
        "`tests/bench/backup.py` (part of `make bench`). A shared machine: only ratios of one run mean anything.",
        "",
        f"Image: ext4, {size_mib} MiB; increment: 1 % of its 512 KiB blocks changed. Rounds: {len(rounds)}, interleaved. {machine()}.",
        "",
        "Versions: " + "; ".join(versions),
        "",
        "| tool | operation | wall s median | wall s min | MB/s | CPU s | peak MiB | holdfast is faster by (median, min-max) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for operation in OPERATIONS:
        ours = [entry["holdfast"][operation] for entry in rounds]
        for name in (name for name in names if operation in rounds[0][name]):
            rows = [entry[name][operation] for entry in rounds]
            wall = median(rows, "wall_s")
            gain = "" if name == "holdfast" else "{:.2f} ({:.2f}-{:.2f})".format(*ratio_of_pairs(ours, rows, "wall_s"))
            lines.append(
                f"| {name} | {operation} | {wall:.2f} | {min(row['wall_s'] for row in rows):.2f} | {size_mib * 1.048576 / wall:.0f} | {median(rows, 'cpu_s'):.2f} "
                f"| {median(rows, 'rss_mib'):.0f} | {gain} |"
            )
    lines += ["", "| tool | repository MiB after the full backup | growth MiB by the increment |", "|---|---|---|"]
    for name in names:
        size, growth = (sorted(entry[name].get(key, 0) for entry in rounds)[len(rounds) // 2] for key in ("repo_mib", "growth_mib"))
        lines.append(f"| {name} | {size:.1f} | {growth:.1f} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench-binary", required=True)
    parser.add_argument("--restic", action="append", help="may be given several times; without it, the one in PATH")
    parser.add_argument("--rustic")
    parser.add_argument("--bare", help="the bare loop")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size-mib", type=int, default=1024)
    parser.add_argument("--work", default=None)
    parser.add_argument("--out")
    options = parser.parse_args()

    work = options.work or tempfile.mkdtemp(prefix="holdfast-bench-")
    first, second, _ = images.make(os.path.join(work, "images"), options.size_mib)
    expected = sha256(first)
    tools = {"holdfast": lambda folder: Holdfast(options.bench_binary, folder)}
    versions = []
    for binary in options.restic or ["restic"]:
        name = " ".join(run([binary, "version"])["output"].split()[:2])
        tools[name] = lambda folder, binary=binary, name=name: Restic(binary, folder, name)
        versions.append(name)
    if options.rustic:
        tools["rustic"] = lambda folder: Rustic(options.rustic, folder)
        versions.append(run([options.rustic, "--version"])["output"].strip())
    if options.bare:
        tools["bare loop"] = lambda folder: Bare(options.bare, folder, "1")
    rounds = []
    for number in range(options.rounds):
        rounds.append(one_round(tools, work, first, second, expected))
        print(f"round {number + 1} of {options.rounds}: " + ", ".join(f"{name} {rows['full']['wall_s']:.2f} s" for name, rows in rounds[-1].items()), flush=True)
        # After every round: a run that is cut short leaves a report of what it did.
        text = report(rounds, list(tools), options.size_mib, versions)
        if options.out:
            with open(options.out, "w", encoding="utf-8") as file:
                file.write(text)
    print(text)


if __name__ == "__main__":
    main()
