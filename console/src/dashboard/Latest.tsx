// The newest recovery points, and how far each is proven.
import { Anchor } from '@mantine/core';
import { useCallback } from 'react';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import { useLive } from '../live';
import { Answered, Empty, Panel, Rows, Time } from '../shell/parts';
import { Status } from '../shell/Status';
import { text } from '../text';

const LATEST = graphql(`query Latest { recoveryPoints(first: 6) { nodes { id status proof takenAt asset { id name } } } }`);

export function Latest() {
  const [answer, ask] = useQuery({ query: LATEST });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'point');
  return (
    <Panel title={text.dashboard.latest} side={<Anchor component={Link} to="/recovery-points" size="sm">{text.dashboard.all}</Anchor>}>
      <Answered answer={answer} again={again} lines={6}>
        {({ recoveryPoints }) => (recoveryPoints?.nodes.length ?? 0) === 0 ? <Empty title={text.dashboard.pointsNone} /> : (
          <Rows label={text.dashboard.latest} rows={recoveryPoints?.nodes ?? []} columns={[
            { key: 'asset', title: text.points.asset, cut: true, cell: ({ asset }) => asset != null && <Anchor component={Link} size="sm" to={`/assets/${asset.id}`}>{asset.name}</Anchor> },
            { key: 'proof', title: text.points.proof, cell: (point) => <Status value={point.status === 'AVAILABLE' ? point.proof : point.status} /> },
            { key: 'taken', title: text.points.taken, numeric: true, cell: (point) => <Time at={point.takenAt} to={`/recovery-points/${point.id}`} /> },
          ]} />
        )}
      </Answered>
    </Panel>
  );
}
