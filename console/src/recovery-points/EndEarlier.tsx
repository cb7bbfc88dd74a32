// Asks for recovery points to end earlier, one or many: who says yes, what ends and what stays is there before it is asked for.
// Not for carrying it out (approvals/). Invariant: only what the preview says ends is asked for.
import { Alert, List, Radio, Stack, Text, Textarea } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useQuery } from 'urql';
import { useAct } from '../act';
import { dayStart } from '../days';
import { bytes } from '../format';
import { graphql } from '../gql';
import { useNow } from '../live';
import { Answered, Confirm, DayField, say } from '../shell/parts';
import { text } from '../text';
import { parted } from './ends';

const PREVIEW = graphql(`query EndPreview($ids: [ID!]!) {
  recoveryPointEndTerms { approvalDays undoDays }
  recoveryPoints(first: 100, filter: { id: $ids }) { nodes { id status expiresAt lockedUntil addedBytes legalHolds { id } asset { id policy { id } lastRecoveryPoint { id } } viewerCan { delete } } }
}`);
const DELETE = graphql(`mutation DeletePoints($input: DeleteRecoveryPointsInput!) { deleteRecoveryPoints(input: $input) { approvalRequest { id } userErrors { field message } } }`);
const SHORTEN = graphql(`mutation ShortenPoints($input: ShortenRecoveryPointRetentionInput!) { shortenRecoveryPointRetention(input: $input) { approvalRequest { id } userErrors { field message } } }`);

export function EndEarlier({ ids, onDone, onClose }: { ids: readonly string[]; onDone: () => void; onClose: () => void }) {
  const [remove, shorten] = [useAct(DELETE), useAct(SHORTEN)];
  const variables = useMemo(() => ({ ids: [...ids] }), [ids]);
  const [answer, ask] = useQuery({ query: PREVIEW, variables, requestPolicy: 'network-only' });
  const [now, setNow] = useState(true);
  const [day, setDay] = useState('');
  const [reason, setReason] = useState('');
  const clock = useNow();
  const act = now ? remove : shorten;
  const until = now || day === '' ? null : dayStart(day, 1);
  const { ending, kept } = parted(answer.data?.recoveryPoints?.nodes ?? [], until, clock);
  const submit = () => {
    const given = { ids: ending.map(({ id }) => id), reason: reason.trim() };
    const asked = now || until == null ? remove.run(given) : shorten.run({ ...given, until });
    void asked.then((done) => {
      if (done?.approvalRequest == null) return;
      say(text.approvals.requested, { to: `/approvals/${done.approvalRequest.id}`, name: text.approvals.see });
      onDone();
    });
  };
  const words = text.points.ending;
  const rest = act.reasons.filter(({ field }) => !['reason', 'until'].includes(field.join('.')));
  return (
    <Confirm opened title={words.title(ids.length)} action={words.action} danger busy={remove.busy || shorten.busy} disabled={reason.trim() === '' || (!now && day === '') || ending.length === 0} problems={rest} onConfirm={submit} onClose={onClose}>
      <Radio.Group label={words.when} value={now ? 'now' : 'then'} onChange={(value) => { setNow(value === 'now'); }}>
        <Stack gap="sm" mt={4}><Radio value="now" label={words.now} /><Radio value="then" label={words.then} /></Stack>
      </Radio.Group>
      {!now && <DayField label={text.points.keepUntil} says={text.points.endsOn} value={day} error={act.at('until')} onChange={setDay} />}
      <Textarea label={words.reason} description={words.reasonHint} autosize minRows={2} maxLength={1000} value={reason} error={act.at('reason')} onChange={(event) => { setReason(event.currentTarget.value); }} />
      <Answered answer={answer} again={() => { ask({ requestPolicy: 'network-only' }); }} lines={3}>
        {({ recoveryPointEndTerms: terms }) => (
          <Stack gap="sm" role="status">
            {kept.size > 0 && <Alert color="orange" title={words.stay([...kept.values()].reduce((all, count) => all + count, 0))}><List size="sm" spacing={2}>{[...kept].map(([keeper, count]) => <List.Item key={keeper}>{words.kept[keeper](count)}</List.Item>)}</List></Alert>}
            {ending.length > 0 && (
              <div>
                <Text size="sm" fw={600} mb={4}>{words.effect}</Text>
                <List size="sm" spacing={2}>
                  <List.Item>{words.ends(ending.length, bytes(ending.reduce((all, { addedBytes }) => all + Number(addedBytes), 0)))}</List.Item>
                  {terms != null && words.says(terms.approvalDays, terms.undoDays).map((one) => <List.Item key={one}>{one}</List.Item>)}
                </List>
              </div>
            )}
          </Stack>
        )}
      </Answered>
    </Confirm>
  );
}
