"""Runs a script of this folder in Node.js and does what it asks for on the way: what only the owner of the servers or of the AWS
account can do.

Not for: what is done (daily.py, newcomer.py). Invariant: the script goes on only when it was done, and ends with this process.
"""

import subprocess


def drive(judges, script, words, commands):
    """A line `@NAME` with words behind tabs calls `commands[NAME]`; its name on the script's input says that it is done."""
    process = subprocess.Popen(["node", script, *words], cwd=judges, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        for line in process.stdout:
            if not line.startswith("@"):
                print(line, end="", flush=True)
                continue
            name, *arguments = line[1:].rstrip("\n").split("\t")
            commands[name](*arguments)
            process.stdin.write(f"{name}\n")
            process.stdin.flush()
        return process.wait(timeout=60)
    finally:
        process.kill()
        process.wait()
