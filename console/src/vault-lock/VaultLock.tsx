// The lock of the vault: how long every recovery point is kept at least. Tighter at once, looser by two people. Invariant: which of
// the two it is stands there before it is sent.
import { Button, NativeSelect, NumberInput, Stack, Text, Textarea } from '@mantine/core';
import { useCallback, useState } from 'react';
import { useQuery } from 'urql';
import { Form, useAct } from '../act';
import { graphql } from '../gql';
import type { VaultLockMode, VaultLockQuery } from '../gql/graphql';
import { Answered, Confirm, Empty, Facts, Moment, Page, Panel, say } from '../shell/parts';
import { useMay } from '../shell/viewer';
import { text } from '../text';

const LOCK = graphql(`query VaultLock { vaultLock { mode minimumRetentionDays lockedAt updatedAt } }`);
const APPLY = graphql(`mutation ApplyVaultLock($input: ApplyVaultLockInput!) { applyVaultLock(input: $input) { vaultLock { mode } approvalRequest { id } userErrors { field message } } }`);
const REMOVE = graphql(`mutation RemoveVaultLock($input: RemoveVaultLockInput!) { removeVaultLock(input: $input) { approvalRequest { id } userErrors { field message } } }`);
// An object, so that a value that the schema gains or loses is an error here.
const MODES: Record<VaultLockMode, true> = { GOVERNANCE: true, COMPLIANCE: true };
const isMode = (value: string): value is VaultLockMode => value in MODES;

type Lock = NonNullable<VaultLockQuery['vaultLock']>;

function told(id: string | undefined) {
  if (id == null) say(text.lock.applied);
  else say(text.approvals.requested, { to: `/approvals/${id}`, name: text.approvals.see });
}

/** What applying these terms means, now. */
function effect(lock: Lock | null, days: number, mode: VaultLockMode): string {
  if (lock == null) return text.lock.first;
  if (days === lock.minimumRetentionDays && mode === lock.mode) return text.lock.same;
  return days < lock.minimumRetentionDays || (lock.mode === 'COMPLIANCE' && mode !== 'COMPLIANCE') ? text.lock.looser : text.lock.tighter;
}

function Change({ lock, onDone }: { lock: Lock | null; onDone: () => void }) {
  const apply = useAct(APPLY);
  const [days, setDays] = useState<number | ''>(lock?.minimumRetentionDays ?? '');
  const [mode, setMode] = useState<VaultLockMode>(lock?.mode ?? 'GOVERNANCE');
  const [reason, setReason] = useState('');
  const submit = () => {
    if (days === '') return;
    void apply.run({ minimumRetentionDays: days, mode, reason: reason.trim() }).then((done) => {
      if (done == null) return;
      told(done.approvalRequest?.id);
      onDone();
    });
  };
  return (
    <Panel title={lock == null ? text.lock.create : text.lock.change} padded>
      <Form act={apply} fields={['minimumRetentionDays', 'mode', 'reason']} submit={text.lock.apply} disabled={days === '' || reason.trim() === ''} onSubmit={submit}>
        <NumberInput label={text.lock.days} description={text.lock.daysHint} min={1} max={36_500} clampBehavior="none" allowDecimal={false} allowNegative={false} value={days} error={apply.at('minimumRetentionDays')} onChange={(value) => { setDays(value === '' ? '' : Number(value)); }} />
        <NativeSelect label={text.lock.mode} description={text.lock.modeHints[mode]} data={Object.keys(MODES).filter(isMode).map((value) => ({ value, label: text.lock.modes[value] }))} value={mode} error={apply.at('mode')} onChange={(event) => { if (isMode(event.currentTarget.value)) setMode(event.currentTarget.value); }} />
        <Textarea label={text.lock.reason} description={text.lock.reasonHint} autosize minRows={2} maxLength={1000} value={reason} error={apply.at('reason')} onChange={(event) => { setReason(event.currentTarget.value); }} />
        {days !== '' && <div role="status"><Text size="sm" fw={600} mb={4}>{text.lock.effect}</Text><ul className="sentences"><li>{effect(lock, days, mode)}</li><li>{text.lock.always}</li></ul></div>}
      </Form>
    </Panel>
  );
}

export default function VaultLock() {
  const may = useMay('SETTINGS_MANAGE');
  const [answer, ask] = useQuery({ query: LOCK, requestPolicy: 'cache-and-network' });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  const remove = useAct(REMOVE);
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState('');
  const submit = () => {
    void remove.run({ reason: reason.trim() }).then((done) => {
      if (done?.approvalRequest == null) return;
      setAsking(false);
      told(done.approvalRequest.id);
    });
  };
  const lock = answer.data?.vaultLock;
  return (
    <Page title={text.lock.title} query={LOCK} actions={may && lock?.mode === 'GOVERNANCE' && <Button variant="default" onClick={() => { remove.clear(); setAsking(true); }}>{text.lock.remove}</Button>}>
      <Answered answer={answer} again={again}>
        {({ vaultLock }) => (
          <div className="halves">
            <Panel title={text.lock.now} padded>
              {vaultLock == null ? <Empty title={text.lock.none} /> : <Facts of={[[text.lock.minimum, text.lock.dayCount(vaultLock.minimumRetentionDays)], [text.lock.mode, text.lock.modes[vaultLock.mode]], [text.lock.since, <Moment key="since" at={vaultLock.lockedAt} />], [text.lock.changed, vaultLock.updatedAt !== vaultLock.lockedAt && <Moment key="changed" at={vaultLock.updatedAt} />]]} />}
            </Panel>
            {may ? <Change key={vaultLock?.updatedAt ?? ''} lock={vaultLock ?? null} onDone={again} /> : <Panel title={text.lock.change} padded><Text size="sm" c="dimmed">{text.lock.cannot}</Text></Panel>}
          </div>
        )}
      </Answered>
      <Confirm opened={asking} title={text.lock.removeTitle} action={text.lock.remove} busy={remove.busy} disabled={reason.trim() === ''} problems={remove.reasons.filter(({ field }) => field[0] !== 'reason')} onConfirm={submit} onClose={() => { setAsking(false); }}>
        <Stack gap="sm"><Text size="sm">{text.lock.removeBody}</Text><Textarea data-autofocus label={text.lock.reason} autosize minRows={2} maxLength={1000} value={reason} error={remove.at('reason')} onChange={(event) => { setReason(event.currentTarget.value); }} /></Stack>
      </Confirm>
    </Page>
  );
}
