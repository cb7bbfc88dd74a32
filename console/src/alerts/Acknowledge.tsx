// Says of alerts that somebody takes care of them, with one note for all. Invariant: the first that is refused ends it, and those
// before it stay acknowledged.
import { Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useMutation } from 'urql';
import { graphql } from '../gql';
import { Confirm, problemsOf, say, type Problem } from '../shell/parts';
import { text } from '../text';

const ACKNOWLEDGE = graphql(`mutation AcknowledgeAlert($input: AcknowledgeAlertInput!) { acknowledgeAlert(input: $input) { alert { id acknowledgedAt } userErrors { field message } } }`);

export function Acknowledge({ ids, onClose, onDone }: { ids: readonly string[]; onClose: () => void; onDone: () => void }) {
  const [, acknowledge] = useMutation(ACKNOWLEDGE);
  const [busy, setBusy] = useState(false);
  const [note, setNote] = useState('');
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  async function confirm() {
    setBusy(true);
    let found: readonly Problem[] = [];
    for (const id of ids) {
      const { data, error } = await acknowledge({ input: { id, note } });
      found = problemsOf(data?.acknowledgeAlert, error);
      if (found.length > 0) break;
    }
    setBusy(false);
    setProblems(found);
    if (found.length > 0) return;
    say(text.alerts.acknowledgedSaid(ids.length));
    onDone();
  }
  return (
    <Confirm opened title={text.alerts.acknowledgeTitle(ids.length)} action={text.alerts.acknowledge} busy={busy} problems={problems} onConfirm={() => void confirm()} onClose={onClose}>
      <Text size="sm">{text.alerts.acknowledgeBody(ids.length)}</Text>
      <Textarea label={text.alerts.noteLabel} autosize minRows={2} maxLength={500} value={note} onChange={(event) => { setNote(event.currentTarget.value); }} />
    </Confirm>
  );
}
