"""S3: Object Lock as strict as AWS's (moto lets anybody shorten a retention and switch versions off).

Not for: life cycles, which nothing here runs, and permissions. Invariant: a retention in compliance mode is never shortened,
removed or made one of governance; one of governance only with the header that AWS asks for.
"""

import datetime
import threading

import moto.s3.models as s3_models
import moto.s3.responses as s3_responses
from moto.s3.exceptions import AccessDeniedByLock, S3ClientError

moto_put_object_retention = s3_models.S3Backend.put_object_retention
moto_put_bucket_versioning = s3_models.S3Backend.put_bucket_versioning
moto_answer_retention = s3_responses.S3Response.put_object_retention
moto_answer_versioning = s3_responses.S3Response.get_bucket_versioning
moto_answer_put = s3_responses.S3Response._key_response_put
BYPASS = "x-amz-bypass-governance-retention"
request = threading.local()


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def require_future(text):
    if text and instant(text) <= datetime.datetime.now(datetime.UTC):
        raise S3ClientError("InvalidArgument", "The retain until date must be in the future!")


def put_object_retention(self, bucket_name, key_name, version_id, retention):
    mode, until = retention
    require_future(until)
    key = self.get_object(bucket_name, key_name, version_id=version_id)
    if key is None:
        raise S3ClientError("NoSuchKey", "The specified key does not exist.")
    if key.lock_mode and key.is_locked(governance_bypass=getattr(request, "bypass", False)):
        is_shorter = not until or instant(until) < instant(key.lock_until)
        is_laxer = key.lock_mode == "COMPLIANCE" and mode != "COMPLIANCE"
        if is_shorter or is_laxer:
            raise AccessDeniedByLock
    moto_put_object_retention(self, bucket_name, key_name, version_id, retention)


def answer_retention(self):
    request.bypass = self.headers.get(BYPASS, "").lower() == "true"
    try:
        return moto_answer_retention(self)
    finally:
        request.bypass = False


def answer_put(self, query, key_name):
    require_future(self.headers.get("x-amz-object-lock-retain-until-date"))
    return moto_answer_put(self, query, key_name)


def put_bucket_versioning(self, bucket_name, status):
    if status != "Enabled" and self.get_bucket(bucket_name).object_lock_enabled:
        text = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
        raise S3ClientError("InvalidBucketState", text)
    moto_put_bucket_versioning(self, bucket_name, status)


def answer_versioning(self):
    # moto names the element after the action; AWS's SDK for Rust takes only the name that S3 uses.
    status, headers, body = moto_answer_versioning(self)
    return status, headers, body.replace("GetBucketVersioningResponse", "VersioningConfiguration")


def install():
    s3_responses.S3Response.get_bucket_versioning = answer_versioning
    s3_models.S3Backend.put_object_retention = put_object_retention
    s3_models.S3Backend.put_bucket_versioning = put_bucket_versioning
    s3_responses.S3Response.put_object_retention = answer_retention
    s3_responses.S3Response._key_response_put = answer_put
