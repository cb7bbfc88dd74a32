// Gives assets a policy, or takes it away, after saying what that changes.
import { List, NativeSelect, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useMutation, useQuery } from 'urql';
import { graphql } from '../gql';
import { Confirm, problemsOf, say, type Problem } from '../shell/parts';
import { text } from '../text';
import { changes } from './changes';

const POLICIES = graphql(`query AssignablePolicies { policies(first: 100) { nodes { id name viewerCan { assign } } } }`);
const ASSIGN = graphql(`mutation Assign($input: AssignPolicyInput!) { assignPolicy(input: $input) { assets { id policy { id name } } userErrors { field message } } }`);
const UNASSIGN = graphql(`mutation Unassign($input: UnassignPolicyInput!) { unassignPolicy(input: $input) { assets { id policy { id name } } userErrors { field message } } }`);
/** What one mutation takes. */
const BATCH = 100;

interface Given { id: string; policy?: { id: string; name: string } | null | undefined }

export function AssignPolicy({ assets, leftOut = 0, onClose, onDone }: { assets: Given[]; leftOut?: number; onClose: () => void; onDone: () => void }) {
  const [answer] = useQuery({ query: POLICIES });
  const [, assign] = useMutation(ASSIGN);
  const [, unassign] = useMutation(UNASSIGN);
  const policies = useMemo(() => (answer.data?.policies?.nodes ?? []).filter(({ viewerCan }) => viewerCan.assign), [answer.data]);
  const [chosen, setChosen] = useState('');
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const told = changes(assets, chosen === 'none' ? null : chosen);
  async function confirm() {
    setBusy(true);
    const ids = told.changed.map(({ id }) => id);
    let found: readonly Problem[] = [];
    for (let from = 0; from < ids.length && found.length === 0; from += BATCH) {
      const assetIds = ids.slice(from, from + BATCH);
      if (chosen === 'none') found = await unassign({ input: { assetIds } }).then(({ data, error }) => problemsOf(data?.unassignPolicy, error));
      else found = await assign({ input: { assetIds, policyId: chosen } }).then(({ data, error }) => problemsOf(data?.assignPolicy, error));
    }
    setBusy(false);
    setProblems(found);
    if (found.length > 0) return;
    say(text.assets.assigned(ids.length));
    onDone();
  }
  return (
    <Confirm opened title={text.assets.assignTitle(assets.length)} action={chosen === 'none' ? text.assets.unassign : text.assets.assign} busy={busy} disabled={chosen === '' || told.changed.length === 0} danger={chosen === 'none'} problems={problems} onConfirm={() => void confirm()} onClose={onClose}>
      <NativeSelect data-autofocus label={text.assets.choose} value={chosen} onChange={(event) => { setChosen(event.currentTarget.value); }}
        data={[{ value: '', label: '', disabled: true }, ...policies.map(({ id, name }) => ({ value: id, label: name })), { value: 'none', label: text.assets.nothing }]} />
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
