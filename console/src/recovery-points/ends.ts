// Which of some recovery points would end earlier, and what keeps the others: told before it is asked for. Pure. Not the judge: the
// server decides, and looks again when the second person agrees.
import type { EndPreviewQuery } from '../gql/graphql';

type Shown = NonNullable<EndPreviewQuery['recoveryPoints']>['nodes'][number];
/** What `keptBy` looks at. */
export type Ending = Pick<Shown, 'id' | 'status' | 'expiresAt' | 'lockedUntil'> & { legalHolds: readonly { id: string }[]; asset?: { policy?: { id: string } | null | undefined; lastRecoveryPoint?: { id: string } | null | undefined } | null | undefined; viewerCan: { delete: boolean } };
export type Keeper = 'STATE' | 'RIGHT' | 'HELD' | 'LOCKED' | 'NEWEST' | 'SOONER';

/** What keeps a point from ending at `until`, or now when that is null; null when nothing does. */
export function keptBy(point: Ending, until: string | null, now: number): Keeper | null {
  if (!['AVAILABLE', 'DAMAGED'].includes(point.status)) return 'STATE';
  if (!point.viewerCan.delete) return 'RIGHT';
  const end = until == null ? now : Date.parse(until);
  if (until != null && point.expiresAt != null && Date.parse(point.expiresAt) <= end) return 'SOONER';
  if (point.legalHolds.length > 0) return 'HELD';
  if (point.lockedUntil != null && Date.parse(point.lockedUntil) > end) return 'LOCKED';
  // The last good point of an asset that somebody protects stays until there is another one.
  if (until == null && point.status === 'AVAILABLE' && point.asset?.policy != null && point.asset.lastRecoveryPoint?.id === point.id) return 'NEWEST';
  return null;
}

/** Those that end, and how many are kept by what, in the order of the points. */
export function parted<T extends Ending>(points: readonly T[], until: string | null, now: number): { ending: T[]; kept: Map<Keeper, number> } {
  const ending: T[] = [];
  const kept = new Map<Keeper, number>();
  for (const point of points) {
    const keeper = keptBy(point, until, now);
    if (keeper == null) ending.push(point);
    else kept.set(keeper, (kept.get(keeper) ?? 0) + 1);
  }
  return { ending, kept };
}
