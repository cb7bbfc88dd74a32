#!/usr/bin/env python3
"""Every path in back-ticks in the documents must exist, so that a document does not outlive what it speaks of.

Not for: links on the web. Invariant: what looks like a path of this repository (it begins with one of its top-level
folders) is checked, everything else is left alone.
"""

import os
import re
import subprocess
import sys

TOPS = ("src/", "tests/", "docs/", "schema/", "migrations/", "docker/", "console/", ".ci/")
CODE = re.compile(r"`([^`\s]+)`")
# Placeholders such as NNNN-title.md, globs and alternatives name no one file.
VAGUE = re.compile(r"[*{}<>]|NNNN|\.\.\.")


def missing_in(document):
    with open(document, encoding="utf-8") as file:
        text = re.sub(r"^(```|    ).*$", "", file.read(), flags=re.M)
    for found in CODE.findall(text):
        path = found.split("#")[0].split("::")[0].rstrip(".,:;")
        path = re.sub(r":\d+(-\d+)?$", "", path)
        if path.startswith(TOPS) and not VAGUE.search(path) and not os.path.exists(path):
            yield found


def main():
    command = ["git", "ls-files", "-co", "--exclude-standard", "--", "*.md"]
    documents = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    bad = [(document, path) for document in documents for path in missing_in(document)]
    for document, path in bad:
        print(f"{document}: {path} does not exist")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
