// Second factors: what there is, adding and removing, and the codes for the day on which one is lost.
import { Button, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { useAct } from '../act';
import { graphql } from '../gql';
import type { AccountQuery } from '../gql/graphql';
import { hasPasskeys } from '../session/passkey';
import { Confirm, Panel, Time } from '../shell/parts';
import { RecoveryCodes } from './RecoveryCodes';
import { RenamePasskey } from './RenamePasskey';
import { SetUpApp } from './SetUpApp';
import { SetUpPasskey } from './SetUpPasskey';
import { account } from './text';

const DELETE_APP = graphql(`mutation DeleteTotp($input: DeleteTotpInput!) { deleteTotp(input: $input) { done userErrors { field message } } }`);
const DELETE_KEY = graphql(`mutation DeletePasskey($input: DeletePasskeyInput!) { deletePasskey(input: $input) { deletedPasskeyId userErrors { field message } } }`);
const NEW_CODES = graphql(`mutation CreateRecoveryCodes($input: CreateRecoveryCodesInput!) { createRecoveryCodes(input: $input) { recoveryCodes userErrors { field message } } }`);

type Info = NonNullable<NonNullable<AccountQuery['viewer']>['secondFactors']>;
type Passkey = Info['passkeys'][number];
type Open = { what: 'app' | 'passkey' | 'removeApp' | 'newCodes' } | { what: 'removePasskey' | 'rename'; passkey: Passkey } | { what: 'codes'; codes: readonly string[] };

export function Factors({ factors, onChange }: { factors: Info; onChange: () => void }) {
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => { setOpen(null); };
  const hasFactor = factors.totpSince != null || factors.passkeys.length > 0;
  const made = (codes: readonly string[] | null) => {
    onChange();
    setOpen(codes == null ? null : { what: 'codes', codes });
  };
  return (
    <Panel title={account.factors.title} side={
      <Group gap="xs">
        {factors.totpSince == null && <Button size="compact-sm" variant="default" onClick={() => { setOpen({ what: 'app' }); }}>{account.factors.addApp}</Button>}
        {hasPasskeys() && <Button size="compact-sm" variant="default" onClick={() => { setOpen({ what: 'passkey' }); }}>{account.factors.addPasskey}</Button>}
      </Group>
    }>
      {!hasFactor && <div className="panel-body"><Text size="sm">{account.factors.none} <Text span inherit c="dimmed">{account.factors.hint}</Text></Text></div>}
      {hasFactor && (
        <Table>
          <caption className="hidden-caption">{account.factors.title}</caption>
          <Table.Thead><Table.Tr><Table.Th scope="col">{account.factors.one}</Table.Th><Table.Th scope="col" className="number wide">{account.factors.added}</Table.Th><Table.Th scope="col" className="number wide">{account.factors.used}</Table.Th><Table.Th scope="col"><span className="unseen">{account.factors.remove}</span></Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {factors.totpSince != null && (
              <Table.Tr><Table.Td>{account.factors.app}</Table.Td><Table.Td className="number wide"><Time at={factors.totpSince} /></Table.Td><Table.Td className="number wide">–</Table.Td><Table.Td className="number"><Button size="compact-xs" variant="default" onClick={() => { setOpen({ what: 'removeApp' }); }}>{account.factors.remove}</Button></Table.Td></Table.Tr>
            )}
            {factors.passkeys.map((passkey) => (
              <Table.Tr key={passkey.id}>
                <Table.Td className="wrap">{account.factors.passkey(passkey.name)}</Table.Td><Table.Td className="number wide"><Time at={passkey.createdAt} /></Table.Td><Table.Td className="number wide"><Time at={passkey.lastUsedAt} /></Table.Td>
                <Table.Td className="number"><Group gap={6} justify="flex-end" wrap="nowrap"><Button size="compact-xs" variant="default" onClick={() => { setOpen({ what: 'rename', passkey }); }}>{account.factors.rename}</Button><Button size="compact-xs" variant="default" onClick={() => { setOpen({ what: 'removePasskey', passkey }); }}>{account.factors.remove}</Button></Group></Table.Td>
              </Table.Tr>
            ))}
            <Table.Tr><Table.Td>{account.factors.recovery}</Table.Td><Table.Td colSpan={2} className="number wide">{account.factors.left(factors.recoveryCodesLeft)}</Table.Td><Table.Td className="number"><Button size="compact-xs" variant="default" onClick={() => { setOpen({ what: 'newCodes' }); }}>{account.factors.newCodes}</Button></Table.Td></Table.Tr>
          </Table.Tbody>
        </Table>
      )}
      <Dialog title={account.app.title} opened={open?.what === 'app'} onClose={close}><SetUpApp onDone={made} begun /></Dialog>
      <Dialog title={account.passkey.title} opened={open?.what === 'passkey'} onClose={close}><SetUpPasskey onDone={made} onCancel={close} /></Dialog>
      <Dialog title={account.codes.title} opened={open?.what === 'codes'} onClose={close}>{open?.what === 'codes' && <Stack gap="md"><RecoveryCodes codes={open.codes} /><Group justify="flex-end"><Button onClick={close}>{account.codes.done}</Button></Group></Stack>}</Dialog>
      {open?.what === 'rename' && <RenamePasskey passkey={open.passkey} onClose={close} onDone={() => { close(); onChange(); }} />}
      <Removals open={open} onClose={close} onDone={made} />
    </Panel>
  );
}

function Dialog({ title, opened, onClose, children }: { title: string; opened: boolean; onClose: () => void; children: React.ReactNode }) {
  return <Modal opened={opened} onClose={onClose} title={title} size={420} closeButtonProps={{ 'aria-label': account.cancel }}>{children}</Modal>;
}

function Removals({ open, onClose, onDone }: { open: Open | null; onClose: () => void; onDone: (codes: readonly string[] | null) => void }) {
  const app = useAct(DELETE_APP);
  const key = useAct(DELETE_KEY);
  const codes = useAct(NEW_CODES);
  const passkey = open?.what === 'removePasskey' ? open.passkey : null;
  return (
    <>
      <Confirm opened={open?.what === 'removeApp'} danger title={account.factors.removeAppQuestion} action={account.factors.remove} busy={app.busy} problems={app.reasons} onClose={onClose} onConfirm={() => void app.run({}).then((done) => { if (done != null) onDone(null); })}><Text size="sm">{account.factors.removeAppHint}</Text></Confirm>
      <Confirm opened={passkey != null} danger title={account.factors.removePasskeyQuestion(passkey?.name ?? '')} action={account.factors.remove} busy={key.busy} problems={key.reasons} onClose={onClose} onConfirm={() => void key.run({ id: passkey?.id ?? '' }).then((done) => { if (done != null) onDone(null); })}><Text size="sm">{account.factors.removePasskeyHint}</Text></Confirm>
      <Confirm opened={open?.what === 'newCodes'} title={account.factors.newCodesQuestion} action={account.factors.newCodes} busy={codes.busy} problems={codes.reasons} onClose={onClose} onConfirm={() => void codes.run({}).then((done) => { if (done != null) onDone(done.recoveryCodes ?? null); })}><Text size="sm">{account.factors.newCodesHint}</Text></Confirm>
    </>
  );
}
