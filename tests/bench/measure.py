"""Runs a command and tells what it cost.

Used by every benchmark here. Wall time in seconds, CPU seconds (user + system, children included) and peak resident
memory in MiB come from wait4 of that one process tree, so that two tools are measured alike.
"""

import os
import statistics
import subprocess
import time


def run(command, env=None, stdin=None, cwd=None):
    """Cost of one run as a dictionary; raises with the tool's own words when it fails."""
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        env={**os.environ, **(env or {})},
        stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=cwd,
    )
    if stdin:
        process.stdin.write(stdin.encode())
        process.stdin.close()
    output = process.stdout.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]} failed with {process.returncode}:\n{output[-2000:]}")
    return {
        "wall_s": wall,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "rss_mib": usage.ru_maxrss / 1024,
        "output": output,
    }


def folder_bytes(folder):
    """Bytes of all files below a folder."""
    total = 0
    for base, _, names in os.walk(folder):
        total += sum(os.path.getsize(os.path.join(base, name)) for name in names)
    return total


def median(rows, key):
    return statistics.median(row[key] for row in rows)


def ratio_of_pairs(ours, theirs, key):
    """Median, smallest and largest of the pairwise ratios theirs / ours (over 1: we are better)."""
    ratios = sorted(theirs_row[key] / ours_row[key] for ours_row, theirs_row in zip(ours, theirs))
    return statistics.median(ratios), ratios[0], ratios[-1]


def machine():
    """What the figures were measured on, in one line."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown CPU")
    return f"{os.cpu_count()} cores, {model}, load {os.getloadavg()[0]:.2f} at the end"
