"""Checks that the stand-in keeps the promises of AWS that Holdfast builds on.

Not for: Holdfast. Every test has an account of its own, so the tests share one server and no state. Run them with
`make test-awsim`, or in this folder: python -m unittest -v
"""

import base64
import concurrent.futures
import hashlib
import os
import subprocess
import sys
import tempfile
import unittest

import ext4
import seed
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from case import HERE, REGION, Case, Server, checksum, setUpModule, tearDownModule, wait_until  # noqa: F401

BLOCK = 524288


class Blocks(Case):
    def test_bytes_come_back_with_their_checksum(self):
        snapshot = self.snapshot(self.volume([0, 7, 2047]))
        tokens = self.tokens(snapshot)
        self.assertEqual(list(tokens), [0, 7, 2047])
        for index, token in tokens.items():
            data, claimed = self.read(snapshot, index, token)
            self.assertEqual((len(data), checksum(data)), (BLOCK, claimed))

    def test_a_snapshot_does_not_see_later_writes(self):
        volume = self.volume([1])
        first = self.snapshot(volume)
        before, _ = self.read(first, 1, self.tokens(first)[1])
        self.scribble(volume, [1, 2])
        second = self.snapshot(volume)
        self.assertEqual(list(self.tokens(first)), [1])
        self.assertEqual(self.read(first, 1, self.tokens(first)[1])[0], before)
        changed = self.ebs.list_changed_blocks(FirstSnapshotId=first, SecondSnapshotId=second)["ChangedBlocks"]
        self.assertEqual([row["BlockIndex"] for row in changed], [1, 2])
        self.assertIn("FirstBlockToken", changed[0])
        self.assertNotIn("FirstBlockToken", changed[1])
        self.assertEqual(len(self.read(second, 2, changed[1]["SecondBlockToken"])[0]), BLOCK)

    def test_lists_page_and_start_where_asked(self):
        snapshot = self.snapshot(self.volume(range(250)))
        self.assertEqual(len(self.tokens(snapshot, MaxResults=100)), 250)
        page = self.ebs.list_snapshot_blocks(SnapshotId=snapshot, MaxResults=100, StartingBlockIndex=200)
        self.assertEqual([row["BlockIndex"] for row in page["Blocks"]], list(range(200, 250)))
        with self.refused("ValidationException", "INVALID_PAGE_TOKEN"):
            self.ebs.list_snapshot_blocks(SnapshotId=snapshot, NextToken="?")

    def test_snapshots_of_strangers_cannot_be_compared(self):
        one, other = self.snapshot(self.volume([1])), self.snapshot(self.volume([1]))
        with self.refused("ValidationException", "UNRELATED_SNAPSHOTS"):
            self.ebs.list_changed_blocks(FirstSnapshotId=one, SecondSnapshotId=other)

    def test_a_token_holds_for_one_block_and_for_a_while(self):
        snapshot = self.snapshot(self.volume([1, 2]))
        tokens = self.tokens(snapshot)
        with self.refused("ValidationException", "INVALID_BLOCK_TOKEN"):
            self.read(snapshot, 1, tokens[2])
        with self.config(block_token_ttl_s=0):
            stale = self.tokens(snapshot)[1]
        wait_until(lambda: not works(lambda: self.read(snapshot, 1, stale)))
        with self.refused("ValidationException", "INVALID_BLOCK_TOKEN"):
            self.read(snapshot, 1, stale)
        self.assertEqual(len(self.read(snapshot, 1, tokens[1])[0]), BLOCK)

    def test_another_account_sees_a_snapshot_only_when_shared(self):
        snapshot, other = self.snapshot(self.volume([3])), self.fresh_account()
        stranger = self.sim.client("ebs", other, attempts=1)
        with self.refused("ResourceNotFoundException", "SNAPSHOT_NOT_FOUND"):
            stranger.list_snapshot_blocks(SnapshotId=snapshot)
        self.ec2.modify_snapshot_attribute(SnapshotId=snapshot, OperationType="add", UserIds=[other])
        self.assertEqual(len(stranger.list_snapshot_blocks(SnapshotId=snapshot)["Blocks"]), 1)

    def test_eight_streams_read_the_right_bytes(self):
        snapshot = self.snapshot(self.volume(range(64)))
        tokens = self.tokens(snapshot)

        def one(index):
            data, claimed = self.read(snapshot, index, tokens[index])
            return checksum(data) == claimed

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.assertEqual(list(pool.map(one, list(tokens) * 3)), [True] * 192)

    def test_a_disabled_key_locks_its_snapshots(self):
        kms = self.sim.client("kms", self.account)
        key = kms.create_key()["KeyMetadata"]["Arn"]
        snapshot = self.snapshot(self.volume([1], Encrypted=True, KmsKeyId=key))
        token = self.tokens(snapshot)[1]
        kms.disable_key(KeyId=key)
        with self.refused("ValidationException", "INVALID_CUSTOMER_KEY"):
            self.read(snapshot, 1, token)
        kms.enable_key(KeyId=key)
        self.assertEqual(len(self.read(snapshot, 1, token)[0]), BLOCK)


