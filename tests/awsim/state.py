"""What survives a restart: EC2, IAM, KMS and STS of every account and region, in one file beside the blocks.

Not for: S3 and the other services of moto, which live in memory only. Invariant: the file is replaced atomically and
belongs to one version of moto; a file of another version is refused, never half read.
"""

import contextlib
import importlib.metadata
import io
import os
import pickle
import threading

import settings
import sts
from blocks import blocks_of
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from moto.core.base_backend import BackendDict
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.sts.models import sts_backends

FORMAT = f"awsim 1, moto {importlib.metadata.version('moto')}"
SERVICES = {"ec2": ec2_backends, "iam": iam_backends, "kms": kms_backends, "sts": sts_backends}
SAVE_EVERY_S = 2


class UnreadableState(Exception):
    """The state file is of another version or damaged."""


def collect():
    backends = {
        name: {account: dict(regions.items()) for account, regions in list(service.items())}
        for name, service in SERVICES.items()
    }
    return {"format": FORMAT, "backends": backends, "sessions": dict(sts.SESSIONS)}


def private_key(der):
    return serialization.load_der_private_key(der, password=None)


class Pickler(pickle.Pickler):
    """moto gives every KMS key a private key, which pickle cannot take as it is."""

    def reducer_override(self, thing):
        if isinstance(thing, (RSAPrivateKey, EllipticCurvePrivateKey)):
            form = serialization.PrivateFormat.PKCS8
            der = thing.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())
            return private_key, (der,)
        return NotImplemented


def save(folder):
    buffer = io.BytesIO()
    with settings.LOCK:
        Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump(collect())
    data = buffer.getvalue()
    path = os.path.join(folder, "state.pickle")
    partial = f"{path}.partial"
    with open(partial, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def load(folder):
    """Puts a saved state in place; False when there is none."""
    path = os.path.join(folder, "state.pickle")
    if not os.path.exists(path):
        return False
    try:
        with open(path, "rb") as file:
            state = pickle.load(file)
    except Exception as error:  # whatever pickle makes of foreign bytes
        raise UnreadableState(f"{path} cannot be read ({error}); remove the folder to start over") from error
    if state.get("format") != FORMAT:
        raise UnreadableState(f"{path} is of {state.get('format')!r}, not {FORMAT!r}; remove the folder to start over")
    for name, service in SERVICES.items():
        for account, regions in state["backends"][name].items():
            for region, backend in regions.items():
                service[account][region] = backend
    sts.SESSIONS.update(state["sessions"])
    return True


def live_digests():
    live = set()
    for regions in ec2_backends.values():
        for backend in regions.values():
            for thing in [*backend.volumes.values(), *backend.snapshots.values()]:
                live.update(blocks_of(thing).values())
    return live


def reset():
    with settings.LOCK:
        BackendDict.reset()
        sts.SESSIONS.clear()


class Saver:
    """Saves in the background, soon after something changed, and once more at the end."""

    def __init__(self, folder):
        self.folder = folder
        self.dirty = threading.Event()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run, name="saver", daemon=True)

    def run(self):
        while not self.ended.wait(SAVE_EVERY_S):
            self.save_if_dirty()

    def save_if_dirty(self):
        if self.dirty.is_set():
            self.dirty.clear()
            try:
                save(self.folder)
            except Exception as error:  # the thread must live on, and the next save may go well
                self.dirty.set()
                print(f"awsim: cannot save: {error}", flush=True)

    @contextlib.contextmanager
    def saving(self):
        self.thread.start()
        try:
            yield self
        finally:
            self.ended.set()
            self.thread.join()
            self.save_if_dirty()
