// One task: how far it is, what it has done, what went wrong and what to do about it.
import { Alert, Anchor, Button, Group, Progress, Stack, Text, Tooltip } from '@mantine/core';
import { useCallback, useState } from 'react';
import { Link, useParams } from 'react-router';
import { useMutation, useQuery } from 'urql';
import { NextStep } from '../first-steps/NextStep';
import type { Step } from '../first-steps/progress';
import { bytes, duration, named, percent, remaining } from '../format';
import { graphql } from '../gql';
import type { TaskQuery } from '../gql/graphql';
import { useLive, useNow } from '../live';
import { Answered, Confirm, Copyable, Empty, Facts, Moment, Page, Panel, problemsOf, Rows, say, type Problem } from '../shell/parts';
import { Status } from '../shell/Status';
import { text } from '../text';

const TASK = graphql(`query Task($id: ID!) {
  task(id: $id) {
    id kind status progress attempt bytesDone bytesTotal createdAt nominalAt startedAt finishedAt currentStep warnings restoredVolumeNativeId restoredFile
    asset { id name } policy { id name } awsAccount { id name } recoveryPoint { id takenAt status }
    actor { __typename ... on User { name } ... on SystemActor { component } }
    failure { code message remedy retryable awsRequestId } steps { name status startedAt finishedAt warnings } viewerCan { abort retry }
  }
}`);
const ABORT = graphql(`mutation AbortTask($input: AbortTaskInput!) { abortTask(input: $input) { task { id status } userErrors { field message } } }`);
const RETRY = graphql(`mutation RetryTask($input: RetryTaskInput!) { retryTask(input: $input) { task { id status } userErrors { field message } } }`);

type Shown = NonNullable<TaskQuery['task']>;

/** The bar of a task that is over has the tone of its end. */
const BAR: Partial<Record<Shown['status'], string>> = { COMPLETED: 'var(--hf-good)', COMPLETED_WITH_WARNINGS: 'var(--hf-warn)', PARTIAL: 'var(--hf-warn)', FAILED: 'var(--hf-bad)', ABORTED: 'var(--hf-idle)', BLOCKED: 'var(--hf-warn)' };

/** Which of the first steps a task takes. */
const AFTER: Partial<Record<Shown['kind'], Step>> = { VERIFY_AWS_ACCOUNT: 'account', APPLY_PROTECTION: 'protect', BACKUP_EBS: 'backup', RESTORE_EBS: 'restore', RESTORE_IMAGE: 'restore' };
const isDone = ({ status }: Shown) => status === 'COMPLETED' || status === 'COMPLETED_WITH_WARNINGS';

/** What a restore has made, and what to do with it. */
function Made({ task }: { task: Shown }) {
  if (task.restoredVolumeNativeId != null) return <Alert color="green" title={text.tasks.madeVolume(task.restoredVolumeNativeId)}>{text.tasks.madeVolumeHint}</Alert>;
  return task.restoredFile == null ? null : <Alert color="green" title={text.tasks.madeFile(task.restoredFile)}>{text.tasks.madeFileHint}</Alert>;
}

function Progressing({ task }: { task: Shown }) {
  const now = useNow();
  const end = task.finishedAt == null ? now : Date.parse(task.finishedAt);
  const seconds = task.startedAt == null ? 0 : Math.max(1, (end - Date.parse(task.startedAt)) / 1000);
  const rate = task.bytesDone == null || seconds === 0 ? null : Number(task.bytesDone) / seconds;
  const left = task.finishedAt == null && task.status === 'RUNNING' ? remaining(task.progress, seconds) : null;
  return (
    <Panel padded>
      <Group justify="space-between" mb="xs" gap="xs">
        <Group gap="sm"><Status value={task.status} />{task.currentStep != null && task.finishedAt == null && <Text size="sm" c="dimmed">{named(task.currentStep)}</Text>}</Group>
        <Text size="sm" className="number" fw={600}>{percent(task.progress)}</Text>
      </Group>
      <Progress value={task.progress * 100} color={BAR[task.status] ?? 'blue.6'} aria-label={text.tasks.progress} />
      <dl className="figures">
        <div><dt>{text.tasks.took}</dt><dd>{duration(task.startedAt, task.finishedAt, now)}</dd></div>
        {task.finishedAt == null && <div><dt>{text.tasks.left}</dt><dd>{left ?? '–'}</dd></div>}
        <div><dt>{text.tasks.data}</dt><dd>{task.bytesTotal == null ? '–' : text.tasks.dataOf(bytes(task.bytesDone), bytes(task.bytesTotal))}</dd></div>
        <div><dt>{text.tasks.rateName}</dt><dd>{rate == null || rate === 0 ? '–' : text.tasks.rate(bytes(rate))}</dd></div>
      </dl>
    </Panel>
  );
}

