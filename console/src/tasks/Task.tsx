// One task: how far it is, what it has done, what went wrong and what to do about it.
import { Alert, Anchor, Button, Grid, Group, Progress, Stack, Table, Text } from '@mantine/core';
import { useCallback, useState } from 'react';
import { Link, useParams } from 'react-router';
import { useMutation, useQuery } from 'urql';
import { bytes, duration, named } from '../format';
import { graphql } from '../gql';
import { useLive, useNow } from '../live';
import { Answered, Copyable, Empty, Facts, Page, Panel, Time } from '../shell/parts';
import { Status } from '../shell/Status';
import { text } from '../text';

const TASK = graphql(`query Task($id: ID!) {
  task(id: $id) {
    id kind status progress attempt bytesDone bytesTotal createdAt startedAt finishedAt currentStep warnings restoredVolumeNativeId
    asset { id name } policy { id name } awsAccount { id name } recoveryPoint { id takenAt }
    actor { __typename ... on User { name } ... on SystemActor { component } }
    failure { code message remedy retryable } steps { name status startedAt finishedAt warnings } viewerCan { abort retry }
  }
}`);
const ABORT = graphql(`mutation AbortTask($input: AbortTaskInput!) { abortTask(input: $input) { task { id status } userErrors { message } } }`);
const RETRY = graphql(`mutation RetryTask($input: RetryTaskInput!) { retryTask(input: $input) { task { id status } userErrors { message } } }`);

export default function Task() {
  const { id = '' } = useParams();
  const now = useNow();
  const [answer, ask] = useQuery({ query: TASK, variables: { id } });
  const [aborting, abort] = useMutation(ABORT);
  const [retrying, retry] = useMutation(RETRY);
  const [refusal, setRefusal] = useState('');
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again);
  const task = answer.data?.task;
  const rate = task?.bytesDone != null && task.startedAt != null ? Number(task.bytesDone) / Math.max(1, ((task.finishedAt == null ? now : Date.parse(task.finishedAt)) - Date.parse(task.startedAt)) / 1000) : null;
  const actions = task != null && (
    <>
      {task.viewerCan.abort && <Button size="xs" variant="default" loading={aborting.fetching} onClick={() => { void abort({ input: { id } }).then(({ data, error }) => { setRefusal(data?.abortTask?.userErrors[0]?.message ?? error?.message ?? ''); again(); }); }}>{text.tasks.abort}</Button>}
      {task.viewerCan.retry && <Button size="xs" loading={retrying.fetching} onClick={() => { void retry({ input: { id } }).then(({ data, error }) => { setRefusal(data?.retryTask?.userErrors[0]?.message ?? error?.message ?? ''); again(); }); }}>{text.tasks.retry}</Button>}
    </>
  );
  return (
    <Page title={task == null ? text.tasks.one : named(task.kind)} actions={actions} query={TASK} variables={{ id }}>
      {refusal !== '' && <Alert color="red" variant="outline" role="alert" title={text.state.refused}>{refusal}</Alert>}
      <Answered answer={answer} again={again}>
        {({ task }) => task == null ? <Panel><Empty title={text.state.missing} /></Panel> : (
          <Stack gap="md">
            <Panel padded>
              <Group justify="space-between" mb="xs"><Status value={task.status} /><Text size="sm" className="number">{Math.round(task.progress * 100)} %</Text></Group>
              <Progress value={task.progress * 100} size="sm" aria-label={text.tasks.progress} />
            </Panel>
            {task.failure != null && <Alert color="red" variant="outline" title={text.tasks.failure}><Text size="sm">{task.failure.message}</Text><Text size="sm" mt="xs"><b>{text.tasks.remedy}:</b> {task.failure.remedy}</Text></Alert>}
            {task.warnings.length > 0 && <Alert color="orange" variant="outline" title={text.tasks.warnings}>{task.warnings.map((warning) => <Text size="sm" key={warning}>{warning}</Text>)}</Alert>}
            <Grid gap="md">
              <Grid.Col span={{ base: 12, md: 5 }}>
                <Panel title={text.tasks.facts} padded>
                  <Facts of={[
                    [text.tasks.asset, task.asset && <Anchor component={Link} size="sm" to={`/assets/${task.asset.id}`}>{task.asset.name}</Anchor>],
                    [text.tasks.data, task.bytesTotal == null ? null : `${bytes(task.bytesDone)} / ${bytes(task.bytesTotal)}${rate == null ? '' : ` (${text.tasks.rate(bytes(rate))})`}`],
                    [text.tasks.took, duration(task.startedAt, task.finishedAt, now)],
                    [text.tasks.created, <Time key="created" at={task.createdAt} />],
                    [text.tasks.attempt, task.attempt],
                    [text.tasks.policy, task.policy?.name],
                    [text.assets.account, task.awsAccount?.name],
                    [text.tasks.by, task.actor == null ? null : task.actor.__typename === 'User' ? task.actor.name : text.tasks.system],
                    [text.tasks.volume, task.restoredVolumeNativeId == null ? null : <Copyable key="volume" value={task.restoredVolumeNativeId} what={text.tasks.volume} />],
                  ]} />
                </Panel>
              </Grid.Col>
              <Grid.Col span={{ base: 12, md: 7 }}>
                <Panel title={text.tasks.steps}>
                  {task.steps.length === 0 ? <Empty title={text.tasks.noSteps} /> : (
                    <Table><Table.Tbody>
                      {task.steps.map((step) => <Table.Tr key={step.name}><Table.Td><Status value={step.status} label={named(step.name)} /></Table.Td><Table.Td className="number">{duration(step.startedAt, step.finishedAt, now)}</Table.Td></Table.Tr>)}
                    </Table.Tbody></Table>
                  )}
                </Panel>
              </Grid.Col>
            </Grid>
          </Stack>
        )}
      </Answered>
    </Page>
  );
}