class WrittenSnapshots(Case):
    def start(self, **more):
        return self.ebs.start_snapshot(VolumeSize=1, **more)["SnapshotId"]

    def test_written_blocks_come_back_through_a_volume(self):
        snapshot, data = self.start(Tags=[{"Key": "made", "Value": "here"}]), os.urandom(BLOCK)
        self.put(snapshot, 5, data)
        with self.refused("ValidationException"):
            self.tokens(snapshot)
        self.ebs.complete_snapshot(SnapshotId=snapshot, ChangedBlocksCount=1)
        wanted = [{"Name": "tag:made", "Values": ["here"]}]
        found = self.ec2.describe_snapshots(Filters=wanted, OwnerIds=["self"])["Snapshots"]
        self.assertEqual([(s["SnapshotId"], s["State"]) for s in found], [(snapshot, "completed")])
        volume = self.ec2.create_volume(AvailabilityZone=f"{REGION}a", SnapshotId=snapshot)["VolumeId"]
        copy = self.snapshot(volume)
        self.assertEqual(self.read(copy, 5, self.tokens(copy)[5])[0], data)
        self.assertEqual(
            self.ebs.list_changed_blocks(FirstSnapshotId=snapshot, SecondSnapshotId=copy)["ChangedBlocks"], []
        )

    def test_bad_blocks_are_refused(self):
        snapshot, data = self.start(), os.urandom(BLOCK)
        put = {"SnapshotId": snapshot, "BlockIndex": 0, "ChecksumAlgorithm": "SHA256"}
        with self.refused("ValidationException"):
            self.ebs.put_snapshot_block(**put, BlockData=data, DataLength=BLOCK, Checksum=checksum(b"other"))
        with self.refused("ValidationException"):
            self.ebs.put_snapshot_block(**put, BlockData=b"short", DataLength=5, Checksum=checksum(b"short"))
        with self.refused("ValidationException", "INVALID_BLOCK"):
            self.put(snapshot, 2048, data)
        with self.refused("ValidationException"):
            self.ebs.complete_snapshot(SnapshotId=snapshot, ChangedBlocksCount=1)

    def test_nothing_is_written_after_completion(self):
        snapshot, data = self.start(), os.urandom(BLOCK)
        self.put(snapshot, 0, data)
        sums = {"Checksum": checksum(hashlib.sha256(data).digest()), "ChecksumAlgorithm": "SHA256"}
        self.ebs.complete_snapshot(
            SnapshotId=snapshot, ChangedBlocksCount=1, ChecksumAggregationMethod="LINEAR", **sums
        )
        with self.refused("ValidationException", "INVALID_SNAPSHOT_ID"):
            self.put(snapshot, 1, data)
        self.ebs.complete_snapshot(SnapshotId=snapshot, ChangedBlocksCount=1)  # a repeated call is no error

    def test_a_child_inherits_and_compares_with_its_parent(self):
        parent = self.snapshot(self.volume([1, 2]))
        child = self.start(ParentSnapshotId=parent)
        self.put(child, 2, os.urandom(BLOCK))
        self.ebs.complete_snapshot(SnapshotId=child, ChangedBlocksCount=1)
        self.assertEqual(list(self.tokens(child)), [1, 2])
        changed = self.ebs.list_changed_blocks(FirstSnapshotId=parent, SecondSnapshotId=child)["ChangedBlocks"]
        self.assertEqual([row["BlockIndex"] for row in changed], [2])

    def test_a_client_token_starts_one_snapshot(self):
        first = self.start(ClientToken="once", Description="a")
        self.assertEqual(self.start(ClientToken="once", Description="a"), first)
        with self.refused("ConflictException"):
            self.start(ClientToken="once", Description="b")
        self.assertNotEqual(self.start(ClientToken="twice", Description="a"), first)


