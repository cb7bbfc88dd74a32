// Rows of recovery points, the same wherever they are listed.
import { Anchor, Button, Table } from '@mantine/core';
import { Link } from 'react-router';
import { bytes, named } from '../format';
import { graphql } from '../gql';
import type { PointRowFragment } from '../gql/graphql';
import { Time } from '../shell/parts';
import { Status } from '../shell/Status';
import { text } from '../text';

export const POINT_ROW = graphql(`fragment PointRow on RecoveryPoint {
  id status proof takenAt expiresAt placement isFull sizeBytes addedBytes asset { id name kind } viewerCan { restore verify }
}`);

export function PointTable({ points, withAsset = false }: { points: PointRowFragment[]; withAsset?: boolean }) {
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          {withAsset && <Table.Th>{text.points.asset}</Table.Th>}<Table.Th>{text.points.taken}</Table.Th><Table.Th className="wide">{text.points.status}</Table.Th><Table.Th>{text.points.proof}</Table.Th><Table.Th className="wide">{text.points.place}</Table.Th>
          <Table.Th className="number wide">{text.points.size}</Table.Th><Table.Th className="number wide">{text.points.added}</Table.Th><Table.Th className="number wide">{text.points.expires}</Table.Th><Table.Th className="number">{text.points.restore}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {points.map((point) => (
          <Table.Tr key={point.id}>
            {withAsset && <Table.Td className="cut">{point.asset != null && <Anchor component={Link} size="sm" to={`/assets/${point.asset.id}`}>{point.asset.name}</Anchor>}</Table.Td>}
            <Table.Td><Time at={point.takenAt} /></Table.Td>
            <Table.Td className="wide"><Status value={point.status} /></Table.Td>
            <Table.Td><Status value={point.proof} /></Table.Td>
            <Table.Td className="wide plain">{named(point.placement)}, {(point.isFull ? text.points.full : text.points.increment).toLowerCase()}</Table.Td>
            <Table.Td className="number wide">{bytes(point.sizeBytes)}</Table.Td><Table.Td className="number wide">{bytes(point.addedBytes)}</Table.Td><Table.Td className="number wide">{point.expiresAt == null ? text.state.never : <Time at={point.expiresAt} />}</Table.Td>
            <Table.Td className="number">{point.viewerCan.restore && point.status === 'AVAILABLE' && point.asset?.kind === 'EBS_VOLUME' ? <Button component={Link} to={`/recovery-points/${point.id}/restore`} size="compact-xs" variant="default">{text.points.restore}</Button> : '–'}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
