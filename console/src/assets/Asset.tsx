// One asset: how it is protected, what is held of it, what has worked on it.
import { Anchor, Button, Stack } from '@mantine/core';
import { useCallback, useState } from 'react';
import { Link, useParams } from 'react-router';
import { useQuery } from 'urql';
import { Compliance } from '../compliance/Compliance';
import { named } from '../format';
import { graphql } from '../gql';
import type { AssetQuery } from '../gql/graphql';
import { useLive } from '../live';
import { Trace } from '../protection-rules/Trace';
import { PointTable } from '../recovery-points/PointTable';
import { Answered, Copyable, Empty, Facts, Moment, Page, Panel } from '../shell/parts';
import { Status } from '../shell/Status';
import { TaskTable } from '../tasks/TaskTable';
import { text } from '../text';
import { AssignPolicy } from './AssignPolicy';
import { BackUp } from './BackUp';
import { HeatMap } from './HeatMap';

const ASSET = graphql(`query Asset($id: ID!) {
  asset(id: $id) {
    id name kind canBeBackedUp nativeId arn region discoveredAt seenAt deletedAt tags { key value } awsAccount { id name accountId } policy { id name }
    volume { sizeGib state volumeType availabilityZone encrypted iops throughputMibps kmsKeyId attachments { instanceNativeId device } }
    instance { instanceType state availabilityZone imageNativeId vpcNativeId volumes { device volumeNativeId } }
    lastRecoveryPoint { id takenAt proof status placement isFull sizeBytes addedBytes expiresAt }
    recoveryPointDays(days: 366) { day available proven }
    recoveryPoints(first: 10) { totalCount nodes { ...PointRow } }
    tasks(first: 8) { nodes { ...TaskRow } }
    compliance { ...Standing }
    protection { ...Trace }
    viewerCan { backUp assignPolicy }
  }
}`);

type Shown = NonNullable<AssetQuery['asset']>;

function Configuration({ asset }: { asset: Shown }) {
  const { volume, instance } = asset;
  return (
    <Panel title={text.assets.facts} padded>
      <Facts of={[
        [text.assets.native, <Copyable key="native" value={asset.nativeId} what={text.assets.native} />],
        [text.assets.arn, <Copyable key="arn" value={asset.arn} what={text.assets.arn} />],
        [text.assets.account, asset.awsAccount && <Anchor key="account" component={Link} size="sm" to={`/aws-accounts/${asset.awsAccount.id}`}>{asset.awsAccount.name} ({asset.awsAccount.accountId})</Anchor>],
        [text.assets.zone, volume?.availabilityZone ?? instance?.availabilityZone ?? asset.region],
        [text.assets.type, instance?.instanceType],
        [text.assets.size, volume && `${volume.sizeGib.toLocaleString('en')} GiB ${volume.volumeType}`],
        [text.assets.iops, volume?.iops?.toLocaleString('en')],
        [text.assets.throughput, volume?.throughputMibps == null ? null : `${volume.throughputMibps} MiB/s`],
        [text.assets.state, named(volume?.state ?? instance?.state ?? '')],
        [text.assets.encrypted, volume && (volume.encrypted ? text.assets.yes : text.assets.no)],
        [text.assets.key, volume?.kmsKeyId && <Copyable key="key" value={volume.kmsKeyId} what={text.assets.key} />],
        [text.assets.attached, volume && (volume.attachments.map((one) => `${one.instanceNativeId} (${one.device})`).join(', ') || text.state.none)],
        [text.assets.image, instance?.imageNativeId], [text.assets.vpc, instance?.vpcNativeId],
        [text.assets.volumes, instance && instance.volumes.map(({ device, volumeNativeId }) => <Anchor key={device} display="block" component={Link} size="sm" to={`/assets?search=${volumeNativeId}`}>{volumeNativeId} ({device})</Anchor>)],
        [text.assets.found, <Moment key="found" at={asset.discoveredAt} />], [text.assets.seen, <Moment key="seen" at={asset.seenAt} />],
        [text.assets.gone, asset.deletedAt && <Moment key="gone" at={asset.deletedAt} />],
      ]} />
    </Panel>
  );
}

