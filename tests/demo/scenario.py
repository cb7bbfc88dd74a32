"""What the demo does, as a newcomer would: connect accounts, look around, protect, and let applications write.

Not for: checks (proof.py). Invariant: every step can be repeated; what is there already is left as it is.
"""

import contextlib
import itertools
import json
import os
import random
import tempfile
import threading
import time
import uuid

import awsim_path  # noqa: F401  (before the modules of the stand-in)
import ext4
import operations
import seed
from api import Refused
from world import Failed

EVERY_MINUTE = "Gold: every minute"
EVERY_HOUR = "Silver: every hour"
TAGGED_GOLD = "Tagged Gold"
# The account whose Gold volumes are protected every minute; the others are there to be looked at.
BUSY_ACCOUNT = "111111111111"
# The inventory of the demo is read every minute; what a tag says is protected with it.
TAG_WITHIN_S = 75
FINAL = {"COMPLETED", "COMPLETED_WITH_WARNINGS", "PARTIAL", "FAILED", "ABORTED"}
CHURN_EVERY_S = 40


def wait_for(what, condition, seconds, world, poll=0.5):
    """Polls until the condition gives something true; says what was waited for when it never does."""
    ends = time.monotonic() + seconds
    while True:
        world.check_alive()
        found = condition()
        if found:
            return found
        if time.monotonic() > ends:
            raise Failed(f"not within {seconds} s: {what}")
        time.sleep(poll)


def finished(api, world, task_id, seconds=120):
    """Waits for a task to succeed."""

    def final():
        task = api.ask(operations.TASK, id=task_id)["task"]
        return task if task["status"] in FINAL else None

    task = wait_for(f"task {task_id} ends", final, seconds, world)
    if task["status"] != "COMPLETED":
        failure = task.get("failure") or {}
        raise Failed(f"{task['kind']} ended {task['status']}: {failure.get('code')} {failure.get('message')}")
    return task


def connect_accounts(api, world, say):
    """Links the three accounts: we show the trust policy, the customer installs it, we check."""
    known = {a["accountId"]: a for a in api.ask(operations.ACCOUNTS)["awsAccounts"]["nodes"]}
    for account, name in seed.ACCOUNTS.items():
        if known.get(account, {}).get("status") == "CONNECTED":
            continue
        if account not in known:
            given = {
                "accountId": account,
                "name": name,
                "regions": seed.REGIONS,
                "access": {"role": {"roleArn": f"arn:aws:iam::{account}:role/{seed.ROLE}"}},
            }
            link = api.do(operations.CONNECT, given)["awsAccount"]
            install_role(world.sim, account, link["setup"])
            known[account] = link
        task = api.do(operations.VERIFY, {"id": known[account]["id"]})["task"]
        finished(api, world, task["id"])
        say(f"account {account} ({name}) connected by role and external id")


def install_role(sim, account, setup):
    """What the administrator of the account does with the generated documents."""
    iam = sim.client("iam", account)
    iam.update_assume_role_policy(RoleName=seed.ROLE, PolicyDocument=setup["trustPolicy"])
    json.loads(setup["permissionPolicy"])
    iam.put_role_policy(RoleName=seed.ROLE, PolicyName="backup", PolicyDocument=setup["permissionPolicy"])


def read_inventory(api, world):
    """Reads the inventory of all accounts now; returns the volumes."""
    tasks = []
    for account in api.ask(operations.ACCOUNTS)["awsAccounts"]["nodes"]:
        # An inventory that is being read already is as good.
        with contextlib.suppress(Refused):
            tasks += api.do(operations.REFRESH, {"awsAccountId": account["id"]})["tasks"]
    for task in tasks:
        finished(api, world, task["id"])
    return volumes(api)


def volumes(api):
    return list(api.pages(operations.ASSETS, filter={"kind": ["EBS_VOLUME"]}))


def tier_of(asset):
    return next((tag["value"] for tag in asset["tags"] if tag["key"] == "Holdfast"), None)


def busy(assets):
    return [a for a in assets if tier_of(a) == "Gold" and a["awsAccount"]["accountId"] == BUSY_ACCOUNT]


def ensure_policies(api, proof=None):
    known = {policy["name"]: policy["id"] for policy in api.ask(operations.POLICIES)["policies"]["nodes"]}
    wanted = {
        EVERY_MINUTE: ("Vault every minute, in-account snapshot every 15", [("VAULT", 1, 1), ("IN_ACCOUNT", 15, 1)]),
        EVERY_HOUR: ("Vault every hour", [("VAULT", 60, 7)]),
    }
    for name, (text, plan) in wanted.items():
        if name not in known:
            draft = operations.policy_draft(name, text, plan, proof)
            known[name] = api.do(operations.CREATE_POLICY, draft)["policy"]["id"]
    return known


