// The next runs of a policy while it is written, as the server reckons them. Not for policies that exist (Policy.tsx).
import { Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMemo } from 'react';
import { useQuery } from 'urql';
import { exact, kept } from '../format';
import { graphql } from '../gql';
import { Panel } from '../shell/parts';
import { text } from '../text';
import { inputOf, type Draft } from './draft';

const RUNS = graphql(`query DraftRuns($operations: [PolicyOperationInput!]!) { policyDraftRuns(first: 3, operations: $operations) { nominalAt assetKind placement keep { value unit } } }`);
const TYPING_MS = 300;

export function Ahead({ draft }: { draft: Draft }) {
  const [settled] = useDebouncedValue(draft, TYPING_MS);
  const variables = useMemo(() => ({ operations: inputOf(settled).operations }), [settled]);
  const [{ data, error, fetching }] = useQuery({ query: RUNS, variables });
  const runs = error == null ? data?.policyDraftRuns : null;
  const several = draft.operations.length > 1;
  return (
    <Panel title={text.policies.next} padded>
      {runs == null ? <Text size="sm" c="dimmed">{fetching ? text.state.loading : text.policies.nextUnknown}</Text> : runs.length === 0 ? <Text size="sm" c="dimmed">{text.policies.nextNone}</Text> : (
        <ul className="sentences">{runs.map((run) => <li key={`${run.nominalAt} ${run.assetKind} ${run.placement}`}><time dateTime={run.nominalAt}>{exact(run.nominalAt)}</time> <Text span inherit c="dimmed">· {text.policies.nextKeeps(kept(run.keep), several ? text.policies.nextPlaces[run.placement] : null)}</Text></li>)}</ul>
      )}
    </Panel>
  );
}
