"""The archive tier of snapshots, and what AWS wants to hear before it copies between regions.

Not for: blocks of copies (ec2.py). Invariant: where a snapshot is between the tiers follows from the clock alone, so it goes on
over a restart.
"""

import time
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import moto.ec2.models.elastic_block_store as ec2_ebs
import settings
from errors import AwsError
from moto.ec2.responses.elastic_block_store import ElasticBlockStore as VolumeResponse

Backend = ec2_ebs.EBSBackend
moto_answer_copy_snapshot = VolumeResponse.copy_snapshot

DAY_S = 86400
# What moto answers with, by what is asked of it here: archived_at, back_from and back_until are seconds of the clock.
MOVES = {
    "archiving": ("standard", "archival-in-progress"),
    "archived": ("archive", "archival-completed"),
    "returning": ("archive", "temporary-restore-in-progress"),
    "returned": ("standard", "temporary-restore-completed"),
}


def place(snapshot):
    """Where the snapshot is: one of MOVES, or "" when it never moved."""
    now = time.time()
    archived_at, back = getattr(snapshot, "archived_at", None), getattr(snapshot, "back", None)
    if archived_at is None:
        return ""
    if now < archived_at:
        return "archiving"
    if back is not None and now < back[1]:
        return "returning" if now < back[0] else "returned"
    return "archived"


def is_archived(snapshot):
    return MOVES.get(place(snapshot), ("standard", None))[0] == "archive"


def storage_tier(self):
    return "archive" if is_archived(self) else "standard"


def operation_status(self):
    return MOVES.get(place(self), (None, None))[1]


def progress(self):
    return {"": None, "archiving": 50, "returning": 50}.get(place(self), 100)


def expiry_time(self):
    back = getattr(self, "back", None)
    return None if back is None else datetime.fromtimestamp(back[1], timezone.utc)


def takes_s():
    return settings.get("snapshot_tiering_ms") / 1000


def modify_snapshot_tier(self, snapshot_id, storage_tier):
    snapshot = self.get_snapshot(snapshot_id)
    if storage_tier != "archive":
        raise AwsError("InvalidParameterValue", f"Invalid storage tier {storage_tier}.")
    if snapshot.status != "completed" or place(snapshot) != "":
        raise AwsError("IncorrectState", f"The snapshot {snapshot_id} cannot be archived now.")
    snapshot.archived_at = time.time() + takes_s()
    snapshot.last_tiering_start_time = datetime.now(timezone.utc)
    return snapshot


def restore_snapshot_tier(self, snapshot_id, temporary_restore_days=None, permanent_restore=False):
    snapshot = self.get_snapshot(snapshot_id)
    if place(snapshot) not in ("archived", "returned"):
        raise AwsError("IncorrectState", f"The snapshot {snapshot_id} is not archived.")
    if permanent_restore:
        raise AwsError("UnsupportedOperation", "This stand-in restores for a while only.")
    days = int(temporary_restore_days or 0)
    if not 1 <= days <= 365:
        raise AwsError("InvalidParameterValue", "TemporaryRestoreDays must be 1 to 365.")
    start = time.time() + (0 if place(snapshot) == "returned" else takes_s())
    snapshot.back = (start, start + timedelta(days=days).total_seconds())
    snapshot.restore_start_time = datetime.now(timezone.utc)
    return snapshot


def may_read(url, source_region, source_snapshot_id, here):
    """Whether a signed address says that this very snapshot may be copied to `here`."""
    query = {key: values[0] for key, values in parse_qs(urlsplit(url or "").query).items()}
    wanted = {
        "Action": "CopySnapshot",
        "SourceRegion": source_region,
        "SourceSnapshotId": source_snapshot_id,
        "DestinationRegion": here,
    }
    signed = f"/{source_region}/ec2/aws4_request" in query.get("X-Amz-Credential", "")
    return signed and "X-Amz-Signature" in query and wanted.items() <= query.items()


def answer_copy_snapshot(self):
    """CopySnapshot with `Encrypted`, and with the proof that an encrypted source may be read."""
    from moto.ec2.models import ec2_backends

    region, source_id = self._get_param("SourceRegion"), self._get_param("SourceSnapshotId")
    response = moto_answer_copy_snapshot(self)
    result = response.result if hasattr(response, "result") else response._result
    copy = self.ec2_backend.snapshots[result["SnapshotId"]]
    source = ec2_backends[self.current_account][region].get_snapshot(source_id)
    if str(self._get_param("Encrypted")).lower() == "true":
        copy.encrypted = True
    here = self.ec2_backend.region_name
    if source.encrypted and not may_read(self._get_param("PresignedUrl"), region, source_id, here):
        copy.broken = True
    return response


def install():
    snapshot = ec2_ebs.Snapshot
    for name, getter in {
        "storage_tier": storage_tier,
        "last_tiering_operation_status": operation_status,
        "last_tiering_progress": progress,
        "restore_expiry_time": expiry_time,
    }.items():
        setattr(snapshot, name, property(getter, lambda self, value: None))
    Backend.modify_snapshot_tier = modify_snapshot_tier
    Backend.restore_snapshot_tier = restore_snapshot_tier
    VolumeResponse.copy_snapshot = answer_copy_snapshot
