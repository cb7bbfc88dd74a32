// Where a list is, and how to go on. Filters and places in lists live in the address, so that a link shows what its sender saw.
import { Button, Group, Text } from '@mantine/core';
import { useMemo } from 'react';
import { useLocation, useSearchParams } from 'react-router';
import { text } from '../../text';
import { useShortcuts } from '../shortcuts';

/** Reads and writes the address; a changed filter goes back to the first page. */
export function usePlace(size: number) {
  const [search, setSearch] = useSearchParams();
  // What a page was given along with its address stays with it.
  const { state } = useLocation() as { state: unknown };
  return useMemo(() => {
    /** `next` is another place in the list, `replace` the same one shown otherwise. */
    const set = (changes: Record<string, string | null>, kept: 'next' | 'replace' | 'none' = 'none') => {
      setSearch(() => {
        // The address as it is, not as it was drawn last: a change that has not been drawn yet stays.
        const next = new URLSearchParams(window.location.search);
        if (kept === 'none') ['after', 'before'].forEach((name) => { next.delete(name); });
        for (const [name, value] of Object.entries(changes)) {
          if (value == null || value === '') next.delete(name);
          else next.set(name, value);
        }
        return next;
      }, { replace: kept !== 'next', preventScrollReset: kept !== 'next', state });
    };
    const before = search.get('before');
    const paging = before == null ? { first: size, after: search.get('after') } : { last: size, before };
    /** Values of a filter that may have several, such as `kind=EBS_VOLUME,EC2_INSTANCE`. */
    const all = (name: string): string[] => search.get(name)?.split(',').filter((value) => value !== '') ?? [];
    return { get: (name: string) => search.get(name), all, set, paging, query: search.toString() };
  }, [search, setSearch, state, size]);
}
export type Place = ReturnType<typeof usePlace>;

interface Pages { hasNextPage: boolean; hasPreviousPage: boolean; startCursor?: string | null; endCursor?: string | null }

export function Pager({ info, shown, total, place }: { info: Pages; shown: number; total: number; place: Place }) {
  const { startCursor, endCursor, hasNextPage, hasPreviousPage } = info;
  const back = () => { place.set({ before: startCursor ?? null, after: null }, 'next'); };
  const on = () => { place.set({ after: endCursor ?? null, before: null }, 'next'); };
  useShortcuts([{ keys: 'n', run: () => { if (hasNextPage) on(); } }, { keys: 'p', run: () => { if (hasPreviousPage) back(); } }]);
  return (
    <Group component="nav" aria-label={text.list.pages} justify="space-between" className="pager">
      <Text size="xs" c="dimmed">{text.list.of(shown, total)}</Text>
      {(hasNextPage || hasPreviousPage) && (
        <Group gap="xs">
          <Button size="compact-sm" variant="default" disabled={!hasPreviousPage} onClick={back}>{text.list.previous}</Button>
          <Button size="compact-sm" variant="default" disabled={!hasNextPage} onClick={on}>{text.list.next}</Button>
        </Group>
      )}
    </Group>
  );
}
