// A recovery point as something new: an EBS volume, or an image file. The form is on the left, what will happen on the right.
import { Alert, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useParams } from 'react-router';
import { useQuery } from 'urql';
import { bytes, exact } from '../format';
import { graphql } from '../gql';
import type { PointToRestoreQuery } from '../gql/graphql';
import { Answered, Empty, Page, Panel } from '../shell/parts';
import { Status } from '../shell/Status';
import { text } from '../text';
import { RestoreImage } from './RestoreImage';
import { RestoreVolume } from './RestoreVolume';

const POINT = graphql(`query PointToRestore($id: ID!) {
  recoveryPoint(id: $id) { id status proof placement region takenAt sizeBytes viewerCan { restore } asset { id name nativeId region awsAccount { id name } volume { availabilityZone encrypted sizeGib volumeType } } }
  awsAccounts(first: 100) { nodes { id name accountId status regions { region } } }
}`);

export type PointToRestore = NonNullable<PointToRestoreQuery['recoveryPoint']>;

function Chosen({ point, accounts }: { point: PointToRestore; accounts: NonNullable<PointToRestoreQuery['awsAccounts']>['nodes'] }) {
  const [into, setInto] = useState<'volume' | 'image'>('volume');
  const choice = (
    <Panel title={text.restore.what} padded>
      <Stack gap="sm">
        <SegmentedControl aria-label={text.restore.what} value={into} onChange={(value) => { setInto(value === 'image' ? 'image' : 'volume'); }}
          data={[{ value: 'volume', label: text.restore.volume }, { value: 'image', label: text.restore.image, disabled: point.placement === 'IN_ACCOUNT' }]} />
        <Text size="sm" c="dimmed">{text.restore.safe}</Text>
      </Stack>
    </Panel>
  );
  return (
    <Stack gap="md">
      {point.proof === 'NONE' && <Alert color="orange">{text.restore.unproven}</Alert>}
      {into === 'volume' ? <RestoreVolume point={point} accounts={accounts}>{choice}</RestoreVolume> : <RestoreImage point={point}>{choice}</RestoreImage>}
    </Stack>
  );
}

export default function Restore() {
  const { id = '' } = useParams();
  const [answer, ask] = useQuery({ query: POINT, variables: { id } });
  const point = answer.data?.recoveryPoint;
  return (
    <Page title={text.restore.title} way={[{ to: '/recovery-points', name: text.points.title }, ...(point == null ? [] : [{ to: `/recovery-points/${id}`, name: exact(point.takenAt) }])]} query={POINT} variables={{ id }}
      beside={point?.asset != null && <Group gap="sm"><Text size="sm" c="dimmed">{text.restore.intro(point.asset.name, exact(point.takenAt))}, {bytes(point.sizeBytes)}</Text><Status value={point.proof} /></Group>}>
      <Answered answer={answer} again={() => { ask({ requestPolicy: 'network-only' }); }}>
        {({ recoveryPoint: point, awsAccounts: accounts }) => {
          if (point?.asset == null) return <Panel><Empty title={text.state.missing} /></Panel>;
          if (!point.viewerCan.restore) return <Panel><Empty title={text.restore.cannot} /></Panel>;
          if (point.status !== 'AVAILABLE') return <Panel><Empty title={text.restore.notNow} /></Panel>;
          // A snapshot can be restored where it lies, also when the account is not linked for that region.
          const { region } = point;
          const home = point.asset.awsAccount?.id;
          const reach = (accounts?.nodes ?? []).filter(({ status }) => status !== 'DISCONNECTED')
            .map((one) => (region == null || one.id !== home || one.regions.some((known) => known.region === region) ? one : { ...one, regions: [...one.regions, { region }] }));
          return <Chosen point={point} accounts={reach} />;
        }}
      </Answered>
    </Page>
  );
}
