// Rows of recovery points, the same wherever they are listed.
import { Anchor, Button } from '@mantine/core';
import { Link } from 'react-router';
import { bytes, named } from '../format';
import { graphql } from '../gql';
import type { PointRowFragment } from '../gql/graphql';
import { Rows, Time, type Column, type Selection } from '../shell/parts';
import { Status } from '../shell/Status';
import { text } from '../text';

export const POINT_ROW = graphql(`fragment PointRow on RecoveryPoint {
  id status proof takenAt expiresAt placement isFull sizeBytes addedBytes asset { id name kind } viewerCan { restore verify delete }
}`);

type Point = PointRowFragment;

const ASSET: Column<Point> = { key: 'asset', title: text.points.asset, cut: true, cell: ({ asset }) => asset != null && <Anchor component={Link} size="sm" to={`/assets/${asset.id}`}>{asset.name}</Anchor> };
const TAKEN: Column<Point> = { key: 'taken', title: text.points.taken, cell: (point) => <Time at={point.takenAt} to={`/recovery-points/${point.id}`} /> };
const REST: Column<Point>[] = [
  { key: 'status', title: text.points.status, wide: 'line', telling: true, cell: (point) => <Status value={point.status} /> },
  { key: 'proof', title: text.points.proof, cell: (point) => <Status value={point.proof} /> },
  { key: 'place', title: text.points.place, wide: true, cell: (point) => <span className="plain">{named(point.placement)}, {(point.isFull ? text.points.full : text.points.increment).toLowerCase()}</span> },
  { key: 'size', title: text.points.size, numeric: true, wide: true, cell: (point) => bytes(point.sizeBytes) },
  { key: 'added', title: text.points.added, numeric: true, wide: true, cell: (point) => bytes(point.addedBytes) },
  { key: 'expires', title: text.points.expires, numeric: true, wide: 'line', cell: (point) => point.expiresAt == null ? text.state.never : <Time at={point.expiresAt} /> },
  {
    key: 'restore', title: text.points.restore, numeric: true, wide: 'line', untitled: true,
    cell: (point) => point.viewerCan.restore && point.status === 'AVAILABLE' && <Button component={Link} to={`/recovery-points/${point.id}/restore`} size="compact-xs" variant="default">{text.points.restore}</Button>,
  },
];
const ALONE = [TAKEN, ...REST];
const WITH_ASSET = [ASSET, TAKEN, ...REST];

export function PointTable({ points, withAsset = false, selection }: { points: readonly Point[]; withAsset?: boolean; selection?: Selection }) {
  return <Rows label={text.points.title} rows={points} columns={withAsset ? WITH_ASSET : ALONE} selection={selection} />;
}
