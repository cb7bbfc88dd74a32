#!/usr/bin/env python3
"""Starts an empty server with open sign-up for people.mjs and, in an organization of its own, together.mjs, and moves its clock when
the story asks for that.

Usage: people.py JUDGES_FOLDER [PICTURES_FOLDER]; ONLY=together or ONLY=people runs one of the two. Not for the steps (people.mjs,
together.mjs). Invariant: everything lies in a temporary folder, and everything that was started is stopped.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SSO, STORY = HERE.parent / "sso", HERE.parent / "story"
sys.path[:0] = [str(HERE.parent / "demo"), str(SSO), str(STORY)]

import awsim_path  # noqa: E402, F401  (before the modules of the stand-in)
from names import start_names  # noqa: E402
from story import later  # noqa: E402
from world import Failed, World, free_port  # noqa: E402

TERMS = "You use Holdfast at your own risk.\n\nThe software is provided as is, without warranty of any kind.\n"


def settings(folder, port):
    """A host name, because browsers keep passkeys for names only; providers on loopback; terms to accept."""
    terms = folder / "terms.txt"
    terms.write_text(TERMS)
    return {
        "HOLDFAST__HTTP__PUBLIC_URL": f"http://localhost:{port}",
        "HOLDFAST__AUTH__LOCAL_PROVIDERS_ALLOWED": "true",
        "HOLDFAST__AUTH__DNS_SERVER": start_names(folder / "records.json"),
        "HOLDFAST__SIGN_UP__OPEN": "true",
        "HOLDFAST__SIGN_UP__TERMS_VERSION": "2026-11",
        "HOLDFAST__SIGN_UP__TERMS_FILE": str(terms),
    }


def keep_time(world, ended):
    """When the story writes `later`, the server starts again with its calendar ten minutes more ahead; `later.done` says so."""
    minutes = 0
    while not ended.wait(0.2):
        if not (world.folder / "later").exists():
            continue
        (world.folder / "later").unlink()
        minutes += 10
        world.stop("server")
        world.start_server(settings=later() | {"FAKETIME": f"+{minutes}m"})
        (world.folder / "later.done").write_text(str(minutes))


def main():
    judges = Path(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="holdfast-people-") as name:
        folder = Path(name)
        pictures = str(Path(sys.argv[2]).resolve()) if len(sys.argv) > 2 else str(folder / "pictures")
        world = World(folder)
        world.prepare()
        os.environ.update(settings(folder, world.server_port))
        ended = threading.Event()
        clock = threading.Thread(target=keep_time, args=(world, ended), daemon=True)
        clock.start()
        try:
            world.start_sim()
            world.start_server()
            words = ["--url", f"http://localhost:{world.server_port}", "--folder", name, "--sso", str(SSO), "--pictures", pictures]
            words += ["--sim", world.sim.endpoint, "--python", sys.executable, "--role", str(HERE / "role.py"), "--oidc-port", str(free_port()), "--saml-port", str(free_port())]
            scripts = {"people": words, "together": words[:4]}
            worst = 0
            for script, arguments in scripts.items():
                if os.environ.get("ONLY", script) != script:
                    continue
                begun = time.monotonic()
                done = subprocess.run(["node", f"{script}.mjs", *arguments], cwd=judges, check=False)
                if done.returncode:
                    print(world.tail("server", 30), file=sys.stderr)
                    worst = 1
                print(f"{script}: {time.monotonic() - begun:.0f} s")
            return worst
        except Failed as failure:
            print(f"FAIL  {failure}", file=sys.stderr)
            return 1
        finally:
            ended.set()
            clock.join(timeout=60)
            world.stop_all()


if __name__ == "__main__":
    sys.exit(main())
