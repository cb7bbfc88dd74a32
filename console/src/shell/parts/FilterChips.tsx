// Filters of a list as chips; what they hold stands in the address. Invariant: whatever filters has a chip or field that shows by what,
// and all of it can be cleared at once.
import { Button, Checkbox, CloseButton, Group, Popover, Stack, Text, TextInput } from '@mantine/core';
import { IconChevronDown, IconSearch } from '@tabler/icons-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { text } from '../../text';
import { useShortcuts } from '../shortcuts';
import type { Choice } from './choices';
import type { Place } from './Pager';

export interface Filter {
  /** Its name in the address. */
  name: string;
  label: string;
  choices: Choice[];
  /** At most one of the choices. */
  single?: boolean;
  /** Where the server searches: it finds what is typed here, and knows of so many more. */
  typed?: string;
  type?: (typed: string) => void;
  more?: number;
  /** Nobody chooses it here, it comes with a link: there is a chip while it filters, and `choices` are names of what it may hold. */
  byLink?: boolean;
}

/** A list with more choices than this has a field to search in it. */
const LONG = 12;

function Chip({ filter, place }: { filter: Filter; place: Place }) {
  const values = place.all(filter.name);
  const [opened, setOpened] = useState(false);
  const [own, setOwn] = useState('');
  // What the server has found needs no second sieve.
  const { typed = own, type = setOwn, more = 0 } = filter;
  const wanted = filter.type == null ? typed.trim().toLowerCase() : '';
  const choices = filter.byLink === true ? values.map((value) => filter.choices.find((one) => one.value === value) ?? { value, label: value }) : filter.choices.filter(({ value, label }) => values.includes(value) || label.toLowerCase().includes(wanted));
  const searches = filter.choices.length > LONG || more > 0 || typed !== '';
  const first = filter.choices.find(({ value }) => value === values[0])?.label ?? values[0];
  const active = values.length > 0;
  const shown = active ? text.list.is(filter.label, `${first ?? ''}${values.length > 1 ? ` ${text.list.more(values.length - 1)}` : ''}`) : filter.label;
  const set = (next: string[]) => { place.set({ [filter.name]: next.join(',') }); };
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" shadow="md" trapFocus returnFocus withRoles={false} withinPortal={false}>
      <Popover.Target>
        <span className="chip" data-active={active || undefined}>
          <Button size="compact-sm" variant="default" aria-expanded={opened} onClick={() => { setOpened(!opened); }} rightSection={active ? undefined : <IconChevronDown size={12} aria-hidden="true" />}>{shown}</Button>
          {active && <CloseButton size="xs" iconSize={12} aria-label={text.list.remove(filter.label)} onClick={() => { set([]); }} />}
        </span>
      </Popover.Target>
      <Popover.Dropdown role="group" aria-label={filter.label} p="xs">
        {searches && <TextInput mb={8} type="search" aria-label={text.list.within(filter.label)} placeholder={text.list.within(filter.label)} value={typed} onChange={(event) => { type(event.currentTarget.value); }} />}
        <Stack gap={8} mah={320} className="scrolls">
          {choices.map(({ value, label }) => (
            <Checkbox key={value} size="xs" label={label} checked={values.includes(value)}
              onChange={(event) => {
                const on = event.currentTarget.checked;
                if (filter.single === true) { set(on ? [value] : []); setOpened(false); }
                else set(on ? [...values, value] : values.filter((one) => one !== value));
              }} />
          ))}
          {choices.length === 0 && <Text size="xs" c="dimmed">{text.list.noChoice}</Text>}
          {more > 0 && <Text size="xs" c="dimmed">{text.list.moreChoices(more)}</Text>}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

const TYPING_MS = 300;

function Search({ place, label }: { place: Place; label: string }) {
  const held = place.get('search') ?? '';
  const [typed, setTyped] = useState(held);
  const [known, setKnown] = useState(held);
  const input = useRef<HTMLInputElement>(null);
  const latest = useRef(place);
  useEffect(() => { latest.current = place; }, [place]);
  // The address may change under the field: by the back button, or by "clear filters".
  if (known !== held) {
    setKnown(held);
    setTyped(held);
  }
  useEffect(() => {
    if (typed === held) return;
    const timer = window.setTimeout(() => { latest.current.set({ search: typed.trim() }); }, TYPING_MS);
    return () => { window.clearTimeout(timer); };
  }, [typed, held]);
  useShortcuts([{ keys: 's', run: () => { input.current?.focus(); } }]);
  return <TextInput ref={input} className="search" type="search" aria-label={label} placeholder={label} leftSection={<IconSearch size={14} aria-hidden="true" />} value={typed} onChange={(event) => { setTyped(event.currentTarget.value); }} />;
}

interface FilterChipsProps { filters: Filter[]; place: Place; search?: string; /** Names of what `children` filter by. */ fields?: readonly string[]; children?: ReactNode }

export function FilterChips({ filters, place, search, fields = [], children }: FilterChipsProps) {
  const names = filters.map(({ name }) => name);
  const active = names.filter((name) => place.all(name).length > 0);
  // A field of the page has no cross of its own to empty it.
  const typed = fields.some((name) => place.get(name) != null);
  const clearable = typed || active.length > 1 || (active.length > 0 && place.get('search') != null);
  const clear = () => { place.set(Object.fromEntries([...names, ...fields, 'search'].map((name) => [name, null]))); };
  return (
    <Group gap="xs" role="search" aria-label={text.list.filters} className="filters">
      {search != null && <Search place={place} label={search} />}
      {filters.filter(({ name, byLink = false }) => !byLink || active.includes(name)).map((filter) => <Chip key={filter.name} filter={filter} place={place} />)}
      {clearable && <Button size="compact-sm" variant="subtle" color="gray" className="quiet" onClick={clear}>{text.list.clear}</Button>}
      {children != null && <Group gap="xs" className="filter-fields">{children}</Group>}
    </Group>
  );
}
