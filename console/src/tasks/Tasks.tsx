// Every task, newest first, live.
import { Group, NativeSelect } from '@mantine/core';
import { useCallback, useMemo } from 'react';
import { useQuery } from 'urql';
import { named } from '../format';
import { graphql } from '../gql';
import type { TaskKind, TaskStatus } from '../gql/graphql';
import { useLive } from '../live';
import { Answered, Empty, Page, Pager, Panel, usePlace } from '../shell/parts';
import { text } from '../text';
import { TaskTable } from './TaskTable';

const TASKS = graphql(`query Tasks($first: Int, $after: String, $last: Int, $before: String, $filter: TaskFilter) {
  tasks(first: $first, after: $after, last: $last, before: $before, filter: $filter) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...TaskRow } }
}`);
const STATUSES: TaskStatus[] = ['QUEUED', 'RUNNING', 'BLOCKED', 'ABORTING', 'COMPLETED', 'COMPLETED_WITH_WARNINGS', 'PARTIAL', 'FAILED', 'ABORTED'];
const KINDS: TaskKind[] = ['BACKUP_EBS', 'SNAPSHOT_EBS', 'RESTORE_EBS', 'RESTORE_IMAGE', 'VERIFY_RECOVERY_POINT', 'SYNC_INVENTORY', 'VERIFY_AWS_ACCOUNT', 'EXPIRE_RECOVERY_POINTS', 'PRUNE_VAULT', 'RECONCILE_VAULT'];
const choices = (values: string[]) => [{ value: '', label: text.list.all }, ...values.map((value) => ({ value, label: named(value) }))];

export default function Tasks() {
  const place = usePlace(25);
  const status = STATUSES.find((one) => one === place.get('status'));
  const kind = KINDS.find((one) => one === place.get('kind'));
  const variables = useMemo(() => ({ ...place.paging, filter: { ...(status == null ? {} : { status: [status] }), ...(kind == null ? {} : { kind: [kind] }) } }), [place.paging, status, kind]);
  const [answer, ask] = useQuery({ query: TASKS, variables });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again);
  return (
    <Page title={text.tasks.title} query={TASKS} variables={variables}>
      <Group gap="sm">
        <NativeSelect size="xs" label={text.tasks.status} data={choices(STATUSES)} value={status ?? ''} onChange={(event) => { place.set({ status: event.currentTarget.value }); }} />
        <NativeSelect size="xs" label={text.tasks.kind} data={choices(KINDS)} value={kind ?? ''} onChange={(event) => { place.set({ kind: event.currentTarget.value }); }} />
      </Group>
      <Panel>
        <Answered answer={answer} again={again}>
          {({ tasks }) => tasks == null || tasks.nodes.length === 0 ? <Empty title={text.tasks.none} /> : (
            <><TaskTable tasks={tasks.nodes} /><Pager info={tasks.pageInfo} shown={tasks.nodes.length} total={tasks.totalCount} place={place} /></>
          )}
        </Answered>
      </Panel>
    </Page>
  );
}