function Tags({ asset }: { asset: Shown }) {
  return (
    <Panel title={text.assets.tags} padded>
      {asset.tags.length === 0 ? text.assets.noTags : <ul className="tags">{asset.tags.map(({ key, value }) => <li key={key}><Anchor component={Link} size="xs" to={`/assets?tag=${encodeURIComponent(`${key}=${value}`)}`}><code>{key}={value}</code></Anchor></li>)}</ul>}
    </Panel>
  );
}

function Points({ asset }: { asset: Shown }) {
  const points = asset.recoveryPoints?.nodes ?? [];
  const all = <Anchor component={Link} size="sm" to={`/recovery-points?asset=${asset.id}`}>{text.dashboard.all}</Anchor>;
  return (
    <Panel title={text.assets.points} side={points.length > 0 && all}>
      {points.length === 0 ? <Empty title={text.assets.noPoints} hint={!asset.canBeBackedUp ? text.assets.listedHint : asset.policy == null ? text.assets.noPointsHint : text.assets.noPointsYet} /> : (
        <><div className="panel-body"><HeatMap days={asset.recoveryPointDays} today={new Date().toISOString().slice(0, 10)} /></div><PointTable points={points} /></>
      )}
    </Panel>
  );
}

export default function Asset() {
  const { id = '' } = useParams();
  const [answer, ask] = useQuery({ query: ASSET, variables: { id } });
  const [open, setOpen] = useState<'assign' | 'backUp' | null>(null);
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'task', 'point', 'asset', 'compliance');
  const asset = answer.data?.asset;
  const close = () => { setOpen(null); };
  const done = () => { close(); again(); };
  const last = asset?.recoveryPoints?.nodes.find(({ status, viewerCan }) => status === 'AVAILABLE' && viewerCan.restore);
  const actions = asset != null && asset.canBeBackedUp && (
    <>
      {asset.viewerCan.assignPolicy && <Button variant="default" onClick={() => { setOpen('assign'); }}>{text.assets.assign}</Button>}
      {last != null && <Button variant="default" component={Link} to={`/recovery-points/${last.id}/restore`}>{text.points.restore}</Button>}
      {asset.viewerCan.backUp && <Button onClick={() => { setOpen('backUp'); }}>{text.assets.backUp}</Button>}
    </>
  );
  return (
    <Page title={asset?.name ?? text.assets.one} way={[{ to: '/assets', name: text.assets.title }]} actions={actions} query={ASSET} variables={{ id }}
      beside={asset != null && <Status value={asset.policy == null ? 'NONE' : 'PROTECTED'} label={asset.policy?.name ?? (asset.canBeBackedUp ? text.assets.unprotected : text.assets.listed)} />}>
      <Answered answer={answer} again={again}>
        {({ asset }) => asset == null ? <Panel><Empty title={text.state.missing} /></Panel> : (
          <Stack gap="md">
            <Points asset={asset} />
            <div className="halves">
              <Stack gap="md">{asset.compliance != null && <Compliance standing={asset.compliance} />}{asset.protection != null && <Trace protection={asset.protection} />}<Configuration asset={asset} /><Tags asset={asset} /></Stack>
              <Panel title={text.assets.tasks} side={(asset.tasks?.nodes.length ?? 0) > 0 && <Anchor component={Link} size="sm" to={`/tasks?asset=${asset.id}`}>{text.assets.allTasks}</Anchor>}>{(asset.tasks?.nodes.length ?? 0) === 0 ? <Empty title={text.assets.noTasks} /> : <TaskTable label={text.assets.tasks} tasks={asset.tasks?.nodes ?? []} shape="ofAsset" />}</Panel>
            </div>
          </Stack>
        )}
      </Answered>
      {open === 'assign' && asset != null && <AssignPolicy assets={[asset]} onClose={close} onDone={done} />}
      {open === 'backUp' && asset != null && <BackUp assets={[asset]} onClose={close} onDone={done} />}
    </Page>
  );
}
