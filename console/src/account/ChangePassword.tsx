// Another password for oneself. Invariant: the server decides which are good enough; the rules shown are its own.
import { useState } from 'react';
import { Form, useAct } from '../act';
import { graphql } from '../gql';
import { NewPassword } from '../session/NewPassword';
import { Password } from '../session/Password';
import type { Rule } from '../session/rules';
import { account } from './text';

const CHANGE = graphql(`mutation ChangePassword($input: ChangePasswordInput!) { changePassword(input: $input) { done userErrors { field message } } }`);

export function ChangePassword({ rules, onDone }: { rules: readonly Rule[]; onDone: () => void }) {
  const change = useAct(CHANGE);
  const [currentPassword, setCurrent] = useState('');
  const [newPassword, setNext] = useState('');

  async function submit() {
    const answer = await change.run({ currentPassword, newPassword });
    if (answer?.done !== true) return;
    setCurrent('');
    setNext('');
    onDone();
  }

  return (
    <Form act={change} fields={['currentPassword', 'newPassword']} submit={account.password.submit} onSubmit={() => void submit()}>
      <Password label={account.password.current} autoComplete="current-password" value={currentPassword} error={change.at('currentPassword')} onChange={(event) => { setCurrent(event.currentTarget.value); }} />
      <NewPassword label={account.password.next} rules={rules} value={newPassword} error={change.at('newPassword')} onChange={setNext} />
    </Form>
  );
}
