// Accounts at identity providers that sign on as this person. Not shown where the organization has no provider.
// Invariant: a stolen session is not enough for a second way in, so the password is asked for; the server asks for a fresh proof besides.
import { Button, Modal, Text } from '@mantine/core';
import { useState } from 'react';
import { Form, useAct } from '../act';
import { graphql } from '../gql';
import { Password } from '../session/Password';
import { Confirm, Panel, Rows, Time } from '../shell/parts';
import { text } from '../text';
import { account } from './text';

const LINK = graphql(`mutation LinkIdentity($input: LinkIdentityInput!) { linkIdentity(input: $input) { location userErrors { field message } } }`);
const UNLINK = graphql(`mutation UnlinkIdentity($input: UnlinkIdentityInput!) { unlinkIdentity(input: $input) { unlinkedIdentityProviderId userErrors { field message } } }`);
const words = account.links;

interface Way { identityProviderId: string; name: string; isActive: boolean; linkedAt?: string | null }

export function IdentityLinks({ links, onChange }: { links: readonly Way[]; onChange: () => void }) {
  const unlink = useAct(UNLINK);
  const [linking, setLinking] = useState<Way | null>(null);
  const [unlinking, setUnlinking] = useState<Way | null>(null);
  const shown = links.filter(({ isActive, linkedAt }) => isActive || linkedAt != null).map((one) => ({ ...one, id: one.identityProviderId }));
  if (shown.length === 0) return null;
  return (
    <Panel title={words.title}>
      <Rows label={words.title} rows={shown} columns={[
        { key: 'name', title: words.provider, cell: (one) => one.name },
        { key: 'since', title: words.since, numeric: true, cell: (one) => (one.linkedAt == null ? words.none : <Time at={one.linkedAt} />) },
        { key: 'act', title: words.link, untitled: true, numeric: true, cell: (one) => one.linkedAt == null
          ? <Button size="compact-xs" variant="default" onClick={() => { setLinking(one); }}>{words.link}</Button>
          : <Button size="compact-xs" variant="default" onClick={() => { setUnlinking(one); }}>{words.unlink}</Button> },
      ]} />
      {linking != null && <Link way={linking} onClose={() => { setLinking(null); }} />}
      <Confirm opened={unlinking != null} danger title={words.unlinkQuestion(unlinking?.name ?? '')} action={words.unlink} busy={unlink.busy} problems={unlink.reasons} onClose={() => { setUnlinking(null); }}
        onConfirm={() => void unlink.run({ identityProviderId: unlinking?.identityProviderId ?? '' }).then((done) => { if (done != null) { setUnlinking(null); onChange(); } })}><Text size="sm">{words.unlinkHint}</Text></Confirm>
    </Panel>
  );
}

function Link({ way, onClose }: { way: Way; onClose: () => void }) {
  const link = useAct(LINK);
  const [password, setPassword] = useState('');
  return (
    <Modal opened onClose={onClose} title={words.linkTitle(way.name)} size={420} closeButtonProps={{ 'aria-label': text.state.close }}>
      <Form act={link} fields={['password']} submit={words.go} onCancel={onClose} onSubmit={() => void link.run({ identityProviderId: way.identityProviderId, password }).then((begun) => { if (begun?.location != null) location.assign(begun.location); })}>
        <Text size="sm" c="dimmed">{words.linkHint}</Text>
        <Password label={words.password} autoComplete="current-password" value={password} error={link.at('password')} data-autofocus onChange={(event) => { setPassword(event.currentTarget.value); }} />
      </Form>
    </Modal>
  );
}
