// Gives assets a policy, or takes it away, after saying what that changes.
import { List, Text } from '@mantine/core';
import { useState } from 'react';
import { useMutation } from 'urql';
import { graphql } from '../gql';
import { assignable, usePolicies } from '../policies/usePolicies';
import { Confirm, Picker, problemsOf, say, type Problem } from '../shell/parts';
import { text } from '../text';
import { inBatches } from './batches';
import { changes } from './changes';

const ASSIGN = graphql(`mutation Assign($input: AssignPolicyInput!) { assignPolicy(input: $input) { assets { id policy { id name } } userErrors { field message } } }`);
const UNASSIGN = graphql(`mutation Unassign($input: UnassignPolicyInput!) { unassignPolicy(input: $input) { assets { id policy { id name } } userErrors { field message } } }`);
/** Chosen in the place of a policy: none. */
const NONE = 'none';

interface Given { id: string; policy?: { id: string; name: string } | null | undefined }

export function AssignPolicy({ assets, leftOut = 0, onClose, onDone }: { assets: Given[]; leftOut?: number; onClose: () => void; onDone: () => void }) {
  const [, assign] = useMutation(ASSIGN);
  const [, unassign] = useMutation(UNASSIGN);
  const [chosen, setChosen] = useState('');
  const policies = usePolicies(chosen === '' || chosen === NONE ? [] : [chosen], assignable);
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const told = changes(assets, chosen === NONE ? null : chosen);
  async function confirm() {
    setBusy(true);
    const ids = told.changed.map(({ id }) => id);
    const { problems: found } = await inBatches(ids, (assetIds) => (chosen === NONE
      ? unassign({ input: { assetIds } }).then(({ data, error }) => problemsOf(data?.unassignPolicy, error))
      : assign({ input: { assetIds, policyId: chosen } }).then(({ data, error }) => problemsOf(data?.assignPolicy, error))));
    setBusy(false);
    setProblems(found);
    if (found.length > 0) return;
    say(text.assets.assigned(ids.length));
    onDone();
  }
  return (
    <Confirm opened title={text.assets.assignTitle(assets.length)} action={chosen === NONE ? text.assets.unassign : text.assets.assign} busy={busy} disabled={chosen === '' || told.changed.length === 0} danger={chosen === NONE} problems={problems} onConfirm={() => void confirm()} onClose={onClose}>
      <Picker of={policies} autofocus label={text.assets.choose} value={chosen} last={[{ value: NONE, label: text.assets.nothing }]} onChange={setChosen} />
      {chosen !== '' && (
        <div role="status">
          <Text size="sm" fw={600} mb={4}>{text.assets.preview}</Text>
          <List size="sm" spacing={2}>{told.lines.map((line) => <List.Item key={line}>{line}</List.Item>)}</List>
        </div>
      )}
      {leftOut > 0 && <Text size="sm" c="dimmed">{text.assets.mayNot(leftOut)}</Text>}
    </Confirm>
  );
}
