#!/usr/bin/env python3
"""Every test that docs/security.md and docs/planted-bugs.md name in the last column of a table exists in the code.

Not for: whether the test passes. Invariant: a name is the name of a function, of a module (`crate::path::tests`), or of a file.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("docs/security.md", "docs/planted-bugs.md")
# A word of more than one word, a path of modules, or a file with a folder.
NAME = re.compile(r"`([a-z][a-z0-9_]*(?:::[a-z0-9_]+)*|[a-z][\w./-]*/[\w.-]+\.\w+)`")


def functions():
    """Names of all functions of the Rust code, and its modules as `crate::path`."""
    names, modules = set(), set()
    for top in ("src", "tests", "migrations"):
        for file in (ROOT / top).rglob("*.rs"):
            names.update(re.findall(r"\bfn (\w+)", text := file.read_text()))
            parts = [part for part in file.relative_to(ROOT / top).with_suffix("").parts if part != "lib"]
            modules.add("::".join(parts))
            modules.update("::".join([*parts, inner]) for inner in re.findall(r"^mod (\w+) \{", text, re.M))
    return names, modules


def known(name, names, modules):
    if "/" in name:
        return (ROOT / name).exists()
    if "::" not in name:
        # Single words are names of other things: columns, commands, settings.
        return name.count("_") < 2 or name in names
    head, last = name.rsplit("::", 1)
    return last in names or any(module == name or module.endswith(f"::{name}") for module in modules) or any(
        module.endswith(head) and last in names for module in modules
    )


def main():
    names, modules = functions()
    missing, count = [], 0
    for document in DOCUMENTS:
        for number, line in enumerate((ROOT / document).read_text().splitlines(), 1):
            if not line.startswith("|"):
                continue
            for name in NAME.findall(line.rstrip("| ").rsplit(" | ", 1)[-1]):
                count += 1
                if not known(name, names, modules):
                    missing.append(f"{document}:{number}: {name} is nowhere")
    print("\n".join(missing) or f"{count} names of tests, all there")
    return 1 if missing or not count else 0


if __name__ == "__main__":
    sys.exit(main())
