// GraphiQL against this server: cookie session, CSRF header, subscriptions over graphql-transport-ws.
import './csp';
import './workers';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import { createClient } from 'graphql-ws';
import { StrictMode, useEffect, useState, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { examples } from './examples';
import { csrfHeader, isSignedIn, SignIn } from './session';
import './style.css';

const socketUrl = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`;

// 4400 to 4499: the server refused for a reason that a retry does not change.
const isFatal = (event: unknown): boolean => {
  const code = (event as CloseEvent | undefined)?.code ?? 0;
  return code >= 4400 && code < 4500;
};

/** Narrows everything to one organizational unit; the page that led here was narrowed so. */
const unitHeader = 'x-holdfast-organizational-unit';

function makeFetcher() {
  const unit = new URLSearchParams(location.search).get('unit');
  return createGraphiQLFetcher({
    url: '/graphql',
    headers: { accept: 'application/json', ...csrfHeader },
    enableIncrementalDelivery: false,
    wsClient: createClient({ url: socketUrl, lazy: true, connectionParams: unit == null ? {} : { [unitHeader]: unit }, retryAttempts: 5, shouldRetry: (event) => !isFatal(event) }),
  });
}

/** What the address asks to be shown: the console's pages lead here with their own query. */
function asked() {
  const address = new URLSearchParams(location.search);
  const query = address.get('query');
  const unit = address.get('unit');
  return query == null ? null : { query, variables: address.get('variables') ?? undefined, headers: unit == null ? undefined : JSON.stringify({ [unitHeader]: unit }, null, 2) };
}

function App(): ReactNode {
  const [state, setState] = useState<'asking' | 'out' | 'in' | 'unreachable'>('asking');
  const [fetcher] = useState(makeFetcher);
  const [given] = useState(asked);

  useEffect(() => {
    isSignedIn().then(
      (yes) => setState(yes ? 'in' : 'out'),
      () => setState('unreachable'),
    );
  }, []);

  if (state === 'asking') return <p role="status">Loading GraphiQL.</p>;
  if (state === 'unreachable') return <p role="alert">The server cannot be reached. Reload to try again.</p>;
  if (state === 'out') return <SignIn onSignedIn={() => setState('in')} />;
  return (
    <main className="editor" aria-label="GraphiQL">
      <h1 className="visually-hidden">GraphiQL</h1>
      <GraphiQL fetcher={fetcher} initialQuery={given?.query} initialVariables={given?.variables} initialHeaders={given?.headers} defaultTabs={given == null ? examples : [given, ...examples]} shouldPersistHeaders={false} />
    </main>
  );
}

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
