#!/usr/bin/env python3
"""The demo: `demo.py run` for people, `demo.py check` for machines, `demo.py reset` to start over.

Not for: what each step does (world.py, scenario.py, proof.py). Invariant: it leaves no process behind, however it ends.
"""

import argparse
import contextlib
import os
import signal
import sys
import time

import awsim_path  # noqa: F401  (before the modules of the stand-in)
import operations
import proof
import scenario
import seed
from api import Api, Refused, Watcher
from table import Table
from world import EMAIL, ROOT, Failed, World

FOLDER = ROOT / ".demo"
# What make demo-check allows from the start of the server to two proven points of every busy volume.
SECOND_POINT_WITHIN_S = 120


def say(text):
    print(f"  {text}", flush=True)


def begin(world):
    """Stand-in with its fleet, server, organization; returns the client."""
    world.prepare()
    world.start_sim()
    if seed.seed_fleet(world.sim, say):
        say("AWS stand-in seeded")
    token = world.ensure_organization()
    world.start_server()
    api = Api(world.url, token)
    viewer = api.ask(operations.VIEWER)["viewer"]
    if viewer["user"]["email"] != EMAIL:
        raise Failed(f"signed in as {viewer}")
    return api


def run(wanted):
    world = World(FOLDER / "run", wanted.port, wanted.sim_port)
    world.claim()
    try:
        begun = time.monotonic()
        api = begin(world)
        heading = [
            f"Holdfast demo  {world.url}/graphiql",
            "",
            f"  e-mail    {EMAIL}",
            f"  password  {world.password}",
            f"  AWS       {world.sim.endpoint} (a stand-in)",
            "",
            "Ctrl-C stops everything; the data stay.",
        ]
        print("\n".join(heading), flush=True)
        table = Table(heading)
        watcher = Watcher(api, operations.TASK_EVENTS, table.notice).start()
        scenario.connect_accounts(api, world, say)
        assets = scenario.protect(api, world, say)
        say(f"everything is at work after {time.monotonic() - begun:.0f} s")
        applications = scenario.Applications(world.sim, assets).start()
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                world.check_alive()
                table.draw(watcher.trouble)
                time.sleep(0.5)
        print("stopping ...", flush=True)
        watcher.stop()
        applications.stop()
    finally:
        end(world)


def end(world):
    """Stops everything; a second Ctrl-C must not leave half of it behind."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    world.stop_all()


def interrupt(_number, _frame):
    raise KeyboardInterrupt


def check(_wanted):
    # Named after the process, so that two checks never meet in one folder.
    sweep("check-*")
    world = World(FOLDER / f"check-{os.getpid()}")
    world.claim()
    seen = {}
    try:
        print("demo-check: stand-in, server, organization", flush=True)
        api = begin(world)
        begun = time.monotonic()
        watcher = Watcher(api, operations.TASK_EVENTS, lambda event: seen.update({event["cursor"]: event})).start()
        scenario.connect_accounts(api, world, say)
        assets = scenario.protect(api, world, say)
        applications = scenario.Applications(world.sim, assets).start()
        left = SECOND_POINT_WITHIN_S - (time.monotonic() - begun)
        scenario.wait_for("two proven points of every volume", lambda: two_points(api, assets), left, world)
        say(f"a full and an incremental point of {len(assets)} volumes, read back, after {time.monotonic() - begun:.0f} s")
        check_events(seen, watcher)
        scenario.protected_by_tag(api, world, say)
        proof.proven_by_policy(api, world, assets[0], say)
        applications.stop()
        watcher.stop()
        proof.prove(api, world, assets[0], say)
        second_start(world)
    finally:
        end(world)
    world.erase()
    print("demo-check: passed", flush=True)


def two_points(api, assets):
    """Whether every asset has a full and an incremental point that are proven, one of them fired by the policy."""
    for asset in assets:
        proven = [p for p in proof.points_of(api, asset) if p["status"] == "AVAILABLE" and p["proof"] != "NONE"]
        fired = [p for p in proven if p["policy"]]
        if not fired or {p["isFull"] for p in proven} != {True, False}:
            return False
    return True


def check_events(seen, watcher):
    """The subscription must have told of backups from queued to completed."""
    told = {(event["task"]["kind"], event["task"]["status"]) for event in seen.values() if event.get("task")}
    if ("BACKUP_EBS", "COMPLETED") not in told:
        raise Failed(f"taskEvents told only of {sorted(told)} {watcher.trouble or ''}")
    say(f"taskEvents told of {len(seen)} changes")


def second_start(world):
    """A second start is quick and keeps everything."""
    begun = time.monotonic()
    world.start_server()
    api = Api(world.url, world.ensure_organization())
    found = scenario.volumes(api)
    if not any(asset["policy"] for asset in found):
        raise Failed("after a restart no volume has a policy any more")
    say(f"a second start took {time.monotonic() - begun:.1f} s and kept {len(found)} volumes")


def sweep(pattern):
    """Removes folders of demos that are over: a check that failed leaves its own for whoever wants to look."""
    for folder in FOLDER.glob(pattern):
        if folder.is_dir():
            world = World(folder)
            with contextlib.suppress(Failed):
                world.claim()
                world.erase()


def reset(_wanted):
    sweep("*")
    left = [folder.name for folder in FOLDER.glob("*") if folder.is_dir()]
    if left:
        raise Failed(f"a demo is at work in {', '.join(left)}")
    print("the demo's data are gone", flush=True)


def main():
    parser = argparse.ArgumentParser(description="The demo of Holdfast.")
    parser.add_argument("--port", type=int, default=int(os.environ.get("DEMO_PORT", "8080")))
    parser.add_argument("--sim-port", type=int, default=int(os.environ.get("DEMO_AWS_PORT", "4566")))
    parser.add_argument("command", choices=["run", "check", "reset"])
    wanted = parser.parse_args()
    signal.signal(signal.SIGTERM, interrupt)
    try:
        {"run": run, "check": check, "reset": reset}[wanted.command](wanted)
    except (Failed, Refused) as error:
        sys.exit(f"demo failed: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
