// Fields to choose one or several of what the server searches through. Not for short lists: those are native selects.
import { MultiSelect, Select } from '@mantine/core';
import { text } from '../../text';
import type { Choice, Choices } from './choices';

interface FieldProps {
  of: Choices;
  /** Seen, or by `aria-label` only heard. */
  label?: string;
  'aria-label'?: string;
  description?: string;
  error?: string | undefined;
  placeholder?: string | undefined;
  className?: string;
  autofocus?: boolean;
}

/** No identifier of anything. */
const MORE = 'more';

/** The server has searched already: whatever it found is shown. */
const COMMON = {
  searchable: true, filter: ({ options }: { options: unknown[] }) => options as never, nothingFoundMessage: text.list.noChoice,
  // The list itself scrolls, not a box in it that the keyboard could not reach.
  withScrollArea: false, classNames: { options: 'picks' },
  // Above a dialog, and inside of a landmark.
  comboboxProps: { zIndex: 500, portalProps: { target: 'main' } },
} as const;

function dataOf({ choices, more }: Choices, last: readonly Choice[] = []): Choice[] {
  return [...choices, ...(more > 0 ? [{ value: MORE, label: text.list.moreChoices(more), disabled: true }] : []), ...last];
}

/** `last` are choices that stand behind all others and are no things of the list; an empty value is none. */
export function Picker({ of, value, onChange, last = [], autofocus = false, ...field }: FieldProps & { value: string; onChange: (value: string) => void; last?: readonly Choice[] }) {
  const data = dataOf(of, last);
  // The field shows the name of what is chosen: nobody seeks that.
  const shown = data.find((one) => one.value === value)?.label;
  return (
    <Select {...field} {...COMMON} data={data} value={value === '' ? null : value} allowDeselect={false} openOnFocus={false} placeholder={field.placeholder ?? text.list.typeToFind} data-autofocus={autofocus || undefined}
      onFocus={(event) => { event.currentTarget.select(); }} onSearchChange={(typed) => { of.type(typed === shown || data.some(({ label }) => label === typed) ? '' : typed); }} onChange={(next) => { if (next != null) onChange(next); }} />
  );
}

export function ManyPicker({ of, value, onChange, placeholder = text.list.typeToFind, autofocus = false, ...field }: FieldProps & { value: string[]; onChange: (value: string[]) => void; maxValues?: number }) {
  return (
    <MultiSelect {...field} {...COMMON} data={dataOf(of)} value={value} hidePickedOptions placeholder={value.length === 0 ? placeholder : undefined} data-autofocus={autofocus || undefined}
      onSearchChange={of.type} onChange={onChange} />
  );
}
