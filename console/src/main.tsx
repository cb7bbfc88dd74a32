// Where the console starts: the look, the client, and which address shows which room.
import '@fontsource-variable/inter/wght.css';
import '@mantine/core/styles.css';
import './style.css';
import { Anchor, MantineProvider } from '@mantine/core';
import { lazy, StrictMode, Suspense, useMemo, useState, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter, Link, RouterProvider } from 'react-router';
import { Provider, useQuery } from 'urql';
import { createClient, socket } from './client';
import { graphql } from './gql';
import { SignIn } from './session/SignIn';
import { Answered, Empty, Page } from './shell/parts';
import { Shell } from './shell/Shell';
import { text } from './text';
import { theme, variables } from './theme';

const VIEWER = graphql(`query Viewer { viewer { id user { name } organization { name } } eventCursor }`);
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';

// Each room is its own file: the first load brings only what it shows.
const rooms: Record<string, ReturnType<typeof lazy>> = {
  '/': lazy(() => import('./dashboard/Dashboard')),
  '/assets': lazy(() => import('./assets/Assets')),
  '/assets/:id': lazy(() => import('./assets/Asset')),
  '/policies': lazy(() => import('./policies/Policies')),
  '/recovery-points': lazy(() => import('./recovery-points/RecoveryPoints')),
  '/recovery-points/:id/restore': lazy(() => import('./recovery-points/Restore')),
  '/tasks': lazy(() => import('./tasks/Tasks')),
  '/tasks/:id': lazy(() => import('./tasks/Task')),
  '/aws-accounts': lazy(() => import('./aws-accounts/AwsAccounts')),
  '/audit': lazy(() => import('./audit/Audit')),
};

function NoPage() {
  return <Page title={text.state.noPage}><Empty title={text.state.missing} /><Anchor component={Link} to="/">{text.state.home}</Anchor></Page>;
}

function Gate({ onChange }: { onChange: () => void }) {
  const [answer, again] = useQuery({ query: VIEWER });
  const viewer = answer.data?.viewer;
  const shell = useMemo(() => ({ name: viewer?.user?.name ?? '', organization: viewer?.organization?.name ?? '' }), [viewer]);
  const cursor = answer.data?.eventCursor ?? null;
  const router = useMemo(
    () =>
      createBrowserRouter(
        [{ element: <Shell viewer={shell} cursor={cursor} />, children: [
          ...Object.entries(rooms).map(([path, Room]) => ({ path, element: <Suspense fallback={null}><Room /></Suspense> })),
          { path: '*', element: <NoPage /> },
        ] }],
        { basename: '/console' },
      ),
    [shell, cursor],
  );
  // A stranger is answered with null, or with an error that says so: then there is nothing to show but the door.
  const stranger = answer.data?.viewer === null || (answer.error?.graphQLErrors.length ?? 0) > 0;
  if (stranger && !answer.fetching) return <SignIn onSignedIn={onChange} />;
  return <Answered answer={answer} again={() => { again({ requestPolicy: 'network-only' }); }}>{(): ReactNode => <RouterProvider router={router} />}</Answered>;
}

function Session({ onChange }: { onChange: () => void }) {
  // A new session begins with an empty cache: nothing of another person stays.
  const client = useMemo(createClient, []);
  return <Provider value={client}><Gate onChange={onChange} /></Provider>;
}

function Console() {
  const [session, setSession] = useState(0);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <Session key={session} onChange={() => { socket.terminate(); setSession(session + 1); }} />
    </MantineProvider>
  );
}

const root = document.getElementById('root');
if (root != null) createRoot(root).render(<StrictMode><Console /></StrictMode>);
