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
import { SEE, waysOf, type Way } from './ways';
import './first-steps.css';

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
                  {STEPS.map((step, index) => <One key={step} step={step} number={index + 1} state={done.has(step) ? 'done' : step === next ? 'next' : 'later'} ways={waysOf(step, data)} />)}
                </ol>
              </Panel>
            </>
          );
        }}
      </Answered>
    </Page>
  );
}

function One({ step, number, state, ways }: { step: Step; number: number; state: 'done' | 'next' | 'later'; ways: Way[] }) {
  const { title, what, aws, see } = words.steps[step];
  return (
    <li data-state={state} aria-current={state === 'next' ? 'step' : undefined}>
      <span className="first-steps-mark" role="img" aria-label={words[state]}>{state === 'done' ? <IconCheck size={14} aria-hidden="true" /> : number}</span>
      <div>
        <Title order={2}>{title}</Title>
        <Text size="sm">{what}</Text>
        <dl><dt>{words.aws}</dt><dd>{aws}</dd></dl>
      </div>
      <div className="first-steps-go">
        {state === 'done' ? <Anchor component={Link} size="sm" to={SEE[step]}>{see}</Anchor> : ways.map(({ to, name }, place) => <Button key={to} component={Link} to={to} variant={state === 'next' && place === 0 ? 'filled' : 'default'}>{name}</Button>)}
      </div>
    </li>
  );
}
