// Another address for oneself. Invariant: what is shown is the same whether somebody has the address or not.
import { Modal, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Form, useAct } from '../act';
import { graphql } from '../gql';
import { account } from './text';

const REQUEST = graphql(`mutation RequestEmailChange($input: RequestEmailChangeInput!) { requestEmailChange(input: $input) { accepted userErrors { field message } } }`);
const words = account.newEmail;

export function ChangeEmail({ onClose }: { onClose: () => void }) {
  const request = useAct(REQUEST);
  const [email, setEmail] = useState('');
  const [sent, setSent] = useState(false);
  return (
    <Modal opened onClose={onClose} title={sent ? words.sent : words.title} size={420} closeButtonProps={{ 'aria-label': words.close }}>
      {sent ? <Text size="sm">{words.sentHint(email.trim())}</Text> : (
        <Form act={request} fields={['email']} submit={words.submit} onCancel={onClose} onSubmit={() => void request.run({ email }).then((done) => { setSent(done != null); })}>
          <Text size="sm" c="dimmed">{words.hint}</Text>
          <TextInput type="email" label={words.field} autoComplete="email" value={email} error={request.at('email')} data-autofocus onChange={(event) => { setEmail(event.currentTarget.value); }} />
        </Form>
      )}
    </Modal>
  );
}
