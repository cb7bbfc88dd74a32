// Whether an answer is awaited: live pages ask again only when the last answer is there, for asking anew gives up the question that is
// under way, and where answers take longer than events are apart none would ever come. Not for what is asked. Invariant: whoever waits is
// called once.

let awaited = 0;
const waiting: (() => void)[] = [];

/** `fetch`, counted while its answer is awaited. */
export const counted: typeof fetch = async (input, init) => {
  awaited += 1;
  try {
    return await fetch(input, init);
  } finally {
    awaited -= 1;
    if (awaited === 0) waiting.splice(0).forEach((run) => { run(); });
  }
};

/** Calls `run` at once when no answer is awaited, else when the last one has come. */
export function whenIdle(run: () => void): void {
  if (awaited === 0) run();
  else waiting.push(run);
}
