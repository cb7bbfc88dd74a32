// Password, then a second factor where the server asks for one; or through the identity provider of the address' domain.
// Invariant: what is wrong stands beside its field, and a refused password tells nothing about the address.
import { Anchor, Button, Divider, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useQuery } from 'urql';
import { Form, useAct } from '../act';
import { graphql } from '../gql';
import type { CreateSessionMutation } from '../gql/graphql';
import { Card, Way } from './Card';
import { askPasskey, hasPasskeys } from './passkey';
import { Password } from './Password';
import { session } from './text';
import { keep } from './way';

const FORM = graphql(`query SignInForm($email: String!) { signInForm(email: $email) { identityProviders { name startUrl } } signUpForm { isOpen } }`);
const CREATE = graphql(`mutation CreateSession($input: CreateSessionInput!) {
  createSession(input: $input) { viewer { id } challenge { token takesCode takesRecoveryCode passkeyOptions } userErrors { field message } }
}`);
const COMPLETE = graphql(`mutation CompleteSession($input: CompleteSessionInput!) {
  completeSession(input: $input) { viewer { id } userErrors { field message } }
}`);

type Challenge = NonNullable<NonNullable<CreateSessionMutation['createSession']>['challenge']>;

/** Pause after the last letter before the server is asked which providers an address has. */
const TYPING_MS = 400;

interface SignInProps { onSignedIn: () => void; ended?: boolean }

export default function SignIn({ onSignedIn, ended = false }: SignInProps) {
  const [challenge, setChallenge] = useState<Challenge | null>(null);
  return challenge == null
    ? <FirstFactor onSignedIn={onSignedIn} onChallenge={setChallenge} ended={ended} />
    : <SecondFactor challenge={challenge} onSignedIn={onSignedIn} onRestart={() => { setChallenge(null); }} />;
}

function FirstFactor({ onSignedIn, onChallenge, ended }: { onSignedIn: () => void; onChallenge: (challenge: Challenge) => void; ended: boolean }) {
  const create = useAct(CREATE);
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [typed] = useDebouncedValue(email.trim(), TYPING_MS);
  const address = /^\S+@[^\s@]+\.[^\s@.]+$/.test(typed) ? typed : '';
  const [form] = useQuery({ query: FORM, variables: { email: address } });
  const providers = address === '' ? [] : (form.data?.signInForm?.identityProviders ?? []);

  async function submit() {
    const answer = await create.run({ email, password });
    if (answer?.challenge != null) onChallenge(answer.challenge);
    else if (answer?.viewer != null) onSignedIn();
  }

  return (
    <Card title={session.signIn.title} hint={ended ? session.signIn.ended : undefined}
      footer={form.data?.signUpForm?.isOpen === true && <><Text size="sm" c="dimmed">{session.signIn.noAccount}</Text><Way to="/sign-up">{session.signIn.signUp}</Way></>}>
      <Form act={create} fields={['email', 'password']} submit={session.signIn.submit} wide onSubmit={() => void submit()}>
        <TextInput type="email" name="email" label={session.email} autoComplete="username" value={email} error={create.at('email')} data-autofocus autoFocus onChange={(event) => { setEmail(event.currentTarget.value); }} />
        {providers.length > 0 && (
          <Stack gap="sm">
            {providers.map((provider) => <Button key={provider.startUrl} component="a" href={provider.startUrl} onClick={keep} variant="default">{session.signIn.through(provider.name)}</Button>)}
            <Divider label={session.or} />
          </Stack>
        )}
        <Stack gap={6}>
          <Password name="password" label={session.password} autoComplete="current-password" value={password} error={create.at('password')} onChange={(event) => { setPassword(event.currentTarget.value); }} />
          <Way to="/forgot-password">{session.signIn.forgot}</Way>
        </Stack>
      </Form>
    </Card>
  );
}

function SecondFactor({ challenge, onSignedIn, onRestart }: { challenge: Challenge; onSignedIn: () => void; onRestart: () => void }) {
  const complete = useAct(COMPLETE);
  const [recovery, setRecovery] = useState(!challenge.takesCode && challenge.passkeyOptions == null);
  const [code, setCode] = useState('');
  const [refused, setRefused] = useState(false);
  const takesText = recovery ? challenge.takesRecoveryCode : challenge.takesCode;
  const { token, passkeyOptions } = challenge;

  async function submit() {
    const text = code.trim();
    const answer = await complete.run({ token, factor: recovery ? { recoveryCode: text } : { code: text } });
    if (answer?.viewer != null) onSignedIn();
  }

  async function ask(options: string) {
    setRefused(false);
    const passkey = await askPasskey(options);
    if (passkey == null) {
      setRefused(true);
      return;
    }
    const answer = await complete.run({ token, factor: { passkey } });
    if (answer?.viewer != null) onSignedIn();
  }

  return (
    <Card title={session.second.title} footer={
      <Stack gap={6}>
        {challenge.takesRecoveryCode && challenge.takesCode && <Switch onClick={() => { setRecovery(!recovery); setCode(''); complete.clear(); }}>{recovery ? session.second.useCode : session.second.useRecovery}</Switch>}
        {challenge.takesRecoveryCode && !challenge.takesCode && !recovery && <Switch onClick={() => { setRecovery(true); }}>{session.second.useRecovery}</Switch>}
        <Switch onClick={onRestart}>{session.second.restart}</Switch>
      </Stack>
    }>
      {passkeyOptions != null && hasPasskeys() && (
        <Stack gap="sm">
          <Button variant={takesText ? 'default' : 'filled'} loading={complete.busy} onClick={() => void ask(passkeyOptions)}>{session.second.passkey}</Button>
          {refused && <Text size="sm" role="alert">{session.second.passkeyRefused}</Text>}
          {takesText && <Divider label={session.or} />}
        </Stack>
      )}
      {takesText && (
        <Form act={complete} fields={['factor']} submit={session.second.submit} wide onSubmit={() => void submit()}>
          <TextInput key={String(recovery)} label={recovery ? session.second.recovery : session.second.code} value={code} error={complete.at('factor')} autoComplete="one-time-code" inputMode={recovery ? 'text' : 'numeric'} autoFocus
            onChange={(event) => { setCode(event.currentTarget.value); }} />
        </Form>
      )}
    </Card>
  );
}

function Switch({ onClick, children }: { onClick: () => void; children: string }) {
  return <Anchor component="button" type="button" size="sm" underline="always" ta="left" onClick={onClick}>{children}</Anchor>;
}