class Volumes(Case):
    def test_lists_page_in_spite_of_deletions(self):
        made = [self.volume() for _ in range(12)]
        first = self.ec2.describe_volumes(MaxResults=5)
        self.assertEqual(len(first["Volumes"]), 5)
        self.ec2.delete_volume(VolumeId=made[0])
        second = self.ec2.describe_volumes(MaxResults=5, NextToken=first["NextToken"])
        third = self.ec2.describe_volumes(MaxResults=5, NextToken=second["NextToken"])
        self.assertNotIn("NextToken", third)
        seen = [v["VolumeId"] for page in (first, second, third) for v in page["Volumes"]]
        self.assertEqual(seen, made)

    def test_snapshots_page_and_filter_by_tag(self):
        volume = self.volume()
        tags = [{"ResourceType": "snapshot", "Tags": [{"Key": "task", "Value": "t1"}]}]
        mine = [self.ec2.create_snapshot(VolumeId=volume, TagSpecifications=tags)["SnapshotId"] for _ in range(7)]
        self.snapshot(volume)
        pages = self.ec2.get_paginator("describe_snapshots").paginate(
            Filters=[{"Name": "tag:task", "Values": ["t1"]}], OwnerIds=["self"], PaginationConfig={"PageSize": 5}
        )
        self.assertEqual([s["SnapshotId"] for page in pages for s in page["Snapshots"]], mine)
        self.assertEqual(len(self.ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]), 8)

    def test_instances_page(self):
        image = self.ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        for _ in range(7):
            self.ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.medium")
        pages = self.ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 5})
        counts = [sum(len(r["Instances"]) for r in page["Reservations"]) for page in pages]
        self.assertEqual(counts, [5, 2])

    def test_a_client_token_makes_one_volume(self):
        wanted = {"AvailabilityZone": f"{REGION}a", "Size": 2, "ClientToken": "once"}
        first = self.ec2.create_volume(**wanted)["VolumeId"]
        self.assertEqual(self.ec2.create_volume(**wanted)["VolumeId"], first)
        self.assertEqual(len(self.ec2.describe_volumes()["Volumes"]), 1)
        with self.refused("IdempotentParameterMismatch"):
            self.ec2.create_volume(**{**wanted, "Size": 3})

    def test_every_volume_type_has_its_options_and_limits(self):
        snapshot = self.snapshot(self.volume([1]))
        for options in (
            {"VolumeType": "gp3", "Iops": 4000, "Throughput": 250},
            {"VolumeType": "gp2"},
            {"VolumeType": "io1", "Iops": 200, "Size": 4},
            {"VolumeType": "io2", "Iops": 200, "Size": 4},
            {"VolumeType": "st1", "Size": 125},
            {"VolumeType": "sc1", "Size": 125},
            {"VolumeType": "standard"},
            {"VolumeType": "gp3", "VolumeInitializationRate": 200},
        ):
            volume = self.ec2.create_volume(AvailabilityZone=f"{REGION}b", SnapshotId=snapshot, **options)
            shown = self.ec2.describe_volumes(VolumeIds=[volume["VolumeId"]])["Volumes"][0]
            self.assertEqual({key: shown[key] for key in options}, options)
        for options in ({"VolumeType": "st1"}, {"VolumeType": "gp3", "Iops": 10}, {"VolumeInitializationRate": 99}):
            with self.refused("InvalidParameterValue"):
                self.ec2.create_volume(AvailabilityZone=f"{REGION}b", SnapshotId=snapshot, **options)
        with self.refused("InvalidZone.NotFound"):
            self.ec2.create_volume(AvailabilityZone="us-east-1q", SnapshotId=snapshot)

    def test_a_volume_with_a_dead_key_fails_later(self):
        kms = self.sim.client("kms", self.account)
        key = kms.create_key()["KeyMetadata"]["Arn"]
        kms.disable_key(KeyId=key)
        volume = self.volume(Encrypted=True, KmsKeyId=key)
        self.assertEqual(self.ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["State"], "error")

    def test_snapshots_and_volumes_take_their_time(self):
        volume = self.volume([1])
        with self.config(snapshot_pending_ms=2000, volume_creating_ms=1000):
            snapshot = self.snapshot(volume)
            shown = self.ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]
            self.assertEqual(shown["State"], "pending")
            self.assertLess(int(shown["Progress"].rstrip("%")), 100)
            with self.refused("ValidationException"):
                self.tokens(snapshot)
            with self.refused("IncorrectState"):
                self.ec2.create_volume(AvailabilityZone=f"{REGION}a", SnapshotId=snapshot)
            wait_until(lambda: self.state(snapshot) == ("completed", "100%"))
            made = self.ec2.create_volume(AvailabilityZone=f"{REGION}a", SnapshotId=snapshot)
            self.assertEqual(made["State"], "creating")
            wait_until(
                lambda: self.ec2.describe_volumes(VolumeIds=[made["VolumeId"]])["Volumes"][0]["State"] == "available"
            )

    def state(self, snapshot):
        shown = self.ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]
        return shown["State"], shown["Progress"]

    def test_copies_and_images_carry_blocks(self):
        snapshot = self.snapshot(self.volume([4]))
        there = self.sim.client("ec2", self.account, "eu-west-1")
        copy = there.copy_snapshot(SourceRegion=REGION, SourceSnapshotId=snapshot)["SnapshotId"]
        ebs = self.sim.client("ebs", self.account, "eu-west-1")
        self.assertEqual(ebs.list_snapshot_blocks(SnapshotId=copy)["Blocks"][0]["BlockIndex"], 4)
        devices = [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}]
        image = self.ec2.register_image(Name="mine", RootDeviceName="/dev/xvda", BlockDeviceMappings=devices)
        with self.refused("InvalidSnapshot.InUse"):
            self.ec2.delete_snapshot(SnapshotId=snapshot)
        machine = self.ec2.run_instances(ImageId=image["ImageId"], MinCount=1, MaxCount=1)["Instances"][0]
        root = machine["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
        self.assertEqual(list(self.tokens(self.snapshot(root))), [4])

    def copy_to(self, region, snapshot, **more):
        there = self.sim.client("ec2", self.account, region)
        copy = there.copy_snapshot(SourceRegion=REGION, SourceSnapshotId=snapshot, **more)["SnapshotId"]
        return there.describe_snapshots(SnapshotIds=[copy])["Snapshots"][0]

    def test_a_copy_of_what_is_encrypted_needs_a_signed_address_of_its_source(self):
        snapshot = self.snapshot(self.volume([4], Encrypted=True))
        # boto3 signs it by itself.
        self.assertEqual(self.copy_to("eu-west-1", snapshot)["State"], "completed")
        other = self.snapshot(self.volume([5], Encrypted=True))
        for wrong in ("", f"https://x/?Action=CopySnapshot&SourceSnapshotId={other}&X-Amz-Signature=1"):
            self.assertEqual(self.copy_to("eu-west-1", snapshot, PresignedUrl=wrong or "none")["State"], "error")
        plain = self.snapshot(self.volume([6]))
        copy = self.copy_to("eu-west-1", plain, Encrypted=True, PresignedUrl="none")
        self.assertEqual((copy["State"], copy["Encrypted"]), ("completed", True))

    def tier(self, snapshot):
        def of_status():
            found = self.ec2.describe_snapshot_tier_status(Filters=[{"Name": "snapshot-id", "Values": [snapshot]}])
            return found["SnapshotTierStatuses"][0]

        before = of_status()
        shown = self.ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]
        status = of_status()
        # It may move between two questions, once.
        self.assertIn(shown["StorageTier"], (before["StorageTier"], status["StorageTier"]))
        return status["StorageTier"], status.get("LastTieringOperationStatus")

    def test_what_is_archived_is_out_of_reach_until_it_is_back(self):
        snapshot = self.snapshot(self.volume([4]))
        self.assertEqual(self.tier(snapshot)[0], "standard")
        with self.config(snapshot_tiering_ms=1500):
            self.ec2.modify_snapshot_tier(SnapshotId=snapshot, StorageTier="archive")
            self.assertEqual(self.tier(snapshot), ("standard", "archival-in-progress"))
            self.assertEqual(list(self.tokens(snapshot)), [4])
            wait_until(lambda: self.tier(snapshot) == ("archive", "archival-completed"))
            with self.refused("ValidationException", "INVALID_SNAPSHOT_ID"):
                self.tokens(snapshot)
            with self.refused("IncorrectState"):
                self.ec2.create_volume(AvailabilityZone=f"{REGION}a", SnapshotId=snapshot)
            with self.refused("IncorrectState"):
                self.copy_to("eu-west-1", snapshot)
            with self.refused("IncorrectState"):
                self.ec2.modify_snapshot_tier(SnapshotId=snapshot, StorageTier="archive")
            self.ec2.restore_snapshot_tier(SnapshotId=snapshot, TemporaryRestoreDays=1)
            self.assertEqual(self.tier(snapshot), ("archive", "temporary-restore-in-progress"))
            wait_until(lambda: self.tier(snapshot) == ("standard", "temporary-restore-completed"))
        self.assertEqual(list(self.tokens(snapshot)), [4])
        self.ec2.create_volume(AvailabilityZone=f"{REGION}a", SnapshotId=snapshot)

    def test_regions_and_zones_are_known(self):
        names = [region["RegionName"] for region in self.ec2.describe_regions()["Regions"]]
        self.assertIn("eu-west-1", names)
        zones = [zone["ZoneName"] for zone in self.ec2.describe_availability_zones()["AvailabilityZones"]]
        self.assertIn(f"{REGION}a", zones)


