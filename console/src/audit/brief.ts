// What a record says in one line. Pure. Not for the whole of it, which its drawer shows. Invariant: what is not an object of names and
// values is shown as it is.

const LONGEST = 60;

function value(one: unknown): string {
  if (Array.isArray(one)) return one.length === 1 && typeof one[0] !== 'object' ? String(one[0]) : String(one.length);
  if (one == null) return '–';
  if (typeof one === 'object') return '…';
  const text = typeof one === 'string' ? one : JSON.stringify(one);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** `secondFactor` and `second_factor` as people write it. */
const words = (name: string) => name.replaceAll('_', ' ').replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();

export function brief(summary: string): string {
  try {
    const parsed: unknown = JSON.parse(summary);
    if (parsed == null || typeof parsed !== 'object' || Array.isArray(parsed)) return summary;
    return Object.entries(parsed).map(([name, one]) => `${words(name)}: ${value(one)}`).join(', ') || '–';
  } catch {
    return summary;
  }
}
