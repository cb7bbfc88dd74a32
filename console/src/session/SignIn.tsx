// Password, then a second factor where the server asks for one. Invariant: what is wrong stands beside its field, and a
// refused password tells nothing about the address.
import { Alert, Anchor, Button, PasswordInput, Stack, TextInput, Title } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useMutation } from 'urql';
import { graphql } from '../gql';
import { text } from '../text';

const CREATE = graphql(`mutation CreateSession($input: CreateSessionInput!) {
  createSession(input: $input) { viewer { id } challenge { token takesRecoveryCode } userErrors { field message } }
}`);
const COMPLETE = graphql(`mutation CompleteSession($input: CompleteSessionInput!) {
  completeSession(input: $input) { viewer { id } userErrors { field message } }
}`);

interface Challenge { token: string; takesRecoveryCode: boolean }

export function SignIn({ onSignedIn }: { onSignedIn: () => void }) {
  const [, create] = useMutation(CREATE);
  const [, complete] = useMutation(COMPLETE);
  const [challenge, setChallenge] = useState<Challenge | null>(null);
  const [recovery, setRecovery] = useState(false);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);

  async function submit(event: SyntheticEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const field = (name: string) => {
      const value = form.get(name);
      return typeof value === 'string' ? value : '';
    };
    setBusy(true);
    setProblem('');
    if (challenge == null) {
      const { data, error } = await create({ input: { email: field('email'), password: field('password') } });
      const answer = data?.createSession;
      if (answer?.challenge != null) setChallenge(answer.challenge);
      else if (answer?.viewer != null) onSignedIn();
      else setProblem(answer?.userErrors[0]?.message ?? error?.graphQLErrors[0]?.message ?? text.session.unreachable);
    } else {
      const code = field('code').trim();
      const { data, error } = await complete({ input: { token: challenge.token, factor: recovery ? { recoveryCode: code } : { code } } });
      if (data?.completeSession?.viewer != null) onSignedIn();
      else setProblem(data?.completeSession?.userErrors[0]?.message ?? error?.graphQLErrors[0]?.message ?? text.session.unreachable);
    }
    setBusy(false);
  }

  return (
    <main className="sign-in">
      <div>
        <form onSubmit={(event) => void submit(event)} key={challenge == null ? 'password' : 'factor'}>
          <Stack gap="md">
            <span className="brand"><img src="/icon.svg" alt="" width={20} height={20} />{text.product}</span>
            <Title order={1}>{challenge == null ? text.session.title : text.session.second}</Title>
            {challenge == null ? (
              <>
                <TextInput name="email" type="email" label={text.session.email} autoComplete="username" required withAsterisk={false} data-autofocus />
                <PasswordInput name="password" label={text.session.password} autoComplete="current-password" required withAsterisk={false} />
              </>
            ) : (
              <TextInput key={String(recovery)} name="code" label={recovery ? text.session.recovery : text.session.code} autoComplete="one-time-code" inputMode={recovery ? 'text' : 'numeric'} required withAsterisk={false} />
            )}
            {problem !== '' && <Alert color="red" variant="outline" role="alert">{problem}</Alert>}
            <Button type="submit" loading={busy} fullWidth>{challenge == null ? text.session.submit : text.session.verify}</Button>
            {challenge?.takesRecoveryCode === true && <Anchor component="button" type="button" size="sm" onClick={() => { setRecovery(!recovery); }}>{recovery ? text.session.useCode : text.session.useRecovery}</Anchor>}
            {challenge != null && <Anchor component="button" type="button" size="sm" onClick={() => { setChallenge(null); setProblem(''); }}>{text.session.restart}</Anchor>}
          </Stack>
        </form>
      </div>
    </main>
  );
}
