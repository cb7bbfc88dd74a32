// The token with which a provider keeps people up to date. Invariant: it is shown once.
import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Secret } from '../account/Secret';
import { useAct } from '../act';
import { graphql } from '../gql';
import { Confirm, Copyable, Facts, Panel, say } from '../shell/parts';
import type { Provider } from './IdentityProvider';
import { providers } from './text';

const MAKE = graphql(`mutation CreateScimToken($input: CreateScimTokenInput!) { createScimToken(input: $input) { secret userErrors { field message } } }`);
const REVOKE = graphql(`mutation DeleteScimToken($input: DeleteScimTokenInput!) { deleteScimToken(input: $input) { identityProviderId userErrors { field message } } }`);
const words = providers.scim;

export function Scim({ provider }: { provider: Provider }) {
  const make = useAct(MAKE);
  const revoke = useAct(REVOKE);
  const [open, setOpen] = useState<'make' | 'revoke' | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const close = () => { setOpen(null); };
  const input = { identityProviderId: provider.id };
  return (
    <Panel title={words.title} padded>
      <Stack gap="md">
        <Text size="sm">{words.hint}</Text>
        <Facts of={[[providers.addresses.scim, <Copyable key="scim" value={provider.addresses.scim} what={providers.addresses.scim} />]]} />
        <Group gap="sm"><Button variant="default" onClick={() => { setOpen('make'); }}>{words.make}</Button><Button variant="default" onClick={() => { setOpen('revoke'); }}>{words.revoke}</Button></Group>
      </Stack>
      <Confirm opened={open === 'make'} title={words.makeQuestion} action={words.make} busy={make.busy} problems={make.reasons} onClose={close} onConfirm={() => void make.run(input).then((done) => { if (done?.secret != null) { close(); setSecret(done.secret); } })}><Text size="sm">{words.makeHint}</Text></Confirm>
      <Confirm opened={open === 'revoke'} danger title={words.revokeQuestion} action={words.revoke} busy={revoke.busy} problems={revoke.reasons} onClose={close} onConfirm={() => void revoke.run(input).then((done) => { if (done != null) { close(); say(words.revoked); } })}><Text size="sm">{words.revokeHint}</Text></Confirm>
      <Secret title={words.secretTitle} hint={words.secretHint} what={words.secret} secret={secret} onClose={() => { setSecret(null); }} />
    </Panel>
  );
}