function Details({ task }: { task: Shown }) {
  return (
    <Panel title={text.tasks.facts} padded>
      <Facts of={[
        [text.tasks.id, <Copyable key="id" value={task.id} what={text.tasks.id} />],
        [text.tasks.asset, task.asset && <Anchor component={Link} size="sm" to={`/assets/${task.asset.id}`}>{task.asset.name}</Anchor>],
        [text.assets.account, task.awsAccount?.name],
        [text.tasks.policy, task.policy && <Anchor component={Link} size="sm" to={`/policies/${task.policy.id}`}>{task.policy.name}</Anchor>],
        [text.tasks.point, task.recoveryPoint && <Anchor component={Link} size="sm" to={`/recovery-points/${task.recoveryPoint.id}`}><Moment at={task.recoveryPoint.takenAt} /></Anchor>],
        [text.tasks.volume, task.restoredVolumeNativeId && <Copyable key="volume" value={task.restoredVolumeNativeId} what={text.tasks.volume} />],
        [text.tasks.file, task.restoredFile && <Copyable key="file" value={task.restoredFile} what={text.tasks.file} />],
        [text.tasks.by, task.actor == null ? null : task.actor.__typename === 'User' ? task.actor.name : text.tasks.system],
        [text.tasks.nominal, task.nominalAt && <Moment key="nominal" at={task.nominalAt} />],
        [text.tasks.created, <Moment key="created" at={task.createdAt} />],
        [text.tasks.started, task.startedAt && <Moment key="started" at={task.startedAt} />],
        [text.tasks.finished, task.finishedAt && <Moment key="finished" at={task.finishedAt} />],
        [text.tasks.attempt, task.attempt],
      ]} />
    </Panel>
  );
}

function Steps({ steps }: { steps: Shown['steps'] }) {
  const now = useNow();
  if (steps.length === 0) return <Empty title={text.tasks.noSteps} />;
  const rows = steps.map((step, place) => ({ ...step, id: `${place} ${step.name}` }));
  return (
    <Rows label={text.tasks.steps} rows={rows} columns={[
      { key: 'name', title: text.tasks.step, cell: (step) => <><Status value={step.status} label={named(step.name)} />{step.warnings.map((warning) => <Text key={warning} size="xs" c="dimmed" pl={15}>{warning}</Text>)}</> },
      { key: 'status', title: text.tasks.status, wide: 'line', telling: true, cell: (step) => named(step.status) },
      { key: 'took', title: text.tasks.took, numeric: true, cell: (step) => duration(step.startedAt, step.finishedAt, now) },
    ]} />
  );
}

export default function Task() {
  const { id = '' } = useParams();
  const [answer, ask] = useQuery({ query: TASK, variables: { id } });
  const [aborting, abort] = useMutation(ABORT);
  const [retrying, retry] = useMutation(RETRY);
  const [asking, setAsking] = useState(false);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again);
  const task = answer.data?.task;
  const doAbort = () => {
    void abort({ input: { id } }).then(({ data, error }) => {
      const found = problemsOf(data?.abortTask, error);
      setProblems(found);
      if (found.length === 0) { setAsking(false); say(text.tasks.abortAsked); }
      again();
    });
  };
  const doRetry = () => {
    void retry({ input: { id } }).then(({ data, error }) => {
      setProblems(problemsOf(data?.retryTask, error));
      again();
    });
  };
  const actions = task != null && (
    <>
      {task.viewerCan.abort && <Button variant="default" onClick={() => { setProblems([]); setAsking(true); }}>{text.tasks.abort}</Button>}
      {task.kind === 'BACKUP_EBS' && task.recoveryPoint?.status === 'AVAILABLE' && <Button variant="default" component={Link} to={`/recovery-points/${task.recoveryPoint.id}`}>{text.tasks.seePoint}</Button>}
      {task.viewerCan.retry && <Button loading={retrying.fetching} onClick={doRetry}>{text.tasks.retry}</Button>}
    </>
  );
  return (
    <Page title={task == null ? text.tasks.one : named(task.kind)} way={[{ to: '/tasks', name: text.tasks.title }]} beside={task?.asset != null && <Text size="sm" c="dimmed">{task.asset.name}</Text>} actions={actions} query={TASK} variables={{ id }}>
      {!asking && problems.map(({ message }) => <Alert key={message} color="red" role="alert" title={text.state.refused}>{message}</Alert>)}
      <Answered answer={answer} again={again}>
        {({ task }) => task == null ? <Panel><Empty title={text.state.missing} /></Panel> : (
          <Stack gap="md">
            {AFTER[task.kind] != null && <NextStep after={AFTER[task.kind]} />}
            {task.failure != null && (
              <Alert color="red" title={text.tasks.failure}>
                <Text size="sm">{task.failure.message}</Text>
                <Text size="sm" mt="xs"><b>{text.tasks.remedy}:</b> {task.failure.remedy}</Text>
                <Group gap="md" mt="xs"><Tooltip label={text.tasks.codeHint}><code>{task.failure.code}</code></Tooltip>{task.failure.awsRequestId != null && <Copyable value={task.failure.awsRequestId} what={text.tasks.awsRequest} />}</Group>
              </Alert>
            )}
            {task.warnings.length > 0 && <Alert color="orange" title={text.tasks.warnings}>{task.warnings.map((warning) => <Text size="sm" key={warning}>{warning}</Text>)}</Alert>}
            <Progressing task={task} />
            {isDone(task) && <Made task={task} />}
            <div className="halves">
              <Panel title={text.tasks.steps}><Steps steps={task.steps} /></Panel>
              <Details task={task} />
            </div>
          </Stack>
        )}
      </Answered>
      <Confirm opened={asking} title={text.tasks.abortTitle} action={text.tasks.abort} danger busy={aborting.fetching} problems={problems} onConfirm={doAbort} onClose={() => { setAsking(false); }}>
        <Text size="sm">{text.tasks.abortBody}</Text>
      </Confirm>
    </Page>
  );
}
