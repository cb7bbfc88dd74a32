// The policies and rules that a plan changes, and what of them, in sentences; in the words of the server where there is no sentence.
import { Text } from '@mantine/core';
import { useMemo } from 'react';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import type { ProtectionDraftInput, ProtectionPlanQuery } from '../gql/graphql';
import { Diff } from '../policies/Plain';
import { Panel } from '../shell/parts';
import { idsIn } from '../shell/identifiers';
import { useNameOf } from '../shell/useNames';
import { text } from '../text';
import { changedIds, policyLines, ruleLines } from './changes';

const NOW = graphql(`query PlanNow($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Policy { ...PolicyTerms } ... on ProtectionRule { id name isActive conditionInput policy { id } } } }`);
/** Places that the server tells of in its own words, before it says how many more there are. */
const PLACES_MAX = 8;

type Change = NonNullable<NonNullable<ProtectionPlanQuery['protectionPreview']>['plan']>['changes'][number];

function Places({ change: { differences, differenceCount } }: { change: Change }) {
  return (
    <>
      {differences.slice(0, PLACES_MAX).map(({ path, before, after }) => <Text key={path.join('.')} size="xs" c="dimmed" className="wrap">{path.join(' ')}: {before ?? '–'} → {after ?? '–'}</Text>)}
      {differenceCount > PLACES_MAX && <Text size="xs" c="dimmed">{text.rules.more(differenceCount - PLACES_MAX)}</Text>}
    </>
  );
}

export function Changes({ changes, draft }: { changes: readonly Change[]; draft: ProtectionDraftInput }) {
  const variables = useMemo(() => ({ ids: changedIds(draft) }), [draft]);
  const [answer] = useQuery({ query: NOW, variables, pause: variables.ids.length === 0, requestPolicy: 'network-only' });
  const nodes = answer.data?.nodes;
  const nameOf = useNameOf(useMemo(() => idsIn(JSON.stringify([nodes, draft.rules])), [nodes, draft]));
  const details = (change: Change) => {
    if (change.action === 'REORDER' || change.differenceCount === 0 || answer.fetching) return null;
    for (const node of nodes ?? []) {
      const isIt = node != null && 'name' in node && node.name === change.name && node.__typename === (change.noun === 'POLICY' ? 'Policy' : 'ProtectionRule');
      if (!isIt) continue;
      const lines = node.__typename === 'Policy' ? policyLines(node, draft) : ruleLines(node, draft, nameOf);
      if (lines != null) return <Diff {...lines} />;
    }
    return <Places change={change} />;
  };
  return (
    <Panel title={text.rules.changes}>
      {changes.length === 0 ? <Text size="sm" c="dimmed" className="panel-body">{text.state.none}</Text> : <ul className="changes">
        {changes.map((change) => <li key={`${change.action}${change.noun}${change.name}`}><Text size="sm" fw={500}>{text.rules.change(change.action, change.noun, change.name)}</Text>{details(change)}</li>)}
      </ul>}
    </Panel>
  );
}
