// Fields of days. Invariant: whoever chooses a day reads of which zone it is, and where the day is of consequence, the exact instant.
import { Group, Text, TextInput } from '@mantine/core';
import { beginOf, endOf, isDay, zone, zoneName } from '../../days';
import { text } from '../../text';
import type { Place } from './Pager';

/** Days of a list, in the address as `from` and `to`. */
export function DayRange({ place, from, to }: { place: Place; from: string; to: string }) {
  const field = (name: 'from' | 'to', label: string) => <TextInput type="date" className="day" aria-label={`${label}, ${zoneName()}`} title={`${label}, ${zoneName()}`} value={place.get(name) ?? ''} onChange={(event) => { place.set({ [name]: event.currentTarget.value }); }} />;
  return <Group gap={6} wrap="nowrap">{field('from', from)}<Text span c="dimmed" aria-hidden="true">–</Text>{field('to', to)}<Text span size="xs" c="dimmed" title={text.list.daysOf(zone())} className="plain">{zoneName()}</Text></Group>;
}

interface DayFieldProps {
  label: string;
  value: string;
  onChange: (day: string) => void;
  /** What the instant means, in a sentence. */
  says: (instant: string) => string;
  /** Which edge of the day counts. */
  edge?: 'begin' | 'end';
  min?: string | undefined;
  max?: string | undefined;
  error?: string | boolean | undefined;
  focused?: boolean;
}

/** A day of a form; below it stands the instant that it means. */
export function DayField({ label, value, onChange, says, edge = 'end', min, max, error, focused = false }: DayFieldProps) {
  return <TextInput type="date" label={label} description={isDay(value) ? says(edge === 'end' ? endOf(value) : beginOf(value)) : text.list.daysOf(zone())} min={min} max={max} value={value} error={error} data-autofocus={focused || undefined} onChange={(event) => { onChange(event.currentTarget.value); }} />;
}
