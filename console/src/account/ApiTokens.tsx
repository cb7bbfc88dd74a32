// Tokens of programs that act in the person's name. Invariant: a secret is shown once, right after it was made.
import { Button, Modal, NumberInput, Text, TextInput } from '@mantine/core';
import { useCallback, useState } from 'react';
import { useQuery } from 'urql';
import { Form, useAct } from '../act';
import { graphql } from '../gql';
import { useLive } from '../live';
import { Answered, Confirm, Empty, Panel, Rows, Time } from '../shell/parts';
import { useMay } from '../shell/viewer';
import { Secret } from './Secret';
import { account } from './text';

const TOKENS = graphql(`query ApiTokens { apiTokens(first: 100) { nodes { id name createdAt lastUsedAt expiresAt } } }`);
const CREATE = graphql(`mutation CreateApiToken($input: CreateApiTokenInput!) { createApiToken(input: $input) { apiToken { id } secret userErrors { field message } } }`);
const DELETE = graphql(`mutation DeleteApiToken($input: DeleteApiTokenInput!) { deleteApiToken(input: $input) { deletedApiTokenId userErrors { field message } } }`);
const DAYS = 90;

export function ApiTokens() {
  const may = useMay('API_TOKEN_MANAGE');
  const [answer, ask] = useQuery({ query: TOKENS, pause: !may });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, may && 'own');
  const [making, setMaking] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const [revoked, setRevoked] = useState<{ id: string; name: string } | null>(null);
  const revoke = useAct(DELETE);
  if (!may) return null;
  return (
    <Panel title={account.tokens.title} side={<Button size="compact-sm" variant="default" onClick={() => { setMaking(true); }}>{account.tokens.add}</Button>}>
      <Answered answer={answer} again={again} lines={2}>
        {({ apiTokens }) => apiTokens == null || apiTokens.nodes.length === 0 ? <Empty title={account.tokens.none} hint={account.tokens.hint} /> : (
          <Rows label={account.tokens.title} rows={apiTokens.nodes} columns={[
            { key: 'name', title: account.tokens.name, cut: true, cell: (one) => one.name },
            { key: 'used', title: account.tokens.used, numeric: true, wide: 'line', cell: (one) => <Time at={one.lastUsedAt} /> },
            { key: 'expires', title: account.tokens.expires, numeric: true, cell: (one) => <Time at={one.expiresAt} /> },
            { key: 'revoke', title: account.tokens.revoke, untitled: true, numeric: true, cell: (one) => <Button size="compact-xs" variant="default" onClick={() => { setRevoked(one); }}>{account.tokens.revoke}</Button> },
          ]} />
        )}
      </Answered>
      {making && <NewToken onClose={() => { setMaking(false); }} onMade={(made) => { setMaking(false); setSecret(made); again(); }} />}
      <Secret title={account.tokens.secretTitle} hint={account.tokens.secretHint} what={account.tokens.secret} secret={secret} onClose={() => { setSecret(null); }} />
      <Confirm opened={revoked != null} danger title={account.tokens.revokeQuestion(revoked?.name ?? '')} action={account.tokens.revoke} busy={revoke.busy} problems={revoke.reasons} onClose={() => { setRevoked(null); }}
        onConfirm={() => void revoke.run({ id: revoked?.id ?? '' }).then((done) => { if (done != null) { setRevoked(null); again(); } })}><Text size="sm">{account.tokens.revokeHint}</Text></Confirm>
    </Panel>
  );
}

function NewToken({ onClose, onMade }: { onClose: () => void; onMade: (secret: string) => void }) {
  const create = useAct(CREATE);
  const [name, setName] = useState('');
  const [days, setDays] = useState<number | string>(DAYS);
  return (
    <Modal opened onClose={onClose} title={account.tokens.add} size={420} closeButtonProps={{ 'aria-label': account.cancel }}>
      <Form act={create} fields={['name', 'days']} submit={account.tokens.submit} onCancel={onClose} onSubmit={() => void create.run({ name, days: Number(days) }).then((done) => { if (done?.secret != null) onMade(done.secret); })}>
        <TextInput label={account.tokens.name} description={account.tokens.nameHint} value={name} error={create.at('name')} data-autofocus onChange={(event) => { setName(event.currentTarget.value); }} />
        <NumberInput label={account.tokens.days} min={1} allowDecimal={false} value={days} error={create.at('days')} onChange={setDays} />
      </Form>
    </Modal>
  );
}
