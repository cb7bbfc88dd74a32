#!/usr/bin/env python3
"""Two server processes on one PostgreSQL, with a vault in S3 and keys wrapped by KMS; one of them is killed at work.

    replicas.py --database URL [--seed N]

Not for: one server that is killed again and again (kills.py). Invariant: each window fires once, whoever fires it; the tasks of
the killed replica are finished by the other; a subscription that goes on there misses nothing and gets nothing twice; what
was stored restores to the same bytes; stock restic reads the bucket.
"""

import argparse
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
from api import Api, Refused, Watcher
from world import SERVICE_ACCOUNT, Failed, World, free_port

ACCOUNT, REGION = "111111111111", "us-east-1"
BUCKET, PREFIX = "holdfast-vault", "replicas"
VOLUMES = 4
LEASE_S = 10
# A replica is killed again until it dies with a task in its hands.
KILLS_MAX = 6
SETTLED_WITHIN_S = 180
FIRED_WITHIN_S = 100
TAKEN_OVER = "lost its worker"
TASKS = """
query Tasks($first: Int!, $after: String) {
  tasks(first: $first, after: $after) {
    nodes { id kind status nominalAt asset { id } recoveryPoint { id } failure { code message } }
    pageInfo { hasNextPage endCursor }
  }
}"""


class Listener:
    """Keeps what a subscription brings: (cursor, task, status)."""

    def __init__(self, api):
        self.heard = []
        self.watcher = Watcher(api, operations.TASK_EVENTS, self.note).start()

    def note(self, event):
        self.heard.append((event["cursor"], event["task"]["id"], event["task"]["status"]))

    def cursors(self):
        return [cursor for cursor, _, _ in self.heard]


