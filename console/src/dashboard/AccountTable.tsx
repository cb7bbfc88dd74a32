// Accounts that cannot be used as they are, with what they lack. Not for the list of all of them.
import { Anchor } from '@mantine/core';
import { Link } from 'react-router';
import { graphql } from '../gql';
import type { AccountRowFragment } from '../gql/graphql';
import { Rows, type Column } from '../shell/parts';
import { Status } from '../shell/Status';
import { text } from '../text';

export const ACCOUNT_ROW = graphql(`fragment AccountRow on AwsAccount { id name status regions { region status missingPermissions } }`);

/** What is missing somewhere, each once; where nothing is, the regions that cannot be used. */
function lacks({ regions }: AccountRowFragment): string {
  const missing = [...new Set(regions.flatMap(({ missingPermissions }) => missingPermissions))];
  return missing.length > 0 ? text.dashboard.missing(missing.join(', ')) : text.dashboard.unusable(regions.filter(({ status }) => status !== 'CONNECTED').map(({ region }) => region).join(', '));
}

const COLUMNS: Column<AccountRowFragment>[] = [
  { key: 'name', title: text.accounts.one, cell: ({ id, name }) => <Anchor component={Link} size="sm" to={`/aws-accounts/${id}`}>{name}</Anchor> },
  { key: 'status', title: text.accounts.status, cell: ({ status }) => <Status value={status} /> },
  { key: 'lacks', title: text.tasks.cause, wide: 'line', cut: true, cell: (account) => <span title={lacks(account)}>{lacks(account)}</span> },
];

export function AccountTable({ accounts }: { accounts: readonly AccountRowFragment[] }) {
  return <Rows label={text.dashboard.accounts} rows={accounts} columns={COLUMNS} />;
}
