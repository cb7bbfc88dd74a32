// From the address to what the server is asked for. Pure but for the zone.
import { between } from '../days';
import type { AuditEventFilter, AuditInterface, AuditOutcome } from '../gql/graphql';

export const OUTCOMES: AuditOutcome[] = ['SUCCESS', 'REFUSED'];
export const DOORS: AuditInterface[] = ['CONSOLE', 'API', 'CLI', 'SCIM', 'SSO', 'SYSTEM'];

interface Read { get: (name: string) => string | null; all: (name: string) => string[] }

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
  const days = between(get('from'), get('to'));
  if (days != null) filter.occurredAt = days;
  return filter;
}
