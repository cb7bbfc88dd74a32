#!/usr/bin/env python3
"""What a customer does in AWS between two steps of connecting an account: makes the role, with the external id that is shown.

Usage: role.py SIM_URL ACCOUNT EXTERNAL_ID. Not for permissions, which the stand-in does not enforce. Invariant: it may be called again.
"""

import contextlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "demo"))

import awsim_path  # noqa: E402, F401  (before the modules of the stand-in)
import seed  # noqa: E402
from client import Sim  # noqa: E402

# The name in the generated templates (src/app/aws_accounts.rs).
ROLE = "HoldfastAccess"


def main():
    url, account, external_id = sys.argv[1:]
    iam = Sim(url).client("iam", account)
    trust = seed.trust_policy(external_id)
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust)
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust)


if __name__ == "__main__":
    main()
