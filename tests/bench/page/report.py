"""Report of the page benchmark: `report.py ROWS MEMORY ASSETS SECONDS`; the medians and the ratios of each round."""

import os
import statistics
import sys
from collections import defaultdict

NAMES = {"holdfast": "Holdfast: authorised, SQLite", "mercurius": "mercurius, JIT, better-sqlite3", "bare": "bare async-graphql, from memory"}


def main(rows_file, memory_file, assets, seconds):
    rows = defaultdict(list)
    for line in open(rows_file):
        name, *numbers = line.split()
        rows[name].append([float(number) for number in numbers])
    memory = dict(line.split() for line in open(memory_file))
    print("# The page of 100 assets with policy and last recovery point\n")
    print("`tests/bench/graphql.sh` (part of `make bench`): wrk, one thread, 32 connections, the same query for all; each answers in")
    print(f"turn for {seconds} s in each of {len(rows['bare'])} rounds. {assets} assets, the same SQLite file for Holdfast and mercurius; {os.cpu_count()} cores, which server")
    print("and client share. Holdfast checks token, roles and limits of every request; the others have none of it.\n")
    print("| server | pages/s (median) | p50 ms | p99 ms | errors | peak MiB |\n|---|---|---|---|---|---|")
    for name, text in NAMES.items():
        column = [statistics.median(values) for values in zip(*rows[name])]
        errors = int(sum(row[3] for row in rows[name]))
        print(f"| {text} | {column[0]:.0f} | {column[1]:.1f} | {column[2]:.1f} | {errors} | {memory[name]} |")
    print()
    for other in ("mercurius", "bare"):
        ratios = [mine[0] / theirs[0] for mine, theirs in zip(rows["holdfast"], rows[other])]
        print(f"Holdfast / {other}, pages/s: {statistics.median(ratios):.2f} x ({min(ratios):.2f} to {max(ratios):.2f}).")


main(*sys.argv[1:])
