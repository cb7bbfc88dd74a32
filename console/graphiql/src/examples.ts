// The example queries of the README, in the order in which a newcomer runs them: one tab each. Every operation must fit
// schema/schema.graphql. Identifiers in capitals are placeholders: take them from the answer of an earlier tab.

export interface Example {
  /** The tab is named after the operation. */
  query: string;
  variables?: string;
}

const json = (value: unknown): string => JSON.stringify(value, null, 2);

export const examples: Example[] = [
  {
    query: `# 1. What there is. Run with Ctrl-Enter.
query Overview {
  viewer {
    organization {
      name
    }
    user {
      email
    }
  }
  assets(first: 10, filter: { kind: [EBS_VOLUME] }) {
    totalCount
    nodes {
      id
      name
      nativeId
      region
      policy {
        name
      }
      lastRecoveryPoint {
        takenAt
        proof
      }
    }
  }
}
`,
  },
  {
    query: `# 2. Connect an AWS account by a role. "setup" has the templates for the administrator of the account.
mutation ConnectAccount($input: ConnectAwsAccountInput!) {
  connectAwsAccount(input: $input) {
    awsAccount {
      id
      accountId
      externalId
      status
    }
    userErrors {
      code
      message
      field
    }
  }
}
`,
    variables: json({ input: { accountId: '123456789012', name: 'Production', regions: ['eu-central-1'], access: { role: {} } } }),
  },
  {
    query: `# 3. A policy: a copy in the vault every 15 minutes, kept for two days, and one a day, kept for a month.
mutation CreatePolicy($input: CreatePolicyInput!) {
  createPolicy(input: $input) {
    policy {
      id
      name
    }
    userErrors {
      code
      message
      field
    }
  }
}
`,
    variables: json({
      input: {
        draft: {
          name: 'Volumes',
          operations: [
            {
              assetKind: 'EBS_VOLUME',
              placement: 'VAULT',
              frequencies: [
                { every: { value: 15, unit: 'MINUTE' }, keep: { value: 2, unit: 'DAY' } },
                { every: { value: 1, unit: 'DAY' }, keep: { value: 1, unit: 'MONTH' } },
              ],
            },
          ],
        },
      },
    }),
  },
  {
    query: `# 4. Assign it to assets: their first backup is at the next time that the policy names.
mutation AssignPolicy($input: AssignPolicyInput!) {
  assignPolicy(input: $input) {
    assets {
      id
      policy {
        name
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
`,
    variables: json({ input: { policyId: 'POLICY_ID', assetIds: ['ASSET_ID'] } }),
  },
  {
    query: `# 5. Watch tasks as they happen. Pass the last cursor as "after" to go on without a gap.
subscription WatchTasks($after: String) {
  taskEvents(after: $after) {
    cursor
    kind
    task {
      id
      kind
      status
      progress
      currentStep
      asset {
        name
      }
    }
  }
}
`,
  },
  {
    query: `# 6. Recovery points, the latest first, with what is proven about each.
query RecoveryPoints {
  recoveryPoints(first: 20) {
    nodes {
      id
      takenAt
      proof
      isFull
      sizeBytes
      addedBytes
      asset {
        name
      }
    }
  }
}
`,
  },
  {
    query: `# 7. Restore a recovery point to a new volume. The answer is a task: watch it in tab 5.
mutation Restore($input: RestoreEbsVolumeInput!) {
  restoreEbsVolume(input: $input) {
    task {
      id
      status
    }
    userErrors {
      code
      message
      field
    }
  }
}
`,
    variables: json({
      input: {
        recoveryPointId: 'RECOVERY_POINT_ID',
        awsAccountId: 'AWS_ACCOUNT_ID',
        region: 'eu-central-1',
        availabilityZone: 'eu-central-1a',
        idempotencyKey: 'restore-1',
      },
    }),
  },
];
