"""The EBS direct API: real blocks with checksums, tokens, paging, parents and changed blocks.

Not for: CreateSnapshot and friends (ec2.py). It answers HTTP by itself and does not go through moto's request
pipeline: half a megabyte a call, eight calls at a time, has to be quick. Invariant: a snapshot that is not `completed`
can be written by its owner only, and a completed one by nobody.
"""

import base64
import hashlib
import json
import re
import time
from urllib.parse import parse_qs, unquote

import blocks
import moto.ec2.models.elastic_block_store as ec2_ebs
import settings
from blocks import BLOCK_SIZE, BLOCKS_PER_GIB, blocks_of, lineage_of
from errors import AwsError, invalid, no_such_snapshot, render
from kms import key_is_usable
from moto.ec2.models import ec2_backends
from tiers import is_archived

ROUTES = [
    ("GET", re.compile(r"^/snapshots/([^/]+)/blocks/(\d+)$"), "GetSnapshotBlock"),
    ("PUT", re.compile(r"^/snapshots/([^/]+)/blocks/(-?\d+)$"), "PutSnapshotBlock"),
    ("GET", re.compile(r"^/snapshots/([^/]+)/changedblocks$"), "ListChangedBlocks"),
    ("GET", re.compile(r"^/snapshots/([^/]+)/blocks$"), "ListSnapshotBlocks"),
    ("POST", re.compile(r"^/snapshots/completion/([^/]+)$"), "CompleteSnapshot"),
    ("POST", re.compile(r"^/snapshots$"), "StartSnapshot"),
]
WRITES = {"PutSnapshotBlock", "CompleteSnapshot", "StartSnapshot"}
MAX_GIB = 65536
# What AWS shows for snapshots that no volume stands behind.
NO_VOLUME = "vol-ffffffff"


def route(method, path):
    """(operation, path arguments), or ("", ()) for what this API does not have."""
    path = unquote(path)
    for verb, pattern, operation in ROUTES:
        match = pattern.match(path) if verb == method else None
        if match:
            return operation, match.groups()
    return "", ()


class Call:
    """One request: who asks, where, and what with."""

    def __init__(self, env, account, region, arguments, body):
        self.account = account
        self.region = region
        self.arguments = arguments
        self.body = body
        self.query = {key: found[0] for key, found in parse_qs(env.get("QUERY_STRING", "")).items()}
        self.headers = {key[5:].replace("_", "-").lower(): value for key, value in env.items() if key[:5] == "HTTP_"}
        self.ec2 = ec2_backends[account][region]

    def number(self, name, default=None):
        text = self.query.get(name)
        if text is None:
            return default
        if not re.fullmatch(r"-?\d+", text):
            raise invalid(f"{name} must be a number.")
        return int(text)

    def json(self):
        try:
            document = json.loads(self.body or b"{}")
        except ValueError:
            raise AwsError("SerializationException", "The body is not JSON.") from None
        if not isinstance(document, dict):
            raise AwsError("SerializationException", "The body is not a JSON object.")
        return document


def answer(env, account, region):
    """(status line, headers, body) of a request to the EBS direct API."""
    operation, arguments = route(env["REQUEST_METHOD"], env["PATH_INFO"])
    if not operation:
        return render("ebs", "UnknownOperationException", "There is no such operation.", 404)
    body = env["wsgi.input"].read(int(env.get("CONTENT_LENGTH") or 0))
    try:
        status, headers, data = OPERATIONS[operation](Call(env, account, region, arguments, body))
    except AwsError as error:
        return render("ebs", error.code, error.message, error.status, error.reason)
    return status, [*headers, ("Content-Length", str(len(data))), ("x-amzn-RequestId", "awsim")], data


def as_json(document, status="200 OK"):
    return status, [("Content-Type", "application/json")], json.dumps(document).encode()


# ---------------------------------------------------------------------------------------------------------------------
# What the operations share


