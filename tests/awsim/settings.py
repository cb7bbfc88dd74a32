"""Knobs of the stand-in that a test may turn while it runs (`POST /_sim/config`), and the one lock of its state.

Not for: faults (faults.py). Invariant: every change of EC2, IAM, KMS or STS state happens under LOCK, so what state.py
saves is a moment that really was.
"""

import threading

LOCK = threading.RLock()

DEFAULTS = {
    # How long a snapshot is `pending`, with progress, before it is `completed`.
    "snapshot_pending_ms": 0,
    # How long a volume is `creating` before it is `available`.
    "volume_creating_ms": 0,
    # How long a snapshot takes into the archive tier, and back.
    "snapshot_tiering_ms": 0,
    # Validity of the block tokens that ListSnapshotBlocks and ListChangedBlocks give out.
    "block_token_ttl_s": 7 * 86400,
    # Validity of the credentials that AssumeRole gives out, whatever the caller asked for; 0 = as asked.
    "session_ttl_s": 0,
    # Lets AssumeRole take roles that do not exist.
    "lax_roles": 0,
}

values = dict(DEFAULTS)


def get(name):
    return values[name]


def update(changes):
    unknown = sorted(set(changes) - set(DEFAULTS))
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(unknown)}")
    for name, value in changes.items():
        if not isinstance(value, (int, float)) or value < 0:
            raise ValueError(f"{name} must be a number that is not negative")
    values.update(changes)


def reset():
    values.clear()
    values.update(DEFAULTS)
