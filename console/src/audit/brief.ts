// What a record says in one line. Pure. Not for the whole of it, which its drawer shows. Invariant: what is not an object of names and
// values is shown as it is.
import type { NameOf } from '../shell/identifiers';

const LONGEST = 60;

function value(one: unknown, nameOf: NameOf): string {
  if (Array.isArray(one)) return one.length === 1 && typeof one[0] !== 'object' ? nameOf(String(one[0])) : String(one.length);
  if (one == null) return '–';
  if (typeof one === 'object') return '…';
  const text = typeof one === 'string' ? nameOf(one) : JSON.stringify(one);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** `secondFactor` and `second_factor` as people write it. */
const words = (name: string) => name.replaceAll('_', ' ').replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();

const isId = (one: unknown) => typeof one === 'string' && /^[a-z]+_[0-9a-z]{20,}$/.test(one);
/** What people know it by comes first, what only programs know last. */
const rank = ([name, one]: [string, unknown]) => (name === 'name' ? 0 : isId(one) || (Array.isArray(one) && one.every(isId)) ? 2 : 1);
/** What is nothing, or more than one line can say. */
const isDeep = ([, one]: [string, unknown]) => one == null || one === '' || (typeof one === 'object' && !Array.isArray(one));

/** `nameOf` turns identifiers into names. */
export function brief(summary: string, nameOf: NameOf = (id) => id): string {
  try {
    const parsed: unknown = JSON.parse(summary);
    if (parsed == null || typeof parsed !== 'object' || Array.isArray(parsed)) return summary;
    const entries: [string, unknown][] = Object.entries(parsed);
    const shown = entries.every(isDeep) ? entries : entries.filter((one) => !isDeep(one));
    return shown.toSorted((a, b) => rank(a) - rank(b)).map(([name, one]) => `${words(name)}: ${value(one, nameOf)}`).join(', ') || '–';
  } catch {
    return summary;
  }
}
