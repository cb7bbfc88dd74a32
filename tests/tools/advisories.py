#!/usr/bin/env python3
"""Compares Cargo.lock with a folder of RustSec advisories, without network and without compiling anything.

Usage: advisories.py Cargo.lock FOLDER [IGNORED-ID...]

Not for: licences. Invariant: a vulnerability that nobody has ignored with a reason fails; notes (unmaintained, unsound)
are printed only.
"""

import pathlib
import re
import sys
import tomllib

NUMBER = re.compile(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?")


def version(text):
    """A key that sorts as semantic versions do: a pre-release comes before its release."""
    major, minor, patch, pre = NUMBER.match(text.strip()).groups()
    rank = [(2,)] if pre is None else [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in pre.split(".")]
    return int(major), int(minor or 0), int(patch or 0), rank


def ceiling(text):
    """The first version that a caret requirement no longer allows."""
    numbers = [int(number) for number in text.split("-")[0].split(".")]
    place = next((place for place, number in enumerate(numbers) if number), len(numbers) - 1)
    bumped = [*numbers[:place], numbers[place] + 1]
    return (*bumped, *[0] * (3 - len(bumped)), [(0, 0, "")])


def fits(found, comparator):
    operator, text = re.match(r"(>=|<=|>|<|=|\^|~)?\s*(.+)", comparator.strip()).groups()
    if text == "*":
        return True
    bound = version(text)
    match operator:
        case ">=":
            return found >= bound
        case "<=":
            return found <= bound
        case ">":
            return found > bound
        case "<":
            return found < bound
        case "=":
            return found == bound
        case "~":
            same = min(2, len(text.split(".")))
            return found >= bound and found[:same] == bound[:same]
    return bound <= found < ceiling(text)


def concerns(found, versions):
    safe = [*versions.get("patched", []), *versions.get("unaffected", [])]
    return not any(all(fits(found, part) for part in requirement.split(",")) for requirement in safe)


def advisories_of(folder, name):
    for path in sorted((folder / "crates" / name).glob("*.md")):
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text.split("```toml")[1].split("```")[0])
        title = next((line[2:] for line in text.splitlines() if line.startswith("# ")), "")
        yield document["advisory"], document.get("versions", {}), title


def main():
    lock, folder, ignored = sys.argv[1], pathlib.Path(sys.argv[2]), set(sys.argv[3:])
    with open(lock, "rb") as file:
        packages = [p for p in tomllib.load(file)["package"] if "registry" in p.get("source", "")]
    bad = 0
    for package in packages:
        for advisory, versions, title in advisories_of(folder, package["name"]):
            if advisory.get("withdrawn") or not concerns(version(package["version"]), versions):
                continue
            note = advisory.get("informational") or ("ignored" if advisory["id"] in ignored else None)
            bad += note is None
            print(f"{note or 'VULNERABLE'}: {advisory['id']} {package['name']} {package['version']}: {title}")
    print(f"advisories: {len(packages)} crates, {bad} vulnerable")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
