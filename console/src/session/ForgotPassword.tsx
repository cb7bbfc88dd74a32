// Asks for a link that sets a new password. Invariant: what is shown is the same for known and unknown addresses.
import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { Form, useAct } from '../act';
import { graphql } from '../gql';
import { Card, Way } from './Card';
import { session } from './text';

const REQUEST = graphql(`mutation RequestPasswordReset($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { accepted userErrors { field message } } }`);

export default function ForgotPassword() {
  const request = useAct(REQUEST);
  const [email, setEmail] = useState('');
  const [sent, setSent] = useState(false);
  if (sent) return <Card title={session.forgot.sent} hint={session.forgot.sentHint(email.trim())} footer={<Way to="/">{session.back}</Way>} />;
  return (
    <Card title={session.forgot.title} hint={session.forgot.hint} footer={<Way to="/">{session.back}</Way>}>
      <Form act={request} fields={['email']} submit={session.forgot.submit} wide onSubmit={() => void request.run({ email }).then((done) => { setSent(done != null); })}>
        <TextInput type="email" label={session.email} autoComplete="username" value={email} error={request.at('email')} autoFocus onChange={(event) => { setEmail(event.currentTarget.value); }} />
      </Form>
    </Card>
  );
}
