// What a form works on while the page around it stays live. Not for telling that somebody was faster (parts/Overtaken.tsx).
// Invariant: while it is held the value stays what was read when that began, version and all, so nothing typed is lost and nothing
// is overwritten unseen.
import { useState } from 'react';

/** The newest value; while `holds`, the one that was the newest when that began. */
export function useHeld<T>(newest: T, holds: boolean): T {
  const [held, setHeld] = useState(newest);
  if (!holds && held !== newest) setHeld(newest);
  return holds ? held : newest;
}
