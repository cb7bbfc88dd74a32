// The lock of the vault: how long every recovery point is kept at least, and a stricter one that waits. Not for applying one
// (Change.tsx). Invariant: what takes two people leads to the request, and what can still be taken back shows until when.
import { Alert, Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { useCallback, useState } from 'react';
import { useQuery } from 'urql';
import { useAct } from '../act';
import { graphql } from '../gql';
import type { VaultLockQuery } from '../gql/graphql';
import { useLive } from '../live';
import { Answered, Confirm, Empty, Facts, Moment, Page, Panel, say } from '../shell/parts';
import { useMay } from '../shell/viewer';
import { text } from '../text';
import { Change } from './Change';

const LOCK = graphql(`query VaultLock {
  vaultLock { mode minimumRetentionDays lockedAt updatedAt }
  pendingVaultLock { minimumRetentionDays requestedAt holdsAt }
  vaultLockSupport { strongestMode missing probedAt coolingOffHours }
}`);
const REMOVE = graphql(`mutation RemoveVaultLock($input: RemoveVaultLockInput!) { removeVaultLock(input: $input) { approvalRequest { id } userErrors { field message } } }`);
const WITHDRAW = graphql(`mutation WithdrawVaultLock($input: WithdrawVaultLockInput!) { withdrawVaultLock(input: $input) { pendingVaultLock { holdsAt } userErrors { field message } } }`);

interface AskProps { onDone: () => void; onClose: () => void }

function Remove({ onDone, onClose }: AskProps) {
  const remove = useAct(REMOVE);
  const [reason, setReason] = useState('');
  const submit = () => {
    void remove.run({ reason: reason.trim() }).then((done) => {
      if (done?.approvalRequest == null) return;
      say(text.approvals.requested, { to: `/approvals/${done.approvalRequest.id}`, name: text.approvals.see });
      onDone();
    });
  };
  return (
    <Confirm opened title={text.lock.removeTitle} action={text.lock.remove} busy={remove.busy} disabled={reason.trim() === ''} problems={remove.reasons.filter(({ field }) => field[0] !== 'reason')} onConfirm={submit} onClose={onClose}>
      <Text size="sm">{text.lock.removeBody}</Text>
      <Textarea data-autofocus label={text.lock.reason} autosize minRows={2} maxLength={1000} value={reason} error={remove.at('reason')} onChange={(event) => { setReason(event.currentTarget.value); }} />
    </Confirm>
  );
}

function Withdraw({ onDone, onClose }: AskProps) {
  const withdraw = useAct(WITHDRAW);
  const [reason, setReason] = useState('');
  const submit = () => {
    void withdraw.run({ reason: reason.trim() }).then((done) => {
      if (done == null) return;
      say(text.lock.withdrawn);
      onDone();
    });
  };
  return (
    <Confirm opened title={text.lock.withdrawTitle} action={text.lock.withdraw} busy={withdraw.busy} disabled={reason.trim() === ''} problems={withdraw.reasons.filter(({ field }) => field[0] !== 'reason')} onConfirm={submit} onClose={onClose}>
      <Text size="sm">{text.lock.withdrawBody}</Text>
      <Textarea data-autofocus label={text.lock.reason} autosize minRows={2} maxLength={500} value={reason} error={withdraw.at('reason')} onChange={(event) => { setReason(event.currentTarget.value); }} />
    </Confirm>
  );
}

function Now({ vaultLock: lock }: VaultLockQuery) {
  return (
    <Panel title={text.lock.now} padded>
      {lock == null ? <Empty title={text.lock.none} /> : (
        <Facts of={[
          [text.lock.minimum, text.lock.dayCount(lock.minimumRetentionDays)], [text.lock.mode, text.lock.modes[lock.mode]],
          [text.lock.since, <Moment key="since" at={lock.lockedAt} />], [text.lock.changed, lock.updatedAt !== lock.lockedAt && <Moment key="changed" at={lock.updatedAt} />],
        ]} />
      )}
    </Panel>
  );
}

function Pending({ pending, may, onWithdraw }: { pending: NonNullable<VaultLockQuery['pendingVaultLock']>; may: boolean; onWithdraw: () => void }) {
  return (
    <Panel title={text.lock.waits} padded>
      <Stack gap="md">
        <Facts of={[
          [text.lock.minimum, text.lock.dayCount(pending.minimumRetentionDays)], [text.lock.mode, text.lock.modes.COMPLIANCE],
          [text.lock.holds, <Moment key="holds" at={pending.holdsAt} />], [text.lock.requested, <Moment key="requested" at={pending.requestedAt} />],
        ]} />
        <Alert color="orange">{text.lock.waitsHint}</Alert>
        {may && <Group><Button variant="default" onClick={onWithdraw}>{text.lock.withdraw}</Button></Group>}
      </Stack>
    </Panel>
  );
}

export default function VaultLock() {
  const may = useMay('SETTINGS_MANAGE');
  const [answer, ask] = useQuery({ query: LOCK, requestPolicy: 'cache-and-network' });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'organization');
  const [open, setOpen] = useState<'remove' | 'withdraw' | null>(null);
  const close = () => { setOpen(null); };
  const done = () => { close(); again(); };
  const lock = answer.data?.vaultLock;
  return (
    <Page title={text.lock.title} query={LOCK} actions={may && lock?.mode === 'GOVERNANCE' && <Button variant="default" onClick={() => { setOpen('remove'); }}>{text.lock.remove}</Button>}>
      <Answered answer={answer} again={again}>
        {(found) => (
          <div className="halves">
            <Stack gap="md">
              <Now {...found} />
              {found.pendingVaultLock != null && <Pending pending={found.pendingVaultLock} may={may} onWithdraw={() => { setOpen('withdraw'); }} />}
            </Stack>
            {may ? <Change key={`${found.vaultLock?.updatedAt ?? ''} ${found.pendingVaultLock?.holdsAt ?? ''}`} of={found} onDone={again} /> : <Panel title={text.lock.change} padded><Text size="sm" c="dimmed">{text.lock.cannot}</Text></Panel>}
          </div>
        )}
      </Answered>
      {open === 'remove' && <Remove onDone={done} onClose={close} />}
      {open === 'withdraw' && <Withdraw onDone={done} onClose={close} />}
    </Page>
  );
}
