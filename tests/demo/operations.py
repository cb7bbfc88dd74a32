"""Every GraphQL operation of the demo, in one place, so that a change of the schema is one change here.

Not for: sending them (api.py). Invariant: `make check-operations` validates each of them against schema/schema.graphql.
"""

VIEWER = "query Viewer { viewer { user { email } organization { name } } }"

CONNECT = """
mutation Connect($input: ConnectAwsAccountInput!) {
  connectAwsAccount(input: $input) {
    awsAccount { id accountId roleArn externalId setup { trustPolicy permissionPolicy } }
    userErrors { code message field }
  }
}"""

VERIFY = """
mutation Verify($input: VerifyAwsAccountInput!) {
  verifyAwsAccount(input: $input) {
    task { id status }
    userErrors { code message field }
  }
}"""

REFRESH = """
mutation Refresh($input: RefreshInventoryInput!) {
  refreshInventory(input: $input) {
    tasks { id status }
    userErrors { code message field }
  }
}"""

ACCOUNTS = """
query Accounts {
  awsAccounts(first: 100) { nodes { id accountId status regions { region status missingPermissions } } }
}"""

ASSETS = """
query Assets($first: Int!, $after: String, $filter: AssetFilter) {
  assets(first: $first, after: $after, filter: $filter) {
    nodes {
      id kind name nativeId region
      tags { key value }
      volume { sizeGib state }
      awsAccount { id accountId }
      policy { id name }
    }
    pageInfo { hasNextPage endCursor }
  }
}"""

CREATE_POLICY = """
mutation CreatePolicy($input: CreatePolicyInput!) {
  createPolicy(input: $input) {
    policy { id name }
    userErrors { code message field }
  }
}"""

POLICIES = "query Policies { policies(first: 100) { nodes { id name } } }"

ASSIGN = """
mutation Assign($input: AssignPolicyInput!) {
  assignPolicy(input: $input) {
    assets { id }
    userErrors { code message field }
  }
}"""

RULES = "query Rules { protectionRules(first: 100) { nodes { id name } } }"

CREATE_RULE = """
mutation CreateRule($input: CreateProtectionRuleInput!) {
  createProtectionRule(input: $input) {
    protectionRule { id name conditionText }
    task { id status }
    userErrors { code message field }
  }
}"""

PROTECTION = """
query Protection($id: ID!) {
  asset(id: $id) {
    id
    policy { id name }
    protection {
      source isPending
      policy { id name }
      rule { id name }
      trace { source outcome rule { name } failedTest { path text } }
    }
  }
}"""

BACK_UP = """
mutation BackUp($input: StartBackupInput!) {
  startBackup(input: $input) {
    tasks { id status }
    userErrors { code message field }
  }
}"""

TASK = """
query Task($id: ID!) {
  task(id: $id) {
    id kind status progress
    failure { code message }
    asset { id name }
    recoveryPoint { id status }
    restoredVolumeNativeId
  }
}"""

POINTS = """
query Points($first: Int!, $after: String, $filter: RecoveryPointFilter) {
  recoveryPoints(first: $first, after: $after, filter: $filter) {
    nodes {
      id status proof placement takenAt sizeBytes addedBytes isFull snapshotNativeId
      asset { id }
      policy { id }
    }
    pageInfo { hasNextPage endCursor }
  }
}"""

VERIFICATIONS = """
query Verifications($first: Int!, $after: String, $filter: VerificationFilter) {
  verifications(first: $first, after: $after, filter: $filter) {
    nodes {
      id wanted proof verdict evidence evidenceSha256 task { id actor { __typename } }
      recoveryPoint { id status proof sourceSha256 lastVerification { id } }
    }
    pageInfo { hasNextPage endCursor }
  }
}"""

RESTORE = """
mutation Restore($input: RestoreEbsVolumeInput!) {
  restoreEbsVolume(input: $input) {
    task { id status }
    userErrors { code message field }
  }
}"""

RECOVERY_KIT = """
mutation RecoveryKit($input: ExportRecoveryKitInput!) {
  exportRecoveryKit(input: $input) {
    recoveryKit { location password }
    userErrors { code message field }
  }
}"""

COMPLIANCE = """
query Compliance($id: ID!) {
  asset(id: $id) {
    compliance {
      status
      controls { control status reasons { code message windows { from until cause detail } } }
    }
  }
}"""

COMPLIANCE_SUMMARY = "query ComplianceSummary { complianceSummary { overall { in out unknown } } }"

COMPLIANCE_CONTROLS = """
mutation ComplianceControls($input: UpdateComplianceControlsInput!) {
  updateComplianceControls(input: $input) {
    complianceControls { version }
    userErrors { code message field }
  }
}"""

TASK_EVENTS = """
subscription TaskEvents($after: String) {
  taskEvents(after: $after) {
    cursor
    kind
    task {
      id kind status progress createdAt startedAt finishedAt
      failure { code message }
      asset { id name }
      awsAccount { id name }
    }
  }
}"""


# The newest copy of each volume in the vault comes back as it was read, within an hour.
proof_target = {"level": "CONTENT_MATCHES", "within": {"value": 1, "unit": "HOUR"}, "sample": {"kind": "LATEST"}}


def policy_draft(name, description, operations, proof=None):
    """Input of CREATE_POLICY; `operations` are (placement, every minutes, keep days); `proof` is for those in the vault."""
    draft = {
        "name": name,
        "description": description,
        "operations": [
            {
                "assetKind": "EBS_VOLUME",
                "placement": placement,
                "frequencies": [
                    {
                        "every": {"value": minutes, "unit": "MINUTE"},
                        "keep": {"value": days, "unit": "DAY"},
                    },
                ],
                "proof": proof if placement == "VAULT" else None,
            }
            for placement, minutes, days in operations
        ],
    }
    return {"draft": draft}


def back_up(asset_id, key):
    return {
        "assetIds": [asset_id],
        "placement": "VAULT",
        "keep": {"value": 1, "unit": "DAY"},
        "idempotencyKey": key,
    }


def restore(point_id, account, region, zone, tags, key):
    return {
        "recoveryPointId": point_id,
        "awsAccountId": account,
        "region": region,
        "availabilityZone": zone,
        "volumeType": "GP3",
        "tags": [{"key": name, "value": value} for name, value in tags.items()],
        "idempotencyKey": key,
    }