def find_snapshot(call, snapshot_id):
    """A snapshot of this account, or one that another account shares with it."""
    own = call.ec2.snapshots.get(snapshot_id)
    if own is not None:
        return own
    for backends in list(ec2_backends.values()):
        other = backends[call.region].snapshots.get(snapshot_id) if call.region in backends.keys() else None
        if other is not None and call.account in other.create_volume_permission_userids:
            return other
    raise no_such_snapshot(snapshot_id)


def readable(call, snapshot_id):
    snapshot = find_snapshot(call, snapshot_id)
    if snapshot.status != "completed":
        raise invalid(f"The snapshot {snapshot_id} is not completed.", "INVALID_SNAPSHOT_ID")
    if is_archived(snapshot):
        raise invalid(f"The snapshot {snapshot_id} is archived.", "INVALID_SNAPSHOT_ID")
    if snapshot.kms_key_id and not key_is_usable(snapshot.kms_key_id):
        raise invalid("The KMS key of the snapshot cannot be used.", "INVALID_CUSTOMER_KEY")
    return snapshot


def writable(call, snapshot_id):
    snapshot = call.ec2.snapshots.get(snapshot_id)
    if snapshot is None:
        raise no_such_snapshot(snapshot_id)
    if not getattr(snapshot, "direct", False) or snapshot.sealed or snapshot.status != "pending":
        raise invalid("The snapshot is not in the pending state.", "INVALID_SNAPSHOT_ID")
    return snapshot


def block_token(snapshot_id, index, digest, expires):
    """Says until when it is good and holds for one block of one snapshot only."""
    stamp = int(expires).to_bytes(8, "big")
    seal = hashlib.blake2b(f"{snapshot_id}:{index}:{digest}".encode() + stamp, digest_size=25).digest()
    return base64.b64encode(stamp + seal).decode()


def check_token(token, snapshot_id, index, digest):
    try:
        expires = int.from_bytes(base64.b64decode(token or "", validate=True)[:8], "big")
    except ValueError:
        expires = 0
    if token != block_token(snapshot_id, index, digest, expires):
        raise invalid("The block token is not valid.", "INVALID_BLOCK_TOKEN")
    if expires < time.time():
        raise invalid("The block token has expired.", "INVALID_BLOCK_TOKEN")


def page(call, indexes):
    """One page of sorted block indexes and the token of the next one."""
    limit = call.number("maxResults", 10000)
    if not 100 <= limit <= 10000:
        raise invalid("MaxResults must be between 100 and 10000.")
    start = call.number("startingBlockIndex", 0)
    if "pageToken" in call.query:
        try:
            start = int(base64.b64decode(call.query["pageToken"], validate=True))
        except ValueError:
            raise invalid("The page token is not valid.", "INVALID_PAGE_TOKEN") from None
    rest = [index for index in indexes if index >= start]
    following = base64.b64encode(str(rest[limit]).encode()).decode() if len(rest) > limit else None
    return rest[:limit], following


def listing(name, rows, snapshot, expires, following):
    document = {name: rows, "ExpiryTime": expires, "VolumeSize": snapshot.volume_size, "BlockSize": BLOCK_SIZE}
    if following:
        document["NextToken"] = following
    return as_json(document)


def base64_of(hexdigest):
    return base64.b64encode(bytes.fromhex(hexdigest)).decode()


# ---------------------------------------------------------------------------------------------------------------------
# Reading


def list_snapshot_blocks(call):
    snapshot = readable(call, call.arguments[0])
    mapping = blocks_of(snapshot)
    indexes, following = page(call, sorted(mapping))
    expires = int(time.time() + settings.get("block_token_ttl_s"))
    rows = [
        {"BlockIndex": index, "BlockToken": block_token(snapshot.id, index, mapping[index], expires)}
        for index in indexes
    ]
    return listing("Blocks", rows, snapshot, expires, following)


