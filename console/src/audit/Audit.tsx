// The audit log, newest first, with the state of its chain.
import { NativeSelect, Table, Text } from '@mantine/core';
import { useMemo } from 'react';
import { useQuery } from 'urql';
import { named } from '../format';
import { graphql } from '../gql';
import type { AuditOutcome } from '../gql/graphql';
import { Answered, Empty, Page, Pager, Panel, Time, usePlace } from '../shell/parts';
import { Status } from '../shell/Status';
import { text } from '../text';

const AUDIT = graphql(`query Audit($first: Int, $after: String, $last: Int, $before: String, $filter: AuditEventFilter) {
  auditLog { size status }
  auditEvents(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id sequence action outcome occurredAt summary address actor { __typename ... on User { name } ... on SystemActor { component } } }
  }
}`);
const OUTCOMES: AuditOutcome[] = ['SUCCESS', 'REFUSED'];

export default function Audit() {
  const place = usePlace(50);
  const outcome = OUTCOMES.find((one) => one === place.get('outcome'));
  const variables = useMemo(() => ({ ...place.paging, filter: outcome == null ? {} : { outcome: [outcome] } }), [place.paging, outcome]);
  const [answer, ask] = useQuery({ query: AUDIT, variables });
  const chain = answer.data?.auditLog;
  return (
    <Page title={text.audit.title} query={AUDIT} variables={variables} actions={chain != null && <Text size="sm" c="dimmed" visibleFrom="sm">{text.audit.chain(chain.size)} · {named(chain.status)}</Text>}>
      <div><NativeSelect size="xs" w={160} label={text.audit.outcome} data={[{ value: '', label: text.list.all }, ...OUTCOMES.map((value) => ({ value, label: named(value) }))]} value={outcome ?? ''} onChange={(event) => { place.set({ outcome: event.currentTarget.value }); }} /></div>
      <Panel>
        <Answered answer={answer} again={() => { ask({ requestPolicy: 'network-only' }); }}>
          {({ auditEvents: events }) => events == null || events.nodes.length === 0 ? <Empty title={text.audit.none} /> : (
            <>
              <Table>
                <Table.Thead><Table.Tr><Table.Th className="number wide">{text.audit.sequence}</Table.Th><Table.Th>{text.audit.when}</Table.Th><Table.Th className="wide">{text.audit.actor}</Table.Th><Table.Th className="wide">{text.audit.action}</Table.Th><Table.Th>{text.audit.summary}</Table.Th><Table.Th className="wide">{text.audit.outcome}</Table.Th><Table.Th className="wide">{text.audit.address}</Table.Th></Table.Tr></Table.Thead>
                <Table.Tbody>
                  {events.nodes.map((event) => (
                    <Table.Tr key={event.id}>
                      <Table.Td className="number wide">{event.sequence}</Table.Td><Table.Td><Time at={event.occurredAt} /></Table.Td>
                      <Table.Td className="wide plain">{event.actor == null ? '–' : event.actor.__typename === 'User' ? event.actor.name : event.actor.__typename === 'SystemActor' ? event.actor.component : '–'}</Table.Td>
                      <Table.Td className="wide plain"><code>{event.action}</code></Table.Td><Table.Td className="wrap">{event.summary}</Table.Td><Table.Td className="wide"><Status value={event.outcome} /></Table.Td><Table.Td className="wide mono">{event.address}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
              <Pager info={events.pageInfo} shown={events.nodes.length} total={events.totalCount} place={place} />
            </>
          )}
        </Answered>
      </Panel>
    </Page>
  );
}