class Accounts(Case):
    def role(self, external_id):
        document = seed.trust_policy(external_id)
        iam = self.sim.client("iam", self.account)
        return iam.create_role(RoleName=seed.ROLE, AssumeRolePolicyDocument=document)["Role"]["Arn"]

    def assume(self, arn, caller=seed.SERVICE_ACCOUNT, **more):
        sts = self.sim.client("sts", caller, attempts=1)
        return sts.assume_role(RoleArn=arn, RoleSessionName="test", **more)["Credentials"]

    def test_a_role_needs_its_external_id_and_its_caller(self):
        arn = self.role("secret")
        for wrong in ({}, {"ExternalId": "guess"}, {"ExternalId": "secret", "caller": "888888888888"}):
            with self.refused("AccessDenied"):
                self.assume(arn, **wrong)
        with self.refused("AccessDenied"):
            self.assume(arn + "Other", ExternalId="secret")
        held = self.assume(arn, ExternalId="secret")
        me = self.sim.client("sts", "", credentials=held).get_caller_identity()
        self.assertEqual((me["Account"], seed.ROLE in me["Arn"]), (self.account, True))
        volume = self.volume()
        seen = self.sim.client("ec2", "", REGION, held).describe_volumes()["Volumes"]
        self.assertEqual([v["VolumeId"] for v in seen], [volume])

    def test_the_customer_can_change_the_external_id(self):
        arn = self.role("old")
        self.assertEqual(seed.set_trust(self.sim, self.account, "new"), arn)
        with self.refused("AccessDenied"):
            self.assume(arn, ExternalId="old")
        self.assume(arn, ExternalId="new")

    def test_sessions_expire(self):
        arn = self.role("x" * 8)
        with self.config(session_ttl_s=1):
            held = self.assume(arn, ExternalId="x" * 8)
        ec2 = self.sim.client("ec2", "", REGION, held, attempts=1)
        ec2.describe_volumes()
        wait_until(lambda: not works(ec2.describe_volumes))
        with self.refused("RequestExpired"):
            ec2.describe_volumes()
        with self.refused("ExpiredTokenException"):
            self.sim.client("ebs", "", REGION, held, attempts=1).list_snapshot_blocks(SnapshotId="snap-00000000")

    def test_unknown_keys_are_refused(self):
        with self.refused("AuthFailure"):
            self.sim.client("ec2", "AKIAUNKNOWN", attempts=1).describe_volumes()
        with self.refused("InvalidClientTokenId"):
            self.sim.client("sts", "AKIAUNKNOWN", attempts=1).get_caller_identity()

    def test_regions_are_kept_apart(self):
        self.volume()
        self.assertEqual(self.sim.client("ec2", self.account, "eu-west-1").describe_volumes()["Volumes"], [])