def list_changed_blocks(call):
    second = readable(call, call.arguments[0])
    first_id = call.query.get("firstSnapshotId")
    first = readable(call, first_id) if first_id else None
    if first is not None and lineage_of(first) != lineage_of(second):
        raise invalid("The snapshots are not of the same volume.", "UNRELATED_SNAPSHOTS")
    old, new = blocks_of(first) if first is not None else {}, blocks_of(second)
    changed = sorted(index for index in old.keys() | new.keys() if old.get(index) != new.get(index))
    indexes, following = page(call, changed)
    expires = int(time.time() + settings.get("block_token_ttl_s"))

    def row(index):
        entry = {"BlockIndex": index}
        if index in old:
            entry["FirstBlockToken"] = block_token(first.id, index, old[index], expires)
        if index in new:
            entry["SecondBlockToken"] = block_token(second.id, index, new[index], expires)
        return entry

    return listing("ChangedBlocks", [row(index) for index in indexes], second, expires, following)


def get_snapshot_block(call):
    snapshot = readable(call, call.arguments[0])
    index = int(call.arguments[1])
    digest = blocks_of(snapshot).get(index)
    if digest is None:
        raise invalid(f"The snapshot has no block {index}.", "INVALID_BLOCK")
    check_token(call.query.get("blockToken"), snapshot.id, index, digest)
    headers = [
        ("Content-Type", "application/octet-stream"),
        ("x-amz-Data-Length", str(BLOCK_SIZE)),
        ("x-amz-Checksum", base64_of(digest)),
        ("x-amz-Checksum-Algorithm", "SHA256"),
    ]
    return "200 OK", headers, blocks.STORE.get(digest)


# ---------------------------------------------------------------------------------------------------------------------
# Writing


def start_snapshot(call):
    wanted = call.json()
    with settings.LOCK:
        token = wanted.get("ClientToken")
        known = call.ec2.__dict__.setdefault("start_tokens", {})
        if token in known:
            before, snapshot_id = known[token]
            if before != wanted:
                raise AwsError("ConflictException", "The client token was used for another request.", 409)
            if snapshot_id in call.ec2.snapshots:
                return started(call, call.ec2.snapshots[snapshot_id], wanted)
        snapshot = new_snapshot(call, wanted)
        if token:
            known[token] = (wanted, snapshot.id)
        return started(call, snapshot, wanted)


def new_snapshot(call, wanted):
    size, parent_id = wanted.get("VolumeSize"), wanted.get("ParentSnapshotId")
    if not isinstance(size, int) or not 1 <= size <= MAX_GIB:
        raise invalid(f"VolumeSize must be between 1 and {MAX_GIB}.", "INVALID_VOLUME_SIZE")
    if parent_id and ("Encrypted" in wanted or "KmsKeyArn" in wanted):
        raise invalid("Encrypted and KmsKeyArn cannot be used with ParentSnapshotId.")
    if wanted.get("KmsKeyArn") and not wanted.get("Encrypted"):
        raise invalid("KmsKeyArn needs Encrypted.")
    key = wanted.get("KmsKeyArn")
    if key and not key_is_usable(key):
        raise invalid("The KMS key cannot be used.", "INVALID_CUSTOMER_KEY")
    parent = find_snapshot(call, parent_id) if parent_id else None
    if parent is not None and size < parent.volume_size:
        raise invalid("The volume size cannot be smaller than the parent's.", "INVALID_VOLUME_SIZE")
    volume = ec2_ebs.Volume(call.ec2, NO_VOLUME, size, None)
    snapshot_id = ec2_ebs.random_snapshot_id()
    snapshot = ec2_ebs.Snapshot(
        call.ec2, snapshot_id, volume, wanted.get("Description") or "", bool(wanted.get("Encrypted")), key
    )
    snapshot.direct = True
    snapshot.sealed = False
    snapshot.gives_up_at = time.time() + 60 * wanted.get("Timeout", 60)
    snapshot.lineage = lineage_of(parent) if parent is not None else snapshot_id
    snapshot.blocks = dict(blocks_of(parent)) if parent is not None else {}
    snapshot.changed = {}
    call.ec2.snapshots[snapshot_id] = snapshot
    snapshot.add_tags({tag["Key"]: tag["Value"] for tag in wanted.get("Tags") or []})
    return snapshot


