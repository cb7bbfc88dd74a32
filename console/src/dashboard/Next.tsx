// What falls due in the next 24 hours, an hour a column.
import { Anchor, Text } from '@mantine/core';
import { useCallback, useMemo } from 'react';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { zone } from '../days';
import { graphql } from '../gql';
import { useHour, useLive } from '../live';
import { Answered, Empty, Panel } from '../shell/parts';
import { text } from '../text';

const NEXT = graphql(`query Next($from: DateTime!, $until: DateTime!) { calendar(from: $from, until: $until) { startsAt runs { count } } }`);
const HOUR_MS = 3_600_000;
const hour = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

export function Next() {
  const from = useHour();
  const variables = useMemo(() => ({ from: new Date(from).toISOString(), until: new Date(from + 24 * HOUR_MS).toISOString() }), [from]);
  const [answer, ask] = useQuery({ query: NEXT, variables });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'policy', 'asset');
  const hours = useMemo(() => (answer.data?.calendar ?? []).map(({ startsAt, runs }) => ({ at: new Date(startsAt), count: runs.reduce((sum, { count }) => sum + count, 0) })), [answer.data]);
  const most = Math.max(0, ...hours.map(({ count }) => count));
  const total = hours.reduce((sum, { count }) => sum + count, 0);
  return (
    <Panel title={text.dashboard.next} side={<Anchor component={Link} to="/calendar" size="sm">{text.dashboard.calendar}</Anchor>}>
      <Answered answer={answer} again={again} lines={3}>
        {() => total === 0 ? <Empty title={text.dashboard.nextNone} /> : (
          <div className="panel-body">
            <div className="hours" role="img" aria-label={text.dashboard.nextAll(total)}>
              {hours.map(({ at, count }) => <span key={at.getTime()} className="hour" title={text.calendar.cell(hour.format(at), count)}><svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true"><rect x="0" width="1" y={1 - count / most} height={count / most} /></svg></span>)}
            </div>
            <div className="hours-axis" aria-hidden="true">{hours.filter((_, place) => place % 6 === 0).map(({ at }) => <span key={at.getTime()}>{hour.format(at)}</span>)}</div>
            <Text size="xs" c="dimmed" mt={4}>{text.dashboard.nextAll(total)} · {text.calendar.zone(zone())}</Text>
          </div>
        )}
      </Answered>
    </Panel>
  );
}
