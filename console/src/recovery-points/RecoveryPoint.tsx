// One recovery point: what it holds, how far it is proven, what can be done with it.
import { Alert, Anchor, Button, Stack, Text } from '@mantine/core';
import { useCallback, useState } from 'react';
import { Link, useParams } from 'react-router';
import { useMutation, useQuery } from 'urql';
import { bytes, exact, idempotencyKey, named, percent } from '../format';
import { graphql } from '../gql';
import { useLive } from '../live';
import { Answered, Copyable, Empty, Facts, Moment, Page, Panel, problemsOf, say, type Problem } from '../shell/parts';
import { Status } from '../shell/Status';
import { useMay } from '../shell/viewer';
import { text } from '../text';
import { mayRestore } from './restorable';
import { Retention } from './Retention';
import { Verifications } from './Verifications';

const POINT = graphql(`query RecoveryPoint($id: ID!) {
  recoveryPoint(id: $id) {
    ...Retention id status proof provenAt takenAt expiresAt placement region storageTier isFull sizeBytes addedBytes contentSha256 snapshotNativeId
    asset { id name kind } policy { id name } task { id kind } verifications(first: 10) { nodes { ...Attempt } } viewerCan { restore verify }
  }
}`);
const VERIFY = graphql(`mutation Verify($input: StartVerificationInput!) { startVerification(input: $input) { task { id } userErrors { field message } } }`);

export default function RecoveryPoint() {
  const { id = '' } = useParams();
  const mayInsist = useMay('RESTORE_RUN');
  const [answer, ask] = useQuery({ query: POINT, variables: { id } });
  const [verifying, verify] = useMutation(VERIFY);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'point', 'task');
  const point = answer.data?.recoveryPoint;
  const usable = point?.status === 'AVAILABLE';
  const start = () => {
    void verify({ input: { recoveryPointId: id, idempotencyKey: idempotencyKey() } }).then(({ data, error }) => {
      setProblems(problemsOf(data?.startVerification, error));
      const task = data?.startVerification?.task;
      if (task != null) say(text.points.verifying, { to: `/tasks/${task.id}`, name: text.points.see });
    });
  };
  const damaged = point?.status === 'DAMAGED';
  const actions = point != null && (usable || damaged) && (
    <>
      {point.viewerCan.verify && <Button variant="default" loading={verifying.fetching} onClick={start}>{text.points.verify}</Button>}
      {mayRestore(point, mayInsist) && <Button variant={damaged ? 'default' : 'filled'} component={Link} to={`/recovery-points/${id}/restore`}>{text.points.restore}</Button>}
    </>
  );
  return (
    <Page title={point == null ? text.points.one : exact(point.takenAt)} way={[{ to: '/recovery-points', name: text.points.title }, ...(point?.asset == null ? [] : [{ to: `/assets/${point.asset.id}`, name: point.asset.name }])]} beside={point != null && <Status value={point.status} />} actions={actions} query={POINT} variables={{ id }}>
      {problems.map(({ message }) => <Alert key={message} color="red" role="alert">{message}</Alert>)}
      <Answered answer={answer} again={again}>
        {({ recoveryPoint: point }) => point == null ? <Panel><Empty title={text.state.missing} /></Panel> : (
          <div className="halves">
            <Panel title={text.points.facts} padded>
              <Facts of={[
                [text.points.id, <Copyable key="id" value={point.id} what={text.points.id} />],
                [text.points.asset, point.asset && <Anchor component={Link} size="sm" to={`/assets/${point.asset.id}`}>{point.asset.name}</Anchor>],
                [text.points.taken, <Moment key="taken" at={point.takenAt} />],
                [text.points.place, [named(point.placement), ...(point.region == null ? [] : [point.region]), ...(point.storageTier === 'ARCHIVE' ? [text.points.archive] : [])].join(', ')],
                [text.points.kind, point.isFull ? text.points.full : text.points.increment],
                [text.points.size, bytes(point.sizeBytes)],
                [text.points.added, <>{bytes(point.addedBytes)} {Number(point.sizeBytes) > 0 && <Text span inherit c="dimmed">· {text.points.saved(percent(1 - Number(point.addedBytes) / Number(point.sizeBytes)))}</Text>}</>],
                [text.points.policy, point.policy == null ? text.points.byHand : <Anchor component={Link} size="sm" to={`/policies/${point.policy.id}`}>{point.policy.name}</Anchor>],
                [text.points.task, point.task && <Anchor component={Link} size="sm" to={`/tasks/${point.task.id}`}>{named(point.task.kind)}</Anchor>],
                [point.placement === 'VAULT' ? text.points.vaultSnapshot : text.points.snapshot, point.snapshotNativeId && <Copyable key="snapshot" value={point.snapshotNativeId} what={text.points.snapshot} />],
              ]} />
            </Panel>
            <Stack gap="md">
            <Retention point={point} again={again} />
            <Panel title={text.points.evidence} padded>
              <Stack gap="md">
                <div><Status value={point.proof} /><Text size="sm" c="dimmed" mt={4}>{text.points.proofs[point.proof]}</Text></div>
                <Facts of={[[text.points.proven, point.provenAt && <Moment key="proven" at={point.provenAt} />], [text.points.digest, point.contentSha256 && <Copyable key="digest" value={point.contentSha256} what={text.points.digest} />]]} />
              </Stack>
            </Panel>
            <Panel title={text.points.attempts}><Verifications attempts={point.verifications?.nodes ?? []} /></Panel>
            </Stack>
          </div>
        )}
      </Answered>
    </Page>
  );
}
