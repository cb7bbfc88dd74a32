// Invitations that wait for an answer. Not shown when there are none.
import { Button, Group, Text } from '@mantine/core';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useQuery } from 'urql';
import { Refusal, useAct } from '../act';
import { graphql } from '../gql';
import type { InvitationsQuery } from '../gql/graphql';
import { useLive } from '../live';
import { roleName } from '../roles/rights';
import { Confirm, Panel, Rows, say, Time } from '../shell/parts';
import { users } from './text';

const INVITATIONS = graphql(`query Invitations { invitations { id email createdAt expiresAt invitedBy { id name } grants { role { id name builtIn } organizationalUnit { id name } } } }`);
const RESEND = graphql(`mutation ResendInvitation($input: ResendInvitationInput!) { resendInvitation(input: $input) { invitation { id email } userErrors { field message } } }`);
const REVOKE = graphql(`mutation RevokeInvitation($input: RevokeInvitationInput!) { revokeInvitation(input: $input) { revokedInvitationId userErrors { field message } } }`);

type Invitation = NonNullable<InvitationsQuery['invitations']>[number];
const words = users.invitations;

/** `changed` counts what was sent meanwhile. */
export function Invitations({ changed }: { changed: number }) {
  const [answer, ask] = useQuery({ query: INVITATIONS });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'invitation', 'role', 'unit');
  const resend = useAct(RESEND);
  const revoke = useAct(REVOKE);
  const [revoked, setRevoked] = useState<Invitation | null>(null);
  const known = useRef(changed);
  useEffect(() => {
    if (known.current === changed) return;
    known.current = changed;
    again();
  }, [changed, again]);
  const invitations = answer.data?.invitations ?? [];
  if (invitations.length === 0) return null;
  return (
    <Panel title={words.title}>
      <Refusal act={resend} />
      <Rows label={words.title} rows={invitations} columns={[
        { key: 'email', title: words.email, cell: (one) => <span className="wrap">{one.email}</span> },
        { key: 'roles', title: words.roles, wide: 'line', cell: (one) => one.grants.map((grant) => users.at(roleName(grant.role), grant.organizationalUnit?.name ?? '–')).join(', ') },
        { key: 'by', title: words.by, wide: true, cell: (one) => one.invitedBy?.name ?? '–' },
        { key: 'expires', title: words.expires, numeric: true, wide: 'line', cell: (one) => <Time at={one.expiresAt} /> },
        { key: 'act', title: words.revoke, untitled: true, numeric: true, cell: (one) => (
          <Group gap={6} justify="flex-end" wrap="nowrap">
            <Button size="compact-xs" variant="default" onClick={() => void resend.run({ id: one.id }).then((done) => { if (done != null) { say(words.resent(one.email)); again(); } })}>{words.resend}</Button>
            <Button size="compact-xs" variant="default" onClick={() => { setRevoked(one); }}>{words.revoke}</Button>
          </Group>
        ) },
      ]} />
      <Confirm opened={revoked != null} danger title={words.revokeQuestion(revoked?.email ?? '')} action={words.revoke} busy={revoke.busy} problems={revoke.reasons} onClose={() => { setRevoked(null); }}
        onConfirm={() => void revoke.run({ id: revoked?.id ?? '' }).then((done) => { if (done != null) { setRevoked(null); again(); } })}><Text size="sm">{words.revokeHint}</Text></Confirm>
    </Panel>
  );
}
