#!/usr/bin/env python3
"""A vault without room: the vault lies on a file system of 48 MiB, a volume of more is backed up, then there is room again.

Not for: what each write of the vault does then (src/vault/tests/faults.rs). Invariant: nothing that was not written is called
available, what was available stays so byte for byte, and with room again the same backup completes.
"""

import os
import subprocess
import sys
import tempfile
import time

import awsim_path  # noqa: F401  (before the modules of the stand-in)
import fixture
import operations
import proof
import scenario
from api import Api, Refused
from prune import ACCOUNT, MIB, REGION, Prune
from world import Failed, World

ROOM_MIB, VOLUME_MIB, ENOUGH_MIB = 48, 96, 512
TASK_WITHIN_S = 180
# Set in the copy of this process that may mount.
INSIDE = "HOLDFAST_DISK_FULL_INSIDE"


def mount(*options_and_folder):
    subprocess.run(["mount", "-t", "tmpfs", *map(str, options_and_folder)], check=True)


class DiskFull(Prune):
    """The world of the prune test, with a vault that is too small."""

    def failed(self, asset):
        """Backs up an asset that does not fit; the task must say so."""
        given = operations.back_up(asset["id"], f"full-{time.monotonic_ns()}")
        task = self.api.do(operations.BACK_UP, given)["tasks"][0]["id"]

        def final():
            found = self.api.ask(operations.TASK, id=task)["task"]
            return found if found["status"] in scenario.FINAL else None

        found = scenario.wait_for("the backup ends", final, TASK_WITHIN_S, self.world)
        code = (found.get("failure") or {}).get("code")
        if (found["status"], code) != ("FAILED", "VAULT_FULL"):
            raise Failed(f"a backup without room ended {found['status']}: {found.get('failure')}")
        return found["failure"]["message"]

    def run(self):
        self.world.prepare()
        self.world.vault.mkdir()
        mount("-o", f"size={ROOM_MIB}m", "none", self.world.vault)
        self.start(0)
        scenario.small_fleet(self.world, ACCOUNT, REGION, 2)
        account = fixture.connect(self.world, self.api)
        scenario.finished(self.api, self.world, self.api.do(operations.VERIFY, {"id": account})["task"]["id"])
        small, large = scenario.read_inventory(self.api, self.world)
        image = self.world.folder / "large.img"
        with open(image, "wb") as file:
            file.write(os.urandom(VOLUME_MIB * MIB))
            file.truncate(1 << 30)
        self.world.sim.import_image(ACCOUNT, REGION, large["nativeId"], str(image))
        image.unlink()
        self.kept = self.back_up(small, 30)
        self.digest = self.digest_of(self.kept)
        self.kit = self.api.do(operations.RECOVERY_KIT, {"assetId": small["id"]})["recoveryKit"]
        self.say(f"the task says: {self.failed(large)}")
        available = [point for point in proof.points_of(self.api, large) if point["status"] == "AVAILABLE"]
        if available:
            raise Failed(f"a point that was not written is available: {available}")
        self.check()
        self.say("no point of it is available; the earlier point is identical, stock restic finds no damage")
        mount("-o", f"remount,size={ENOUGH_MIB}m", "none", self.world.vault)
        self.back_up(large, 30)
        self.check()
        self.say("with room again the backup completes, and stock restic finds no damage")


def main():
    if os.environ.get(INSIDE) != "1":
        # A mount table of our own, gone with the process; an ordinary user becomes root in a user namespace for it.
        who = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", *who, "--mount", sys.executable, os.path.abspath(__file__)])
    with tempfile.TemporaryDirectory(prefix="holdfast-full-") as folder:
        world = World(folder)
        begun = time.monotonic()
        try:
            DiskFull(world, lambda text: print(f"  {text}", flush=True)).run()
        except (Failed, Refused) as error:
            print(world.tail("server", 30))
            sys.exit(f"disk-full failed: {error}")
        finally:
            world.stop_all()
            subprocess.run(["umount", str(world.vault)], check=False)
        print(f"disk full: {time.monotonic() - begun:.0f} s: passed", flush=True)


if __name__ == "__main__":
    main()
