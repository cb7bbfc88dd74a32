// The link for whoever forgot the password: a new one.
import { useState } from 'react';
import { useQuery } from 'urql';
import { Form, useAct } from '../act';
import { graphql } from '../gql';
import { Card } from './Card';
import { LINK_FORMS, NoLink, ToSignIn, useToken } from './link';
import { NewPassword } from './NewPassword';
import { session } from './text';

const RESET = graphql(`mutation ResetPassword($input: ResetPasswordInput!) { resetPassword(input: $input) { done userErrors { field message } } }`);

export default function ResetPassword() {
  const token = useToken();
  const reset = useAct(RESET);
  const [form] = useQuery({ query: LINK_FORMS });
  const [password, setPassword] = useState('');
  const [done, setDone] = useState(false);
  if (token === '') return <NoLink />;
  if (done) return <Card title={session.reset.done} hint={session.reset.doneHint} footer={<ToSignIn />} />;
  return (
    <Card title={session.reset.title} hint={session.reset.hint}>
      <Form act={reset} fields={['password']} submit={session.reset.submit} wide onSubmit={() => void reset.run({ token, password }).then((answer) => { setDone(answer?.done === true); })}>
        <NewPassword label={session.reset.password} rules={form.data?.signUpForm?.passwordRules ?? []} value={password} error={reset.at('password')} onChange={setPassword} />
      </Form>
    </Card>
  );
}
