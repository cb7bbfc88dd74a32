// The tree of organizational units as a list to be shown with indents, and the question for it.
import { graphql } from '../gql';

export const UNITS = graphql(`query Units { organizationalUnits { id name parent { id } } }`);

interface Unit { id: string; name: string; parent?: { id: string } | null | undefined }

/** Parents before their children, siblings by name; a unit whose parent is not visible stands at the top. */
export function indented<T extends Unit>(units: readonly T[]): (T & { depth: number })[] {
  const known = new Set(units.map(({ id }) => id));
  const below = new Map<string | null, T[]>();
  for (const unit of units) {
    const parent = unit.parent != null && known.has(unit.parent.id) ? unit.parent.id : null;
    below.set(parent, [...(below.get(parent) ?? []), unit]);
  }
  const walk = (parent: string | null, depth: number): (T & { depth: number })[] =>
    (below.get(parent) ?? []).toSorted((a, b) => a.name.localeCompare(b.name)).flatMap((unit) => [{ ...unit, depth }, ...walk(unit.id, depth + 1)]);
  return walk(null, 0);
}