class Replicas:
    """One world with two servers."""

    def __init__(self, world, say):
        self.world, self.say = world, say
        self.ports = {"server": world.server_port, "second": free_port()}

    def begin(self):
        os.environ.update(
            {
                "HOLDFAST__VAULT__KIND": "s3",
                "HOLDFAST__VAULT__BUCKET": BUCKET,
                "HOLDFAST__VAULT__PREFIX": PREFIX,
                "HOLDFAST__VAULT__REGION": REGION,
                "HOLDFAST__VAULT__ENDPOINT_URL": self.world.sim.endpoint,
                "HOLDFAST__TASKS__LEASE_SECONDS": str(LEASE_S),
            }
        )
        self.world.prepare()
        self.world.start_sim()
        self.world.sim.client("s3", SERVICE_ACCOUNT, REGION).create_bucket(Bucket=BUCKET)
        key = self.world.sim.client("kms", SERVICE_ACCOUNT, REGION).create_key()["KeyMetadata"]["Arn"]
        scenario.small_fleet(self.world, ACCOUNT, REGION, VOLUMES)
        token = self.world.ensure_organization("--kms-key-arn", key)
        self.apis = {name: Api(f"http://127.0.0.1:{port}", token) for name, port in self.ports.items()}
        for name in self.ports:
            self.start(name)
        api = self.apis["server"]
        account = fixture.connect(self.world, api)
        scenario.finished(api, self.world, api.do(operations.VERIFY, {"id": account})["task"]["id"])
        self.assets = scenario.read_inventory(api, self.world)
        policy = scenario.ensure_policies(api)[scenario.EVERY_MINUTE]
        scenario.assign(api, policy, self.assets)
        self.say(f"two servers, {len(self.assets)} volumes, vault s3://{BUCKET}/{PREFIX}, keys wrapped by {key}")

    def start(self, name):
        url = f"http://127.0.0.1:{self.ports[name]}"
        settings = {"HOLDFAST__HTTP__LISTEN": url.removeprefix("http://"), "HOLDFAST__HTTP__PUBLIC_URL": url}
        self.world.start_server(name, url, settings)

    def kill_at_work(self, dice):
        """Kills the first server while it works, until a task of it had to be taken over."""
        survivor = self.apis["second"]
        for kill in range(1, KILLS_MAX + 1):
            self.back_up_by_both()
            time.sleep(dice.uniform(0.2, 1.5))
            process = self.world.processes.pop("server")
            process.kill()
            process.wait()
            # The subscription goes on at the other one, after its last cursor.
            self.moving.watcher.api = survivor
            self.settle()
            lines = self.world.tail("second", 100_000).count(TAKEN_OVER)
            if lines:
                self.say(f"kill -9 number {kill}: {lines} tasks were taken over and finished by the other server")
                return
            self.start("server")
        raise Failed(f"none of {KILLS_MAX} kills hit a server with a task in its hands")

    def back_up_by_both(self):
        """The same wish reaches both servers and is fulfilled once."""
        for asset in self.assets:
            given = operations.back_up(asset["id"], f"replicas-{uuid.uuid4()}")
            made = [[task["id"] for task in api.do(operations.BACK_UP, given)["tasks"]] for api in self.apis.values()]
            if made[0] != made[1]:
                raise Failed(f"one idempotency key made {made}")

    def settle(self):
        """Waits until no task runs any more; returns all."""

        def quiet():
            tasks = list(self.apis["second"].pages(TASKS))
            return tasks if all(task["status"] in scenario.FINAL for task in tasks) else None

        return scenario.wait_for("all tasks are final", quiet, SETTLED_WITHIN_S, self.world, poll=0.3)

    def check_fired(self):
        """Windows fire, once each, and every backup made one point."""

        def fired():
            tasks = self.settle()
            return tasks if any(task["nominalAt"] for task in tasks) else None

        tasks = scenario.wait_for("a window fires", fired, FIRED_WITHIN_S, self.world)
        fired = [(t["asset"]["id"], t["kind"], t["nominalAt"]) for t in tasks if t["nominalAt"]]
        if len(set(fired)) != len(fired):
            raise Failed("a nominal time fired twice")
        bad = [task for task in tasks if task["status"] not in ("COMPLETED", "COMPLETED_WITH_WARNINGS")]
        if bad:
            raise Failed(f"{len(bad)} tasks did not complete, the first: {bad[0]}")
        backups = [task for task in tasks if task["kind"] == "BACKUP_EBS"]
        points = {task["recoveryPoint"]["id"] for task in backups}
        if len(points) != len(backups):
            raise Failed(f"{len(backups)} backups made {len(points)} points")
        self.say(f"{len(fired)} firings, none twice; {len(backups)} backups, one point each")

    def check_heard(self):
        """The subscription that moved heard exactly what the one that stayed did."""
        last = scenario.wait_for("both subscriptions are there", self.common_end, 30, self.world)
        moved, stayed = self.moving.cursors(), self.staying.cursors()
        moved, stayed = moved[: moved.index(last) + 1], stayed[: stayed.index(last) + 1]
        # They began a moment apart: what only the earlier one heard at first is no loss.
        if stayed[0] in moved:
            moved = moved[moved.index(stayed[0]) :]
        elif moved[0] in stayed:
            stayed = stayed[stayed.index(moved[0]) :]
        if moved != stayed or len(set(moved)) != len(moved):
            missed = [cursor for cursor in stayed if cursor not in moved]
            raise Failed(f"the moved subscription heard {len(moved)}, the other {len(stayed)}; missed {missed[:3]}")
        self.say(f"subscription resumed at the other server: {len(moved)} events, none missed, none twice")

    def common_end(self):
        """The last cursor of both, when no event is under way."""
        moved, stayed = self.moving.cursors(), self.staying.cursors()
        return stayed[-1] if stayed and moved and moved[-1] == stayed[-1] else None

    def check_restore(self):
        api, asset = self.apis["second"], self.assets[0]
        with tempfile.TemporaryDirectory(prefix="proof-", dir=self.world.folder) as name:
            folder = self.world.folder / name
            original = folder / "original.img"
            point = proof.fresh_point(api, self.world, asset, self.say)
            self.world.sim.export(ACCOUNT, REGION, asset["nativeId"], str(original))
            proof.restored_in_aws(api, self.world, asset, point, original, folder, self.say)

    def check_restic(self):
        kit = self.apis["second"].do(operations.RECOVERY_KIT, {"assetId": self.assets[0]["id"]})["recoveryKit"]
        path = kit["location"].split(f"/{BUCKET}/", 1)[1]
        # The kit names AWS; the stand-in is elsewhere.
        kit = dict(kit, location=f"s3:{self.world.sim.endpoint}/{BUCKET}/{path}")
        os.environ.update(AWS_ACCESS_KEY_ID=SERVICE_ACCOUNT, AWS_SECRET_ACCESS_KEY="unchecked", AWS_DEFAULT_REGION=REGION)
        proof.restic(kit, "check", "--read-data")
        self.say("restic check --read-data on the bucket: no errors")

    def run(self, dice):
        self.begin()
        self.moving, self.staying = Listener(self.apis["server"]), Listener(self.apis["second"])
        self.kill_at_work(dice)
        self.check_fired()
        self.check_heard()
        self.check_restore()
        self.check_restic()


def main():
    parser = argparse.ArgumentParser(description="Two replicas, one is killed.")
    parser.add_argument("--database", required=True, help="URL of an empty PostgreSQL database")
    parser.add_argument("--seed", type=int, default=random.randrange(2**31))
    wanted = parser.parse_args()
    os.environ["HOLDFAST__DATABASE__URL"] = wanted.database
    print(f"replicas: seed {wanted.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="holdfast-replicas-") as folder:
        world = World(folder)
        begun = time.monotonic()
        try:
            Replicas(world, lambda text: print(f"  {text}", flush=True)).run(random.Random(wanted.seed))
        except (Failed, Refused) as error:
            print(world.tail("server", 20), world.tail("second", 20), sep="\n")
            sys.exit(f"replicas failed, seed {wanted.seed}: {error}")
        finally:
            world.stop_all()
        print(f"replicas: {time.monotonic() - begun:.0f} s: passed", flush=True)


if __name__ == "__main__":
    main()