def started(call, snapshot, wanted):
    document = {
        "SnapshotId": snapshot.id,
        "OwnerId": call.account,
        "Status": snapshot.status,
        "StartTime": snapshot.start_time.timestamp(),
        "VolumeSize": snapshot.volume_size,
        "BlockSize": BLOCK_SIZE,
        "Tags": wanted.get("Tags") or [],
        "Description": snapshot.description,
    }
    if wanted.get("ParentSnapshotId"):
        document["ParentSnapshotId"] = wanted["ParentSnapshotId"]
    if snapshot.kms_key_id:
        document["KmsKeyArn"] = snapshot.kms_key_id
    return as_json(document, "201 Created")


def put_snapshot_block(call):
    snapshot = writable(call, call.arguments[0])
    index = int(call.arguments[1])
    if len(call.body) != BLOCK_SIZE or call.headers.get("x-amz-data-length") != str(BLOCK_SIZE):
        raise invalid(f"The block data must be {BLOCK_SIZE} bytes.")
    if not 0 <= index < snapshot.volume_size * BLOCKS_PER_GIB:
        raise invalid("BlockIndex is beyond the volume size.", "INVALID_BLOCK")
    if call.headers.get("x-amz-checksum-algorithm") != "SHA256":
        raise invalid("The checksum algorithm must be SHA256.")
    digest = hashlib.sha256(call.body).hexdigest()
    if call.headers.get("x-amz-checksum") != base64_of(digest):
        raise invalid("The checksum provided does not match the block data.")
    blocks.STORE.put(call.body)
    with settings.LOCK:
        writable(call, snapshot.id)
        snapshot.blocks[index] = digest
        snapshot.changed[index] = digest
    headers = [("x-amz-Checksum", base64_of(digest)), ("x-amz-Checksum-Algorithm", "SHA256")]
    return "201 Created", headers, b"{}"


def complete_snapshot(call):
    with settings.LOCK:
        snapshot = call.ec2.snapshots.get(call.arguments[0])
        if snapshot is None:
            raise no_such_snapshot(call.arguments[0])
        if getattr(snapshot, "direct", False) and snapshot.sealed:
            return as_json({"Status": snapshot.status}, "202 Accepted")
        snapshot = writable(call, snapshot.id)
        announced = call.headers.get("x-amz-changedblockscount")
        if announced is not None and announced != str(len(snapshot.changed)):
            raise invalid(f"ChangedBlocksCount {announced}, {len(snapshot.changed)} blocks were written.")
        checksum = call.headers.get("x-amz-checksum")
        if checksum is not None and checksum != linear_checksum(snapshot.changed):
            raise invalid("The checksum provided does not match the written blocks.")
        snapshot.sealed = True
        snapshot.seal_at = time.time()
        return as_json({"Status": snapshot.status}, "202 Accepted")


def linear_checksum(changed):
    """SHA-256 over the checksums of the written blocks, by block index."""
    joined = b"".join(bytes.fromhex(changed[index]) for index in sorted(changed))
    return base64.b64encode(hashlib.sha256(joined).digest()).decode()


OPERATIONS = {
    "ListSnapshotBlocks": list_snapshot_blocks,
    "ListChangedBlocks": list_changed_blocks,
    "GetSnapshotBlock": get_snapshot_block,
    "StartSnapshot": start_snapshot,
    "PutSnapshotBlock": put_snapshot_block,
    "CompleteSnapshot": complete_snapshot,
}
