"""What the tests of the stand-in share: a server, an account for each test, and what calls look like.

Not for: tests. Invariant: every test has an account of its own, so those of a module share one server and no state.
"""

import base64
import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
import time
import unittest

from botocore.exceptions import ClientError
from client import Sim

HERE = os.path.dirname(os.path.abspath(__file__))
REGION = "us-east-1"


class Server:
    """One running stand-in with a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.start()

    def start(self):
        command = [sys.executable, os.path.join(HERE, "awsim.py"), "0", "--dir", self.folder]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if "http://" not in line:
            raise RuntimeError(f"the stand-in did not start: {line}")
        self.sim = Sim(line.split()[1])

    def end(self):
        if self.process.poll() is None:
            self.stop(hard=True)

    def stop(self, hard=False):
        if hard:
            self.process.kill()
        else:
            self.process.terminate()
        self.process.wait(timeout=20)
        self.process.stdout.close()


def setUpModule():
    global SERVER, FOLDER, ACCOUNTS
    FOLDER = tempfile.TemporaryDirectory(prefix="awsim-test-")
    SERVER = Server(os.path.join(FOLDER.name, "shared"))
    ACCOUNTS = iter(range(500000000000, 500000001000))


def tearDownModule():
    SERVER.stop()
    FOLDER.cleanup()


def checksum(data):
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def wait_until(condition, seconds=10):
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            raise AssertionError("it did not happen in time")
        time.sleep(0.02)


class Case(unittest.TestCase):
    """A test with clients of an account that nobody else uses."""

    def setUp(self):
        self.sim = SERVER.sim
        self.account = self.fresh_account()
        self.ec2 = self.sim.client("ec2", self.account)
        self.ebs = self.sim.client("ebs", self.account, attempts=1)

    @staticmethod
    def fresh_account():
        return str(next(ACCOUNTS))

    def volume(self, blocks=(), size=1, **more):
        volume = self.ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=size, **more)["VolumeId"]
        if blocks:
            self.scribble(volume, blocks)
        return volume

    def scribble(self, volume, blocks):
        where = {"account": self.account, "region": REGION, "id": volume}
        return self.sim.control("write", {**where, "blocks": list(blocks)})

    def snapshot(self, volume):
        return self.ec2.create_snapshot(VolumeId=volume)["SnapshotId"]

    def tokens(self, snapshot, **more):
        rows, following = {}, {}
        while True:
            page = self.ebs.list_snapshot_blocks(SnapshotId=snapshot, **more, **following)
            rows.update((row["BlockIndex"], row["BlockToken"]) for row in page["Blocks"])
            if "NextToken" not in page:
                return rows
            following = {"NextToken": page["NextToken"]}

    def read(self, snapshot, index, token):
        answer = self.ebs.get_snapshot_block(SnapshotId=snapshot, BlockIndex=index, BlockToken=token)
        return answer["BlockData"].read(), answer["Checksum"]

    def put(self, snapshot, index, data):
        self.ebs.put_snapshot_block(
            SnapshotId=snapshot,
            BlockIndex=index,
            BlockData=data,
            DataLength=len(data),
            Checksum=checksum(data),
            ChecksumAlgorithm="SHA256",
        )

    @contextlib.contextmanager
    def faults(self, *faults):
        self.sim.control("faults", [{"account": self.account, **fault} for fault in faults])
        try:
            yield
        finally:
            self.sim.control("faults", [])

    @contextlib.contextmanager
    def config(self, **values):
        before = self.sim.control("config")
        self.sim.control("config", values)
        try:
            yield
        finally:
            self.sim.control("config", before)

    @contextlib.contextmanager
    def refused(self, code, reason=None):
        with self.assertRaises(ClientError) as caught:
            yield
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        if reason:
            self.assertEqual(caught.exception.response["Reason"], reason)
