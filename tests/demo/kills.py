#!/usr/bin/env python3
"""Kills the server with SIGKILL at random moments of backups and restores, and checks that nothing was lost or doubled.

    kills.py [--kills 25] [--seed N] [--database URL]

Not for: planned stops (demo.py). Invariants checked after the last kill: every task is final; one idempotency key made one
task, one nominal time one task; a point that was once available still restores to the same bytes; every completed backup
has one point and the vault holds nothing else; stock restic finds no damage; nothing is left over in AWS.
"""

import argparse
import hashlib
import http.client
import os
import random
import sys
import tempfile
import time
import uuid

import awsim_path  # noqa: F401  (before the modules of the stand-in)
import fixture
import operations
import proof
import scenario
import seed as fleet
from api import Api, Refused
from world import Failed, World

ACCOUNT, REGION = "111111111111", "us-east-1"
VOLUMES = 2
LONGEST_LIFE_S = 2.5
SETTLED_WITHIN_S = 240
# With SQLite a restarted server goes on at once with the tasks of the killed one; with PostgreSQL they wait for the end of
# their lease, as another replica could have them. So the leases are as short as they may be.
LEASE_S = 10
# Points are compared this often; in between, killed tasks and new ones pile up on one another.
SETTLE_EVERY = 12

# Tags of volumes that were restored here: the request, and the point.
RESTORE_TAG, POINT_TAG = "kills-request", "kills-point"

TASKS = """
query Tasks($first: Int!, $after: String) {
  tasks(first: $first, after: $after) {
    nodes { id kind status nominalAt asset { id } recoveryPoint { id } failure { code message } }
    pageInfo { hasNextPage endCursor }
  }
}"""

RESTORE_IMAGE = """
mutation RestoreImage($input: RestoreImageInput!) {
  restoreImage(input: $input) {
    task { id status }
    userErrors { code message field }
  }
}"""


