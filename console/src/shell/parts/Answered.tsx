// The four states of whatever is asked of the server: on its way, empty, failed, there.
import { Alert, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { stringifyVariables, type AnyVariables, type CombinedError } from 'urql';
import { text } from '../../text';

export function Empty({ title, hint, children }: { title: string; hint?: string; children?: ReactNode }) {
  return (
    <Stack gap={6} align="center" px="md" py="xl">
      <Text size="sm" fw={500} ta="center">{title}</Text>
      {hint != null && <Text size="sm" c="dimmed" ta="center" maw={440}>{hint}</Text>}
      {children != null && <Group gap="xs" mt="xs">{children}</Group>}
    </Stack>
  );
}

/** Grey lines where text will be. */
export function Waiting({ lines = 6 }: { lines?: number }) {
  const widths = [100, 92, 96, 88, 94, 90, 97, 86];
  return <Stack gap="sm" p="md" role="status" aria-label={text.state.loading}>{widths.slice(0, lines).map((width) => <Skeleton key={width} h={14} w={`${width}%`} />)}</Stack>;
}

interface Answer<T> { data?: T | undefined; error?: CombinedError | undefined; fetching: boolean; operation?: { variables: AnyVariables } | undefined }
interface AnsweredProps<T> {
  answer: Answer<T>;
  again: () => void;
  children: (data: T) => ReactNode;
  lines?: number;
  /** What is asked now, for lists that are filtered and paged: old rows under new filters are dimmed. */
  variables?: unknown;
}

/** Old data stay while new data come; an error with data under it does not hide them. */
export function Answered<T>({ answer, again, children, lines, variables }: AnsweredProps<T>) {
  const { data, error, fetching, operation } = answer;
  if (data == null && error == null) return <Waiting lines={lines} />;
  // Asking the same again, because something has moved, leaves what is shown true enough.
  const isOld = variables !== undefined && fetching && stringifyVariables(variables) !== stringifyVariables(operation?.variables ?? {});
  return (
    <>
      {error != null && (
        <Alert color="red" variant="outline" title={text.state.failed} role="alert" m={data == null ? 'md' : 0} mb="md">
          <Group justify="space-between"><Text size="sm">{error.graphQLErrors[0]?.message ?? text.state.unreachable}</Text><Button variant="default" onClick={again}>{text.state.again}</Button></Group>
        </Alert>
      )}
      {data != null && (variables === undefined ? children(data) : <div className="answered" aria-busy={isOld}>{children(data)}</div>)}
    </>
  );
}
