// Alerts, newest first, live; open ones unless the address asks for others.
import { useCallback, useMemo } from 'react';
import { useQuery } from 'urql';
import { named } from '../format';
import { graphql } from '../gql';
import type { AlertFilter, AlertKind, AlertSeverity } from '../gql/graphql';
import { useLive } from '../live';
import { Answered, Empty, FilterChips, Page, Pager, Panel, usePlace, useSelection, type Filter } from '../shell/parts';
import { useMay } from '../shell/viewer';
import { text } from '../text';
import { AlertTable } from './AlertTable';
import { BulkBar } from './BulkBar';

const ALERTS = graphql(`query Alerts($first: Int, $after: String, $last: Int, $before: String, $filter: AlertFilter) {
  alerts(first: $first, after: $after, last: $last, before: $before, filter: $filter) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...AlertRow } }
}`);
// Objects, so that a value that the schema gains or loses is an error here.
const KINDS: Record<AlertKind, true> = { BACKUP_OVERDUE: true, PROOF_FAILED: true, PROOF_OVERDUE: true, MASS_EXPIRY: true, WINDOW_EXCEEDED: true, CLOCKS_DISAGREE: true, VAULT_TAMPERED: true, AUDIT_WEBHOOK_DOWN: true };
const SEVERITIES: Record<AlertSeverity, true> = { CRITICAL: true, WARNING: true, INFO: true };
const isKind = (value: string): value is AlertKind => value in KINDS;
const isSeverity = (value: string): value is AlertSeverity => value in SEVERITIES;
const choices = (values: Record<string, true>) => Object.keys(values).map((value) => ({ value, label: named(value) }));
const FILTERS: Filter[] = [
  { name: 'state', label: text.alerts.state, single: true, choices: [{ value: 'over', label: text.alerts.over }, { value: 'all', label: text.alerts.both }] },
  { name: 'severity', label: text.alerts.severity, choices: choices(SEVERITIES) },
  { name: 'kind', label: text.alerts.kind, choices: choices(KINDS) },
  { name: 'acknowledged', label: text.alerts.acknowledged, single: true, choices: [{ value: 'yes', label: text.alerts.acknowledged }, { value: 'no', label: text.alerts.notAcknowledged }] },
];

export default function Alerts() {
  const place = usePlace(50);
  const variables = useMemo(() => {
    const filter: AlertFilter = {};
    const state = place.get('state');
    if (state !== 'all') filter.isOpen = state !== 'over';
    const [severity, kind, acknowledged] = [place.all('severity').filter(isSeverity), place.all('kind').filter(isKind), place.get('acknowledged')];
    if (severity.length > 0) filter.severity = severity;
    if (kind.length > 0) filter.kind = kind;
    if (acknowledged != null) filter.isAcknowledged = acknowledged === 'yes';
    return { ...place.paging, filter };
  }, [place]);
  const [answer, ask] = useQuery({ query: ALERTS, variables });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'alert');
  const may = useMay('ALERT_MANAGE');
  const rows = useMemo(() => answer.data?.alerts?.nodes ?? [], [answer.data]);
  const { rows: picked, selection, clear } = useSelection(rows, ({ title }) => title, variables.filter);
  return (
    <Page title={text.alerts.title} query={ALERTS} variables={variables}>
      <FilterChips filters={FILTERS} place={place} />
      {picked.length > 0 && <BulkBar alerts={picked} onClear={clear} onDone={() => { clear(); again(); }} />}
      <Panel>
        <Answered answer={answer} again={again} variables={variables}>
          {({ alerts }) => alerts == null || alerts.nodes.length === 0 ? <Empty title={place.query === '' ? text.alerts.noneOpen : text.alerts.none} hint={text.alerts.noneHint} /> : (
            <><AlertTable alerts={alerts.nodes} selection={may ? selection : undefined} /><Pager info={alerts.pageInfo} shown={alerts.nodes.length} total={alerts.totalCount} place={place} /></>
          )}
        </Answered>
      </Panel>
    </Page>
  );
}
