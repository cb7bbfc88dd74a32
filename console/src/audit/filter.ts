// From the address to what the server is asked for. Pure.
import type { AuditEventFilter, AuditInterface, AuditOutcome } from '../gql/graphql';

export const OUTCOMES: AuditOutcome[] = ['SUCCESS', 'REFUSED'];
export const DOORS: AuditInterface[] = ['CONSOLE', 'API', 'CLI', 'SCIM', 'SSO', 'SYSTEM'];

interface Read { get: (name: string) => string | null; all: (name: string) => string[] }

/** `2026-11-30` as the instant at which the day begins in UTC; null for what is no day. */
export function dayBegins(day: string | null, later = 0): string | null {
  if (day == null || !/^\d{4}-\d{2}-\d{2}$/.test(day)) return null;
  const at = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(at) ? null : new Date(at + later * 86_400_000).toISOString();
}

export function filterOf({ get, all }: Read): AuditEventFilter {
  const known = <T extends string>(name: string, of: readonly T[]) => of.filter((one) => all(name).includes(one));
  const filter: AuditEventFilter = {};
  const outcome = known('outcome', OUTCOMES);
  const door = known('interface', DOORS);
  if (outcome.length > 0) filter.outcome = outcome;
  if (door.length > 0) filter.interface = door;
  for (const name of ['action', 'actor', 'address', 'target'] as const) {
    const values = all(name);
    if (values.length > 0) filter[name] = values;
  }
  const gte = dayBegins(get('from'));
  const lt = dayBegins(get('to'), 1);
  if (gte != null || lt != null) filter.occurredAt = { ...(gte == null ? {} : { gte }), ...(lt == null ? {} : { lt }) };
  return filter;
}
