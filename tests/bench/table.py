#!/usr/bin/env python3
"""Rows of a Markdown table from the JSON of several runs: table.py NAME... -- FILE...

A NAME is a path through the members, such as `all_dirty.seconds`. A file that holds a list gives a row for each. The first column is the run: the file's name
without its end. Not for judging. Invariant: a member that is missing ends the script.
"""

import json
import pathlib
import sys


def value(report, path):
    """What lies at the path; a number with a fraction as it is read best."""
    for name in path.split("."):
        report = report[name]
    if isinstance(report, float):
        report = round(report, 4) if report < 1 else round(report, 1)
        return str(int(report)) if report == int(report) else str(report)
    return str(report)


def main():
    split = sys.argv.index("--")
    paths, files = sys.argv[1:split], sys.argv[split + 1 :]
    for file in map(pathlib.Path, sorted(files)):
        reports = json.loads(file.read_text())
        for report in reports if isinstance(reports, list) else [reports]:
            cells = [file.stem.replace(".", " "), *(value(report, path) for path in paths)]
            print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
