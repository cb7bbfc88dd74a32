// One asset: how it is protected, what is held of it, what has worked on it.
import { Alert, Button, Grid, NativeSelect, Stack } from '@mantine/core';
import { useCallback, useState } from 'react';
import { useParams } from 'react-router';
import { useMutation, useQuery } from 'urql';
import { idempotencyKey } from '../format';
import { graphql } from '../gql';
import { useLive } from '../live';
import { PointTable } from '../recovery-points/PointTable';
import { Answered, Copyable, Empty, Facts, Page, Panel, Time } from '../shell/parts';
import { TaskTable } from '../tasks/TaskTable';
import { text } from '../text';

const ASSET = graphql(`query Asset($id: ID!) {
  asset(id: $id) {
    id name kind nativeId arn region discoveredAt deletedAt tags { key value } awsAccount { id name } policy { id name }
    volume { sizeGib state volumeType availabilityZone encrypted attachments { instanceNativeId device } }
    instance { instanceType state availabilityZone }
    recoveryPoints(first: 10) { nodes { ...PointRow } }
    tasks(first: 8) { nodes { ...TaskRow } }
    viewerCan { backUp assignPolicy }
  }
  policies(first: 100) { nodes { id name viewerCan { assign } } }
}`);
const BACK_UP = graphql(`mutation BackUp($input: StartBackupInput!) { startBackup(input: $input) { tasks { id } userErrors { message } } }`);
const ASSIGN = graphql(`mutation Assign($input: AssignPolicyInput!) { assignPolicy(input: $input) { assets { id policy { id } } userErrors { message } } }`);

export default function Asset() {
  const { id = '' } = useParams();
  const [answer, ask] = useQuery({ query: ASSET, variables: { id } });
  const [starting, backUp] = useMutation(BACK_UP);
  const [assigning, assign] = useMutation(ASSIGN);
  const [said, setSaid] = useState<{ good: boolean; message: string } | null>(null);
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again);
  const asset = answer.data?.asset;
  const policies = (answer.data?.policies?.nodes ?? []).filter((policy) => policy.viewerCan.assign);
  const refused = (message: string | undefined, good: string | null) => {
    setSaid(message == null ? (good == null ? null : { good: true, message: good }) : { good: false, message });
    again();
  };
  const actions = asset != null && asset.kind === 'EBS_VOLUME' && (
    <>
      {asset.viewerCan.assignPolicy && policies.length > 0 && (
        <NativeSelect size="xs" aria-label={text.assets.assign} disabled={assigning.fetching} value={asset.policy?.id ?? ''} data={[...(asset.policy == null ? [{ value: '', label: text.assets.assign }] : []), ...policies.map((policy) => ({ value: policy.id, label: policy.name }))]}
          onChange={(event) => { void assign({ input: { assetIds: [id], policyId: event.currentTarget.value } }).then(({ data, error }) => { refused(data?.assignPolicy?.userErrors[0]?.message ?? error?.message, null); }); }} />
      )}
      {asset.viewerCan.backUp && <Button size="xs" loading={starting.fetching} onClick={() => { void backUp({ input: { assetIds: [id], idempotencyKey: idempotencyKey(), placement: 'VAULT' } }).then(({ data, error }) => { refused(data?.startBackup?.userErrors[0]?.message ?? error?.message, text.assets.started); }); }}>{text.assets.backUp}</Button>}
    </>
  );
  return (
    <Page title={asset?.name ?? text.assets.one} actions={actions} query={ASSET} variables={{ id }}>
      {said != null && <Alert color={said.good ? 'blue' : 'red'} variant="outline" role="status">{said.message}</Alert>}
      <Answered answer={answer} again={again}>
        {({ asset }) => asset == null ? <Panel><Empty title={text.state.missing} /></Panel> : (
          <Stack gap="md">
            <Panel title={text.points.title}>{(asset.recoveryPoints?.nodes.length ?? 0) === 0 ? <Empty title={text.assets.noPoints} /> : <PointTable points={asset.recoveryPoints?.nodes ?? []} />}</Panel>
            <Grid gap="md">
              <Grid.Col span={{ base: 12, lg: 5 }}>
                <Panel title={text.assets.facts} padded>
                  <Facts of={[
                    [text.assets.native, <Copyable key="native" value={asset.nativeId} what={text.assets.native} />],
                    [text.assets.account, asset.awsAccount?.name], [text.assets.region, asset.region], [text.assets.policy, asset.policy?.name ?? text.assets.unprotected],
                    [text.assets.size, asset.volume && `${asset.volume.sizeGib} GiB ${asset.volume.volumeType}`], [text.assets.state, asset.volume?.state ?? asset.instance?.state],
                    [text.assets.zone, asset.volume?.availabilityZone ?? asset.instance?.availabilityZone], [text.assets.encrypted, asset.volume && (asset.volume.encrypted ? text.assets.yes : text.assets.no)],
                    [text.assets.attached, asset.volume && (asset.volume.attachments.map((one) => `${one.instanceNativeId} (${one.device})`).join(', ') || text.state.none)],
                    [text.assets.tags, asset.tags.map(({ key, value }) => <div key={key}><code>{key}={value}</code></div>)],
                    [text.assets.found, <Time key="found" at={asset.discoveredAt} />], [text.assets.gone, asset.deletedAt && <Time key="gone" at={asset.deletedAt} />],
                  ]} />
                </Panel>
              </Grid.Col>
              <Grid.Col span={{ base: 12, lg: 7 }}>
                <Panel title={text.assets.tasks}>{(asset.tasks?.nodes.length ?? 0) === 0 ? <Empty title={text.assets.noTasks} /> : <TaskTable tasks={asset.tasks?.nodes ?? []} />}</Panel>
              </Grid.Col>
            </Grid>
          </Stack>
        )}
      </Answered>
    </Page>
  );
}
