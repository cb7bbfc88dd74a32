// Bytes protected and stored by day. A picture with a sentence; the figures of today stand above it.
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { dayName, utcDay } from '../days';
import { bytes } from '../format';
import { text } from '../text';

interface Day { day: string; protected: number; stored: number }
const HEIGHT = 150;
/** Steps of the axis: powers of two, so that it says 64 GiB and not 68.7. */
const STEPS = Array.from({ length: 60 }, (_, power) => 2 ** power);

const short = (at: number) => new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(new Date(at * 1000));

/** The lines; colours are those of the theme, so it is made anew when the theme changes. */
function options(width: number, color: (name: string) => string, onPoint: (index: number | null) => void): uPlot.Options {
  const line = (name: string): uPlot.Series => ({ stroke: color(name), fill: `${color(name)}22`, width: 1.5, points: { show: false }, paths: uPlot.paths.stepped?.({ align: 1 }) });
  const axis = { stroke: color('--mantine-color-dimmed'), font: '11px "Inter Variable", sans-serif', grid: { show: false }, ticks: { show: false } };
  return {
    width, height: HEIGHT, padding: [8, 8, 0, 0], legend: { show: false }, tzDate: (at) => uPlot.tzDate(new Date(at * 1000), 'UTC'),
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    scales: { y: { range: (_, _min, max) => [0, max * 1.08] } },
    series: [{}, line('--hf-chart-1'), line('--hf-chart-2')],
    axes: [{ ...axis, size: 24, values: (_, at) => at.map(short), space: 70 }, { ...axis, size: 62, incrs: STEPS, grid: { show: true, stroke: color('--hf-line'), width: 1 }, values: (_, sizes) => sizes.map((size) => bytes(size)), space: 36 }],
    hooks: { setCursor: [(plot) => { onPoint(plot.cursor.idx ?? null); }] },
  };
}

export default function Trend({ days }: { days: Day[] }) {
  const frame = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light');
  const [index, setIndex] = useState<number | null>(null);
  useEffect(() => {
    const element = frame.current;
    if (element == null) return;
    const style = getComputedStyle(document.documentElement);
    const data: uPlot.AlignedData = [days.map(({ day }) => Date.parse(`${day}T00:00:00Z`) / 1000), days.map((one) => one.protected), days.map(({ stored }) => stored)];
    const plot = new uPlot(options(element.clientWidth, (name) => style.getPropertyValue(name).trim(), setIndex), data, element);
    const watcher = new ResizeObserver(() => { plot.setSize({ width: element.clientWidth, height: HEIGHT }); });
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      plot.destroy();
    };
  }, [days, scheme]);
  const day = index == null ? undefined : days[index];
  return (
    <>
      <div ref={frame} role="img" aria-label={text.dashboard.trend(dayName(days[0]?.day ?? ''), utcDay(days.at(-1)?.day ?? ''))} className="chart" />
      <p className="chart-hint">{day == null ? text.dashboard.trendHint : text.dashboard.newest(utcDay(day.day), bytes(day.protected), bytes(day.stored))}</p>
    </>
  );
}
