// Holds the rows of a live list while somebody is at it: the pointer is over it, the focus in it, or rows of it are ticked. Then it
// follows again. Not for which rows those are (steady.ts). Invariant: another page or filter of the list is never held back.
import { Button } from '@mantine/core';
import { useState, type FocusEvent, type PointerEvent } from 'react';
import { stringifyVariables } from 'urql';
import { text } from '../../text';
import { steady } from './steady';

/** `of`: variables of the answer that the rows are from. `picked`: whether rows are ticked. */
export function useSteady<T extends { id: string }>(fresh: readonly T[], of: unknown, picked = false) {
  const [over, setOver] = useState(false);
  const [inside, setInside] = useState(false);
  const [held, setHeld] = useState<{ of: string; rows: readonly T[] } | null>(null);
  const asked = stringifyVariables(of ?? null);
  const holds = over || inside || picked;
  // An empty list has nothing that could move under anybody.
  const begins = holds && fresh.length > 0 ? { of: asked, rows: fresh } : null;
  const holding = holds && held?.of === asked ? held : begins;
  if (holding !== held) setHeld(holding);
  const shown = steady(holding?.rows ?? null, fresh);
  return {
    rows: shown.rows,
    /** For the element around the rows. */
    watch: {
      // A finger is not "over" anything: it touches and is gone.
      onPointerEnter: ({ pointerType }: PointerEvent) => { setOver(pointerType !== 'touch'); },
      onPointerLeave: () => { setOver(false); },
      onFocus: () => { setInside(true); },
      onBlur: ({ currentTarget, relatedTarget }: FocusEvent) => { setInside(currentTarget.contains(relatedTarget)); },
    },
    /** For beside the title, where nothing jumps when it comes. */
    more: shown.behind && <Button size="compact-sm" variant="default" onClick={() => { setHeld({ of: asked, rows: fresh }); }}>{text.list.behind(shown.added)}</Button>,
  };
}
