// A table of things, the same everywhere: columns that align, columns that leave on narrow windows, rows to select.
import { Checkbox, Table, VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import { text } from '../../text';

export interface Column<T> {
  key: string;
  title: string;
  cell: (row: T) => ReactNode;
  /** Right, with figures of one width. */
  numeric?: boolean;
  /** Only where there is room. */
  wide?: boolean;
  /** Takes what is left and is cut when that is little. */
  cut?: boolean;
  /** Its title is for screen readers only. */
  untitled?: boolean;
}

export interface Selection { picked: ReadonlySet<string>; set: (picked: ReadonlySet<string>) => void; nameOf: (id: string) => string }

interface RowsProps<T> { label: string; columns: Column<T>[]; rows: readonly T[]; selection?: Selection | undefined; keyOf?: (row: T) => string }

function classes({ numeric = false, wide = false, cut = false }: Column<never>): string {
  return [numeric ? 'number' : '', wide ? 'wide' : '', cut ? 'cut' : ''].filter((name) => name !== '').join(' ');
}

export function Rows<T extends { id: string }>({ label, columns, rows, selection, keyOf = (row) => row.id }: RowsProps<T>) {
  const all = selection != null && rows.length > 0 && rows.every((row) => selection.picked.has(row.id));
  const some = selection != null && rows.some((row) => selection.picked.has(row.id));
  const toggle = (ids: string[], on: boolean) => {
    const next = new Set(selection?.picked);
    ids.forEach((id) => { if (on) next.add(id); else next.delete(id); });
    selection?.set(next);
  };
  return (
    <Table highlightOnHover>
      <caption className="hidden-caption">{label}</caption>
      <Table.Thead>
        <Table.Tr>
          {selection != null && <Table.Th className="pick"><Checkbox size="xs" aria-label={text.list.pickAll} checked={all} indeterminate={some && !all} onChange={(event) => { toggle(rows.map((row) => row.id), event.currentTarget.checked); }} /></Table.Th>}
          {columns.map((column) => <Table.Th key={column.key} className={classes(column)} scope="col">{column.untitled === true ? <VisuallyHidden>{column.title}</VisuallyHidden> : column.title}</Table.Th>)}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <Table.Tr key={keyOf(row)} data-picked={selection?.picked.has(row.id) === true || undefined}>
            {selection != null && <Table.Td className="pick"><Checkbox size="xs" aria-label={text.list.pick(selection.nameOf(row.id))} checked={selection.picked.has(row.id)} onChange={(event) => { toggle([row.id], event.currentTarget.checked); }} /></Table.Td>}
            {columns.map((column) => <Table.Td key={column.key} className={classes(column)}>{column.cell(row)}</Table.Td>)}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
