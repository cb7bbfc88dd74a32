// Rows of alerts, the same wherever they are listed.
import { Anchor, Text } from '@mantine/core';
import { Link } from 'react-router';
import { named } from '../format';
import { graphql } from '../gql';
import type { AlertRowFragment } from '../gql/graphql';
import { Rows, Time, type Column, type Selection } from '../shell/parts';
import { Status } from '../shell/Status';
import { text } from '../text';

export const ALERT_ROW = graphql(`fragment AlertRow on Alert { id kind severity title raisedAt renewedAt clearedAt acknowledgedAt occurrences asset { id name } }`);

const COLUMNS: Column<AlertRowFragment>[] = [
  { key: 'severity', title: text.alerts.severity, cell: (alert) => <Status value={alert.clearedAt == null ? alert.severity : 'NONE'} label={named(alert.severity)} /> },
  { key: 'title', title: text.alerts.what, cut: true, cell: (alert) => <Anchor component={Link} size="sm" to={`/alerts/${alert.id}`} title={alert.title}>{alert.title}</Anchor> },
  { key: 'asset', title: text.alerts.asset, wide: 'line', cell: ({ asset }) => asset != null && <Anchor component={Link} size="sm" to={`/assets/${asset.id}`}>{asset.name}</Anchor> },
  { key: 'state', title: text.alerts.state, wide: 'line', telling: true, cell: (alert) => <Text span size="sm" className="plain">{alert.clearedAt != null ? text.alerts.over : alert.acknowledgedAt != null ? text.alerts.acknowledged : text.alerts.open}</Text> },
  { key: 'times', title: text.alerts.times, wide: true, numeric: true, cell: ({ occurrences }) => occurrences.toLocaleString('en') },
  { key: 'raised', title: text.alerts.raised, numeric: true, cell: ({ raisedAt }) => <Time at={raisedAt} /> },
];

export function AlertTable({ alerts, selection }: { alerts: readonly AlertRowFragment[]; selection?: Selection | undefined }) {
  return <Rows label={text.alerts.title} rows={alerts} columns={COLUMNS} selection={selection} />;
}