class Kills:
    """One world that is killed again and again."""

    def __init__(self, world, dice, say):
        self.world, self.dice, self.say = world, dice, say
        self.requested = {}
        self.restores = 0
        self.digests = {}
        self.rounds = 0

    def begin(self):
        """A small fleet, one account, a policy that fires every minute."""
        self.world.prepare()
        self.world.start_sim()
        scenario.small_fleet(self.world, ACCOUNT, REGION, VOLUMES)
        token = self.world.ensure_organization()
        self.world.start_server()
        self.api = Api(self.world.url, token)
        account = fixture.connect(self.world, self.api)
        scenario.finished(self.api, self.world, self.api.do(operations.VERIFY, {"id": account})["task"]["id"])
        self.assets = scenario.read_inventory(self.api, self.world)
        if len(self.assets) != VOLUMES:
            raise Failed(f"{len(self.assets)} volumes were discovered, not {VOLUMES}")
        policy = scenario.ensure_policies(self.api)[scenario.EVERY_MINUTE]
        scenario.assign(self.api, policy, self.assets)

    def kill(self):
        """Lets an application write, asks for work, kills the server while it works, and starts it again."""
        asset = self.dice.choice(self.assets)
        if self.dice.random() < 0.5:
            fleet.churn_volume(self.world.sim, ACCOUNT, REGION, asset["nativeId"], self.dice.randrange(2**31))
        self.ask_for_work(asset)
        time.sleep(self.dice.uniform(0, LONGEST_LIFE_S))
        server = self.world.processes.pop("server")
        server.kill()
        server.wait()
        self.world.start_server()
        self.rounds += 1

    def ask_for_work(self, asset):
        key = f"kill-{uuid.uuid4()}"
        points = [point for point in proof.points_of(self.api, asset) if point["status"] == "AVAILABLE"]
        luck = self.dice.random()
        if points and luck < 0.25:
            given = {"recoveryPointId": points[-1]["id"], "fileName": f"{key}.img", "idempotencyKey": key}
            mutation = RESTORE_IMAGE
        elif points and luck < 0.5:
            account, zone = asset["awsAccount"]["id"], f"{REGION}a"
            tags = {RESTORE_TAG: key, POINT_TAG: points[-1]["id"]}
            given = operations.restore(points[-1]["id"], account, REGION, zone, tags, key)
            mutation = operations.RESTORE
            self.restores += 1
        else:
            given, mutation = operations.back_up(asset["id"], key), operations.BACK_UP
        payload = self.api.do(mutation, given)
        again = self.api.do(mutation, given)
        if self.ids(payload) != self.ids(again):
            raise Failed(f"the same idempotency key made other tasks: {payload} {again}")
        self.requested[key] = self.ids(payload)

    @staticmethod
    def ids(payload):
        tasks = payload.get("tasks") or [payload["task"]]
        return sorted(task["id"] for task in tasks)

    def remember(self):
        """Digests of all points that are available now; those known already must not have changed."""
        for asset in self.assets:
            for point in proof.points_of(self.api, asset):
                if point["status"] == "AVAILABLE":
                    digest = self.digest(point)
                    known = self.digests.setdefault(point["id"], digest)
                    if known != digest:
                        raise Failed(f"{point['id']} restored {known} before and restores {digest} now")

    def digest(self, point):
        image = self.world.folder / "digest.img"
        where = ("--vault", self.world.vault, "--key-file", self.world.root_key, "--point", point["id"], "--output", image)
        self.world.holdfast("restore", *where)
        found = sha256(image)
        proof.clean(str(image))
        image.unlink()
        return found

    def settle(self):
        """Waits until no task runs any more."""

        def quiet():
            try:
                tasks = list(self.api.pages(TASKS))
            except (OSError, http.client.HTTPException):
                return None
            return tasks if all(task["status"] in scenario.FINAL for task in tasks) else None

        return scenario.wait_for("all tasks are final", quiet, SETTLED_WITHIN_S, self.world, poll=0.3)

    def check(self):
        tasks = self.settle()
        self.check_tasks(tasks)
        self.check_points(tasks)
        missing = set(self.digests) - {p["id"] for a in self.assets for p in proof.points_of(self.api, a)}
        if missing:
            raise Failed(f"points are gone: {sorted(missing)}")
        self.remember()
        self.check_vault()
        self.check_aws()

    def check_tasks(self, tasks):
        known = [task_id for ids in self.requested.values() for task_id in ids]
        if len(set(known)) != len(known):
            raise Failed("two idempotency keys share a task")
        lost = set(known) - {task["id"] for task in tasks}
        if lost:
            raise Failed(f"tasks are gone: {sorted(lost)}")
        fired = [(t["asset"]["id"], t["kind"], t["nominalAt"]) for t in tasks if t["nominalAt"]]
        if len(set(fired)) != len(fired):
            raise Failed("a nominal time fired twice")
        ended = {}
        for task in tasks:
            ended[(task["kind"], task["status"])] = ended.get((task["kind"], task["status"]), 0) + 1
        self.say(f"tasks: {', '.join(f'{count} {kind} {status}' for (kind, status), count in sorted(ended.items()))}")
        failed = [task for task in tasks if task["status"] not in ("COMPLETED", "COMPLETED_WITH_WARNINGS")]
        if failed:
            raise Failed(f"{len(failed)} tasks did not complete, the first: {failed[0]}")

    def check_points(self, tasks):
        done = [t for t in tasks if t["kind"] == "BACKUP_EBS" and t["status"].startswith("COMPLETED")]
        made = [t["recoveryPoint"]["id"] for t in done if t["recoveryPoint"]]
        available = {
            point["id"]
            for asset in self.assets
            for point in proof.points_of(self.api, asset)
            if point["status"] == "AVAILABLE"
        }
        if len(made) != len(done) or len(set(made)) != len(made) or set(made) != available:
            raise Failed(f"{len(done)} backups completed, {len(set(made))} points named, {len(available)} available")
        self.say(f"points: {len(available)}, one of each completed backup")

    def check_vault(self):
        kit = self.api.do(operations.RECOVERY_KIT, {"assetId": self.assets[0]["id"]})["recoveryKit"]
        proof.restic(kit, "check", "--read-data")
        self.say("restic check --read-data: no errors")

    def check_aws(self):
        """Per volume one base snapshot is kept for the next increment, besides the in-account points."""
        ec2 = self.world.sim.client("ec2", ACCOUNT, REGION)
        self.check_volumes(ec2)
        snapshots = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
        kept = sum(1 for a in self.assets for p in proof.points_of(self.api, a, "IN_ACCOUNT") if p["status"] == "AVAILABLE")
        if len(snapshots) > kept + VOLUMES:
            raise Failed(f"{len(snapshots)} snapshots are left in AWS, {kept} are recovery points and {VOLUMES} are bases")
        self.say(f"AWS keeps {len(snapshots)} snapshots: {kept} recovery points and the bases")

    def check_volumes(self, ec2):
        """Each restore made one volume, with the bytes of its point, and nothing else is there."""
        image, made, compared = self.world.folder / "volume.img", [], 0
        volumes = ec2.describe_volumes()["Volumes"]
        for volume in volumes:
            tags = {tag["Key"]: tag["Value"] for tag in volume.get("Tags", [])}
            if RESTORE_TAG not in tags:
                continue
            made.append(tags[RESTORE_TAG])
            if tags[POINT_TAG] not in self.digests:
                continue
            self.world.sim.export(ACCOUNT, REGION, volume["VolumeId"], str(image))
            if sha256(image) != self.digests[tags[POINT_TAG]]:
                raise Failed(f"{volume['VolumeId']} differs from its point {tags[POINT_TAG]}")
            image.unlink()
            compared += 1
        if len(set(made)) != len(made) or len(made) != self.restores or len(volumes) != len(made) + VOLUMES:
            raise Failed(f"{self.restores} restores made {len(made)} volumes, {len(volumes)} are there")
        self.say(f"{self.restores} restores made one volume each, {compared} compared with their points byte for byte")


def sha256(path):
    found = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 22):
            found.update(chunk)
    return found.hexdigest()


def main():
    parser = argparse.ArgumentParser(description="kill -9 at random moments.")
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--seed", type=int, default=random.randrange(2**31))
    parser.add_argument("--database", help="URL of an empty PostgreSQL database; SQLite when absent")
    wanted = parser.parse_args()
    os.environ["HOLDFAST__TASKS__LEASE_SECONDS"] = str(LEASE_S)
    if wanted.database:
        os.environ["HOLDFAST__DATABASE__URL"] = wanted.database
    kind = "PostgreSQL" if wanted.database else "SQLite"
    print(f"kills: {wanted.kills} on {kind}, seed {wanted.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="holdfast-kills-") as folder:
        world = World(folder)
        kills = Kills(world, random.Random(wanted.seed), lambda text: print(f"  {text}", flush=True))
        begun = time.monotonic()
        try:
            kills.begin()
            while kills.rounds < wanted.kills:
                kills.kill()
                if kills.rounds % SETTLE_EVERY == 0:
                    kills.settle()
                    kills.remember()
            kills.check()
        except (Failed, Refused) as error:
            print(world.tail("server", 30))
            sys.exit(f"kills failed after {kills.rounds} kills, seed {wanted.seed}: {error}")
        finally:
            world.stop_all()
        print(f"kills: {kills.rounds} kills, {len(kills.digests)} points identical, {time.monotonic() - begun:.0f} s: passed", flush=True)


if __name__ == "__main__":
    main()
