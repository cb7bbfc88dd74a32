// What falls due, hour by hour, a week at a time: where the load is, and whether it can be spread.
import { ActionIcon, Button, Group, Text, VisuallyHidden } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useCallback, useMemo } from 'react';
import { useQuery } from 'urql';
import { zone } from '../days';
import { graphql } from '../gql';
import { useHour, useLive } from '../live';
import { Answered, Empty, Page, Panel, usePlace } from '../shell/parts';
import { text } from '../text';
import { grid, step, weekOf } from './week';

const CALENDAR = graphql(`query Calendar($from: DateTime!, $until: DateTime!) { calendar(from: $from, until: $until) { startsAt runs { assetKind placement count } } }`);
const day = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });
const moment = new Intl.DateTimeFormat('en-GB', { weekday: 'short', hour: '2-digit', minute: '2-digit' });
const OFFSET_MAX = 52;

export default function Calendar() {
  const place = usePlace(0);
  const asked = Number(place.get('week') ?? 0);
  const offset = Number.isInteger(asked) ? Math.max(-OFFSET_MAX, Math.min(OFFSET_MAX, asked)) : 0;
  const now = useHour();
  const { from, until } = useMemo(() => weekOf(new Date(now), offset), [now, offset]);
  const variables = useMemo(() => ({ from: from.toISOString(), until: until.toISOString() }), [from, until]);
  const [answer, ask] = useQuery({ query: CALENDAR, variables });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'policy', 'asset');
  const days = useMemo(() => grid(from, (answer.data?.calendar ?? []).map(({ startsAt, runs }) => ({ startsAt, count: runs.reduce((sum, { count }) => sum + count, 0) }))), [answer.data, from]);
  const cells = days.flat();
  const most = Math.max(0, ...cells.map(({ count }) => count));
  const busiest = cells.find(({ count }) => count === most);
  const to = (next: number) => { place.set({ week: next === 0 ? null : String(next) }); };
  const last = days[6]?.[0]?.at ?? until;
  const actions = (
    <Group gap={4} wrap="nowrap">
      <ActionIcon variant="default" size={30} aria-label={text.calendar.previous} onClick={() => { to(offset - 1); }}><IconChevronLeft size={14} /></ActionIcon>
      <Button variant="default" disabled={offset === 0} onClick={() => { to(0); }}>{text.calendar.now}</Button>
      <ActionIcon variant="default" size={30} aria-label={text.calendar.next} onClick={() => { to(offset + 1); }}><IconChevronRight size={14} /></ActionIcon>
    </Group>
  );
  return (
    <Page title={text.calendar.title} beside={<Text size="sm" c="dimmed">{text.calendar.week(day.format(from), day.format(last))}</Text>} actions={actions} query={CALENDAR} variables={variables}>
      <Panel>
        <Answered answer={answer} again={again} lines={8} variables={variables}>
          {() => most === 0 ? <Empty title={text.calendar.none} hint={text.calendar.noneHint} /> : (
            <div className="panel-body">
              <div className="calendar-scroll" tabIndex={0} role="group" aria-label={text.calendar.title}>
                <table className="calendar">
                  <thead><tr><th scope="col"><VisuallyHidden>{text.calendar.hour}</VisuallyHidden></th>{days.map((hours, place) => <th key={text.calendar.days[place]} scope="col">{hours[0] == null ? '' : day.format(hours[0].at)}</th>)}</tr></thead>
                  <tbody>
                    {Array.from({ length: 24 }, (_, hour) => (
                      <tr key={hour}>
                        <th scope="row">{String(hour).padStart(2, '0')}:00</th>
                        {days.map((hours, place) => { const cell = hours[hour]; return <td key={text.calendar.days[place]} data-step={step(cell?.count ?? 0, most)} title={cell == null ? undefined : text.calendar.cell(moment.format(cell.at), cell.count)}>{cell == null || cell.count === 0 ? <VisuallyHidden>{text.state.none}</VisuallyHidden> : cell.count.toLocaleString('en')}</td>; })}
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              <Group justify="space-between" mt="sm" gap="xs">
                <Text size="xs" c="dimmed">{text.calendar.total(cells.reduce((sum, { count }) => sum + count, 0))}{busiest != null && `, ${text.calendar.busiest(moment.format(busiest.at), most)}`}</Text>
                <Text size="xs" c="dimmed">{text.calendar.zone(zone())}</Text>
              </Group>
            </div>
          )}
        </Answered>
      </Panel>
    </Page>
  );
}
