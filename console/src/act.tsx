// Mutations from forms: what is wrong with a field stands beside it, the rest above the button. Not for reading.
// Invariant: while one answer is awaited a second click sends nothing.
import { Alert, Button, Group, Stack } from '@mantine/core';
import { useRef, useState, type ReactNode, type SyntheticEvent } from 'react';
import { useMutation, type AnyVariables, type TypedDocumentNode } from 'urql';
import { problemsOf, useFaultFocus, type Problem } from './shell/parts';
import { text } from './text';

interface Answer { userErrors: Problem[] }
/** The payload of the one mutation of a document. */
type Payload<D> = Extract<D[keyof D], Answer>;
type Input<V> = V extends { input: infer I } ? I : never;

/** What is wrong, by the path of the field without the leading `input`; an empty path is the form as a whole. */
export type Problems = { at: string; message: string }[];

function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && 'userErrors' in value;
}

export interface Act<D, V> {
  busy: boolean;
  problems: Problems;
  /** All of them, for a question that has no fields. */
  reasons: readonly Problem[];
  /** The message for a field, for Mantine's `error`. */
  at: (field: string) => string | undefined;
  /** Null when it was not done; then `problems` says why. */
  run: (input: Input<V>) => Promise<Payload<D> | null>;
  /** Says what is wrong before anything is sent: for values that the schema itself refuses. */
  refuse: (problems: Problems) => void;
  clear: () => void;
}

export function useAct<D, V extends AnyVariables>(document: TypedDocumentNode<D, V>): Act<D, V> {
  const [, execute] = useMutation<D, V>(document);
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<Problems>([]);
  const running = useRef(false);

  async function run(input: Input<V>): Promise<Payload<D> | null> {
    if (running.current) return null;
    running.current = true;
    setBusy(true);
    const { data, error } = await execute({ input } as unknown as V);
    running.current = false;
    setBusy(false);
    const payload = data == null ? undefined : Object.values(data).find(isAnswer);
    const found = problemsOf(payload, error).map(({ message, field }) => ({ at: field.slice(1).join('.'), message }));
    setProblems(found);
    return found.length > 0 ? null : (payload as unknown as Payload<D>);
  }

  return {
    busy,
    problems,
    reasons: problems.map(({ at, message }) => ({ field: at.split('.'), message })),
    at: (field) => problems.filter((one) => one.at === field).map((one) => one.message).join(' ') || undefined,
    run,
    refuse: setProblems,
    clear: () => { setProblems([]); },
  };
}

interface Acting { busy: boolean; problems: Problems }

/** Problems that no field of the form shows. */
export function Refusal({ act, fields = [] }: { act: Acting; fields?: readonly string[] }) {
  const rest = act.problems.filter((one) => !fields.includes(one.at));
  if (rest.length === 0) return null;
  return <Alert color="red" variant="outline" role="alert">{rest.map((one) => one.message).join(' ')}</Alert>;
}

interface FormProps {
  act: Acting;
  /** Paths of the input that are shown beside a field. */
  fields: readonly string[];
  submit: string;
  onSubmit: () => void;
  children: ReactNode;
  onCancel?: () => void;
  wide?: boolean;
  disabled?: boolean;
  danger?: boolean;
}

/** Fields, what else is wrong, and the button. The first field at fault gets the focus. */
export function Form({ act, fields, submit, onSubmit, children, onCancel, wide = false, disabled = false, danger = false }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  useFaultFocus(form, act.problems);
  const send = (event: SyntheticEvent) => {
    event.preventDefault();
    // A form in a dialog lies, for React, inside the form that opened it.
    event.stopPropagation();
    onSubmit();
  };
  return (
    <form ref={form} onSubmit={send} noValidate>
      <Stack gap="md">
        {children}
        <Refusal act={act} fields={fields} />
        <Group justify="flex-end" gap="sm" grow={wide}>
          {onCancel != null && <Button variant="default" onClick={onCancel}>{text.state.cancel}</Button>}
          <Button type="submit" loading={act.busy} disabled={disabled} color={danger ? 'red' : undefined}>{submit}</Button>
        </Group>
      </Stack>
    </form>
  );
}
