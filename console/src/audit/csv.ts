// Records as CSV (RFC 4180). Pure. Invariant: no cell is a formula for a spreadsheet that opens it.

const FORMULA = /^[=+\-@\t\r]/;

function cell(value: string): string {
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csv(rows: readonly (readonly (string | null | undefined)[])[]): string {
  return rows.map((row) => `${row.map((value) => cell(value ?? '')).join(',')}\r\n`).join('');
}
