// Inviting somebody, with what they will be able to do and where.
import { Modal, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Form, useAct } from '../act';
import { graphql } from '../gql';
import { complete, emptyGrant, Grants } from '../roles/Grants';
import { say } from '../shell/parts';
import { text } from '../text';
import { users as words } from './text';

const INVITE = graphql(`mutation InviteUser($input: InviteUserInput!) { inviteUser(input: $input) { invitation { id email } userErrors { field message } } }`);

export function Invite({ onClose, onSent }: { onClose: () => void; onSent: () => void }) {
  const invite = useAct(INVITE);
  const [email, setEmail] = useState('');
  const [grants, setGrants] = useState([emptyGrant()]);
  const atGrants = invite.problems.filter(({ at }) => at.startsWith('grants'));

  async function send() {
    const made = await invite.run({ email, grants: complete(grants) });
    if (made?.invitation == null) return;
    say(words.inviteForm.sent(made.invitation.email));
    onSent();
  }

  return (
    <Modal opened onClose={onClose} title={words.inviteForm.title} size={520} closeButtonProps={{ 'aria-label': text.state.close }}>
      <Form act={invite} fields={['email', ...atGrants.map(({ at }) => at)]} submit={words.inviteForm.submit} onCancel={onClose} onSubmit={() => void send()}>
        <Text size="sm" c="dimmed">{words.inviteForm.hint}</Text>
        <TextInput type="email" label={words.inviteForm.email} value={email} error={invite.at('email')} data-autofocus onChange={(event) => { setEmail(event.currentTarget.value); }} />
        <Grants value={grants} onChange={setGrants} error={atGrants.map(({ message }) => message).join(' ') || undefined} />
      </Form>
    </Modal>
  );
}
