// Gives every asset that matches the filters a policy, or takes it away: one task for all of them, however many there are.
import { List, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useMutation, useQuery } from 'urql';
import { idempotencyKey } from '../format';
import { graphql } from '../gql';
import type { AssetFilter } from '../gql/graphql';
import { assignable, usePolicies } from '../policies/usePolicies';
import { Answered, Confirm, Picker, problemsOf, say, type Problem } from '../shell/parts';
import { text } from '../text';
import { effect } from './effect';

const COUNTS = graphql(`query MatchingCounts($filter: AssetFilter) { assetsByPolicy(filter: $filter) { policyId assets } }`);
const ASSIGN = graphql(`mutation AssignMatching($input: AssignPolicyToMatchingInput!) { assignPolicyToMatching(input: $input) { task { id } userErrors { field message } } }`);
const UNASSIGN = graphql(`mutation UnassignMatching($input: UnassignPolicyFromMatchingInput!) { unassignPolicyFromMatching(input: $input) { task { id } userErrors { field message } } }`);

export function AssignMatching({ filter, onClose, onDone }: { filter: AssetFilter; onClose: () => void; onDone: () => void }) {
  const [chosen, setChosen] = useState('');
  const policies = usePolicies(chosen === '' || chosen === 'none' ? [] : [chosen], assignable);
  // One key for this dialog: pressing twice assigns once.
  const [key] = useState(idempotencyKey);
  const [answer, ask] = useQuery({ query: COUNTS, variables: useMemo(() => ({ filter }), [filter]), requestPolicy: 'network-only' });
  const [assigning, assign] = useMutation(ASSIGN);
  const [unassigning, unassign] = useMutation(UNASSIGN);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  // Nobody is asked to agree to what has not been counted.
  const counts = answer.fetching ? null : answer.data?.assetsByPolicy;
  const { all, bare, same } = effect(counts ?? [], chosen);
  const lines = chosen === 'none' ? [text.assets.matchingLost(all - bare)] : [text.assets.previewNew(bare), text.assets.matchingMoved(all - bare - same), text.assets.previewSame(same)];
  const confirm = () => {
    const done = chosen === 'none'
      ? unassign({ input: { filter, idempotencyKey: key } }).then(({ data, error }) => ({ payload: data?.unassignPolicyFromMatching, error }))
      : assign({ input: { policyId: chosen, filter, idempotencyKey: key } }).then(({ data, error }) => ({ payload: data?.assignPolicyToMatching, error }));
    void done.then(({ payload, error }) => {
      const found = problemsOf(payload, error);
      setProblems(found);
      if (found.length > 0) return;
      const task = payload?.task;
      if (task != null) say(text.assets.matchingStarted, { to: `/tasks/${task.id}`, name: text.assets.seeOne });
      onDone();
    });
  };
  return (
    <Confirm opened title={counts == null ? text.assets.assignAllOf : text.assets.assignAllTitle(all)} action={chosen === 'none' ? text.assets.unassign : text.assets.assign} busy={assigning.fetching || unassigning.fetching} disabled={chosen === '' || counts == null || all === 0} danger={chosen === 'none'} problems={problems} onConfirm={confirm} onClose={onClose}>
      <Picker of={policies} autofocus label={text.assets.choose} value={chosen} last={[{ value: 'none', label: text.assets.nothing }]} onChange={setChosen} />
      {chosen !== '' && (
        <div role="status">
          <Text size="sm" fw={600} mb={4}>{text.assets.preview}</Text>
          <Answered answer={answer} again={() => { ask({ requestPolicy: 'network-only' }); }} lines={3}>
            {() => <List size="sm" spacing={2}>{lines.map((line) => <List.Item key={line}>{line}</List.Item>)}</List>}
          </Answered>
        </div>
      )}
    </Confirm>
  );
}
