"""EC2: the lineage of blocks through volumes, snapshots and copies, waiting states, limits, paging, idempotency.

Not for: images and instances started from them (images.py), block data (ebs.py). Invariant: whatever moto makes out of
another thing carries that thing's blocks and lineage.
"""

import base64
import time

import moto.ec2.models.elastic_block_store as ec2_ebs
import settings
from blocks import blocks_of, lineage_of
from errors import AwsError
from kms import key_is_usable
from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ec2.responses.elastic_block_store import ElasticBlockStore as VolumeResponse
from tiers import is_archived

Backend = ec2_ebs.EBSBackend
moto_create_snapshot = Backend.create_snapshot
moto_create_volume = Backend.create_volume
moto_copy_snapshot = Backend.copy_snapshot
moto_detach_volume = Backend.detach_volume
moto_delete_snapshot = Backend.delete_snapshot
moto_answer_create_volume = VolumeResponse.create_volume

MAX_PENDING_SNAPSHOTS_PER_VOLUME = 5
# volume type -> smallest and largest GiB
SIZES = {
    "gp2": (1, 16384),
    "gp3": (1, 65536),
    "io1": (4, 16384),
    "io2": (4, 65536),
    "st1": (125, 16384),
    "sc1": (125, 16384),
    "standard": (1, 1024),
}
# volume type -> smallest and largest IOPS
IOPS = {"gp3": (3000, 80000), "io1": (100, 64000), "io2": (100, 256000)}


# ---------------------------------------------------------------------------------------------------------------------
# Waiting: what is pending or creating becomes ready by the clock alone, so it also does over a restart


def share_done(thing):
    takes = getattr(thing, "takes_ms", 0)
    since = getattr(thing, "seal_at", None) or getattr(thing, "begun_at", 0)
    return 1.0 if takes <= 0 else min(1.0, (time.time() - since) * 1000 / takes)


def snapshot_status(self):
    if getattr(self, "broken", False):
        return "error"
    if getattr(self, "direct", False) and not self.sealed:
        return "pending" if time.time() < self.gives_up_at else "error"
    return "completed" if share_done(self) >= 1 else "pending"


def snapshot_progress(self):
    if getattr(self, "direct", False) and not self.sealed:
        return "0%"
    return f"{int(share_done(self) * 100)}%"


def snapshot_size(self):
    return getattr(self, "size_gib", None) or self.volume.size


def volume_status(self):
    if getattr(self, "broken", False):
        return "error"
    if share_done(self) < 1:
        return "creating"
    return "in-use" if self.attachment else "available"


def begin(thing, setting):
    thing.begun_at = time.time()
    thing.takes_ms = settings.get(setting)


# ---------------------------------------------------------------------------------------------------------------------
# Lineage


def create_snapshot(self, volume_id, *args, **kwargs):
    volume = self.get_volume(volume_id)
    pending = [s for s in self.snapshots.values() if s.volume is volume and s.status == "pending"]
    if len(pending) >= MAX_PENDING_SNAPSHOTS_PER_VOLUME:
        raise AwsError("ConcurrentSnapshotLimitExceeded", f"Too many pending snapshots of {volume_id}.")
    snapshot = moto_create_snapshot(self, volume_id, *args, **kwargs)
    begin(snapshot, "snapshot_pending_ms")
    snapshot.size_gib = volume.size
    snapshot.kms_key_id = volume.kms_key_id
    snapshot.lineage = lineage_of(volume)
    snapshot.blocks = blocks_of(volume)
    return snapshot


def create_volume(self, size, zone_name, snapshot_id=None, **kwargs):
    snapshot = self.get_snapshot(snapshot_id) if snapshot_id else None
    if snapshot is not None:
        check_usable(snapshot)
        if size is not None and size < snapshot.volume_size:
            raise AwsError("InvalidParameterValue", f"Volume of {size}GiB is smaller than snapshot '{snapshot_id}'.")
        size = size or snapshot.volume_size
    check_volume_type(kwargs.get("volume_type") or "gp2", size, kwargs.get("iops"))
    volume = moto_create_volume(self, size, zone_name, snapshot_id, **kwargs)
    begin(volume, "volume_creating_ms")
    if snapshot is not None:
        volume.kms_key_id = volume.kms_key_id or snapshot.kms_key_id
        volume.lineage = lineage_of(snapshot)
        volume.blocks = blocks_of(snapshot)
    # AWS takes the call and lets the volume fail later.
    volume.broken = bool(volume.kms_key_id) and not key_is_usable(volume.kms_key_id)
    return volume


def check_usable(snapshot):
    if snapshot.status != "completed":
        raise AwsError("IncorrectState", f"Snapshot is in invalid state - {snapshot.status}")
    if is_archived(snapshot):
        raise AwsError("IncorrectState", f"The snapshot {snapshot.id} is archived; restore it first.")


def check_volume_type(kind, size, iops):
    if kind not in SIZES:
        raise AwsError("UnknownVolumeType", f"Unsupported volume type '{kind}' for volume creation.")
    smallest, largest = SIZES[kind]
    if size is not None and not smallest <= size <= largest:
        message = f"Volume of {size}GiB is outside of {smallest}GiB to {largest}GiB for volume type {kind}."
        raise AwsError("InvalidParameterValue", message)
    if iops and kind in IOPS and not IOPS[kind][0] <= iops <= IOPS[kind][1]:
        raise AwsError("InvalidParameterValue", f"Volume iops of {iops} is out of range for volume type {kind}.")


