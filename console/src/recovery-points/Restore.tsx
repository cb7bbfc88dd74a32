// A recovery point as something new: an EBS volume, or an image file. The form is on the left, what will happen on the right.
import { Alert, Anchor, Checkbox, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { useQuery } from 'urql';
import { bytes, exact } from '../format';
import { graphql } from '../gql';
import type { PointToRestoreQuery } from '../gql/graphql';
import { Answered, Empty, Page, Panel } from '../shell/parts';
import { Status } from '../shell/Status';
import { useMay } from '../shell/viewer';
import { text } from '../text';
import { mayRestore, RESTORABLE } from './restorable';
import { RestoreImage } from './RestoreImage';
import { RestoreVolume } from './RestoreVolume';

const POINT = graphql(`query PointToRestore($id: ID!) {
  recoveryPoint(id: $id) { id status proof placement region takenAt sizeBytes viewerCan { restore } asset { id name nativeId region awsAccount { ...AccountChoice } volume { availabilityZone encrypted sizeGib volumeType } } }
}`);

export type PointToRestore = NonNullable<PointToRestoreQuery['recoveryPoint']>;

function Damaged({ point, insists, onInsist }: { point: PointToRestore; insists: boolean; onInsist: (insists: boolean) => void }) {
  return (
    <Alert color="red" title={text.restore.damaged}>
      <Stack gap="sm">
        <Text size="sm">{text.restore.damagedHint} <Anchor component={Link} inherit to={`/recovery-points/${point.id}`}>{text.restore.damagedSee}</Anchor></Text>
        <Checkbox label={text.restore.insist} checked={insists} onChange={(event) => { onInsist(event.currentTarget.checked); }} />
      </Stack>
    </Alert>
  );
}

function Chosen({ point }: { point: PointToRestore }) {
  const [into, setInto] = useState<'volume' | 'image'>('volume');
  const [insists, setInsists] = useState(false);
  const damaged = point.status === 'DAMAGED';
  const choice = (
    <Panel title={text.restore.what} padded>
      <Stack gap="sm">
        <SegmentedControl aria-label={text.restore.what} value={into} onChange={(value) => { setInto(value === 'image' ? 'image' : 'volume'); }}
          data={[{ value: 'volume', label: text.restore.volume }, { value: 'image', label: text.restore.image, disabled: point.placement === 'IN_ACCOUNT' }]} />
        <Text size="sm" c="dimmed">{text.restore.safe}</Text>
      </Stack>
    </Panel>
  );
  const form = { point, insists: damaged && insists, ready: !damaged || insists };
  return (
    <Stack gap="md">
      {damaged ? <Damaged point={point} insists={insists} onInsist={setInsists} /> : point.proof === 'NONE' && <Alert color="orange">{text.restore.unproven}</Alert>}
      {into === 'volume' ? <RestoreVolume {...form}>{choice}</RestoreVolume> : <RestoreImage {...form}>{choice}</RestoreImage>}
    </Stack>
  );
}

export default function Restore() {
  const { id = '' } = useParams();
  const mayInsist = useMay('RESTORE_RUN');
  const [answer, ask] = useQuery({ query: POINT, variables: { id } });
  const point = answer.data?.recoveryPoint;
  return (
    <Page title={text.restore.title} way={[{ to: '/recovery-points', name: text.points.title }, ...(point == null ? [] : [{ to: `/recovery-points/${id}`, name: exact(point.takenAt) }])]} query={POINT} variables={{ id }}
      beside={point?.asset != null && <Group gap="sm"><Text size="sm" c="dimmed">{text.restore.intro(point.asset.name, exact(point.takenAt))}, {bytes(point.sizeBytes)}</Text><Status value={point.proof} /></Group>}>
      <Answered answer={answer} again={() => { ask({ requestPolicy: 'network-only' }); }}>
        {({ recoveryPoint: point }) => {
          if (point?.asset == null) return <Panel><Empty title={text.state.missing} /></Panel>;
          if (!RESTORABLE.includes(point.status)) return <Panel><Empty title={text.restore.notNow} /></Panel>;
          if (!mayRestore(point, mayInsist)) return <Panel><Empty title={text.restore.cannot} /></Panel>;
          return <Chosen key={point.id} point={point} />;
        }}
      </Answered>
    </Page>
  );
}
