#!/usr/bin/env python3
"""Starts a server and a DNS server of its own and sends a browser on the journey of journey.mjs.

Not for: what is checked (journey.mjs). Invariant: everything lies in a temporary folder, and everything that was started
is stopped.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "demo"))

import awsim_path  # noqa: E402, F401  (before the modules of the stand-in)
from names import start_names  # noqa: E402
from world import EMAIL, World, free_port  # noqa: E402


def main():
    cache, sso = Path(sys.argv[1]), HERE
    with tempfile.TemporaryDirectory(prefix="holdfast-sso-") as folder:
        os.environ["HOLDFAST__AUTH__LOCAL_PROVIDERS_ALLOWED"] = "true"
        os.environ["HOLDFAST__AUTH__DNS_SERVER"] = start_names(Path(folder) / "records.json")
        if database := os.environ.get("TEST_DATABASE_URL"):
            os.environ["HOLDFAST__DATABASE__URL"] = database
        world = World(folder)
        world.prepare()
        try:
            world.ensure_organization()
            world.start_server()
            ports = ("--oidc-port", str(free_port()), "--saml-port", str(free_port()))
            people = ("--email", EMAIL, "--password", world.password)
            words = ("--url", world.url, *people, "--folder", folder, "--sso", str(sso), *ports)
            done = subprocess.run(["node", "journey.mjs", *words], cwd=cache, check=False)
            if done.returncode:
                print(world.tail("server", 60), file=sys.stderr)
            return done.returncode
        finally:
            world.stop_all()


if __name__ == "__main__":
    sys.exit(main())
