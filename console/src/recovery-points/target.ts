// Where a restore goes to: an account and one of its regions. Pure. Invariant: the region is one of the account's, and an account that
// nobody has chosen is the asset's own or none.
import type { AccountChoiceFragment } from '../gql/graphql';

export type Account = AccountChoiceFragment;

interface Source { placement: string; region?: string | null | undefined; asset?: { region: string; awsAccount?: Account | null | undefined; volume?: { availabilityZone: string } | null | undefined } | null | undefined }

export interface Target { account: string; region: string; zone: string }

/** Regions of an account; a snapshot can be restored where it lies, also when the account is not linked for that region. */
export function regionsOf(account: Account | undefined, { region, asset }: Source): string[] {
  if (account == null) return [];
  const linked = account.regions.map((one) => one.region);
  return region == null || account.id !== asset?.awsAccount?.id || linked.includes(region) ? linked : [...linked, region];
}

/** Into another account: the region stays where the account has it. */
export function into(target: Target, account: Account, source: Source): Target {
  const regions = regionsOf(account, source);
  const region = regions.includes(target.region) ? target.region : regions[0] ?? '';
  const stays = region === target.region && target.zone.startsWith(region);
  return { account: account.id, region, zone: stays ? target.zone : zoneOf(region) };
}

export const zoneOf = (region: string) => (region === '' ? '' : `${region}a`);

/** What the form begins with: the place of the original, while its account is linked. */
export function startOf(source: Source): Target {
  const { asset } = source;
  const original = { account: '', region: asset?.region ?? '', zone: asset?.volume?.availabilityZone ?? zoneOf(asset?.region ?? '') };
  const home = asset?.awsAccount;
  return home == null || home.status === 'DISCONNECTED' ? original : into(original, home, source);
}
