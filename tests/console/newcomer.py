#!/usr/bin/env python3
"""The acceptance story of the console: an empty server with open sign-up, an AWS account with volumes, and a newcomer (newcomer.mjs).

Usage: newcomer.py JUDGES_FOLDER [--pictures FOLDER]. Not for the steps. Invariant: in AWS only that is done which the page said; everything
lies in a temporary folder, and everything that was started is stopped.
"""

import argparse
import functools
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "demo"))

import awsim_path  # noqa: E402, F401  (before the modules of the stand-in)
import ext4  # noqa: E402
import seed  # noqa: E402
from drive import drive  # noqa: E402
from world import Failed, World  # noqa: E402

ACCOUNT = "111111111111"
# Tagged Gold, Silver, not, Gold; one size, so that the story is short.
VOLUMES_PER_REGION = 4
SIZE_GIB, FILES_MB = 1, 24
SETTINGS = {
    "HOLDFAST__SIGN_UP__OPEN": "true",
    # The killed server is started again as another one would be: it waits until the lease of its tasks has ended.
    "HOLDFAST__TASKS__LEASE_SECONDS": "10",
}


def seed_account(sim):
    """What a newcomer has in AWS: volumes with file systems in two regions, and instances that some are attached to."""
    source = random.Random(7)
    with tempfile.TemporaryDirectory(prefix="newcomer-") as folder:
        base = str(Path(folder) / "base.ext4")
        ext4.build(base, SIZE_GIB, 1, FILES_MB)
        for region in seed.REGIONS:
            place = (ACCOUNT, region)
            volumes = [seed.make_volume(sim, place, number, source, [(SIZE_GIB, base)], folder) for number in range(VOLUMES_PER_REGION)]
            seed.make_instances(sim, place, source, volumes)


def make_role(world, name, trust, permissions):
    """What the administrator of the account does by hand with the two documents that the page shows."""
    iam = world.sim.client("iam", ACCOUNT)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    iam.put_role_policy(RoleName=name, PolicyName="backup", PolicyDocument=json.dumps(json.loads(permissions)))


def kill(world):
    """kill -9 in the middle of the work, and a start as after a power failure."""
    server = world.processes.pop("server")
    server.kill()
    server.wait()
    time.sleep(1)
    world.start_server()


def in_aws(world, region, volume):
    """Fails unless the restored volume is there."""
    found = world.sim.client("ec2", ACCOUNT, region).describe_volumes(VolumeIds=[volume])["Volumes"]
    if [one["State"] for one in found] != ["available"]:
        raise Failed(f"{volume} is not available in {region}: {found}")


def main():
    parser = argparse.ArgumentParser(description="The acceptance story of the console.")
    parser.add_argument("judges", type=Path)
    parser.add_argument("--pictures", type=Path)
    wanted = parser.parse_args()
    os.environ.update(SETTINGS)
    with tempfile.TemporaryDirectory(prefix="holdfast-newcomer-") as name:
        world = World(Path(name))
        world.prepare()
        try:
            begun = time.monotonic()
            world.start_sim()
            seed_account(world.sim)
            world.start_server()
            words = ["--url", world.url, "--folder", name, "--sim", world.sim.endpoint, "--account", ACCOUNT]
            if wanted.pictures:
                words += ["--pictures", str(wanted.pictures.resolve())]
            commands = {step.__name__: functools.partial(step, world) for step in (make_role, kill, in_aws)}
            worst = drive(wanted.judges, "newcomer.mjs", words, commands)
            if worst:
                print(world.tail("server", 30), file=sys.stderr)
            print(f"story: {time.monotonic() - begun:.0f} s")
            return worst
        except Failed as failure:
            print(f"FAIL  {failure}", file=sys.stderr)
            return 1
        finally:
            world.stop_all()


if __name__ == "__main__":
    sys.exit(main())
