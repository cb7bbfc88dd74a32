// Many things by mutations that each take a limited number of them. Pure but for what is sent. Invariant: the first refusal ends it,
// and how many were done before is told, so that going on does nothing twice.
import { inParts } from '../shell/parts/choices';
import type { Problem } from '../shell/parts/problems';

/** What one mutation takes. */
export const BATCH = 100;

export async function inBatches<T>(all: readonly T[], send: (part: T[]) => Promise<readonly Problem[]>): Promise<{ done: number; problems: readonly Problem[] }> {
  let done = 0;
  for (const part of inParts(all, BATCH)) {
    const problems = await send(part);
    if (problems.length > 0) return { done, problems };
    done += part.length;
  }
  return { done, problems: [] };
}
