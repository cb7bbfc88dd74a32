// The log as `holdfast audit verify` takes it: a line a record, the oldest first. Pure.

interface Numbered { sequence: string; line: string }

export function lines(records: readonly Numbered[]): string {
  const ordered = records.toSorted((one, other) => Number(BigInt(one.sequence) - BigInt(other.sequence)));
  return ordered.map(({ line }) => `${line}\n`).join('');
}
