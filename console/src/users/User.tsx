// One person: who, what they may do and where, and what an administrator can do about them.
// Invariant: nobody is offered to suspend, remove or re-grant themselves; the server refuses it anyhow.
import { Anchor, Button, Text } from '@mantine/core';
import { useCallback, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { useQuery } from 'urql';
import { Refusal, useAct } from '../act';
import { graphql } from '../gql';
import type { UserQuery } from '../gql/graphql';
import { useLive } from '../live';
import { Answered, Confirm, Copyable, Empty, Facts, Moment, Page, Panel, say } from '../shell/parts';
import { Status } from '../shell/Status';
import { useMay, useViewer } from '../shell/viewer';
import { text } from '../text';
import { UserGrants } from './UserGrants';
import { users as words } from './text';

const USER = graphql(`query User($id: ID!) {
  node(id: $id) { __typename ... on User { id name email state createdAt lastActiveAt grants { source role { id name builtIn } organizationalUnit { id name } } } }
}`);
const SUSPEND = graphql(`mutation SuspendUser($input: SuspendUserInput!) { suspendUser(input: $input) { user { id state } userErrors { field message } } }`);
const RESUME = graphql(`mutation ResumeUser($input: ResumeUserInput!) { resumeUser(input: $input) { user { id state } userErrors { field message } } }`);
const REMOVE = graphql(`mutation RemoveUser($input: RemoveUserInput!) { removeUser(input: $input) { removedUserId userErrors { field message } } }`);
const RESET = graphql(`mutation ResetSecondFactors($input: ResetSecondFactorsInput!) { resetSecondFactors(input: $input) { user { id } userErrors { field message } } }`);

const END_SESSIONS = graphql(`mutation DeleteUserSessions($input: DeleteUserSessionsInput!) { deleteUserSessions(input: $input) { user { id } userErrors { field message } } }`);

type User = Extract<NonNullable<UserQuery['node']>, { __typename: 'User' }>;
const WAY = [{ to: '/users', name: words.title }];

export default function UserPage() {
  const { id = '' } = useParams();
  const [answer, ask] = useQuery({ query: USER, variables: { id } });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  const viewer = useViewer();
  const may = useMay('USER_MANAGE');
  const mayAudit = useMay('AUDIT_READ');
  const found = answer.data?.node;
  const user = found?.__typename === 'User' ? found : null;
  const isSelf = viewer.user?.id === user?.id;
  // What somebody else is here is told to those who see it; what one is oneself, one also sees without that right.
  const sees = may || (!isSelf && user?.state != null);
  useLive(again, sees && 'user', sees && 'role', sees && 'unit');
  return (
    <Page title={user?.name ?? words.one} way={WAY} query={USER} variables={{ id }} beside={user?.state != null && <Status value={user.state} label={words.states[user.state]} />}
      actions={user != null && may && !isSelf && <Actions user={user} onChange={again} />}>
      <Answered answer={answer} again={again}>
        {() => user == null ? <Panel><Empty title={words.gone} hint={text.state.missing} /></Panel> : (
          <>
            <Panel title={words.facts} padded side={mayAudit && <Anchor component={Link} size="sm" to={`/audit?actor=${user.id}`}>{words.audit}</Anchor>}>
              <Facts of={[[words.email, user.email], [words.last, <Moment key="last" at={user.lastActiveAt} />], [words.since, <Moment key="since" at={user.createdAt} />], [words.id, <Copyable key="id" value={user.id} what={words.id} />]]} />
            </Panel>
            <UserGrants user={user} editable={may && !isSelf} onChange={again} />
          </>
        )}
      </Answered>
    </Page>
  );
}

function Actions({ user, onChange }: { user: User; onChange: () => void }) {
  const go = useNavigate();
  const suspend = useAct(SUSPEND);
  const resume = useAct(RESUME);
  const remove = useAct(REMOVE);
  const reset = useAct(RESET);
  const sessions = useAct(END_SESSIONS);
  const mayEndSessions = useMay('SESSION_MANAGE');
  const [open, setOpen] = useState<'suspend' | 'remove' | 'reset' | 'sessions' | null>(null);
  const close = () => { setOpen(null); };
  const input = user.state === 'SUSPENDED' ? { id: user.id } : null;
  return (
    <>
      <Refusal act={resume} />
      {mayEndSessions && <Button variant="default" onClick={() => { setOpen('sessions'); }}>{words.actions.sessions}</Button>}
      <Button variant="default" onClick={() => { setOpen('reset'); }}>{words.actions.reset}</Button>
      {input != null
        ? <Button variant="default" loading={resume.busy} onClick={() => void resume.run(input).then((done) => { if (done != null) { say(words.actions.resumed(user.name)); onChange(); } })}>{words.actions.resume}</Button>
        : <Button variant="default" onClick={() => { setOpen('suspend'); }}>{words.actions.suspend}</Button>}
      <Button variant="default" onClick={() => { setOpen('remove'); }}>{words.actions.remove}</Button>
      <Confirm opened={open === 'suspend'} danger title={words.actions.suspendQuestion(user.name)} action={words.actions.suspend} busy={suspend.busy} problems={suspend.reasons} onClose={close}
        onConfirm={() => void suspend.run({ id: user.id }).then((done) => { if (done != null) { close(); onChange(); } })}><Text size="sm">{words.actions.suspendHint}</Text></Confirm>
      <Confirm opened={open === 'remove'} danger title={words.actions.removeQuestion(user.name)} action={words.actions.remove} busy={remove.busy} problems={remove.reasons} onClose={close}
        onConfirm={() => void remove.run({ id: user.id }).then((done) => { if (done != null) void go('/users'); })}><Text size="sm">{words.actions.removeHint}</Text></Confirm>
      <Confirm opened={open === 'sessions'} danger title={words.actions.sessionsQuestion(user.name)} action={words.actions.sessions} busy={sessions.busy} problems={sessions.reasons} onClose={close}
        onConfirm={() => void sessions.run({ id: user.id }).then((done) => { if (done != null) { close(); say(words.actions.sessionsDone(user.name)); } })}><Text size="sm">{words.actions.sessionsHint}</Text></Confirm>
      <Confirm opened={open === 'reset'} danger title={words.actions.resetQuestion(user.name)} action={words.actions.reset} busy={reset.busy} problems={reset.reasons} onClose={close}
        onConfirm={() => void reset.run({ userId: user.id }).then((done) => { if (done != null) { close(); say(words.actions.resetDone(user.name)); } })}><Text size="sm">{words.actions.resetHint}</Text></Confirm>
    </>
  );
}
