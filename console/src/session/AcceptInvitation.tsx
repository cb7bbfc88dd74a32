// The link of an invitation: the password of an account that exists, or name and password of a new one.
import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { useQuery } from 'urql';
import { Form, useAct } from '../act';
import { graphql } from '../gql';
import { Card } from './Card';
import { LINK_FORMS, NoLink, ToSignIn, useToken } from './link';
import { NewPassword } from './NewPassword';
import { Terms } from './Terms';
import { session } from './text';

const ACCEPT = graphql(`mutation AcceptInvitation($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { done organizationName userErrors { field message } } }`);

export default function AcceptInvitation() {
  const token = useToken();
  const accept = useAct(ACCEPT);
  const [form] = useQuery({ query: LINK_FORMS });
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [accepted, setAccepted] = useState(false);
  const [joined, setJoined] = useState<string | null>(null);
  const terms = form.data?.signUpForm;
  if (token === '') return <NoLink />;
  if (joined != null) return <Card title={session.accept.done(joined)} hint={session.accept.doneHint} footer={<ToSignIn />} />;

  async function submit() {
    const answer = await accept.run({ token, password, name: name.trim() === '' ? null : name, termsVersion: accepted ? terms?.termsVersion : null });
    if (answer?.done === true) setJoined(answer.organizationName ?? '');
  }

  return (
    <Card title={session.accept.title} hint={session.accept.hint}>
      <Form act={accept} fields={['name', 'password', 'termsVersion']} submit={session.accept.submit} wide onSubmit={() => void submit()}>
        <TextInput label={session.name} description={session.accept.nameHint} autoComplete="name" value={name} error={accept.at('name')} autoFocus onChange={(event) => { setName(event.currentTarget.value); }} />
        <NewPassword label={session.password} rules={terms?.passwordRules ?? []} value={password} error={accept.at('password')} onChange={setPassword} />
        {terms != null && terms.termsText !== '' && <Terms version={terms.termsVersion} text={terms.termsText} accepted={accepted} onChange={setAccepted} error={accept.at('termsVersion')} />}
      </Form>
    </Card>
  );
}
