#!/usr/bin/env python3
"""Starts the demo fleet for speed.mjs. Usage: console.py FOLDER --rounds N --out FILE; FOLDER holds the scripts and their packages.

Not for what is measured (speed.mjs). Invariant: everything that was started is stopped.
"""

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tests/console"), str(ROOT / "tests/demo")]

from daily import fleet  # noqa: E402
from world import EMAIL  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description="Measures the console on the demo fleet.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", default="3")
    parser.add_argument("--out", type=Path, required=True)
    wanted = parser.parse_args()
    with fleet() as (world, _api, _token):
        words = ["--url", world.url, "--email", EMAIL, "--password", world.password, "--rounds", wanted.rounds, "--out", str(wanted.out.resolve())]
        return subprocess.run(["node", "speed.mjs", *words], cwd=wanted.folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
