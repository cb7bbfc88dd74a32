// The link of a sign-up: password and mailbox are the same person’s.
import { useState } from 'react';
import { Form, useAct } from '../act';
import { graphql } from '../gql';
import { Card } from './Card';
import { NoLink, ToSignIn, useToken } from './link';
import { Password } from './Password';
import { session } from './text';

const CONFIRM = graphql(`mutation ConfirmSignUp($input: ConfirmSignUpInput!) { confirmSignUp(input: $input) { done userErrors { field message } } }`);

export default function ConfirmSignUp() {
  const token = useToken();
  const confirm = useAct(CONFIRM);
  const [password, setPassword] = useState('');
  const [done, setDone] = useState(false);
  if (token === '') return <NoLink />;
  if (done) return <Card title={session.confirm.done} hint={session.confirm.doneHint} footer={<ToSignIn />} />;
  return (
    <Card title={session.confirm.title} hint={session.confirm.hint}>
      <Form act={confirm} fields={['password']} submit={session.confirm.submit} wide onSubmit={() => void confirm.run({ token, password }).then((answer) => { setDone(answer?.done === true); })}>
        <Password label={session.password} autoComplete="current-password" value={password} error={confirm.at('password')} autoFocus onChange={(event) => { setPassword(event.currentTarget.value); }} />
      </Form>
    </Card>
  );
}
