// Where the console starts: the look, the session, and the router over rooms.ts. Not for any page.
import '@fontsource-variable/inter/wght.css';
import '@mantine/core/styles.css';
import './style.css';
import { MantineProvider } from '@mantine/core';
import { lazy, StrictMode, Suspense, useCallback, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter, RouterProvider } from 'react-router';
import { Provider } from 'urql';
import { createClient, socket } from './client';
import { doors, rooms, type Room } from './rooms';
import { Broken, NoPage } from './shell/Broken';
import { Members } from './shell/Members';
import { Waiting } from './shell/parts';
import { RenewContext } from './shell/viewer';
import { theme, variables } from './theme';

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';

function route({ path, load }: Room) {
  const Shown = lazy(load);
  return { path, element: <Suspense fallback={<Waiting />}><Shown /></Suspense>, errorElement: <Broken /> };
}

const router = createBrowserRouter(
  [...doors.map(route), { element: <Members />, errorElement: <Broken />, children: [...rooms.map(route), { path: '*', element: <NoPage /> }] }],
  { basename: '/console' },
);

function Session() {
  // A new session begins with an empty cache: nothing of another person, organization or unit stays.
  const client = useMemo(createClient, []);
  return <Provider value={client}><RouterProvider router={router} /></Provider>;
}

function Console() {
  const [session, setSession] = useState(0);
  const renew = useCallback(() => {
    socket.terminate();
    setSession((count) => count + 1);
  }, []);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <RenewContext value={renew}><Session key={session} /></RenewContext>
    </MantineProvider>
  );
}

const root = document.getElementById('root');
if (root != null) createRoot(root).render(<StrictMode><Console /></StrictMode>);
