// Every task, newest first, live.
import { useCallback, useMemo } from 'react';
import { useQuery } from 'urql';
import { useAccounts } from '../aws-accounts/useAccounts';
import { named } from '../format';
import { graphql } from '../gql';
import type { TaskFilter, TaskKind, TaskStatus } from '../gql/graphql';
import { useLive } from '../live';
import { Answered, Empty, FilterChips, Page, Pager, Panel, usePlace, type Filter } from '../shell/parts';
import { text } from '../text';
import { TaskTable } from './TaskTable';

const TASKS = graphql(`query Tasks($first: Int, $after: String, $last: Int, $before: String, $filter: TaskFilter) {
  tasks(first: $first, after: $after, last: $last, before: $before, filter: $filter) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...TaskRow } }
}`);
// Objects, so that a value that the schema gains or loses is an error here.
const STATUSES: Record<TaskStatus, true> = { RUNNING: true, QUEUED: true, BLOCKED: true, FAILED: true, PARTIAL: true, COMPLETED: true, COMPLETED_WITH_WARNINGS: true, ABORTING: true, ABORTED: true };
const KINDS: Record<TaskKind, true> = { BACKUP_EBS: true, SNAPSHOT_EBS: true, RESTORE_EBS: true, RESTORE_IMAGE: true, VERIFY_RECOVERY_POINT: true, SYNC_INVENTORY: true, VERIFY_AWS_ACCOUNT: true, EXPIRE_RECOVERY_POINTS: true, PRUNE_VAULT: true, APPLY_PROTECTION: true, ASSIGN_POLICY: true, RECONCILE_VAULT: true };
const isStatus = (value: string): value is TaskStatus => value in STATUSES;
const isKind = (value: string): value is TaskKind => value in KINDS;
const choices = (values: Record<string, true>) => Object.keys(values).map((value) => ({ value, label: named(value) }));

export default function Tasks() {
  const place = usePlace(50);
  const accounts = useAccounts(place.all('account'));
  const filters: Filter[] = [
    { name: 'status', label: text.tasks.status, choices: choices(STATUSES) },
    { name: 'kind', label: text.tasks.kind, choices: choices(KINDS) },
    { name: 'account', label: text.assets.account, ...accounts },
  ];
  const variables = useMemo(() => {
    const filter: TaskFilter = {};
    const [status, kind, account] = [place.all('status').filter(isStatus), place.all('kind').filter(isKind), place.all('account')];
    if (status.length > 0) filter.status = status;
    if (kind.length > 0) filter.kind = kind;
    if (account.length > 0) filter.awsAccount = account;
    return { ...place.paging, filter };
  }, [place]);
  const [answer, ask] = useQuery({ query: TASKS, variables });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again);
  return (
    <Page title={text.tasks.title} query={TASKS} variables={variables}>
      <FilterChips filters={filters} place={place} />
      <Panel>
        <Answered answer={answer} again={again} lines={8}>
          {({ tasks }) => tasks == null || tasks.nodes.length === 0 ? <Empty title={text.tasks.none} hint={text.tasks.noneHint} /> : (
            <><TaskTable tasks={tasks.nodes} label={text.tasks.title} /><Pager info={tasks.pageInfo} shown={tasks.nodes.length} total={tasks.totalCount} place={place} /></>
          )}
        </Answered>
      </Panel>
    </Page>
  );
}
