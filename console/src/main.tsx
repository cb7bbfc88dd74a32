// Where the console starts: the look, the session, and the router over rooms.ts. Not for any page.
import '@fontsource-variable/inter/wght.css';
import '@mantine/core/styles.css';
import './style.css';
import { MantineProvider } from '@mantine/core';
import { setNonce } from 'get-nonce';
import { lazy, StrictMode, Suspense, useCallback, useMemo, useState, type ComponentType } from 'react';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter, matchRoutes, RouterProvider, useParams } from 'react-router';
import { Provider } from 'urql';
import { createClient, socket } from './client';
import { doors, rooms, type Room } from './rooms';
import { resume } from './session/way';
import { Broken, NoPage } from './shell/Broken';
import { Members } from './shell/Members';
import { Waiting } from './shell/parts';
import { EndedContext, RenewContext } from './shell/viewer';
import { theme, variables } from './theme';
import { takeUnit } from './unit';

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
// Dialogs keep the page behind them from scrolling by a style element of their own.
setNonce(nonce);

/** Another thing is another room: nothing of the one before is shown under its address. */
function Own({ shown: Shown }: { shown: ComponentType }) {
  return <Shown key={useParams().id ?? ''} />;
}

function route({ path, load }: Room) {
  const Shown = lazy(load);
  return { path, element: <Suspense fallback={<Waiting />}><Own shown={Shown} /></Suspense>, errorElement: <Broken /> };
}

takeUnit();
resume();
// The room of the address comes while the server is asked who looks.
void matchRoutes([...doors, ...rooms], location, '/console')?.at(-1)?.route.load();

const router = createBrowserRouter(
  [...doors.map(route), { element: <Members />, errorElement: <Broken />, children: [...rooms.map(route), { path: '*', element: <NoPage /> }] }],
  { basename: '/console' },
);

function Session({ onEnded }: { onEnded: () => void }) {
  // A new session begins with an empty cache: nothing of another person, organization or unit stays.
  const client = useMemo(() => createClient(onEnded), [onEnded]);
  return <Provider value={client}><RouterProvider router={router} /></Provider>;
}

function Console() {
  const [session, setSession] = useState({ count: 0, ended: false });
  const begin = useCallback((ended: boolean) => {
    socket.terminate();
    setSession(({ count }) => ({ count: count + 1, ended }));
  }, []);
  const renew = useCallback(() => { begin(false); }, [begin]);
  const onEnded = useCallback(() => { begin(true); }, [begin]);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <RenewContext value={renew}><EndedContext value={session.ended}><Session key={session.count} onEnded={onEnded} /></EndedContext></RenewContext>
    </MantineProvider>
  );
}

const root = document.getElementById('root');
if (root != null) createRoot(root).render(<StrictMode><Console /></StrictMode>);
