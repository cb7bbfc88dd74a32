#!/usr/bin/env python3
"""Reads compose files as far as that goes without an engine: YAML, known keys, volumes and dependencies that exist.

Not for: a full check; `docker-compose config` does more where it is installed. Invariant: no service publishes a port
to the world or runs as root with the host's files.
"""

import sys

import yaml

KNOWN = {
    "build", "image", "command", "environment", "ports", "volumes", "depends_on", "healthcheck", "restart", "user",
    "read_only", "tmpfs", "cap_drop", "security_opt", "secrets", "stop_grace_period", "init", "networks", "shm_size",
    "entrypoint", "deploy", "expose",
}  # fmt: skip


def problems(document):
    services = document.get("services") or {}
    if not services:
        yield "there are no services"
    for name, service in services.items():
        for key in sorted(set(service) - KNOWN):
            yield f"{name}: unknown key {key}"
        for needed in service.get("depends_on") or {}:
            if needed not in services:
                yield f"{name}: depends on {needed}, which does not exist"
        for mount in service.get("volumes") or []:
            source = mount.split(":")[0] if isinstance(mount, str) else mount.get("source", "")
            if not source.startswith((".", "/")) and source not in (document.get("volumes") or {}):
                yield f"{name}: volume {source} is not declared"
        for secret in service.get("secrets") or []:
            if secret not in (document.get("secrets") or {}):
                yield f"{name}: secret {secret} is not declared"
        for port in service.get("ports") or []:
            if not str(port).startswith("127.0.0.1:"):
                yield f"{name}: port {port} is published to the world; begin it with 127.0.0.1:"


def main():
    bad = 0
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            for problem in problems(yaml.safe_load(file)):
                print(f"{path}: {problem}")
                bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
