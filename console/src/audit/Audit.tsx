// The audit log, newest first, with filters in the address, the state of its chain, one record in detail, and an export.
import { Button, Drawer, Text, UnstyledButton } from '@mantine/core';
import { Fragment, useCallback, useMemo, useState } from 'react';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import type { AuditQuery } from '../gql/graphql';
import { useLive } from '../live';
import { Answered, type Column, Copyable, DayRange, Empty, Facts, FilterChips, type Filter, Moment, Page, Pager, Panel, Rows, Time, usePlace, useSteady, Waiting } from '../shell/parts';
import { idsIn, type NameOf } from '../shell/identifiers';
import { Status } from '../shell/Status';
import { useNameOf } from '../shell/useNames';
import { useMay } from '../shell/viewer';
import { text } from '../text';
import { useUsers } from '../users/useUsers';
import { brief } from './brief';
import { Chain } from './Chain';
import { ExportButton } from './ExportButton';
import { DOORS, filterOf, OUTCOMES } from './filter';
import { audit as words } from './text';
import './audit.css';

const AUDIT = graphql(`query Audit($first: Int, $after: String, $last: Int, $before: String, $filter: AuditEventFilter) {
  auditLog { actions size firstSequence headHash status publicKey lastCheckpoint { size madeAt exportedAt text } }
  auditEvents(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id sequence action outcome occurredAt summary address interface requestId targetId hash previousHash actor { __typename ... on User { id name } ... on ServiceToken { id } ... on SystemActor { component } } }
  }
}`);
/** Grey lines where the state of the chain will be: about as high as that, so that nothing jumps. */
const CHAIN_LINES = 6;

/** Sessions and tasks have no names, and there are many of them. */
const isNamed = (id: string) => !/^(session|task|operation)_/.test(id);

export type AuditRecord = NonNullable<AuditQuery['auditEvents']>['nodes'][number];

const NONE: readonly AuditRecord[] = [];

export function actorName({ actor }: Pick<AuditRecord, 'actor'>): string {
  if (actor == null) return '–';
  if (actor.__typename === 'User') return actor.name;
  return actor.__typename === 'ServiceToken' ? words.token : words.system;
}

