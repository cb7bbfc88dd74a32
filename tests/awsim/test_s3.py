"""Checks that the stand-in keeps locked objects as AWS does.

Not for: Holdfast. Run with the others by `make test-awsim`.
"""

import datetime
import unittest

from botocore.exceptions import ClientError
from case import Case, setUpModule, tearDownModule  # noqa: F401


class ObjectLock(Case):
    def setUp(self):
        super().setUp()
        self.s3 = self.sim.client("s3", self.account)
        self.bucket = f"locked-{self.account}"
        self.s3.create_bucket(Bucket=self.bucket, ObjectLockEnabledForBucket=True)
        self.now = datetime.datetime.now(datetime.UTC)

    def later(self, hours):
        return self.now + datetime.timedelta(hours=hours)

    def locked(self, key, mode):
        until = {"ObjectLockMode": mode, "ObjectLockRetainUntilDate": self.later(2)}
        return self.s3.put_object(Bucket=self.bucket, Key=key, Body=b"x", ChecksumAlgorithm="SHA256", **until)["VersionId"]

    def retain(self, key, mode, hours, **more):
        retention = {"Mode": mode, "RetainUntilDate": self.later(hours)}
        self.s3.put_object_retention(Bucket=self.bucket, Key=key, Retention=retention, **more)

    def refused(self, call, *arguments, code="AccessDenied", **named):
        with self.assertRaises(ClientError) as caught:
            call(*arguments, **named)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)

    def test_compliance_is_never_shortened_nor_deleted(self):
        version = self.locked("a", "COMPLIANCE")
        named = {"Bucket": self.bucket, "Key": "a", "VersionId": version}
        self.refused(self.s3.delete_object, **named)
        self.refused(self.s3.delete_object, **named, BypassGovernanceRetention=True)
        listed = {"Objects": [{"Key": "a", "VersionId": version}]}
        answer = self.s3.delete_objects(Bucket=self.bucket, Delete=listed, BypassGovernanceRetention=True)
        self.assertEqual([error["Code"] for error in answer["Errors"]], ["AccessDenied"])
        self.refused(self.retain, "a", "COMPLIANCE", 1)
        self.refused(self.retain, "a", "COMPLIANCE", 1, BypassGovernanceRetention=True)
        self.refused(self.retain, "a", "GOVERNANCE", 9, BypassGovernanceRetention=True)
        self.retain("a", "COMPLIANCE", 3)
        head = self.s3.head_object(Bucket=self.bucket, Key="a")
        self.assertEqual(head["ObjectLockRetainUntilDate"].hour, self.later(3).hour)
        self.s3.delete_object(Bucket=self.bucket, Key="a")
        self.refused(self.s3.head_object, Bucket=self.bucket, Key="a", code="404")
        self.assertEqual(self.s3.get_object(**named)["Body"].read(), b"x")
        self.refused(self.retain, "b", "COMPLIANCE", 1, code="NoSuchKey")

    def test_governance_is_shortened_with_the_header_only(self):
        version = self.locked("a", "GOVERNANCE")
        self.refused(self.retain, "a", "GOVERNANCE", 1)
        self.retain("a", "GOVERNANCE", 1, BypassGovernanceRetention=True)
        self.refused(self.s3.delete_object, Bucket=self.bucket, Key="a", VersionId=version)
        self.retain("a", "COMPLIANCE", 2)
        self.refused(self.retain, "a", "GOVERNANCE", 3, BypassGovernanceRetention=True)

    def test_versions_stay_on_and_retention_lies_in_the_future(self):
        status = {"Status": "Suspended"}
        change = self.s3.put_bucket_versioning
        self.refused(change, Bucket=self.bucket, VersioningConfiguration=status, code="InvalidBucketState")
        self.locked("a", "COMPLIANCE")
        self.refused(self.retain, "a", "COMPLIANCE", -1, code="InvalidArgument")


if __name__ == "__main__":
    unittest.main()
