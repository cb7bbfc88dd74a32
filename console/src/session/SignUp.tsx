// An account and an organization of one's own. Not for invitations. Invariant: what is shown after sending is the same for
// known and unknown addresses.
import { Anchor, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useQuery } from 'urql';
import { Form, Refusal, useAct } from '../act';
import { graphql } from '../gql';
import type { SignUpRulesQuery } from '../gql/graphql';
import { Answered } from '../shell/parts';
import { Card, Way } from './Card';
import { NewPassword } from './NewPassword';
import { Terms } from './Terms';
import { session } from './text';

const RULES = graphql(`query SignUpRules { signUpForm { isOpen termsVersion termsText passwordRules { rule charactersMin charactersMax } } }`);
const SIGN_UP = graphql(`mutation SignUp($input: SignUpInput!) { signUp(input: $input) { accepted userErrors { field message } } }`);
const AGAIN = graphql(`mutation RequestConfirmation($input: RequestConfirmationInput!) { requestConfirmation(input: $input) { accepted userErrors { field message } } }`);

type SignUpForm = NonNullable<SignUpRulesQuery['signUpForm']>;

export default function SignUp() {
  const [answer, ask] = useQuery({ query: RULES });
  const [sentTo, setSentTo] = useState<string | null>(null);
  const form = answer.data?.signUpForm;
  if (sentTo != null) return <Sent email={sentTo} />;
  if (form == null) return <Card title={session.signUp.title}><Answered answer={answer} again={() => { ask({ requestPolicy: 'network-only' }); }}>{() => null}</Answered></Card>;
  if (!form.isOpen) return <Card title={session.signUp.closed} hint={session.signUp.closedHint} footer={<Way to="/">{session.back}</Way>} />;
  return <Fields form={form} onSent={setSentTo} />;
}

function Fields({ form, onSent }: { form: SignUpForm; onSent: (email: string) => void }) {
  const signUp = useAct(SIGN_UP);
  const [value, setValue] = useState({ name: '', organizationName: '', email: '', password: '' });
  const [accepted, setAccepted] = useState(false);
  const [asked, setAsked] = useState(false);
  const set = (name: keyof typeof value) => (text: string) => { setValue({ ...value, [name]: text }); };
  const hasTerms = form.termsText !== '';

  async function submit() {
    setAsked(true);
    if (hasTerms && !accepted) return;
    const answer = await signUp.run({ ...value, termsVersion: form.termsVersion });
    if (answer != null) onSent(value.email.trim());
  }

  return (
    <Card title={session.signUp.title} footer={<><Text size="sm" c="dimmed">{session.signUp.have}</Text><Way to="/">{session.signIn.title}</Way></>}>
      <Form act={signUp} fields={['name', 'organizationName', 'email', 'password', 'termsVersion']} submit={session.signUp.submit} wide onSubmit={() => void submit()}>
        <TextInput label={session.name} autoComplete="name" value={value.name} error={signUp.at('name')} autoFocus onChange={(event) => { set('name')(event.currentTarget.value); }} />
        <TextInput label={session.signUp.organization} description={session.signUp.organizationHint} autoComplete="organization" value={value.organizationName} error={signUp.at('organizationName')} onChange={(event) => { set('organizationName')(event.currentTarget.value); }} />
        <TextInput type="email" label={session.email} autoComplete="username" value={value.email} error={signUp.at('email')} onChange={(event) => { set('email')(event.currentTarget.value); }} />
        <NewPassword label={session.password} rules={form.passwordRules} value={value.password} error={signUp.at('password')} onChange={set('password')} />
        {hasTerms && (
          <Terms version={form.termsVersion} text={form.termsText} accepted={accepted} onChange={setAccepted} error={signUp.at('termsVersion') ?? (asked && !accepted ? session.signUp.mustAccept : undefined)} />
        )}
      </Form>
    </Card>
  );
}

function Sent({ email }: { email: string }) {
  const again = useAct(AGAIN);
  const [resent, setResent] = useState(false);
  return (
    <Card title={session.signUp.sent} hint={session.signUp.sentHint(email)} footer={<Way to="/">{session.back}</Way>}>
      <Stack gap="sm">
        <Refusal act={again} />
        {resent ? <Text size="sm" role="status">{session.signUp.resent}</Text> : (
          <Anchor component="button" type="button" size="sm" underline="always" ta="left" onClick={() => void again.run({ email }).then((done) => { setResent(done != null); })}>{session.signUp.resend}</Anchor>
        )}
      </Stack>
    </Card>
  );
}
