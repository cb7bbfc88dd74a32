#!/usr/bin/env python3
"""Compliance tells the truth after stopped hours: the server lives through four hours, in four starts with a clock moved on.

Not for: what a verdict means (src/domain/compliance/tests). Invariant: an asset whose windows passed while nothing ran is never shown
as in compliance after the start, not even in the first answer, and the reason names the stop.
"""

import glob
import os
import sys
import tempfile
import time
import uuid

import awsim_path  # noqa: F401  (before the modules of the stand-in)
import fixture
import operations
import scenario
from api import Api, Refused
from world import Failed, World

ACCOUNT, REGION = "111111111111", "us-east-1"
HOUR = 60
# Each start is five minutes after a full hour, so that no window ends while a server is looked at.
PAST_HOUR = 5
JUDGED_WITHIN_S = 90
HOURLY = {
    "name": "Hourly",
    "operations": [
        {
            "assetKind": "EBS_VOLUME",
            "placement": "IN_ACCOUNT",
            "frequencies": [{"every": {"unit": "HOUR", "value": 1}, "keep": {"unit": "DAY", "value": 7}}],
        }
    ],
}
CONTROLS = {
    "expectedVersion": 1,
    "recoveryPoints": {
        "enabled": True,
        "lookBack": {"unit": "HOUR", "value": 2},
        "window": {"unit": "HOUR", "value": 1},
        "keep": {"unit": "DAY", "value": 7},
        "settleMinutes": 0,
    },
}


class StoppedHour:
    """One world whose clock is moved on by hours."""

    def __init__(self, world, say):
        self.world, self.say = world, say
        self.first = HOUR - int(time.time() // 60) % HOUR + PAST_HOUR

    def start(self, hours):
        """Starts stand-in and server so many hours after the first start."""
        found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        if not found:
            raise Failed("libfaketime is missing: make setup-test")
        # Timers go on as they are; only the calendar moves.
        moved = f"+{self.first + hours * HOUR}m"
        os.environ.update(LD_PRELOAD=found[0], FAKETIME=moved, FAKETIME_DONT_FAKE_MONOTONIC="1")
        self.world.start_sim()
        token = self.world.ensure_organization()
        self.world.start_server()
        self.api = Api(self.world.url, token)

    def stop(self):
        self.world.stop("server")
        self.world.stop("awsim")

    def compliance(self):
        """The status of the asset, and what the control of windows says."""
        found = self.api.ask(operations.COMPLIANCE, id=self.asset["id"])["asset"]["compliance"]
        windows = [one for one in found["controls"] if one["control"] == "RECOVERY_POINTS"]
        return found["status"], windows[0] if windows else None

    def wait(self, wanted):
        """Waits for a status; all that were shown until then."""
        shown = []

        def there():
            status, windows = self.compliance()
            shown.append(status)
            return windows if status == wanted else None

        return shown, scenario.wait_for(f"the asset is {wanted}", there, JUDGED_WITHIN_S, self.world)

    def protect(self):
        """A volume under an hourly policy."""
        self.world.prepare()
        self.start(0)
        scenario.small_fleet(self.world, ACCOUNT, REGION, 1)
        account = fixture.connect(self.world, self.api)
        scenario.finished(self.api, self.world, self.api.do(operations.VERIFY, {"id": account})["task"]["id"])
        [self.asset] = scenario.read_inventory(self.api, self.world)
        policy = self.api.do(operations.CREATE_POLICY, {"draft": HOURLY})["policy"]
        self.api.do(operations.ASSIGN, {"policyId": policy["id"], "assetIds": [self.asset["id"]]})
        self.api.do(operations.COMPLIANCE_CONTROLS, CONTROLS)
        self.wait("UNKNOWN")
        self.say("protected; unknown while no whole window has passed")

    def run(self):
        self.protect()
        self.stop()
        self.start(1)
        given = operations.back_up(self.asset["id"], f"hour-{uuid.uuid4()}")
        given["keep"] = {"value": 7, "unit": "DAY"}
        scenario.finished(self.api, self.world, self.api.do(operations.BACK_UP, given)["tasks"][0]["id"])
        self.stop()
        self.start(2)
        self.wait("IN")
        self.say("in compliance: the first whole window has its recovery point")
        self.stop()
        self.start(4)
        shown, windows = self.wait("OUT")
        if "IN" in shown:
            raise Failed(f"after two stopped hours the asset was shown as {shown}")
        causes = [(one["cause"], one["detail"]) for one in windows["reasons"][0]["windows"]]
        if ("MISSED", "downtime") not in causes:
            raise Failed(f"the reason does not name the stop: {causes}")
        summary = self.api.ask(operations.COMPLIANCE_SUMMARY)["complianceSummary"]["overall"]
        if summary["in"] != 0 or summary["out"] != 1:
            raise Failed(f"the summary counts {summary}")
        self.say(f"after two stopped hours: {', then '.join(dict.fromkeys(shown))}, because of {causes[0]}")


def main():
    with tempfile.TemporaryDirectory(prefix="holdfast-hour-") as folder:
        world = World(folder)
        begun = time.monotonic()
        try:
            StoppedHour(world, lambda text: print(f"  {text}", flush=True)).run()
        except (Failed, Refused) as error:
            print(world.tail("server", 30))
            sys.exit(f"stopped hour failed: {error}")
        finally:
            world.stop_all()
        print(f"stopped hour: {time.monotonic() - begun:.0f} s: passed", flush=True)


if __name__ == "__main__":
    main()