def works(call):
    try:
        call()
    except ClientError:
        return False
    return True


class Keys(Case):
    def test_a_key_wraps_only_while_it_is_enabled_and_the_context_fits(self):
        kms = self.sim.client("kms", self.account)
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        made = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext={"organization": "a"})
        wrapped = {"CiphertextBlob": made["CiphertextBlob"], "EncryptionContext": {"organization": "a"}}
        self.assertEqual(kms.decrypt(**wrapped)["Plaintext"], made["Plaintext"])
        with self.refused("InvalidCiphertextException"):
            kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"organization": "b"})
        kms.disable_key(KeyId=key)
        for call in (lambda: kms.decrypt(**wrapped), lambda: kms.encrypt(KeyId=key, Plaintext=b"x")):
            with self.refused("DisabledException"):
                call()
        kms.enable_key(KeyId=key)
        self.assertEqual(kms.decrypt(**wrapped)["Plaintext"], made["Plaintext"])
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        with self.refused("KMSInvalidStateException"):
            kms.decrypt(**wrapped)


class Faults(Case):
    def setUp(self):
        super().setUp()
        self.id = self.snapshot(self.volume([1, 2]))
        self.known = self.tokens(self.id)

    def test_throttling_ends_when_its_count_is_used(self):
        fault = {"service": "ebs", "op": "GetSnapshotBlock", "count": 2, "skip": 1, "code": "RequestThrottledException",
                 "reason": "ACCOUNT_THROTTLED"}  # fmt: skip
        with self.faults(fault):
            self.read(self.id, 1, self.known[1])
            for _ in range(2):
                with self.refused("RequestThrottledException", "ACCOUNT_THROTTLED"):
                    self.read(self.id, 1, self.known[1])
            self.read(self.id, 1, self.known[1])

    def test_ec2_throttles_in_its_own_shape_and_clients_get_over_it(self):
        fault = {"service": "ec2", "op": "CreateSnapshot", "count": 2, "code": "RequestLimitExceeded", "status": 503}
        with self.faults(fault):
            self.snapshot(self.volume())
            with self.assertRaises(ValueError):
                self.sim.control("faults", [{"servise": "ec2"}])

    def test_corrupt_bytes_do_not_match_the_checksum(self):
        with self.faults({"service": "ebs", "op": "GetSnapshotBlock", "effect": "corrupt", "count": 1}):
            data, claimed = self.read(self.id, 1, self.known[1])
            self.assertNotEqual(checksum(data), claimed)
            data, claimed = self.read(self.id, 1, self.known[1])
            self.assertEqual(checksum(data), claimed)

    def test_half_a_body_is_noticed(self):
        with self.faults({"service": "ebs", "op": "GetSnapshotBlock", "effect": "truncate", "count": 1}):
            with self.assertRaises(BotoCoreError):
                self.read(self.id, 1, self.known[1])
        self.read(self.id, 1, self.known[1])

    def test_a_lost_answer_has_happened_all_the_same(self):
        volume, ec2 = self.volume(), self.sim.client("ec2", self.account, attempts=1)
        with self.faults({"service": "ec2", "op": "CreateSnapshot", "effect": "lose-answer", "count": 1}):
            with self.assertRaises(HTTPClientError):
                ec2.create_snapshot(VolumeId=volume, Description="lost")
        mine = self.ec2.describe_snapshots(Filters=[{"Name": "volume-id", "Values": [volume]}])["Snapshots"]
        self.assertEqual([s["Description"] for s in mine], ["lost"])

    def test_a_snapshot_can_vanish_in_the_middle_of_a_read(self):
        with self.faults({"service": "ebs", "op": "GetSnapshotBlock", "effect": "vanish", "skip": 1}):
            self.read(self.id, 1, self.known[1])
            with self.refused("ResourceNotFoundException", "SNAPSHOT_NOT_FOUND"):
                self.read(self.id, 2, self.known[2])
        with self.refused("InvalidSnapshot.NotFound"):
            self.ec2.describe_snapshots(SnapshotIds=[self.id])

    def test_calls_are_counted(self):
        count = lambda: self.sim.control("faults")["calls"].get("ebs.GetSnapshotBlock", 0)  # noqa: E731
        before = count()
        self.read(self.id, 1, self.known[1])
        self.assertEqual(count(), before + 1)


