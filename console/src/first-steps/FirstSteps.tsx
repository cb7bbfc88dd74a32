// The way from nothing to the first proven recovery point, with what each step does in AWS. It follows what happens by itself.
import { Anchor, Button, Text, Title } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useCallback } from 'react';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { useLive } from '../live';
import { Answered, Page, Panel } from '../shell/parts';
import { FIRST_STEPS } from './finished';
import { doneSteps, nextStep, STEPS, type Step } from './progress';
import { firstSteps as words } from './text';
import './first-steps.css';

const WAYS: Record<Step, { go: string; see: string }> = {
  account: { go: '/aws-accounts/connect', see: '/aws-accounts' },
  policy: { go: '/policies', see: '/policies' },
  protect: { go: '/assets?protected=no', see: '/assets?protected=yes' },
  backup: { go: '/assets?protected=yes', see: '/recovery-points' },
  restore: { go: '/recovery-points?status=AVAILABLE', see: '/tasks?kind=RESTORE_EBS,RESTORE_IMAGE' },
};

export default function FirstSteps() {
  const [answer, ask] = useQuery({ query: FIRST_STEPS, requestPolicy: 'cache-and-network' });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'account', 'policy', 'asset', 'point', 'task');
  return (
    <Page title={words.title} query={FIRST_STEPS}>
      <Answered answer={answer} again={again}>
        {(data) => {
          const done = doneSteps(data);
          const next = nextStep(done);
          return (
            <>
              <Text size="sm" c="dimmed" maw={640}>{next == null ? words.all : words.lead}</Text>
              <Panel title={words.progress(done.size, STEPS.length)}>
                <ol className="first-steps">
                  {STEPS.map((step, index) => <One key={step} step={step} number={index + 1} state={done.has(step) ? 'done' : step === next ? 'next' : 'later'} />)}
                </ol>
              </Panel>
            </>
          );
        }}
      </Answered>
    </Page>
  );
}

function One({ step, number, state }: { step: Step; number: number; state: 'done' | 'next' | 'later' }) {
  const { title, what, aws, go, see } = words.steps[step];
  const way = WAYS[step];
  return (
    <li data-state={state} aria-current={state === 'next' ? 'step' : undefined}>
      <span className="first-steps-mark" role="img" aria-label={words[state]}>{state === 'done' ? <IconCheck size={14} aria-hidden="true" /> : number}</span>
      <div>
        <Title order={2}>{title}</Title>
        <Text size="sm">{what}</Text>
        <dl><dt>{words.aws}</dt><dd>{aws}</dd></dl>
      </div>
      <div className="first-steps-go">
        {state === 'done' ? <Anchor component={Link} size="sm" to={way.see}>{see}</Anchor> : <Button component={Link} to={way.go} variant={state === 'next' ? 'filled' : 'default'}>{go}</Button>}
      </div>
    </li>
  );
}
