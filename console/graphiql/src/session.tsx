// The sign-in form in front of GraphiQL. The session is an HttpOnly cookie: no token ever reaches this page.
import { useState, type FormEvent, type ReactNode } from 'react';

/** Required by the server on every request that a cookie authenticates (a cross-site form cannot send it). */
export const csrfHeader = { 'x-requested-by': 'graphiql' } as const;

interface Answer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

async function post(query: string, variables?: unknown): Promise<Answer> {
  const response = await fetch('/graphql', {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...csrfHeader },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer;
}

/** Signed in or not, as the server sees it; throws when it cannot be reached. */
export async function isSignedIn(): Promise<boolean> {
  const answer = await post('{ viewer { __typename } }');
  return answer.data?.['viewer'] != null;
}

const signIn = `mutation SignIn($input: CreateSessionInput!) {
  createSession(input: $input) { userErrors { message } }
}`;

export function SignIn({ onSignedIn }: { onSignedIn: () => void }): ReactNode {
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setProblem('');
    try {
      const answer = await post(signIn, {
        input: { email: String(form.get('email')), password: String(form.get('password')) },
      });
      const payload = answer.data?.['createSession'] as { userErrors?: { message: string }[] } | null | undefined;
      const message = answer.errors?.[0]?.message ?? payload?.userErrors?.[0]?.message;
      if (message) setProblem(message);
      else if (await isSignedIn()) onSignedIn();
      else setProblem('The browser did not keep the session cookie.');
    } catch {
      setProblem('The server cannot be reached.');
    } finally {
      setBusy(false);
    }
  }

  return (
    <main className="sign-in">
      <h1>Sign in to GraphiQL</h1>
      <form onSubmit={(event) => void submit(event)}>
        <label htmlFor="email">E-mail</label>
        <input id="email" name="email" type="email" autoComplete="username" required autoFocus />
        <label htmlFor="password">Password</label>
        <input id="password" name="password" type="password" autoComplete="current-password" required />
        <p role="alert">{problem}</p>
        <button type="submit" disabled={busy}>
          {busy ? 'Signing in' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}