def ensure_rule(api, policy_id, account):
    """Volumes of the account that are tagged Holdfast=Gold get the policy by themselves."""
    if TAGGED_GOLD in {rule["name"] for rule in api.ask(operations.RULES)["protectionRules"]["nodes"]}:
        return
    tests = [
        {"assetKind": ["EBS_VOLUME"]},
        {"awsAccount": [account]},
        {"anyTag": [{"key": "Holdfast", "value": "Gold"}]},
    ]
    draft = {"name": TAGGED_GOLD, "policyId": policy_id, "condition": {"allOf": tests}}
    api.do(operations.CREATE_RULE, {"draft": draft})


def protected_by_tag(api, world, say):
    """Tags a volume that nothing protects, as its owner would, and waits for the rule; its explanation says why."""
    found = volumes(api)
    asset = next(a for a in found if tier_of(a) is None and a["awsAccount"]["accountId"] == BUSY_ACCOUNT and not a["policy"])
    before = api.ask(operations.PROTECTION, id=asset["id"])["asset"]["protection"]
    failed = [line["failedTest"]["text"] for line in before["trace"] if line["failedTest"]]
    if before["source"] != "NONE" or failed != ['has the tag "Holdfast" = "Gold"']:
        raise Failed(f"before the tag, {asset['name']} is explained by {before}")
    tag = {"Key": "Holdfast", "Value": "Gold"}
    ec2 = world.sim.client("ec2", BUSY_ACCOUNT, asset["region"])
    ec2.create_tags(Resources=[asset["nativeId"]], Tags=[tag])
    begun = time.monotonic()

    def explained():
        protection = api.ask(operations.PROTECTION, id=asset["id"])["asset"]["protection"]
        return protection if protection["policy"] else None

    after = wait_for("the tagged volume is protected", explained, TAG_WITHIN_S, world)
    outcomes = [(line["source"], line["outcome"]) for line in after["trace"]]
    wanted = (EVERY_MINUTE, TAGGED_GOLD, "RULE", [("DIRECT", "NOT_ASSIGNED"), ("RULE", "MATCHED")])
    if (after["policy"]["name"], (after["rule"] or {}).get("name"), after["source"], outcomes) != wanted:
        raise Failed(f"after the tag, {asset['name']} is explained by {after}")
    say(f"{asset['name']} tagged Holdfast=Gold: protected by the rule {TAGGED_GOLD} after {time.monotonic() - begun:.0f} s")


def assign(api, policy_id, assets):
    new = [asset["id"] for asset in assets if (asset["policy"] or {}).get("id") != policy_id]
    if new:
        api.do(operations.ASSIGN, {"policyId": policy_id, "assetIds": new})
    return len(new)


def protect(api, world, say):
    """Policies, assignments, and a first backup at once; returns the assets that are protected every minute."""
    found = read_inventory(api, world)
    if len(found) < seed.VOLUMES_PER_REGION * len(seed.REGIONS) * len(seed.ACCOUNTS):
        raise Failed(f"only {len(found)} volumes were discovered")
    say(f"{len(found)} volumes discovered in {len(seed.ACCOUNTS)} accounts")
    policies = ensure_policies(api, operations.proof_target)
    first = assign(api, policies[EVERY_MINUTE], busy(found))
    assign(api, policies[EVERY_HOUR], [a for a in found if tier_of(a) == "Silver"])
    busy_account = next(a["awsAccount"]["id"] for a in found if a["awsAccount"]["accountId"] == BUSY_ACCOUNT)
    ensure_rule(api, policies[EVERY_MINUTE], busy_account)
    say(f"policies assigned: {EVERY_MINUTE} to {len(busy(found))} volumes")
    if first:
        for asset in busy(found):
            api.do(operations.BACK_UP, operations.back_up(asset["id"], f"first-{uuid.uuid4()}"))
    return busy(found)


def small_fleet(world, account, region, count):
    """A few small volumes with file systems, always the same ones."""
    with tempfile.TemporaryDirectory(prefix="fleet-") as folder:
        base = os.path.join(folder, "base.ext4")
        ext4.build(base, 1, 1, 24)
        source = random.Random(3)
        for number in range(count):
            seed.make_volume(world.sim, (account, region), number * 3, source, [(1, base)], folder)


class Applications:
    """Writes into the file systems of protected volumes from time to time, so that increments have something to do."""

    def __init__(self, sim, assets):
        self.sim, self.assets = sim, assets
        self.ended, self.busy = threading.Event(), threading.Lock()
        self.thread = threading.Thread(target=self.run, name="applications", daemon=True)

    def start(self):
        self.thread.start()
        return self

    def stop(self):
        """Returns when no write is under way any more."""
        self.ended.set()
        with self.busy:
            return

    def run(self):
        turns = itertools.cycle(self.assets)
        while self.assets and not self.ended.wait(CHURN_EVERY_S / len(self.assets)):
            with self.busy, contextlib.suppress(ValueError, RuntimeError):
                if not self.ended.is_set():
                    self.write(next(turns))

    def write(self, asset):
        account, number = asset["awsAccount"]["accountId"], time.time_ns() // 1_000_000
        return seed.churn_volume(self.sim, account, asset["region"], asset["nativeId"], number)
