// Whether somebody sits here: the server ends a session that was idle for too long, and a page that asks for what is new by itself is no
// use of it. Invariant: what a person does on a page counts within a minute, also where it asks the server nothing, as in a long form.

/** After so long without a touch, what is asked is asked by the page alone. The server notes uses by the minute. */
const AWAY_MS = 60_000;
const TOUCHES = ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const;
/** Says to the server that nobody sits here. */
const HEADER = 'x-holdfast-unattended';

let touchedAt = Date.now();
let toldAt = Date.now();

/** Headers of a request: of one that a person may have caused, none. */
export function attendance(now = Date.now()): Record<string, string> {
  if (now - touchedAt > AWAY_MS) return { [HEADER]: '1' };
  toldAt = now;
  return {};
}

/** Notes a touch; `tell` is called when the server has heard nothing of a person for a minute. */
export function touched(tell: () => void, now = Date.now()): void {
  touchedAt = now;
  if (now - toldAt <= AWAY_MS) return;
  toldAt = now;
  tell();
}

/** Listens to what a person does, until the returned function is called. */
export function attend(tell: () => void): () => void {
  const note = () => { touched(tell); };
  TOUCHES.forEach((name) => { window.addEventListener(name, note, { passive: true, capture: true }); });
  return () => { TOUCHES.forEach((name) => { window.removeEventListener(name, note, { capture: true }); }); };
}
