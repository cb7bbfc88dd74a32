// Columns of the list of assets, and which of them this person wants to see: the address says so, and so does whatever view was saved
// of it; where it is silent, this browser knows the last choice.
import { Anchor, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { named } from '../format';
import type { AssetsQuery } from '../gql/graphql';
import { Time, type Column, type Place } from '../shell/parts';
import { Status } from '../shell/Status';
import { text } from '../text';

export type AssetRow = NonNullable<AssetsQuery['assets']>['nodes'][number];

const NAME: Column<AssetRow> = {
  key: 'name', title: text.assets.name, cut: true,
  cell: (asset) => <><Anchor component={Link} size="sm" to={`/assets/${asset.id}`} title={asset.name}>{asset.name}</Anchor>{asset.deletedAt != null && <Text span size="xs" c="dimmed" ml={8}>{text.assets.gone}</Text>}</>,
};
export const OPTIONAL: Column<AssetRow>[] = [
  { key: 'native', title: text.assets.native, wide: 'line', cell: (asset) => <code className="plain">{asset.nativeId}</code> },
  { key: 'kind', title: text.assets.kind, wide: true, cell: (asset) => <span className="plain">{named(asset.kind)}</span> },
  { key: 'account', title: text.assets.account, wide: 'line', cell: ({ awsAccount }) => awsAccount != null && <Anchor component={Link} size="sm" className="plain side-link" to={`/aws-accounts/${awsAccount.id}`}>{awsAccount.name}</Anchor> },
  { key: 'region', title: text.assets.region, wide: true, cell: (asset) => <span className="plain">{asset.region}</span> },
  { key: 'type', title: text.assets.type, wide: true, cell: (asset) => asset.volume?.volumeType ?? asset.instance?.instanceType },
  { key: 'size', title: text.assets.size, wide: true, numeric: true, cell: (asset) => asset.volume == null ? '–' : `${asset.volume.sizeGib.toLocaleString('en')} GiB` },
  { key: 'policy', title: text.assets.policy, cell: ({ policy, canBeBackedUp }) => policy != null ? <Anchor component={Link} size="sm" className="plain side-link" to={`/policies/${policy.id}`}>{policy.name}</Anchor> : <span className="plain">{canBeBackedUp ? <Status value="NONE" label={text.assets.unprotected} /> : <Text span inherit c="dimmed">{text.assets.listed}</Text>}</span> },
  { key: 'compliance', title: text.compliance.title, wide: 'line', cell: ({ compliance }) => compliance == null ? '–' : <Status value={`COMPLIANCE_${compliance.status}`} label={text.compliance.status[compliance.status]} /> },
  { key: 'proof', title: text.assets.proof, wide: true, cell: ({ lastRecoveryPoint: last }) => last == null ? '–' : <Status value={last.proof} /> },
  { key: 'last', title: text.assets.last, wide: 'line', numeric: true, cell: (asset) => <Time at={asset.lastRecoveryPoint?.takenAt} /> },
  { key: 'found', title: text.assets.found, wide: true, numeric: true, cell: (asset) => <Time at={asset.discoveredAt} /> },
];
const DEFAULT = ['kind', 'account', 'region', 'size', 'policy', 'compliance', 'last'];
const KEY = 'holdfast.columns.assets';

export function useColumns(place: Place) {
  const [last, setLast] = useState<string[]>(() => localStorage.getItem(KEY)?.split(',') ?? DEFAULT);
  const chosen = place.get('columns') == null ? last : place.all('columns');
  return {
    chosen,
    choose: (key: string, on: boolean) => {
      const next = OPTIONAL.map((column) => column.key).filter((one) => (one === key ? on : chosen.includes(one)));
      localStorage.setItem(KEY, next.join(','));
      setLast(next);
      // No column at all is said by a comma: what is empty is not in the address.
      place.set({ columns: next.join(',') || ',' }, 'replace');
    },
    columns: [NAME, ...OPTIONAL.filter(({ key }) => chosen.includes(key))],
  };
}
