// Where the links of mails lead: confirming a sign-up, setting a new password, joining by an invitation.
// Invariant: opening a page changes nothing, only sending its form does, so that scanners and previews use no link up.
import { PasswordInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { useQuery } from 'urql';
import { Form, useAct } from '../act';
import { graphql } from '../gql';
import { Card, Way } from './Card';
import { NewPassword } from './NewPassword';
import { Terms } from './SignUp';
import { session } from './text';

const RULES = graphql(`query LinkForms { signUpForm { termsVersion termsText passwordRules { rule charactersMin charactersMax } } }`);
const CONFIRM = graphql(`mutation ConfirmSignUp($input: ConfirmSignUpInput!) { confirmSignUp(input: $input) { done userErrors { field message } } }`);
const RESET = graphql(`mutation ResetPassword($input: ResetPasswordInput!) { resetPassword(input: $input) { done userErrors { field message } } }`);
const ACCEPT = graphql(`mutation AcceptInvitation($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { done organizationName userErrors { field message } } }`);

function useToken(): string {
  return useSearchParams()[0].get('token') ?? '';
}

const toSignIn = <Way to="/">{session.signIn.title}</Way>;
const noLink = <Card title={session.noLink} hint={session.noLinkHint} footer={toSignIn} />;

export function ConfirmSignUp() {
  const token = useToken();
  const confirm = useAct(CONFIRM);
  const [password, setPassword] = useState('');
  const [done, setDone] = useState(false);
  if (token === '') return noLink;
  if (done) return <Card title={session.confirm.done} hint={session.confirm.doneHint} footer={toSignIn} />;
  return (
    <Card title={session.confirm.title} hint={session.confirm.hint}>
      <Form act={confirm} fields={['password']} submit={session.confirm.submit} wide onSubmit={() => void confirm.run({ token, password }).then((answer) => { setDone(answer?.done === true); })}>
        <PasswordInput label={session.password} autoComplete="current-password" value={password} error={confirm.at('password')} autoFocus onChange={(event) => { setPassword(event.currentTarget.value); }} />
      </Form>
    </Card>
  );
}

export function ResetPassword() {
  const token = useToken();
  const reset = useAct(RESET);
  const [form] = useQuery({ query: RULES });
  const [password, setPassword] = useState('');
  const [done, setDone] = useState(false);
  if (token === '') return noLink;
  if (done) return <Card title={session.reset.done} hint={session.reset.doneHint} footer={toSignIn} />;
  return (
    <Card title={session.reset.title} hint={session.reset.hint}>
      <Form act={reset} fields={['password']} submit={session.reset.submit} wide onSubmit={() => void reset.run({ token, password }).then((answer) => { setDone(answer?.done === true); })}>
        <NewPassword label={session.reset.password} rules={form.data?.signUpForm?.passwordRules ?? []} value={password} error={reset.at('password')} onChange={setPassword} />
      </Form>
    </Card>
  );
}

export function AcceptInvitation() {
  const token = useToken();
  const accept = useAct(ACCEPT);
  const [form] = useQuery({ query: RULES });
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [accepted, setAccepted] = useState(false);
  const [joined, setJoined] = useState<string | null>(null);
  const terms = form.data?.signUpForm;
  if (token === '') return noLink;
  if (joined != null) return <Card title={session.accept.done(joined)} hint={session.accept.doneHint} footer={toSignIn} />;

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
