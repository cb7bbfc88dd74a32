// From the address to the tasks that the server is asked for. Pure.
import { between } from '../days';
import type { TaskFilter, TaskKind, TaskStatus } from '../gql/graphql';

// Objects, so that a value that the schema gains or loses is an error here.
export const STATUSES: Record<TaskStatus, true> = { RUNNING: true, QUEUED: true, BLOCKED: true, FAILED: true, PARTIAL: true, COMPLETED: true, COMPLETED_WITH_WARNINGS: true, ABORTING: true, ABORTED: true };
export const KINDS: Record<TaskKind, true> = { BACKUP_EBS: true, SNAPSHOT_EBS: true, RESTORE_EBS: true, RESTORE_IMAGE: true, VERIFY_RECOVERY_POINT: true, SYNC_INVENTORY: true, VERIFY_AWS_ACCOUNT: true, EXPIRE_RECOVERY_POINTS: true, PRUNE_VAULT: true, APPLY_PROTECTION: true, ASSIGN_POLICY: true, RECONCILE_VAULT: true };
const isStatus = (value: string): value is TaskStatus => value in STATUSES;
const isKind = (value: string): value is TaskKind => value in KINDS;

interface Read { get: (name: string) => string | null; all: (name: string) => string[] }

/** The instant in the address since which tasks are shown; null for what is none. */
export function sinceOf({ get }: Read): string | null {
  const since = get('since');
  return since == null || Number.isNaN(Date.parse(since)) ? null : since;
}

export function filterOf({ get, all }: Read): TaskFilter {
  const filter: TaskFilter = {};
  const [status, kind, account, asset] = [all('status').filter(isStatus), all('kind').filter(isKind), all('account'), all('asset')];
  const since = sinceOf({ get, all });
  if (status.length > 0) filter.status = status;
  if (kind.length > 0) filter.kind = kind;
  if (account.length > 0) filter.awsAccount = account;
  if (asset.length > 0) filter.asset = asset;
  const created = between(get('from'), get('to')) ?? {};
  // The later of the two begins: both are asked for.
  const gte = [created.gte, since ?? undefined].filter((at) => at != null).toSorted((a, b) => Date.parse(a) - Date.parse(b)).at(-1);
  if (gte != null || created.lt != null) filter.createdAt = { ...(gte == null ? {} : { gte }), ...(created.lt == null ? {} : { lt: created.lt }) };
  return filter;
}
