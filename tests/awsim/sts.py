"""STS and accounts: whose credentials are these, and does the role's trust policy let the caller in?

Not for: permissions; no IAM policy is enforced (inject `UnauthorizedOperation` with a fault instead). Invariant: an
access key is an account of its own number (12 digits), a session that AssumeRole gave out, or an IAM user's key;
anything else is refused.
"""

import json
import time

import moto.iam.models as iam_models
import moto.sts.models as sts_models
import settings
from errors import AwsError

# access key id -> (account, epoch second at which it stops working)
SESSIONS = {}

moto_assume_role = sts_models.STSBackend.assume_role


def account_of(access_key):
    """(account, None) of known credentials, else (None, why not)."""
    if access_key.isdigit() and len(access_key) == 12:
        return access_key, None
    session = SESSIONS.get(access_key)
    if session is not None:
        return (session[0], None) if time.time() < session[1] else (None, "expired")
    for account, partitions in list(iam_models.iam_backends.items()):
        if any(access_key in backend.access_keys for backend in list(partitions.values())):
            return account, None
    return None, "unknown"


def as_list(value):
    return value if isinstance(value, list) else [value]


def statement_trusts(statement, caller, external_id):
    principals = statement.get("Principal", {})
    accounts = as_list(principals.get("AWS", []) if isinstance(principals, dict) else principals)
    if not any(principal in ("*", caller) or f":{caller}:" in principal for principal in accounts):
        return False
    wanted = statement.get("Condition", {}).get("StringEquals", {}).get("sts:ExternalId")
    return wanted is None or external_id in as_list(wanted)


def trusts(role, caller, external_id):
    document = role.assume_role_policy_document
    document = json.loads(document) if isinstance(document, str) else document
    matching = [s for s in as_list(document["Statement"]) if statement_trusts(s, caller, external_id)]
    return bool(matching) and all(statement["Effect"] == "Allow" for statement in matching)


def forget_expired():
    now = time.time()
    for key in [key for key, (_, ends) in SESSIONS.items() if ends < now - 3600]:
        account, _ = SESSIONS.pop(key)
        iam_models.iam_backends[account]["aws"].access_keys.pop(key, None)
        backend = sts_models.sts_backends[account]["aws"]
        backend.assumed_roles = [role for role in backend.assumed_roles if role.access_key_id != key]


def assume_role(self, **kwargs):
    arn = kwargs["role_arn"]
    account = arn.split(":")[4]
    roles = iam_models.iam_backends[account]["aws"].roles.values()
    role = next((role for role in roles if role.arn == arn), None)
    lax = role is None and settings.get("lax_roles")
    if not lax and (role is None or not trusts(role, self.account_id, kwargs.get("external_id"))):
        message = f"User: arn:aws:iam::{self.account_id}:user/sim is not authorized to perform: sts:AssumeRole on {arn}"
        raise AwsError("AccessDenied", message, 403)
    forget_expired()
    kwargs["duration"] = int(settings.get("session_ttl_s") or kwargs.get("duration") or 3600)
    session = moto_assume_role(self, **kwargs)
    SESSIONS[session.access_key_id] = (account, time.time() + kwargs["duration"])
    return session


def install():
    sts_models.STSBackend.assume_role = assume_role
