// Every task, newest first, live.
import { useCallback, useMemo } from 'react';
import { useQuery } from 'urql';
import { useAccounts } from '../aws-accounts/useAccounts';
import { exact, named } from '../format';
import { graphql } from '../gql';
import type { TaskRowFragment } from '../gql/graphql';
import { useLive } from '../live';
import { Answered, DayRange, Empty, FilterChips, Page, Pager, Panel, usePlace, useSteady, type Filter, type Place } from '../shell/parts';
import { shownName, useNames } from '../shell/useNames';
import { text } from '../text';
import { filterOf, KINDS, sinceOf, STATUSES } from './filter';
import { TaskTable } from './TaskTable';

const TASKS = graphql(`query Tasks($first: Int, $after: String, $last: Int, $before: String, $filter: TaskFilter) {
  tasks(first: $first, after: $after, last: $last, before: $before, filter: $filter) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...TaskRow } }
}`);
const choices = (values: Record<string, true>) => Object.keys(values).map((value) => ({ value, label: named(value) }));

/** Filters that come by a link: nobody chooses one of all assets or an instant here. */
function useLinked(place: Place): Filter[] {
  const [assets, since] = [place.all('asset'), sinceOf(place)];
  const nameOf = useNames(assets);
  return [
    { name: 'asset', label: text.tasks.asset, byLink: true, choices: assets.map((value) => ({ value, label: shownName(nameOf(value)) })) },
    { name: 'since', label: text.tasks.begun, byLink: true, choices: since == null ? [] : [{ value: since, label: text.tasks.since(exact(since)) }] },
  ];
}

const NONE: readonly TaskRowFragment[] = [];

export default function Tasks() {
  const place = usePlace(50);
  const accounts = useAccounts(place.all('account'));
  const filters: Filter[] = [
    { name: 'status', label: text.tasks.status, choices: choices(STATUSES) },
    { name: 'kind', label: text.tasks.kind, choices: choices(KINDS) },
    { name: 'account', label: text.assets.account, ...accounts },
    ...useLinked(place),
  ];
  const variables = useMemo(() => ({ ...place.paging, filter: filterOf(place) }), [place]);
  const [answer, ask] = useQuery({ query: TASKS, variables });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again);
  const { rows, watch, more } = useSteady(answer.data?.tasks?.nodes ?? NONE, answer.operation?.variables);
  return (
    <Page title={text.tasks.title} query={TASKS} variables={variables} beside={more}>
      <FilterChips filters={filters} place={place} fields={['from', 'to']}><DayRange place={place} from={text.tasks.from} to={text.tasks.until} /></FilterChips>
      <Panel>
        <Answered answer={answer} again={again} lines={8} variables={variables}>
          {({ tasks }) => (
            <>
              <div {...watch}>{rows.length === 0 ? <Empty title={text.tasks.none} hint={text.tasks.noneHint} /> : <TaskTable tasks={rows} label={text.tasks.title} />}</div>
              {tasks != null && rows.length > 0 && <Pager info={tasks.pageInfo} shown={rows.length} total={tasks.totalCount} place={place} />}
            </>
          )}
        </Answered>
      </Panel>
    </Page>
  );
}