class FileSystems(Case):
    def test_a_real_file_system_goes_in_changes_and_comes_out_clean(self):
        with tempfile.TemporaryDirectory(prefix="awsim-test-") as folder:
            image, back = os.path.join(folder, "a.ext4"), os.path.join(folder, "b.ext4")
            ext4.build(image, 1, seed=3, content_mb=4)
            self.assertIsNone(ext4.check(image))
            volume = self.volume()
            self.sim.import_image(self.account, REGION, volume, image)
            first = self.snapshot(volume)
            changed = seed.churn_volume(self.sim, self.account, REGION, volume, seed=9)
            second = self.snapshot(volume)
            rows = self.ebs.list_changed_blocks(FirstSnapshotId=first, SecondSnapshotId=second)["ChangedBlocks"]
            self.assertEqual(len(rows), changed)
            self.assertTrue(0 < changed < 40, changed)
            self.sim.export(self.account, REGION, second, back)
            self.assertIsNone(ext4.check(back))
            self.assertIn("upload-9", ext4.must("debugfs", "-R", "ls /var", back))
            self.sim.export(self.account, REGION, first, back)
            with open(image, "rb") as one, open(back, "rb") as other:
                digests = [hashlib.file_digest(file, "sha256").digest() for file in (one, other)]
            self.assertEqual(digests[0], digests[1])

    def test_writes_at_any_offset_keep_the_rest(self):
        volume = self.volume([0, 1])
        where = {"account": self.account, "region": REGION, "id": volume}
        text = base64.b64encode(b"across two blocks").decode()
        self.sim.control("write", {**where, "offset": BLOCK - 5, "data": text})
        snapshot = self.snapshot(volume)
        tokens = self.tokens(snapshot)
        data = b"".join(self.read(snapshot, index, tokens[index])[0] for index in (0, 1))
        self.assertEqual(data[BLOCK - 5 : BLOCK + 12], b"across two blocks")
        with self.assertRaises(ValueError):
            self.sim.control("write", {**where, "offset": 2**30 - 1, "data": text})


