// Which units lie below another. Pure.

interface Unit { id: string; parent?: { id: string } | null | undefined }

/** The unit itself and all below it: where it cannot be moved to. */
export function within(units: readonly Unit[], id: string): Set<string> {
  const found = new Set([id]);
  // Parents stand before their children in a list of shell/units.ts; any other order takes more rounds.
  for (let grown = true; grown; ) {
    const before = found.size;
    for (const unit of units) if (unit.parent != null && found.has(unit.parent.id)) found.add(unit.id);
    grown = found.size > before;
  }
  return found;
}
