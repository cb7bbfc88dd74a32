// What every page is made of: its frame, its panels, its four states, its pager. Not for anything that knows a noun.
import { ActionIcon, Alert, Anchor, Button, CopyButton, Group, Skeleton, Stack, Text, Title, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { print, type DocumentNode } from 'graphql';
import { useEffect, type ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import type { CombinedError } from 'urql';
import { ago, exact } from '../format';
import { useNow } from '../live';
import { text } from '../text';

interface PageProps {
  title: string;
  children: ReactNode;
  actions?: ReactNode;
  /** The page's own query, for who wants to see or script it. */
  query?: DocumentNode;
  variables?: unknown;
}

export function Page({ title, children, actions, query, variables }: PageProps) {
  useEffect(() => {
    document.title = `${title} · ${text.product}`;
  }, [title]);
  const shown = query == null ? null : `/graphiql?${new URLSearchParams({ query: print(query), variables: JSON.stringify(variables ?? {}) }).toString()}`;
  return (
    <Stack gap="md">
      <Group justify="space-between" align="center" mih={34}>
        <Title order={1}>{title}</Title>
        <Group gap="sm">
          {actions}
          {shown != null && <Anchor href={shown} target="_blank" size="sm" c="dimmed" underline="always">{text.header.query}</Anchor>}
        </Group>
      </Group>
      {children}
    </Stack>
  );
}

export function Panel({ title, side, children, padded = false }: { title?: string; side?: ReactNode; children: ReactNode; padded?: boolean }) {
  return (
    <section className="panel">
      {title != null && <header><Title order={2}>{title}</Title>{side}</header>}
      {padded ? <div className="panel-body">{children}</div> : children}
    </section>
  );
}

export function Empty({ title, hint }: { title: string; hint?: string }) {
  return (
    <Stack gap={4} align="center" px="md" py="xl">
      <Text size="sm" fw={500}>{title}</Text>
      {hint != null && <Text size="sm" c="dimmed" ta="center" maw={420}>{hint}</Text>}
    </Stack>
  );
}

interface Answer<T> { data?: T | undefined; error?: CombinedError | undefined; fetching: boolean }

/** Old data stay while new data come; an error with data under it does not hide them. */
export function Answered<T>({ answer, again, children }: { answer: Answer<T>; again: () => void; children: (data: T) => ReactNode }) {
  const { data, error } = answer;
  if (data == null && error == null) {
    return <Stack gap="xs" p="md" role="status" aria-label={text.state.loading}>{[100, 92, 96, 88].map((width) => <Skeleton key={width} h={16} w={`${width}%`} />)}</Stack>;
  }
  return (
    <>
      {error != null && (
        <Alert color="red" variant="outline" title={text.state.failed} role="alert" m={data == null ? 'md' : 0}>
          <Group justify="space-between"><Text size="sm">{error.graphQLErrors[0]?.message ?? text.session.unreachable}</Text><Button size="xs" variant="default" onClick={again}>{text.state.again}</Button></Group>
        </Alert>
      )}
      {data != null && children(data)}
    </>
  );
}

export function Time({ at }: { at: string | null | undefined }) {
  const now = useNow();
  if (at == null) return <>{text.state.never}</>;
  return <Tooltip label={exact(at)}><time dateTime={at} className="plain">{ago(at, now)}</time></Tooltip>;
}

export function Copyable({ value, what }: { value: string; what: string }) {
  return (
    <span className="status">
      <code>{value}</code>
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <ActionIcon size="sm" variant="subtle" color="gray" onClick={copy} aria-label={copied ? text.copied : text.copy(what)}>{copied ? <IconCheck size={14} /> : <IconCopy size={14} />}</ActionIcon>
        )}
      </CopyButton>
    </span>
  );
}

export function Facts({ of }: { of: [string, ReactNode][] }) {
  return <dl className="facts">{of.filter(([, value]) => value != null).map(([name, value]) => <div key={name} style={{ display: 'contents' }}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

/** Filters and places in lists live in the address, so that a link shows what its sender saw. */
export function usePlace(size: number) {
  const [search, setSearch] = useSearchParams();
  const set = (changes: Record<string, string | null>, keepPlace = false) => {
    setSearch((old) => {
      const next = new URLSearchParams(old);
      if (!keepPlace) ['after', 'before'].forEach((name) => { next.delete(name); });
      for (const [name, value] of Object.entries(changes)) {
        if (value == null || value === '') next.delete(name);
        else next.set(name, value);
      }
      return next;
    }, { replace: !keepPlace });
  };
  const before = search.get('before');
  const paging = before == null ? { first: size, after: search.get('after') } : { last: size, before };
  return { get: (name: string) => search.get(name), set, paging };
}

interface Pages { hasNextPage: boolean; hasPreviousPage: boolean; startCursor?: string | null; endCursor?: string | null }

export function Pager({ info, shown, total, place }: { info: Pages; shown: number; total: number; place: ReturnType<typeof usePlace> }) {
  const { startCursor, endCursor } = info;
  return (
    <Group component="nav" aria-label={text.list.pages} justify="space-between" px="md" py="xs">
      <Text size="xs" c="dimmed">{text.list.of(shown, total)}</Text>
      <Group gap="xs">
        <Button size="compact-sm" variant="default" disabled={!info.hasPreviousPage} onClick={() => { place.set({ before: startCursor ?? null, after: null }, true); }}>{text.list.previous}</Button>
        <Button size="compact-sm" variant="default" disabled={!info.hasNextPage} onClick={() => { place.set({ after: endCursor ?? null, before: null }, true); }}>{text.list.next}</Button>
      </Group>
    </Group>
  );
}