class Restarts(unittest.TestCase):
    """These need servers of their own."""

    def test_everything_but_s3_survives_a_restart_and_a_kill(self):
        with tempfile.TemporaryDirectory(prefix="awsim-test-") as folder:
            server = Server(folder)
            self.addCleanup(server.end)
            account = "123456789012"
            ec2 = server.sim.client("ec2", account)
            labels = [{"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": "kept"}]}]
            volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1, TagSpecifications=labels)["VolumeId"]
            server.sim.control("write", {"account": account, "region": REGION, "id": volume, "blocks": [1, 9]})
            snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
            machine = ec2.run_instances(ImageId="ami-0a1f1e1d1a2b3c4d5", MinCount=1, MaxCount=1)["Instances"][0]
            ec2.attach_volume(VolumeId=volume, InstanceId=machine["InstanceId"], Device="/dev/sdf")
            seed.make_role(server.sim, account)
            arn = seed.set_trust(server.sim, account, "kept-id")
            key = server.sim.client("kms", account).create_key()["KeyMetadata"]["KeyId"]
            blob = server.sim.client("kms", account).encrypt(KeyId=key, Plaintext=b"kept")["CiphertextBlob"]
            wanted = {"RoleArn": arn, "RoleSessionName": "test", "ExternalId": "kept-id"}
            held = server.sim.client("sts", seed.SERVICE_ACCOUNT).assume_role(**wanted)["Credentials"]
            server.stop()
            for hard in (True, False):
                server.start()
                session = server.sim.client("ec2", "", REGION, held)
                shown = session.describe_volumes()["Volumes"]
                mine = next(v for v in shown if v["VolumeId"] == volume)
                self.assertEqual(mine["Tags"][0]["Value"], "kept")
                self.assertEqual(mine["Attachments"][0]["InstanceId"], machine["InstanceId"])
                ebs = server.sim.client("ebs", account)
                rows = ebs.list_snapshot_blocks(SnapshotId=snapshot)["Blocks"]
                self.assertEqual([row["BlockIndex"] for row in rows], [1, 9])
                ebs.get_snapshot_block(SnapshotId=snapshot, BlockIndex=9, BlockToken=rows[1]["BlockToken"])
                self.assertEqual(server.sim.client("kms", account).decrypt(CiphertextBlob=blob)["Plaintext"], b"kept")
                server.sim.client("sts", seed.SERVICE_ACCOUNT).assume_role(**wanted)
                server.stop(hard)

    def test_a_foreign_state_file_is_refused_by_name(self):
        with tempfile.TemporaryDirectory(prefix="awsim-test-") as folder:
            with open(os.path.join(folder, "state.pickle"), "wb") as file:
                file.write(b"something else")
            command = [sys.executable, os.path.join(HERE, "awsim.py"), "0", "--dir", folder]
            done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("remove the folder to start over", done.stderr)


if __name__ == "__main__":
    unittest.main()
