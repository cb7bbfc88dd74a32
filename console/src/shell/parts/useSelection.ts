// What is selected in a list, across its pages: what was picked on a page before this one stays picked. Not for drawing it (Rows).
// Invariant: nothing is picked that another filter would hide: a changed filter begins anew.
import { useState } from 'react';

export function useSelection<T extends { id: string }>(rows: readonly T[], nameOf: (row: T) => string, filter: unknown) {
  const [picked, setPicked] = useState<ReadonlyMap<string, T>>(new Map());
  const said = JSON.stringify(filter);
  const [known, setKnown] = useState(said);
  if (known !== said) {
    setKnown(said);
    setPicked(new Map());
  }
  const fresh = new Map(rows.map((row) => [row.id, row] as const));
  return {
    /** As they are now when this page shows them, else as they were when they were picked. */
    rows: [...picked].map(([id, row]) => fresh.get(id) ?? row),
    clear: () => { setPicked(new Map()); },
    selection: {
      picked: new Set(picked.keys()),
      set: (ids: ReadonlySet<string>) => {
        setPicked(new Map([...ids].flatMap((id) => {
          const row = fresh.get(id) ?? picked.get(id);
          return row == null ? [] : [[id, row] as const];
        })));
      },
      nameOf: (id: string) => {
        const row = fresh.get(id);
        return row == null ? id : nameOf(row);
      },
    },
  };
}
