// Why an asset has the policy it has: what was tried for it, in order, and how each try ended.
import { Alert, Anchor, Text } from '@mantine/core';
import { Link } from 'react-router';
import { graphql } from '../gql';
import type { TraceFragment } from '../gql/graphql';
import { idsIn, withNames } from '../shell/identifiers';
import { Panel } from '../shell/parts';
import { useNameOf } from '../shell/useNames';
import { text } from '../text';
import { say, testAt } from './condition';

export const TRACE = graphql(`fragment Trace on AssetProtection { isPending policy { id name } trace { source outcome rule { id name conditionInput } failedTest { path text } } }`);

export function Trace({ protection }: { protection: TraceFragment }) {
  const nameOf = useNameOf(idsIn(protection.trace.map(({ failedTest }) => failedTest?.text ?? '').join(' ')));
  /** As the builder of rules says it; as the server does where the condition does not fit any more. */
  const inWords = (condition: unknown, { path, text: said }: { path: string[]; text: string }) => {
    const test = testAt(condition, path);
    return test == null ? withNames(said, nameOf) : say(test, nameOf);
  };
  return (
    <Panel title={text.rules.trace} padded>
      {protection.isPending && <Alert color="orange" mb="sm">{text.rules.pending}</Alert>}
      {protection.trace.length === 0 ? <Text size="sm" c="dimmed">{text.rules.untried}</Text> : <ol className="trace">
        {protection.trace.map(({ source, outcome, rule, failedTest }, place) => (
          <li key={`${place}${rule?.id ?? source}`} data-outcome={outcome}>
            <span className="dot" data-tone={outcome === 'MATCHED' ? 'good' : outcome === 'MATCHED_WITHOUT_OPERATION' ? 'warn' : 'idle'} aria-hidden="true" />
            <span>{rule == null && outcome === 'MATCHED' ? text.rules.directDecides : rule == null ? <>{text.rules.traceSource[source]} {text.rules.outcome[outcome]}</> : <>{text.rules.traceSource.RULE} <Anchor component={Link} inherit to={`/protection-rules/${rule.id}`}>{rule.name}</Anchor> {text.rules.outcome[outcome]}</>}{failedTest != null && <Text span inherit c="dimmed"> {text.rules.failed(inWords(rule?.conditionInput, failedTest))}</Text>}</span>
          </li>
        ))}
      </ol>}
    </Panel>
  );
}
