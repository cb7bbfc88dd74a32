#!/usr/bin/env python3
"""Starts the demo fleet for the console's end-to-end tests, and starts the server again when a flow asks for that.

Usage: daily.py JUDGES_FOLDER [--pictures FOLDER]: every page is judged and drawn after the flows.
       daily.py JUDGES_FOLDER --judge FILE: instead, a judge from outside looks at every page. It is a module for node in the judges'
       folder that takes addresses, `--login MODULE`, `--dark` and `--out FOLDER`, and ends with 0 when all is well.
Not for the steps (daily.mjs, protection.mjs, look.mjs, brake.mjs). Invariant: everything lies in a temporary folder, and everything that was
started is stopped.
"""

import argparse
import contextlib
import functools
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "demo"), str(HERE.parent / "story")]

import awsim_path  # noqa: E402, F401  (before the modules of the stand-in)
import operations  # noqa: E402
import scenario  # noqa: E402
import seed  # noqa: E402
from api import Api  # noqa: E402
from drive import drive as run_script  # noqa: E402
from story import later  # noqa: E402
from world import EMAIL, Failed, World  # noqa: E402

# The demo's busy volumes have two points each by then, so that lists, increments and the calendar have something to show.
POINTS_WITHIN_S = 150
# Longer than what the clock may step without being doubted (STEP_HOURS_MAX in src/domain/expiry.rs).
LEAP = "+8d"
REST_WITHIN_S = 120
PAUSE = "mutation Pause($input: PausePolicyInput!) { pausePolicy(input: $input) { userErrors { field message } } }"
AT_WORK = "query AtWork { activityCounts { running queued } }"


def say(text):
    print(f"      {text}", flush=True)


def populated(api, assets):
    points = api.ask("query Points { recoveryPoints(first: 1, filter: { status: [AVAILABLE] }) { totalCount } }")
    return points["recoveryPoints"]["totalCount"] >= 2 * len(assets)


def restart(world, _api):
    world.stop("server")
    time.sleep(1)
    world.start_server()


def leap(world, _api):
    """The server was switched off for more than a week."""
    world.stop("server")
    world.start_server(settings=later() | {"FAKETIME": LEAP})


def retag(world, api, name, change):
    """Changes a tag of a volume as its owner would, and has the inventory read."""
    asset = next(one for one in scenario.volumes(api) if one["name"] == name)
    change(world.sim.client("ec2", asset["awsAccount"]["accountId"], asset["region"]), asset["nativeId"])
    scenario.read_inventory(api, world)


def tag(world, api, name, key, value):
    retag(world, api, name, lambda ec2, volume: ec2.create_tags(Resources=[volume], Tags=[{"Key": key, "Value": value}]))


def untag(world, api, name, key, _value):
    retag(world, api, name, lambda ec2, volume: ec2.delete_tags(Resources=[volume], Tags=[{"Key": key}]))


def drive(world, judges, script, api, *words):
    """Runs a script of this folder as the demo's person; it may ask for `restart`, `leap`, `tag NAME KEY VALUE` and `untag NAME KEY VALUE`."""
    given = ["--url", world.url, "--email", EMAIL, "--password", world.password, *words]
    commands = {step.__name__: functools.partial(step, world, api) for step in (restart, leap, tag, untag)}
    return run_script(judges, script, given, commands)


@contextlib.contextmanager
def fleet():
    """A server with the demo fleet and recovery points to show, a client of it, and its token."""
    with tempfile.TemporaryDirectory(prefix="holdfast-console-") as name:
        world = World(Path(name) / "world")
        world.prepare()
        try:
            world.start_sim()
            seed.seed_fleet(world.sim, say)
            token = world.ensure_organization()
            world.start_server()
            api = Api(world.url, token)
            scenario.connect_accounts(api, world, say)
            assets = scenario.protect(api, world, say)
            scenario.wait_for("recovery points to show", lambda: populated(api, assets), POINTS_WITHIN_S, world)
            api.ask(operations.VIEWER)
            yield world, api, token
        except Failed as failure:
            print(f"FAIL  {failure}\n{world.tail('server', 20)}", file=sys.stderr)
            sys.exit(1)
        finally:
            world.stop_all()


def rest(world, api):
    """Nothing starts any more, and what is at work ends: a page that asks anew just when a judge leaves it counts as failed for some."""
    for policy in api.ask(operations.POLICIES)["policies"]["nodes"]:
        api.do(PAUSE, {"id": policy["id"]})

    def quiet():
        counts = api.ask(AT_WORK)["activityCounts"]
        return counts["running"] + counts["queued"] == 0

    scenario.wait_for("the fleet to rest", quiet, REST_WITHIN_S, world)


def judged(world, judges, judge, only):
    """What a judge from outside says of every page, for strangers and for members, light and dark."""
    who = ["--email", EMAIL, "--password", world.password]
    asked = ["node", "addresses.mjs", "--url", world.url, *who, *(["--only", only] if only else [])]
    told = subprocess.run(asked, cwd=judges, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    addresses = {kind: [address for at, address in zip(told[::2], told[1::2], strict=True) if at == kind] for kind in ("door", "room")}
    worst = 0
    for kind, login in (("door", []), ("room", ["--login", "sign-in.mjs"])):
        for scheme in ([], ["--dark"]):
            if not addresses[kind]:
                continue
            print(f"== {len(addresses[kind])} {kind}s {'dark' if scheme else 'light'}", flush=True)
            out = ["--out", str(world.folder / "judged")]
            who = os.environ | {"EMAIL": EMAIL, "PASSWORD": world.password}
            done = subprocess.run(["node", judge, *addresses[kind], *login, *scheme, *out], cwd=judges, env=who, check=False)
            worst |= done.returncode
    return worst


def main():
    parser = argparse.ArgumentParser(description="End-to-end tests of the console on the demo fleet.")
    parser.add_argument("judges", type=Path)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--judge")
    parser.add_argument("--only", help="names of pages of pages.mjs, with commas, for the judge")
    wanted = parser.parse_args()
    with fleet() as (world, api, token):
        begun = time.monotonic()
        worst = 0 if wanted.judge else drive(world, wanted.judges, "daily.mjs", api, "--token", token, "--sim", world.sim.endpoint)
        worst |= drive(world, wanted.judges, "protection.mjs", api, "--token", token, "--folder", str(world.folder))
        if wanted.judge:
            rest(world, api)
            worst |= judged(world, wanted.judges, wanted.judge, wanted.only)
        else:
            pictures = str((wanted.pictures or world.folder / "pictures").resolve())
            worst |= drive(world, wanted.judges, "look.mjs", api, "--pictures", pictures, "--sim", world.sim.endpoint)
            worst |= drive(world, wanted.judges, "brake.mjs", api, "--pictures", pictures)
        if worst:
            print(world.tail("server", 20), file=sys.stderr)
        print(f"daily: {time.monotonic() - begun:.0f} s")
        return worst


if __name__ == "__main__":
    sys.exit(main())