export default function Audit() {
  const place = usePlace(50);
  const filter = useMemo(() => filterOf(place), [place]);
  const variables = useMemo(() => ({ ...place.paging, filter }), [place.paging, filter]);
  const [answer, ask] = useQuery({ query: AUDIT, variables });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'audit');
  const { rows, watch, more } = useSteady(answer.data?.auditEvents?.nodes ?? NONE, answer.operation?.variables);
  const mayExport = useMay('AUDIT_EXPORT');
  const maySeePeople = useMay('USER_MANAGE');
  const people = useUsers(place.all('actor'), { pause: !maySeePeople });
  const nameOf = useNameOf(useMemo(() => idsIn(rows.map(({ summary, targetId }) => `${summary} ${targetId ?? ''}`).join(' ')).filter(isNamed), [rows]));
  const [shown, setShown] = useState<AuditRecord | null>(null);
  const filters: Filter[] = [
    { name: 'outcome', label: words.outcome, choices: OUTCOMES.map((value) => ({ value, label: words.outcomes[value] })) },
    { name: 'interface', label: words.door, choices: DOORS.map((value) => ({ value, label: words.doors[value] })) },
    { name: 'action', label: words.action, choices: (answer.data?.auditLog?.actions ?? []).map((value) => ({ value, label: value })) },
    maySeePeople ? { name: 'actor', label: words.actor, ...people } : { name: 'actor', label: words.actor, byLink: true, choices: rows.flatMap(({ actor }) => (actor?.__typename === 'User' ? [{ value: actor.id, label: actor.name }] : [])) },
    { name: 'target', label: words.target, byLink: true, choices: [] },
    { name: 'address', label: words.address, byLink: true, choices: [] },
  ];
  const columns: Column<AuditRecord>[] = [
    { key: 'sequence', title: words.sequence, numeric: true, cell: (one) => <UnstyledButton className="record" aria-label={words.open(one.sequence)} onClick={() => { setShown(one); }}>{one.sequence}</UnstyledButton> },
    { key: 'when', title: words.when, wide: 'line', telling: true, cell: (one) => <Time at={one.occurredAt} exactly /> },
    { key: 'actor', title: words.actor, wide: 'line', cell: (one) => <span className="plain">{actorName(one)}</span> },
    { key: 'action', title: words.action, cell: (one) => <code className="plain-wide">{one.action}</code> },
    { key: 'summary', title: words.summary, wide: true, cut: true, cell: (one) => <span title={one.summary}>{brief(one.summary, nameOf)}</span> },
    { key: 'outcome', title: words.outcome, wide: 'line', telling: true, cell: (one) => <Status value={one.outcome} label={words.outcomes[one.outcome]} /> },
    { key: 'door', title: words.door, wide: true, cell: (one) => words.doors[one.interface] },
    { key: 'address', title: words.address, wide: true, cell: (one) => <span className="mono plain">{one.address ?? '–'}</span> },
  ];
  return (
    <Page title={words.title} query={AUDIT} variables={variables} beside={more} actions={mayExport && <ExportButton filter={filter} />}>
      {answer.data == null && answer.error == null && <Panel><Waiting lines={CHAIN_LINES} /></Panel>}
      {answer.data?.auditLog != null && <Chain log={answer.data.auditLog} />}
      <FilterChips filters={filters} place={place} fields={['from', 'to']}><DayRange place={place} from={words.from} to={words.to} /></FilterChips>
      <Panel>
        <Answered answer={answer} again={again} variables={variables}>
          {({ auditEvents: events }) => (
            <>
              <div {...watch}>
                {rows.length === 0 ? <Empty title={words.none} /> : <Rows label={words.title} rows={rows} columns={columns} />}
              </div>
              {events != null && rows.length > 0 && <Pager info={events.pageInfo} shown={rows.length} total={events.totalCount} place={place} />}
            </>
          )}
        </Answered>
      </Panel>
      <Drawer opened={shown != null} onClose={() => { setShown(null); }} position="right" size={460} title={shown == null ? '' : words.one(shown.sequence)} closeButtonProps={{ 'aria-label': text.state.close }} transitionProps={{ duration: 0 }}>
        {shown != null && <One record={shown} nameOf={nameOf} onFilter={(changes) => { place.set(changes); setShown(null); }} />}
      </Drawer>
    </Page>
  );
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

function One({ record, nameOf, onFilter }: { record: AuditRecord; nameOf: NameOf; onFilter: (changes: Record<string, string>) => void }) {
  const { targetId } = record;
  const named = idsIn(record.summary).filter((id) => id !== targetId && nameOf(id) !== id);
  return (
    <>
      <Facts of={[
        [words.when, <Moment key="when" at={record.occurredAt} />], [words.actor, actorName(record)], [words.action, <code key="action">{record.action}</code>], [words.outcome, <Status key="outcome" value={record.outcome} label={words.outcomes[record.outcome]} />], [words.door, words.doors[record.interface]],
        [words.address, record.address == null ? null : <Copyable key="address" value={record.address} what={words.address} />], [words.target, targetId == null ? null : <Fragment key="target">{nameOf(targetId) !== targetId && <>{nameOf(targetId)} </>}<Copyable value={targetId} what={words.target} /></Fragment>],
        [words.named, named.length > 0 && named.map((id) => <div key={id}>{nameOf(id)} <Copyable value={id} what={nameOf(id)} /></div>)],
        [words.request, <Copyable key="request" value={record.requestId} what={words.request} />], [words.hash, <Copyable key="hash" value={record.hash} what={words.hash} />], [words.previous, <Copyable key="previous" value={record.previousHash} what={words.previous} />],
      ]} />
      {targetId != null && <Button mt="md" variant="default" onClick={() => { onFilter({ target: targetId }); }}>{words.sameTarget}</Button>}
      <Text size="sm" fw={600} mt="lg" mb={6}>{words.asked}</Text>
      <pre className="asked" tabIndex={0}>{pretty(record.summary)}</pre>
    </>
  );
}
