// Tokens of programs, with roles of their own. Invariant: a secret is shown once, right after it was made.
import { Button, Modal, NumberInput, Text, TextInput } from '@mantine/core';
import { useCallback, useState } from 'react';
import { useQuery } from 'urql';
import { Secret } from '../account/Secret';
import { Form, useAct } from '../act';
import { graphql } from '../gql';
import { useLive } from '../live';
import { complete, emptyGrant, Grants } from '../roles/Grants';
import { roleName } from '../roles/rights';
import { Answered, Confirm, Empty, Page, Panel, Rows, Time } from '../shell/parts';
import { useMay } from '../shell/viewer';
import { text } from '../text';
import { serviceTokens as words } from './text';

const TOKENS = graphql(`query ServiceTokens { serviceTokens { id name createdAt lastUsedAt expiresAt createdBy { id name } grants { role { id name builtIn } organizationalUnit { id name } } } }`);
const CREATE = graphql(`mutation CreateServiceToken($input: CreateServiceTokenInput!) { createServiceToken(input: $input) { serviceToken { id } secret userErrors { field message } } }`);
const DELETE = graphql(`mutation DeleteServiceToken($input: DeleteServiceTokenInput!) { deleteServiceToken(input: $input) { deletedServiceTokenId userErrors { field message } } }`);
const DAYS = 90;

export default function ServiceTokens() {
  const [answer, ask] = useQuery({ query: TOKENS });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  const may = useMay('SERVICE_TOKEN_MANAGE');
  useLive(again, may && 'token', 'role', 'unit');
  const [making, setMaking] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const [revoked, setRevoked] = useState<{ id: string; name: string } | null>(null);
  const revoke = useAct(DELETE);
  const add = may && <Button onClick={() => { setMaking(true); }}>{words.add}</Button>;
  return (
    <Page title={words.title} query={TOKENS} actions={add}>
      <Panel>
        <Answered answer={answer} again={again}>
          {({ serviceTokens }) => serviceTokens == null || serviceTokens.length === 0 ? <Empty title={words.none} hint={words.hint} /> : (
            <Rows label={words.title} rows={serviceTokens} columns={[
              { key: 'name', title: words.name, cell: (one) => <span className="wrap">{one.name}</span> },
              { key: 'roles', title: words.roles, wide: 'line', cell: (one) => one.grants.map((grant) => text.users.at(roleName(grant.role), grant.organizationalUnit?.name ?? '–')).join(', ') },
              { key: 'by', title: words.by, wide: true, cell: (one) => one.createdBy?.name ?? '–' },
              { key: 'used', title: words.used, numeric: true, wide: 'line', cell: (one) => <Time at={one.lastUsedAt} /> },
              { key: 'expires', title: words.expires, numeric: true, cell: (one) => <Time at={one.expiresAt} /> },
              ...(may ? [{ key: 'revoke', title: words.revoke, untitled: true, numeric: true, cell: (one: { id: string; name: string }) => <Button size="compact-xs" variant="default" onClick={() => { setRevoked(one); }}>{words.revoke}</Button> }] : []),
            ]} />
          )}
        </Answered>
      </Panel>
      {making && <NewToken onClose={() => { setMaking(false); }} onMade={(made) => { setMaking(false); setSecret(made); again(); }} />}
      <Secret title={words.secretTitle} hint={words.secretHint} what={words.secret} secret={secret} onClose={() => { setSecret(null); }} />
      <Confirm opened={revoked != null} danger title={words.revokeQuestion(revoked?.name ?? '')} action={words.revoke} busy={revoke.busy} problems={revoke.reasons} onClose={() => { setRevoked(null); }}
        onConfirm={() => void revoke.run({ id: revoked?.id ?? '' }).then((done) => { if (done != null) { setRevoked(null); again(); } })}><Text size="sm">{words.revokeHint}</Text></Confirm>
    </Page>
  );
}

function NewToken({ onClose, onMade }: { onClose: () => void; onMade: (secret: string) => void }) {
  const create = useAct(CREATE);
  const [name, setName] = useState('');
  const [days, setDays] = useState<number | string>(DAYS);
  const [grants, setGrants] = useState([emptyGrant()]);
  const atGrants = create.problems.filter(({ at }) => at.startsWith('grants'));
  return (
    <Modal opened onClose={onClose} title={words.add} size={520} closeButtonProps={{ 'aria-label': text.state.close }}>
      <Form act={create} fields={['name', 'days', ...atGrants.map(({ at }) => at)]} submit={words.submit} onCancel={onClose} onSubmit={() => void create.run({ name, days: Number(days), grants: complete(grants) }).then((done) => { if (done?.secret != null) onMade(done.secret); })}>
        <TextInput label={words.name} description={words.nameHint} value={name} error={create.at('name')} data-autofocus onChange={(event) => { setName(event.currentTarget.value); }} />
        <NumberInput label={words.days} min={1} allowDecimal={false} value={days} error={create.at('days')} onChange={setDays} />
        <Grants value={grants} onChange={setGrants} error={atGrants.map(({ message }) => message).join(' ') || undefined} />
      </Form>
    </Modal>
  );
}
