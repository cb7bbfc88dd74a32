#!/usr/bin/env python3
"""Space comes back after expiry: the server and the stand-in live through twelve days, in five starts with a clock moved on.

Not for: what is never deleted on doubt (src/vault/tests/prune.rs, src/workflows/tests/prune.rs). Invariant: nothing is deleted in
the run that marks it; what is kept restores to the same bytes; stock restic finds no damage after each step.
"""

import glob
import hashlib
import os
import sys
import tempfile
import time
import uuid

import awsim_path  # noqa: F401  (before the modules of the stand-in)
import fixture
import operations
import proof
import scenario
from api import Api, Refused
from world import Failed, World

ACCOUNT, REGION = "111111111111", "us-east-1"
MIB = 1 << 20
# What the ended point alone holds, and what must come back of it: the library leaves a little inside packs that are needed.
WASTE_BYTES, BACK_BYTES = 48 * MIB, 40 * MIB
# Days from now at each start: a point waits for a day in its undo window and a mark for a day, so three days are more than enough
# between two starts, and less than what the expiry takes for a clock that jumped.
EXPIRING, EXPIRED, MARKED, DELETED = 3, 6, 9, 12
DONE_WITHIN_S = 120
TASKS = """
query Tasks($first: Int!, $after: String) {
  tasks(first: $first, after: $after) {
    nodes { id kind status warnings failure { code message } }
    pageInfo { hasNextPage endCursor }
  }
}"""


class Prune:
    """One world whose clock is moved on."""

    def __init__(self, world, say):
        self.world, self.say = world, say

    def start(self, days):
        """Starts stand-in and server so many days from now."""
        if days:
            found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
            if not found:
                raise Failed("libfaketime is missing: make setup-test")
            # Timers go on as they are; only the calendar moves.
            moved = {"LD_PRELOAD": found[0], "FAKETIME": f"+{days}d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
            os.environ.update(moved)
        self.world.start_sim()
        token = self.world.ensure_organization()
        self.world.start_server()
        self.api = Api(self.world.url, token)

    def stop(self):
        self.world.stop("server")
        self.world.stop("awsim")

    def back_up(self, asset, days):
        given = operations.back_up(asset["id"], f"prune-{uuid.uuid4()}")
        given["keep"] = {"value": days, "unit": "DAY"}
        task = scenario.finished(self.api, self.world, self.api.do(operations.BACK_UP, given)["tasks"][0]["id"])
        return task["recoveryPoint"]["id"]

    def begin(self):
        """Two volumes: a point of the one ends after a day, that of the other is kept for a month."""
        self.world.prepare()
        self.start(0)
        scenario.small_fleet(self.world, ACCOUNT, REGION, 2)
        account = fixture.connect(self.world, self.api)
        scenario.finished(self.api, self.world, self.api.do(operations.VERIFY, {"id": account})["task"]["id"])
        self.short, self.long = scenario.read_inventory(self.api, self.world)
        self.kept = self.back_up(self.long, 30)
        image = self.world.folder / "waste.img"
        with open(image, "wb") as file:
            file.write(os.urandom(WASTE_BYTES))
            file.truncate(1 << 30)
        self.world.sim.import_image(ACCOUNT, REGION, self.short["nativeId"], str(image))
        image.unlink()
        self.ended = self.back_up(self.short, 1)
        self.kit = self.api.do(operations.RECOVERY_KIT, {"assetId": self.long["id"]})["recoveryKit"]
        self.digest = self.digest_of(self.kept)
        self.say(f"two points, {self.size() // MIB} MiB in packs")

    def size(self):
        packs = (self.world.vault).rglob("data/*/*")
        return sum(path.stat().st_size for path in packs if path.is_file())

    def digest_of(self, point):
        image = self.world.folder / "digest.img"
        where = ("--vault", self.world.vault, "--key-file", self.world.root_key, "--point", point, "--output", image)
        self.world.holdfast("restore", *where)
        with open(image, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        image.unlink()
        return digest

    def tasks(self, kind):
        return [task for task in self.api.pages(TASKS) if task["kind"] == kind]

    def done(self, kind, known):
        """The tasks of the kind that were not known, once all are over."""

        def over():
            new = [task for task in self.tasks(kind) if task["id"] not in known]
            return new if new and all(task["status"] in scenario.FINAL for task in new) else None

        new = scenario.wait_for(f"{kind} ends", over, DONE_WITHIN_S, self.world)
        for task in new:
            if task["status"] != "COMPLETED":
                raise Failed(f"{kind} ended {task['status']}: {task['warnings']} {task['failure']}")

    def known(self, kind):
        return {task["id"] for task in self.tasks(kind)}

    def becomes(self, status):
        """Waits for the short point."""

        def over():
            points = {point["id"]: point["status"] for point in proof.points_of(self.api, self.short)}
            return points.get(self.ended) == status

        scenario.wait_for(f"the short point is {status}", over, DONE_WITHIN_S, self.world)

    def expire(self):
        """The short point waits in its undo window, whole, and has ended at the next start."""
        self.start(EXPIRING)
        self.becomes("EXPIRING")
        self.digest_of(self.ended)
        self.say("the short point waits in its undo window, and restores from there")
        self.stop()
        self.start(EXPIRED)
        self.becomes("EXPIRED")
        self.say("the short point has ended")

    def check(self):
        if self.digest_of(self.kept) != self.digest:
            raise Failed("the point that is kept restores to other bytes")
        proof.restic(self.kit, "check", "--read-data")

    def run(self):
        self.begin()
        known = self.known("PRUNE_VAULT")
        before = self.size()
        self.stop()
        self.expire()
        self.check()
        if self.size() < before:
            raise Failed("space came back before a mark was a day old")
        known = self.known("PRUNE_VAULT")
        self.stop()
        self.start(MARKED)
        self.done("PRUNE_VAULT", known)
        self.check()
        if self.size() < before:
            raise Failed("space came back in the run that marked it")
        self.say("marked, nothing deleted; restic check --read-data: no errors")
        known = self.known("PRUNE_VAULT")
        self.stop()
        self.start(DELETED)
        self.done("PRUNE_VAULT", known)
        after = self.size()
        if before - after < BACK_BYTES:
            raise Failed(f"of {WASTE_BYTES // MIB} MiB only {(before - after) // MIB} came back")
        self.check()
        self.say(f"{(before - after) // MIB} MiB came back; restic check --read-data: no errors; the kept point is identical")
        self.back_up(self.short, 1)
        self.check()
        self.say("a backup after it completes; restic check --read-data: no errors")


def main():
    # Each start of a server runs what is due; nothing else comes in between.
    os.environ.update(HOLDFAST__TASKS__EXPIRY_MINUTES="60", HOLDFAST__TASKS__PRUNE_HOURS="24", HOLDFAST__VAULT__EXPIRY_UNDO_DAYS="1")
    with tempfile.TemporaryDirectory(prefix="holdfast-prune-") as folder:
        world = World(folder)
        begun = time.monotonic()
        try:
            Prune(world, lambda text: print(f"  {text}", flush=True)).run()
        except (Failed, Refused) as error:
            print(world.tail("server", 30))
            sys.exit(f"prune failed: {error}")
        finally:
            world.stop_all()
        print(f"prune: {time.monotonic() - begun:.0f} s: passed", flush=True)


if __name__ == "__main__":
    main()
