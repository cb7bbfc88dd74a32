// A table of things, the same everywhere: columns that align, rows to select, and on narrow windows a quiet line below each row for
// the columns that have left. Invariant: what a list is read for is on a phone, too.
import { Checkbox, Table, VisuallyHidden } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { Fragment, type ReactNode } from 'react';
import { text } from '../../text';

export interface Column<T> {
  key: string;
  title: string;
  cell: (row: T) => ReactNode;
  /** Right, with figures of one width. */
  numeric?: boolean;
  /** Only where there is room; `line` stands on the quiet line where there is none. */
  wide?: boolean | 'line';
  /** Takes what is left and is cut when that is little. */
  cut?: boolean;
  /** Its title is for screen readers only. */
  untitled?: boolean;
  /** Its values say what they are: the quiet line has them without the title. */
  telling?: boolean;
}

export interface Selection { picked: ReadonlySet<string>; set: (picked: ReadonlySet<string>) => void; nameOf: (id: string) => string }

interface RowsProps<T> { label: string; columns: Column<T>[]; rows: readonly T[]; selection?: Selection | undefined; keyOf?: (row: T) => string }

function classes({ numeric = false, wide = false, cut = false }: Column<never>): string {
  return [numeric ? 'number' : '', wide === false ? '' : 'wide', cut ? 'cut' : ''].filter((name) => name !== '').join(' ');
}

/** As in style.css: what is narrower hides `wide`. */
const NARROW = '(max-width: 48em)';

/** What the columns that have left say of a row; a column that says nothing of it is left out. */
function More<T>({ columns, row }: { columns: readonly Column<T>[]; row: T }) {
  const said = columns.map((column) => ({ column, value: column.cell(row) })).filter(({ value }) => value != null && value !== false && value !== '');
  return <dl className="more-facts">{said.map(({ column: { key, title, untitled = false, telling = false }, value }) => <div key={key}><dt className={untitled || telling ? 'hidden-caption' : undefined}>{title}</dt><dd>{value}</dd></div>)}</dl>;
}

export function Rows<T extends { id: string }>({ label, columns: all, rows, selection, keyOf = (row) => row.id }: RowsProps<T>) {
  const isNarrow = useMediaQuery(NARROW, false, { getInitialValueInEffect: false });
  const columns = isNarrow ? all.filter(({ wide = false }) => wide === false) : all;
  const more = isNarrow ? all.filter(({ wide }) => wide === 'line') : [];
  const every = selection != null && rows.length > 0 && rows.every((row) => selection.picked.has(row.id));
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
          {selection != null && <Table.Th className="pick"><Checkbox size="xs" aria-label={text.list.pickAll} checked={every} indeterminate={some && !every} onChange={(event) => { toggle(rows.map((row) => row.id), event.currentTarget.checked); }} /></Table.Th>}
          {columns.map((column) => <Table.Th key={column.key} className={classes(column)} scope="col">{column.untitled === true ? <VisuallyHidden>{column.title}</VisuallyHidden> : column.title}</Table.Th>)}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => {
          const picked = selection?.picked.has(row.id) === true || undefined;
          return (
            <Fragment key={keyOf(row)}>
              <Table.Tr data-picked={picked} data-more={more.length > 0 || undefined}>
                {selection != null && <Table.Td className="pick"><Checkbox size="xs" aria-label={text.list.pick(selection.nameOf(row.id))} checked={selection.picked.has(row.id)} onChange={(event) => { toggle([row.id], event.currentTarget.checked); }} /></Table.Td>}
                {columns.map((column) => <Table.Td key={column.key} className={classes(column)}>{column.cell(row)}</Table.Td>)}
              </Table.Tr>
              {more.length > 0 && <Table.Tr className="more" data-picked={picked}>{selection != null && <Table.Td />}<Table.Td colSpan={columns.length}><More columns={more} row={row} /></Table.Td></Table.Tr>}
            </Fragment>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}
