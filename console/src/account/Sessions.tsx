// Browsers in which the person is signed in. Invariant: the session of this browser is ended by signing out, not here.
import { Button, Text } from '@mantine/core';
import { useAct } from '../act';
import { Refusal } from '../act';
import { graphql } from '../gql';
import { Panel, Rows, say, Time } from '../shell/parts';
import { account } from './text';

const END = graphql(`mutation EndSession($input: DeleteSessionInput!) { deleteSession(input: $input) { deletedSessionId userErrors { field message } } }`);
const END_OTHERS = graphql(`mutation EndOtherSessions($input: DeleteOtherSessionsInput!) { deleteOtherSessions(input: $input) { ended userErrors { field message } } }`);

interface Session { id: string; browser?: string | null; address?: string | null; createdAt: string; lastSeenAt: string; expiresAt: string; isCurrent: boolean }

export function Sessions({ sessions, onChange }: { sessions: readonly Session[]; onChange: () => void }) {
  const end = useAct(END);
  const others = useAct(END_OTHERS);
  return (
    <Panel title={account.sessions.title} side={sessions.length > 1 && (
      <Button size="compact-sm" variant="default" loading={others.busy} onClick={() => void others.run({}).then((done) => {
        if (done == null) return;
        say(account.sessions.ended(done.ended ?? 0));
        onChange();
      })}>{account.sessions.endOthers}</Button>
    )}>
      <Refusal act={end} /><Refusal act={others} />
      <Rows label={account.sessions.title} rows={sessions} columns={[
        { key: 'browser', title: account.sessions.browser, cell: (one) => <><span className="plain">{one.browser ?? account.sessions.unknown}</span>{one.address != null && <Text size="xs" c="dimmed">{account.sessions.from(one.address)}</Text>}</> },
        { key: 'begun', title: account.sessions.begun, numeric: true, wide: 'line', cell: (one) => <Time at={one.createdAt} /> },
        { key: 'seen', title: account.sessions.seen, numeric: true, cell: (one) => <Time at={one.lastSeenAt} /> },
        { key: 'ends', title: account.sessions.ends, numeric: true, wide: 'line', cell: (one) => <Time at={one.expiresAt} /> },
        { key: 'end', title: account.sessions.end, untitled: true, numeric: true, cell: (one) => one.isCurrent ? account.sessions.current : <Button size="compact-xs" variant="default" onClick={() => void end.run({ id: one.id }).then((done) => { if (done != null) onChange(); })}>{account.sessions.end}</Button> },
      ]} />
    </Panel>
  );
}
