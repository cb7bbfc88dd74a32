// Asks for recovery points to end again that the brake holds back; a second person decides. Invariant: what that means for this alert is
// said before it is asked for.
import { List, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useAct } from '../act';
import { graphql } from '../gql';
import { Confirm, say } from '../shell/parts';
import { text } from '../text';
import type { Braked } from './brake';

const RELEASE = graphql(`mutation ReleaseBrake($input: ReleaseExpiryBrakeInput!) { releaseExpiryBrake(input: $input) { approvalRequest { id } userErrors { field message } } }`);

export function ReleaseBrake({ kind, onClose }: { kind: Braked; onClose: () => void }) {
  const release = useAct(RELEASE);
  const [reason, setReason] = useState('');
  const submit = () => {
    void release.run({ reason: reason.trim() }).then((done) => {
      if (done?.approvalRequest == null) return;
      say(text.approvals.requested, { to: `/approvals/${done.approvalRequest.id}`, name: text.approvals.see });
      onClose();
    });
  };
  const words = text.alerts.brake;
  return (
    <Confirm opened title={words.title} action={words.action} danger busy={release.busy} disabled={reason.trim() === ''} problems={release.reasons.filter(({ field }) => field[0] !== 'reason')} onConfirm={submit} onClose={onClose}>
      <Text size="sm">{words.first[kind]}</Text>
      <Textarea data-autofocus label={words.reason} description={words.reasonHint} autosize minRows={2} maxLength={1000} value={reason} error={release.at('reason')} onChange={(event) => { setReason(event.currentTarget.value); }} />
      <div><Text size="sm" fw={600} mb={4}>{text.points.ending.effect}</Text><List size="sm" spacing={2}>{words.says.map((one) => <List.Item key={one}>{one}</List.Item>)}</List></div>
    </Confirm>
  );
}
