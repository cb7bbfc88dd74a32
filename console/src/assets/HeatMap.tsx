// Recovery points of a year, a square a day, or of as many weeks as have room. The squares are one picture with a sentence, which is
// about the days that show; the list below has the rest.
import { Group, Text, Tooltip } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { utcDay } from '../days';
import { text } from '../text';
import { calendar, level, type Day } from './heat';

const WEEKS = 52;
/** As many as have room. */
const NARROW = '(max-width: 62em)';
const WEEKS_NARROW = 20;

export function HeatMap({ days, today }: { days: readonly Day[]; today: string }) {
  const isNarrow = useMediaQuery(NARROW, false, { getInitialValueInEffect: false });
  const weeks = calendar(days, today, isNarrow ? WEEKS_NARROW : WEEKS);
  const all = weeks.flat();
  const covered = all.filter(({ available }) => available > 0).length;
  const title = (day: Day) => (day.available === 0 ? text.assets.heatNone(utcDay(day.day)) : text.assets.heatDay(utcDay(day.day), day.available, day.proven));
  return (
    <div className="heat" role="img" aria-label={text.assets.heatSummary(covered, all.length)}>
      <div className="heat-grid">
        <div className="heat-week">{text.assets.weekdays.map((name, place) => <span key={`${place}${name}`} className="heat-name">{name}</span>)}</div>
        {weeks.map((week) => (
          <div key={week[0]?.day} className="heat-week">
            {week.map((day) => <Tooltip key={day.day} label={title(day)} openDelay={0}><span className="heat-day" data-level={level(day)} /></Tooltip>)}
          </div>
        ))}
      </div>
      <Group justify="space-between" gap="sm" mt="sm">
        <Text size="xs" c="dimmed">{text.assets.heatSummary(covered, all.length)}</Text>
        <Group gap={12}>
          {([['none', text.assets.heatLess], ['some', text.assets.heatSome], ['proven', text.assets.heatMore]] as const).map(([value, name]) => <Text key={value} span size="xs" c="dimmed" className="status"><span className="heat-day" data-level={value} />{name}</Text>)}
        </Group>
      </Group>
    </div>
  );
}
