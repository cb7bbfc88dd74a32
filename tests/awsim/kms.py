"""KMS: a key that is disabled or waits for deletion refuses to work (moto lets it).

Not for: key policies and grants, which nothing here enforces. Invariant: the check comes before the cryptography, so a
disabled key never gives back plaintext.
"""

import moto.kms.models as kms_models
from moto.core.exceptions import JsonRESTError

moto_encrypt = kms_models.KmsBackend.encrypt
moto_decrypt = kms_models.KmsBackend.decrypt


def require_usable(key):
    if key.key_state == "PendingDeletion":
        raise JsonRESTError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    if key.key_state == "Disabled" or not key.enabled:
        raise JsonRESTError("DisabledException", f"{key.arn} is disabled.")


def key_is_usable(id_or_arn):
    """False for a key that is known and cannot work now; keys that nobody made here count as AWS's own."""
    name = id_or_arn.split("/")[-1]
    for regions in list(kms_models.kms_backends.values()):
        for backend in list(regions.values()):
            key = backend.keys.get(name)
            if key is not None:
                return key.enabled and key.key_state == "Enabled"
    return True


def encrypt(self, key_id, *args, **kwargs):
    require_usable(self.keys[self.any_id_to_key_id(key_id)])
    return moto_encrypt(self, key_id, *args, **kwargs)


def decrypt(self, *args, **kwargs):
    plaintext, arn = moto_decrypt(self, *args, **kwargs)
    require_usable(self.keys[arn.split("/")[-1]])
    return plaintext, arn


def by_any_id(operation):
    """Key ids, ARNs and aliases are all good in AWS; moto takes only ids here, and dies of the others."""

    def called(self, key_id, *args, **kwargs):
        return operation(self, self.any_id_to_key_id(key_id), *args, **kwargs)

    return called


def install():
    for name in ("disable_key", "enable_key", "schedule_key_deletion", "cancel_key_deletion"):
        setattr(kms_models.KmsBackend, name, by_any_id(getattr(kms_models.KmsBackend, name)))
    kms_models.KmsBackend.encrypt = encrypt
    kms_models.KmsBackend.decrypt = decrypt
