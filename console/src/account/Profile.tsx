// What a person is called, and the address with which they sign in.
import { Anchor, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Form, useAct } from '../act';
import { exact } from '../format';
import { graphql } from '../gql';
import { Facts } from '../shell/parts';
import { ChangeEmail } from './ChangeEmail';
import { account } from './text';

const UPDATE = graphql(`mutation UpdateProfile($input: UpdateProfileInput!) { updateProfile(input: $input) { user { id name } userErrors { field message } } }`);

interface ProfileProps { user: { name: string; email: string; createdAt: string }; onChange: () => void }

export function Profile({ user, onChange }: ProfileProps) {
  const update = useAct(UPDATE);
  const [name, setName] = useState(user.name);
  const [moving, setMoving] = useState(false);
  return (
    <>
      <Form act={update} fields={['name']} submit={account.save} disabled={name.trim() === user.name} onSubmit={() => void update.run({ name }).then((done) => { if (done != null) onChange(); })}>
        <TextInput label={account.name} autoComplete="name" value={name} error={update.at('name')} onChange={(event) => { setName(event.currentTarget.value); }} />
        <Facts of={[[account.email, <span key="email">{user.email} <Anchor component="button" type="button" size="sm" onClick={() => { setMoving(true); }}>{account.newEmail.begin}</Anchor></span>], [account.since, exact(user.createdAt)]]} />
      </Form>
      {moving && <ChangeEmail onClose={() => { setMoving(false); }} />}
    </>
  );
}