def copy_snapshot(self, source_snapshot_id, source_region, *args, **kwargs):
    source = ec2_backends[self.account_id][source_region].get_snapshot(source_snapshot_id)
    check_usable(source)
    snapshot = moto_copy_snapshot(self, source_snapshot_id, source_region, *args, **kwargs)
    begin(snapshot, "snapshot_pending_ms")
    snapshot.size_gib = source.volume_size
    snapshot.lineage = lineage_of(source)
    snapshot.blocks = blocks_of(source)
    return snapshot


def detach_volume(self, volume_id, instance_id, device_path):
    """InstanceId is optional in AWS; moto answers 500 without it."""
    attachment = self.get_volume(volume_id).attachment
    known = attachment.instance.id if attachment else None
    return moto_detach_volume(self, volume_id, instance_id or known, device_path)


def delete_snapshot(self, snapshot_id):
    for image in self.amis.values():
        if any(device.get("snap") == snapshot_id for device in getattr(image, "devices", [])):
            raise AwsError("InvalidSnapshot.InUse", f"The snapshot {snapshot_id} is currently in use by {image.id}")
    return moto_delete_snapshot(self, snapshot_id)


# ---------------------------------------------------------------------------------------------------------------------
# Answers


def result_of(response):
    return response.result if hasattr(response, "result") else response._result


VOLUME_PARAMETERS = (
    "Size AvailabilityZone SnapshotId VolumeType Encrypted KmsKeyId Iops Throughput MultiAttachEnabled "
    "VolumeInitializationRate TagSpecifications"
).split()


def answer_create_volume(self):
    """CreateVolume once per ClientToken, with the initialization rate that moto does not know."""
    token = self._get_param("ClientToken")
    wanted = {name: self._get_param(name) for name in VOLUME_PARAMETERS}
    known = self.ec2_backend.__dict__.setdefault("volume_tokens", {})
    if token in known:
        before, volume_id = known[token]
        if before != wanted:
            raise AwsError("IdempotentParameterMismatch", "The client token was used for another request.")
        if volume_id in self.ec2_backend.volumes:
            return ActionResult(self.ec2_backend.volumes[volume_id])
    # Here and not in the backend, where moto itself makes volumes without a zone for its own images.
    if self.ec2_backend.get_zone_by_name(wanted["AvailabilityZone"]) is None:
        raise AwsError("InvalidZone.NotFound", f"The zone '{wanted['AvailabilityZone']}' does not exist.")
    rate = wanted["VolumeInitializationRate"]
    if rate is not None and (not wanted["SnapshotId"] or not 100 <= int(rate) <= 300):
        message = "VolumeInitializationRate must be 100 to 300 MiB/s and needs a snapshot."
        raise AwsError("InvalidParameterValue", message)
    response = moto_answer_create_volume(self)
    volume = result_of(response)
    if rate is not None:
        volume.volume_initialization_rate = int(rate)
    if token:
        known[token] = (wanted, volume.id)
    return response


def paged(describe, key, ids):
    """MaxResults and NextToken for a Describe call that moto answers in one piece.

    The token names the last thing of the page, so that what is deleted in between makes nobody else skipped.
    """

    def described(self):
        response = describe(self)
        limit, token = self._get_int_param("MaxResults"), self._get_param("NextToken")
        if limit and self._get_param(ids):
            raise AwsError("InvalidParameterCombination", f"{ids} cannot be used with MaxResults.")
        if limit is not None and limit < 5:
            raise AwsError("InvalidParameterValue", f"Value ( {limit} ) for parameter maxResults is invalid.")
        result = result_of(response)
        items = result[key]
        start = after(items, token) if token else 0
        result[key] = items[start : start + min(limit, 1000)] if limit else items[start:]
        if start + len(result[key]) < len(items):
            last = f"{start + len(result[key])}:{result[key][-1].id}"
            result["NextToken"] = base64.b64encode(last.encode()).decode()
        return response

    return described


def of_owners(describe):
    """OwnerIds, which moto ignores; `self` is the caller."""

    def described(self):
        response = describe(self)
        owners = {self.current_account if owner == "self" else owner for owner in self._get_param("OwnerIds", [])}
        if owners:
            result = result_of(response)
            result["Snapshots"] = [snapshot for snapshot in result["Snapshots"] if snapshot.owner_id in owners]
        return response

    return described


def after(items, token):
    try:
        place, _, last = base64.b64decode(token, validate=True).decode().partition(":")
        fallback = int(place)
    except ValueError:
        raise AwsError("InvalidParameterValue", "The nextToken is not valid.") from None
    found = next((number for number, item in enumerate(items) if item.id == last), None)
    return fallback if found is None else found + 1


def install():
    ec2_ebs.Snapshot.status = property(snapshot_status, lambda self, value: None)
    ec2_ebs.Snapshot.progress = property(snapshot_progress)
    ec2_ebs.Snapshot.volume_size = property(snapshot_size)
    ec2_ebs.Volume.status = property(volume_status)
    Backend.create_snapshot = create_snapshot
    Backend.create_volume = create_volume
    Backend.copy_snapshot = copy_snapshot
    Backend.detach_volume = detach_volume
    Backend.delete_snapshot = delete_snapshot
    VolumeResponse.create_volume = answer_create_volume
    VolumeResponse.describe_volumes = paged(VolumeResponse.describe_volumes, "Volumes", "VolumeIds")
    snapshots = of_owners(VolumeResponse.describe_snapshots)
    VolumeResponse.describe_snapshots = paged(snapshots, "Snapshots", "SnapshotIds")
