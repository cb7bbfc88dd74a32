#!/usr/bin/env python3
"""Refuses source files that have grown too long: at most 600 lines, tests at the end of a Rust file not counted, files of tests are.

Not for: functions (clippy) and generated files. Invariant: the bound is the same for every file.
"""

import subprocess
import sys

LIMIT = 600
PATTERNS = ["*.rs", "*.py", "*.ts", "*.tsx", "*.mjs", "*.sh"]
# Types that graphql-codegen writes; `make test-console` checks that nobody else did.
GENERATED = "console/src/gql/"


def production_lines(path):
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    if path.endswith(".rs"):
        return next((number for number, line in enumerate(lines) if line.startswith("#[cfg(test)]")), len(lines))
    return len(lines)


def main():
    command = ["git", "ls-files", "-co", "--exclude-standard", "--", *PATTERNS]
    files = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    long = [(production_lines(path), path) for path in files if not path.startswith(GENERATED)]
    long = sorted((lines, path) for lines, path in long if lines > LIMIT)
    for lines, path in long:
        print(f"{path}: {lines} lines, at most {LIMIT}")
    return 1 if long else 0


if __name__ == "__main__":
    sys.exit(main())
