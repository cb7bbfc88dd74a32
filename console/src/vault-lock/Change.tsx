// The form that applies a lock. Invariant: what it means stands there before it is sent, and what nobody takes back takes words that
// nobody writes by chance.
import { Alert, NativeSelect, NumberInput, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Form, useAct } from '../act';
import { minute } from '../days';
import { graphql } from '../gql';
import type { VaultLockMode, VaultLockQuery } from '../gql/graphql';
import { Panel, say, Time } from '../shell/parts';
import { text } from '../text';
import { effectOf, wordsFor, type Effect } from './terms';

const APPLY = graphql(`mutation ApplyVaultLock($input: ApplyVaultLockInput!) { applyVaultLock(input: $input) { vaultLock { mode } pendingVaultLock { holdsAt } approvalRequest { id } userErrors { field message } } }`);
// An object, so that a value that the schema gains or loses is an error here.
const MODES: Record<VaultLockMode, true> = { GOVERNANCE: true, COMPLIANCE: true };
const isMode = (value: string): value is VaultLockMode => value in MODES;

const HOUR_MS = 3_600_000;

/** What goes together into `sentences`. */
function Effects({ effect, hours }: { effect: Effect; hours: number }) {
  // As of when it was drawn first: a sentence that changed with the clock would be read out each time.
  const [now] = useState(() => Date.now());
  return (
    <div role="status">
      <Text size="sm" fw={600} mb={4}>{text.lock.effect}</Text>
      <ul className="sentences">
        <li>{effect === 'later' ? text.lock.later(hours, minute(now + hours * HOUR_MS)) : text.lock.effects[effect]}</li>
        {effect === 'later' && <li>{text.lock.forGood}</li>}
        {effect !== 'same' && effect !== 'refused' && <li>{text.lock.always}</li>}
      </ul>
    </div>
  );
}

export function Change({ of: { vaultLock: lock, vaultLockSupport: support }, onDone }: { of: VaultLockQuery; onDone: () => void }) {
  const apply = useAct(APPLY);
  const [days, setDays] = useState<number | ''>(lock?.minimumRetentionDays ?? '');
  const [mode, setMode] = useState<VaultLockMode>(lock?.mode ?? 'GOVERNANCE');
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const effect = days === '' ? null : effectOf(lock ?? null, { mode, minimumRetentionDays: days });
  const words = effect === 'later' && days !== '' ? wordsFor(days) : null;
  const cannot = mode === 'COMPLIANCE' && support?.strongestMode !== 'COMPLIANCE';
  const submit = () => {
    if (days === '') return;
    void apply.run({ minimumRetentionDays: days, mode, reason: reason.trim(), confirmation: words == null ? null : typed.trim() }).then((done) => {
      if (done == null) return;
      const { approvalRequest: request, pendingVaultLock: pending } = done;
      if (request != null) say(text.approvals.requested, { to: `/approvals/${request.id}`, name: text.approvals.see });
      else say(pending == null ? text.lock.applied : text.lock.waitsSaid);
      onDone();
    });
  };
  const ready = reason.trim() !== '' && effect != null && effect !== 'same' && effect !== 'refused' && !cannot && (words == null || typed.trim() === words);
  return (
    <Panel title={lock == null ? text.lock.create : text.lock.change} padded>
      <Form act={apply} fields={['minimumRetentionDays', 'mode', 'reason', 'confirmation']} submit={text.lock.apply} danger={words != null} disabled={!ready} onSubmit={submit}>
        <NumberInput label={text.lock.days} description={text.lock.daysHint} min={1} max={36_500} clampBehavior="none" allowDecimal={false} allowNegative={false} value={days} error={apply.at('minimumRetentionDays')} onChange={(value) => { setDays(value === '' ? '' : Number(value)); }} />
        <NativeSelect label={text.lock.mode} description={text.lock.modeHints[mode]} data={Object.keys(MODES).filter(isMode).map((value) => ({ value, label: text.lock.modes[value] }))} value={mode} error={apply.at('mode')} onChange={(event) => { if (isMode(event.currentTarget.value)) setMode(event.currentTarget.value); }} />
        {cannot && (
          <Alert color="orange" title={text.lock.cannotKeep}>
            <Stack gap={6}>
              {(support?.missing ?? []).map((one) => <Text key={one} size="sm" className="wrap">{one}</Text>)}
              <Text size="xs" c="dimmed">{text.lock.probed} <Time at={support?.probedAt} /></Text>
            </Stack>
          </Alert>
        )}
        <Textarea label={text.lock.reason} description={text.lock.reasonHint} autosize minRows={2} maxLength={1000} value={reason} error={apply.at('reason')} onChange={(event) => { setReason(event.currentTarget.value); }} />
        {effect != null && <Effects effect={effect} hours={support?.coolingOffHours ?? 0} />}
        {words != null && !cannot && <TextInput label={text.lock.confirm} description={text.lock.confirmHint(words)} autoComplete="off" value={typed} error={apply.at('confirmation')} onChange={(event) => { setTyped(event.currentTarget.value); }} />}
      </Form>
    </Panel>
  );
}
