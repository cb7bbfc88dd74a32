// A recovery point as a new EBS volume. Every option but tags; what is wrong stands beside its field before anything is sent.
import { Alert, Button, Checkbox, NativeSelect, NumberInput, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useNavigate, useParams } from 'react-router';
import { useMutation, useQuery } from 'urql';
import { idempotencyKey } from '../format';
import { graphql } from '../gql';
import type { EbsVolumeType } from '../gql/graphql';
import { Answered, Empty, Page, Panel } from '../shell/parts';
import { text } from '../text';

const POINT = graphql(`query PointToRestore($id: ID!) {
  recoveryPoint(id: $id) { id takenAt viewerCan { restore } asset { id name region awsAccount { id name } volume { availabilityZone encrypted } } }
}`);
const RESTORE = graphql(`mutation RestoreVolume($input: RestoreEbsVolumeInput!) { restoreEbsVolume(input: $input) { task { id } userErrors { field message } } }`);
const TYPES: EbsVolumeType[] = ['GP2', 'GP3', 'IO1', 'IO2', 'SC1', 'ST1', 'STANDARD'];
const ZONE = /^[a-z]{2}(-[a-z]+)+-\d+[a-z]$/;

interface Origin { accountId: string; region: string; zone: string; encrypted: boolean }

function RestoreForm({ pointId, origin, name }: { pointId: string; origin: Origin; name: string }) {
  const go = useNavigate();
  const [sending, restore] = useMutation(RESTORE);
  // One key for this form: pressing twice restores once.
  const [key] = useState(idempotencyKey);
  const [zone, setZone] = useState(origin.zone);
  const [type, setType] = useState<EbsVolumeType | undefined>();
  const [iops, setIops] = useState<number | undefined>();
  const [throughput, setThroughput] = useState<number | undefined>();
  const [encrypted, setEncrypted] = useState(origin.encrypted);
  const [errors, setErrors] = useState<{ field: string[]; message: string }[]>([]);
  const of = (field: string) => errors.find((error) => error.field.at(-1) === field)?.message;
  const zoneError = ZONE.test(zone) ? of('availabilityZone') : text.restore.zoneWrong;
  const beside = ['availabilityZone', 'volumeType', 'iops', 'throughputMibps'];
  const other = errors.filter((error) => !beside.includes(error.field.at(-1) ?? ''));
  async function submit(event: SyntheticEvent) {
    event.preventDefault();
    if (!ZONE.test(zone)) return;
    const { data, error } = await restore({ input: { recoveryPointId: pointId, awsAccountId: origin.accountId, region: zone.slice(0, -1), availabilityZone: zone, volumeType: type, iops, throughputMibps: throughput, encrypted, tags: [], idempotencyKey: key } });
    const task = data?.restoreEbsVolume?.task;
    if (task != null) await go(`/tasks/${task.id}`);
    else setErrors(data?.restoreEbsVolume?.userErrors ?? [{ field: [], message: error?.graphQLErrors[0]?.message ?? text.state.unreachable }]);
  }
  const whole = (value: number | string) => (typeof value === 'number' ? value : undefined);
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="md" maw={560}>
        <Text size="sm">{text.restore.intro(name)}</Text>
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
          <TextInput label={text.restore.zone} value={zone} error={zoneError} onChange={(event) => { setZone(event.currentTarget.value); }} />
          <NativeSelect label={text.restore.type} error={of('volumeType')} data={[{ value: '', label: text.restore.same }, ...TYPES.map((value) => ({ value, label: value.toLowerCase() }))]} value={type ?? ''} onChange={(event) => { const { value } = event.currentTarget; setType(TYPES.find((one) => one === value)); }} />
          <NumberInput label={text.restore.iops} min={100} placeholder={text.restore.same} error={of('iops')} value={iops ?? ''} onChange={(value) => { setIops(whole(value)); }} hideControls />
          <NumberInput label={text.restore.throughput} min={125} placeholder={text.restore.same} error={of('throughputMibps')} value={throughput ?? ''} onChange={(value) => { setThroughput(whole(value)); }} hideControls />
        </SimpleGrid>
        <Checkbox label={text.restore.encrypted} checked={encrypted} onChange={(event) => { setEncrypted(event.currentTarget.checked); }} />
        {other.map((error) => <Alert key={error.message} color="red" variant="outline" role="alert">{error.message}</Alert>)}
        <div><Button type="submit" loading={sending.fetching} disabled={!ZONE.test(zone)}>{text.restore.submit}</Button></div>
      </Stack>
    </form>
  );
}

export default function Restore() {
  const { id = '' } = useParams();
  const [answer, ask] = useQuery({ query: POINT, variables: { id } });
  return (
    <Page title={text.restore.title} query={POINT} variables={{ id }}>
      <Panel padded>
        <Answered answer={answer} again={() => { ask({ requestPolicy: 'network-only' }); }}>
          {({ recoveryPoint: point }) => {
            const asset = point?.asset;
            if (point == null || asset?.awsAccount == null) return <Empty title={text.state.missing} />;
            if (!point.viewerCan.restore) return <Empty title={text.restore.cannot} />;
            const origin = { accountId: asset.awsAccount.id, region: asset.region, zone: asset.volume?.availabilityZone ?? `${asset.region}a`, encrypted: asset.volume?.encrypted ?? true };
            return <RestoreForm pointId={point.id} origin={origin} name={asset.name} />;
          }}
        </Answered>
      </Panel>
    </Page>
  );
}
