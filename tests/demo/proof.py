"""Proof that what the vault holds comes back: by a restore into AWS, by `holdfast restore`, and by stock restic.

Not for: making recovery points (scenario.py). Invariant: every comparison is of all bytes, and every tool's exit code
counts.
"""

import hashlib
import json
import os
import subprocess
import tempfile
import uuid
from pathlib import Path

import awsim_path  # noqa: F401  (before the modules of the stand-in)
import ext4
import operations
import scenario
from world import Failed

CHUNK = 4 * 1024 * 1024
# The layout of a recovery point inside restic: docs/vault-layout.md.
SEGMENT = 4 * 1024 * 1024
# The duty looks once a minute; a scratch restore of a volume takes seconds.
PROVEN_WITHIN_S = 180


def equal(one, other):
    """Raises Failed at the first difference of two files."""
    with open(one, "rb") as left, open(other, "rb") as right:
        if os.path.getsize(one) != os.path.getsize(other):
            raise Failed(f"{one} has {os.path.getsize(one)} bytes, {other} has {os.path.getsize(other)}")
        offset = 0
        while chunk := left.read(CHUNK):
            if chunk != right.read(CHUNK):
                raise Failed(f"{one} and {other} differ in the {CHUNK} bytes from {offset}")
            offset += len(chunk)
    return offset


def clean(image):
    trouble = ext4.check(image)
    if trouble:
        raise Failed(trouble)


def fresh_point(api, world, asset, say):
    """Backs the volume up once more, now that nobody writes; returns the point."""
    given = operations.back_up(asset["id"], f"check-{uuid.uuid4()}")
    task = scenario.finished(api, world, api.do(operations.BACK_UP, given)["tasks"][0]["id"])
    point_id = task["recoveryPoint"]["id"]
    point = next(p for p in points_of(api, asset) if p["id"] == point_id)
    if point["status"] != "AVAILABLE" or point["proof"] == "NONE":
        raise Failed(f"the new recovery point is {point['status']}, proof {point['proof']}")
    say(f"recovery point {point_id} of {asset['name']}: {point['status']}, {point['proof']}")
    return point


def proven_by_policy(api, world, asset, say):
    """The policy has the newest point of the volume proven: restored, its file system opened, its content compared."""

    def proven():
        wanted = {"asset": [asset["id"]], "verdict": ["PROVEN", "FAILED", "INCOMPLETE"]}
        return next(iter(api.pages(operations.VERIFICATIONS, filter=wanted)), None)

    found = scenario.wait_for(f"the policy proves a point of {asset['name']}", proven, PROVEN_WITHIN_S, world)
    evidence = json.loads(found["evidence"])
    if found["verdict"] != "PROVEN" or found["proof"] != "CONTENT_MATCHES":
        raise Failed(f"the proof by the policy ended {found['verdict']} at {found['proof']}: {evidence}")
    if hashlib.sha256(found["evidence"].encode()).hexdigest() != found["evidenceSha256"]:
        raise Failed("the evidence does not have its SHA-256")
    checks = [place["check"] for place in evidence["restored"]["contents"]]
    if not checks or any(check["outcome"] != "clean" for check in checks):
        raise Failed(f"the file system of the restored point was not opened: {checks}")
    if evidence["restored"]["content_sha256"] != found["recoveryPoint"]["sourceSha256"]:
        raise Failed(f"the evidence names another digest than the point: {evidence}")
    said = ", ".join(f"{check['content']} by {check['command']}" for check in checks)
    say(f"proven by the policy: {found['recoveryPoint']['id']} {found['proof']} ({said})")


def points_of(api, asset, placement="VAULT"):
    wanted = {"asset": [asset["id"]], "placement": [placement]}
    return list(api.pages(operations.POINTS, filter=wanted))


def restored_in_aws(api, world, asset, point, original, folder, say):
    """Restores into a new volume and compares it with the original byte for byte."""
    mark = uuid.uuid4().hex
    account, region = asset["awsAccount"], asset["region"]
    given = operations.restore(point["id"], account["id"], region, f"{region}a", {"check": mark}, f"restore-{mark}")
    task = scenario.finished(api, world, api.do(operations.RESTORE, given)["task"]["id"], seconds=180)
    volume = task["restoredVolumeNativeId"]
    ec2 = world.sim.client("ec2", account["accountId"], region)
    made = ec2.describe_volumes(Filters=[{"Name": "tag:check", "Values": [mark]}])["Volumes"]
    if [(v["VolumeId"], v["State"]) for v in made] != [(volume, "available")]:
        raise Failed(f"the restore names {volume}, its tag is on {[v['VolumeId'] for v in made]}")
    image = folder / "restored.img"
    world.sim.export(account["accountId"], region, volume, str(image))
    size = equal(original, image)
    clean(image)
    image.unlink()
    say(f"restored into {volume}: {size >> 20} MiB equal byte for byte, e2fsck clean")


def restored_without_server(world, asset, point, original, folder, say):
    """`holdfast restore` from the vault and the root key alone."""
    image = folder / "offline.img"
    where = ("--vault", world.vault, "--key-file", world.root_key, "--point", point["id"], "--output", image)
    world.holdfast("restore", *where)
    size = equal(original, image)
    image.unlink()
    say(f"holdfast restore without server and database: {size >> 20} MiB equal")


def restored_by_restic(world, kit, asset, point, original, folder, say):
    """Stock restic, with nothing but the recovery kit."""
    restic(kit, "check", "--read-data")
    say("restic check --read-data: no errors")
    target = folder / "restic"
    restic(kit, "restore", point["snapshotNativeId"], "--target", str(target))
    image = folder / "restic.img"
    assemble(target, os.path.getsize(original), image)
    size = equal(original, image)
    clean(image)
    say(f"restic restore: {size >> 20} MiB equal byte for byte, e2fsck clean")


def restic(kit, *words):
    env = dict(os.environ, RESTIC_REPOSITORY=kit["location"], RESTIC_PASSWORD=kit["password"])
    done = subprocess.run(["restic", "--no-cache", *words], env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"restic {words[0]} failed with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


def assemble(folder, size, image):
    """Puts the segment files of a restored snapshot together to a raw image; absent segments are zero."""
    segments = sorted(path for path in Path(folder).rglob("volume/*/*") if path.is_file())
    if not segments:
        raise Failed(f"restic restored no segments into {folder}")
    with open(image, "wb") as file:
        file.truncate(size)
        for path in segments:
            file.seek(int(path.name, 16) * SEGMENT)
            file.write(path.read_bytes())


def prove(api, world, asset, say):
    """The whole proof for one volume. Stops the server in the middle: the rest needs none."""
    with tempfile.TemporaryDirectory(prefix="proof-", dir=world.folder) as name:
        folder = Path(name)
        point = fresh_point(api, world, asset, say)
        original = folder / "original.img"
        world.sim.export(asset["awsAccount"]["accountId"], asset["region"], asset["nativeId"], str(original))
        restored_in_aws(api, world, asset, point, original, folder, say)
        kit = api.do(operations.RECOVERY_KIT, {"assetId": asset["id"]})["recoveryKit"]
        code = world.stop("server")
        if code != 0:
            raise Failed(f"the server ended with {code} after SIGTERM:\n{world.tail('server')}")
        restored_without_server(world, asset, point, original, folder, say)
        restored_by_restic(world, kit, asset, point, original, folder, say)
