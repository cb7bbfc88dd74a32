// People of the organization and open invitations. Not for what a role allows (roles/).
import { Anchor, Button, Group, Text } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import type { MembershipState, UsersQuery } from '../gql/graphql';
import { useLive } from '../live';
import { roleName } from '../roles/rights';
import { Answered, Empty, FilterChips, Page, Pager, Panel, Rows, Time, usePlace } from '../shell/parts';
import { Status } from '../shell/Status';
import { useMay, useViewer } from '../shell/viewer';
import { Invitations } from './Invitations';
import { Invite } from './Invite';
import { users as words } from './text';

const USERS = graphql(`query Users($first: Int, $after: String, $last: Int, $before: String, $filter: UserFilter) {
  users(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id name email state lastActiveAt createdAt grants { source role { id name builtIn } organizationalUnit { id name } } }
  }
}`);
const STATES: MembershipState[] = ['ACTIVE', 'SUSPENDED'];
const FILTERS = [{ name: 'state', label: words.state, choices: STATES.map((value) => ({ value, label: words.states[value] })) }];

type User = NonNullable<UsersQuery['users']>['nodes'][number];

/** The first role in words; how many more there are. */
export function GrantsInWords({ grants }: { grants: User['grants'] }) {
  const [first, ...rest] = grants;
  if (first == null) return <Text span inherit c="dimmed">–</Text>;
  return <span>{words.at(roleName(first.role), first.organizationalUnit?.name ?? '–')}{rest.length > 0 && <Text span inherit c="dimmed"> {words.more(rest.length)}</Text>}</span>;
}

export default function Users() {
  const place = usePlace(50);
  const viewer = useViewer();
  const may = useMay('USER_MANAGE');
  const text = place.get('search');
  const states = place.get('state');
  const variables = useMemo(() => {
    const chosen = STATES.filter((one) => states?.split(',').includes(one));
    return { ...place.paging, filter: { text, ...(chosen.length === 0 ? {} : { states: chosen }) } };
  }, [place.paging, text, states]);
  const [answer, ask] = useQuery({ query: USERS, variables });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  // Whoever sees the list may follow it; the rights of the page say nothing of the root unit.
  const sees = answer.data?.users != null;
  useLive(again, sees && 'user', sees && 'role', sees && 'unit');
  const [inviting, setInviting] = useState(false);
  const [sent, setSent] = useState(0);
  return (
    <Page title={words.title} query={USERS} variables={variables} actions={may && <Button onClick={() => { setInviting(true); }}>{words.invite}</Button>}>
      {may && <Invitations changed={sent} />}
      <FilterChips filters={FILTERS} place={place} search={words.search} />
      <Panel>
        <Answered answer={answer} again={again} variables={variables}>
          {({ users }) => users == null || users.nodes.length === 0 ? <Empty title={words.none} hint={words.noneHint} /> : (
            <>
              <Rows label={words.title} rows={users.nodes} columns={[
                { key: 'name', title: words.name, cell: (user) => <Group gap={6} wrap="nowrap"><Anchor component={Link} size="sm" to={`/users/${user.id}`}>{user.name}</Anchor>{user.id === viewer.user?.id && <Text size="xs" c="dimmed">{words.you}</Text>}</Group> },
                { key: 'email', title: words.email, wide: 'line', telling: true, cell: (user) => user.email },
                { key: 'roles', title: words.roles, wide: 'line', cell: (user) => <GrantsInWords grants={user.grants} /> },
                { key: 'state', title: words.state, cell: (user) => user.state == null ? '–' : <Status value={user.state} label={words.states[user.state]} /> },
                { key: 'last', title: words.last, numeric: true, wide: 'line', cell: (user) => <Time at={user.lastActiveAt} /> },
              ]} />
              <Pager info={users.pageInfo} shown={users.nodes.length} total={users.totalCount} place={place} />
            </>
          )}
        </Answered>
      </Panel>
      {inviting && <Invite onClose={() => { setInviting(false); }} onSent={() => { setInviting(false); setSent(sent + 1); }} />}
    </Page>
  );
}
