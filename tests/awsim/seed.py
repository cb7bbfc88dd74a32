#!/usr/bin/env python3
"""Fills the stand-in with a fleet, keeps it busy, and answers for the customer's side of a connection.

    seed.py fleet                                     accounts, roles, volumes with ext4, instances (nothing if done)
    seed.py trust --account A --external-id X         lets the backup service in, as the customer would
    seed.py churn [--count N]                         applications write: files change inside some volumes

Not for: checks (test_awsim.py, ../demo). Invariant: the choice is seeded, so every fleet has the same volumes, sizes
and tags; only the ids differ.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time

import ext4
from client import Sim

ACCOUNTS = {"111111111111": "production", "222222222222": "staging", "333333333333": "analytics"}
REGIONS = ["us-east-1", "eu-west-1"]
VOLUMES_PER_REGION = 4
ROLE = "HoldfastBackup"
SERVICE_ACCOUNT = "999999999999"
APPLICATIONS = ["billing", "web", "search", "mail", "etl", "crm"]
# GiB and MB of files of the base images; every volume is a changed copy of one.
BASES = [(1, 16), (1, 24), (2, 32), (4, 32)]
PERMISSIONS = ["ec2:Describe*", "ec2:CreateSnapshot", "ec2:DeleteSnapshot", "ec2:CreateVolume", "ec2:CreateTags", "ebs:*"]


def trust_policy(external_id, service_account=SERVICE_ACCOUNT):
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{service_account}:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_role(sim, account):
    iam = sim.client("iam", account)
    # Nobody knows this external id: the role lets nobody in until `trust` sets the one that the service shows.
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust_policy(os.urandom(16).hex()))
    statement = {"Effect": "Allow", "Action": PERMISSIONS, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=ROLE, PolicyName="backup", PolicyDocument=document)


def set_trust(sim, account, external_id, service_account=SERVICE_ACCOUNT):
    """The customer pastes the external id into the role's trust policy; returns the role's ARN."""
    iam = sim.client("iam", account)
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust_policy(external_id, service_account))
    return iam.get_role(RoleName=ROLE)["Role"]["Arn"]


def tags(source, number, kind, environment):
    found = {"Name": f"{source.choice(APPLICATIONS)}-{kind}-{number:02d}", "env": environment}
    tier = ["Gold", "Silver", None][number % 3]
    if tier:
        found["Holdfast"] = tier
    return [{"Key": key, "Value": value} for key, value in found.items()]


def make_volume(sim, place, number, source, bases, folder):
    account, region = place
    size, base = bases[number % len(bases)]
    image = os.path.join(folder, "volume.ext4")
    ext4.copy_sparse(base, image)
    ext4.change(image, seed=source.randrange(2**31))
    labels = tags(source, number, "vol", ACCOUNTS[account])
    volume = sim.client("ec2", account, region).create_volume(
        AvailabilityZone=f"{region}{'ab'[number % 2]}",
        Size=size,
        VolumeType=["gp3", "gp2"][number % 2],
        TagSpecifications=[{"ResourceType": "volume", "Tags": labels}],
    )["VolumeId"]
    sim.import_image(account, region, volume, image)
    os.remove(image)
    return volume


def make_instances(sim, place, source, volumes):
    account, region = place
    ec2 = sim.client("ec2", account, region)
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    for number, volume in enumerate(volumes[:2]):
        labels = tags(source, number, "ec2", ACCOUNTS[account])
        instance = ec2.run_instances(
            ImageId=image,
            MinCount=1,
            MaxCount=1,
            InstanceType="t3.medium",
            TagSpecifications=[{"ResourceType": "instance", "Tags": labels}],
        )["Instances"][0]["InstanceId"]
        ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf")


def has_fleet(sim):
    roles = sim.client("iam", next(iter(ACCOUNTS))).list_roles()["Roles"]
    return any(role["RoleName"] == ROLE for role in roles)


def seed_fleet(sim, say=print):
    """Makes the fleet unless it is there; returns how many volumes it has made."""
    if has_fleet(sim):
        return 0
    begun, source, made = time.monotonic(), random.Random(7), 0
    with tempfile.TemporaryDirectory(prefix="awsim-seed-") as folder:
        bases = []
        for number, (size, megabytes) in enumerate(BASES):
            path = os.path.join(folder, f"base{number}.ext4")
            ext4.build(path, size, number + 1, megabytes)
            bases.append((size, path))
        say(f"  {len(bases)} ext4 images built in {time.monotonic() - begun:.0f} s")
        for account in ACCOUNTS:
            for region in REGIONS:
                place = (account, region)
                volumes = [
                    make_volume(sim, place, number, source, bases, folder) for number in range(VOLUMES_PER_REGION)
                ]
                make_instances(sim, place, source, volumes)
                made += len(volumes)
    for account in ACCOUNTS:
        make_role(sim, account)
    sim.control("save", {})
    say(f"  {made} volumes in {len(ACCOUNTS)} accounts, {time.monotonic() - begun:.0f} s")
    return made


def churn_volume(sim, account, region, volume_id, seed):
    """Changes files inside the volume's file system; returns how many blocks differ."""
    with tempfile.TemporaryDirectory(prefix="awsim-churn-") as folder:
        image = os.path.join(folder, "volume.ext4")
        sim.export(account, region, volume_id, image)
        ext4.change(image, seed)
        return sim.import_image(account, region, volume_id, image)["changed"]


def gold_volumes(sim):
    wanted = [{"Name": "tag:Holdfast", "Values": ["Gold", "Silver"]}]
    for account in ACCOUNTS:
        for region in REGIONS:
            for volume in sim.client("ec2", account, region).describe_volumes(Filters=wanted)["Volumes"]:
                yield account, region, volume["VolumeId"]


def main():
    parser = argparse.ArgumentParser(description="The fleet of the AWS stand-in.")
    parser.add_argument("--endpoint", default=os.environ.get("AWSIM_ENDPOINT", "http://127.0.0.1:4566"))
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("fleet")
    trust = commands.add_parser("trust")
    trust.add_argument("--account", required=True)
    trust.add_argument("--external-id", required=True)
    trust.add_argument("--service-account", default=SERVICE_ACCOUNT)
    churn = commands.add_parser("churn")
    churn.add_argument("--count", type=int, default=4)
    wanted = parser.parse_args()
    sim = Sim(wanted.endpoint)
    if wanted.command == "fleet":
        print("seeded" if seed_fleet(sim) else "the fleet is there already")
    elif wanted.command == "trust":
        print(set_trust(sim, wanted.account, wanted.external_id, wanted.service_account))
    else:
        for account, region, volume in list(gold_volumes(sim))[: wanted.count]:
            changed = churn_volume(sim, account, region, volume, time.time_ns() // 1_000_000)
            print(f"{account} {region} {volume}: {changed} blocks changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
