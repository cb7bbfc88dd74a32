// Says on the page of what was just done which of the first steps comes next. Not for the list of them (FirstSteps.tsx). Invariant:
// it is gone for good once all are done.
import { Button, Group, Text } from '@mantine/core';
import { useCallback } from 'react';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { useLive } from '../live';
import { Panel } from '../shell/parts';
import { useMay, useViewer } from '../shell/viewer';
import { FIRST_STEPS, useFinished } from './finished';
import { doneSteps, nextStep, STEPS, type Step } from './progress';
import { firstSteps as words } from './text';
import { waysOf } from './ways';

/** `after`: the step that the page is about; nothing is said before that one is done. */
export function NextStep({ after }: { after?: Step }) {
  const may = useMay('AWS_ACCOUNT_MANAGE');
  const { organization } = useViewer();
  const finished = useFinished(organization?.id ?? '', may);
  return may && !finished ? <Next after={after} /> : null;
}

function Next({ after }: { after: Step | undefined }) {
  const [{ data }, ask] = useQuery({ query: FIRST_STEPS, requestPolicy: 'cache-and-network' });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'account', 'policy', 'asset', 'point', 'task');
  if (data == null) return null;
  const done = doneSteps(data);
  const next = nextStep(done);
  const [way] = next == null ? [] : waysOf(next, data);
  if (next == null || way == null || (after != null && !done.has(after))) return null;
  return (
    <Panel padded>
      <Group justify="space-between" gap="sm">
        <div>
          <Text size="xs" c="dimmed">{words.progressOf(done.size, STEPS.length)}</Text>
          <Text size="sm"><b>{words.steps[next].title}.</b> {words.steps[next].what}</Text>
        </div>
        <Button component={Link} to={way.to}>{way.name}</Button>
      </Group>
    </Panel>
  );
}
