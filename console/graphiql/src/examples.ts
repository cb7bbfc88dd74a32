// The example queries of the README, in the order in which a newcomer runs them. Keep both in step with
// schema/schema.graphql: `make test` runs each of them against a demo server.

export interface Example {
  /** Shown in the tab: the operation name of the query. */
  query: string;
  variables?: string;
}

const json = (value: unknown): string => JSON.stringify(value, null, 2);

export const examples: Example[] = [
  {
    query: `# 1. Who am I, and what is protected? Run with Ctrl-Enter.
query Overview {
  viewer {
    email
  }
  assets(first: 10) {
    totalCount
    nodes {
      id
      name
      region
      policy {
        name
      }
      compliance
    }
  }
}
`,
  },
  {
    query: `# 2. Connect an AWS account. The role and its external id are explained in the answer.
mutation ConnectAccount($input: ConnectAwsAccountInput!) {
  connectAwsAccount(input: $input) {
    awsAccount {
      id
      accountId
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
      input: { accountId: '123456789012', regions: ['eu-central-1'], assetKinds: ['EBS_VOLUME'] },
    }),
  },
  {
    query: `# 3. Watch tasks as they happen. Pass the last cursor as "after" to resume without a gap.
subscription WatchTasks($after: String) {
  taskEvents(after: $after) {
    cursor
    kind
    task {
      id
      kind
      status
      progress
    }
  }
}
`,
  },
];
