// Which recovery points can be restored. Pure. Not the last word: the server checks it again, and wants a damaged one insisted upon.
import type { RecoveryPointStatus } from '../gql/graphql';

export const RESTORABLE: readonly RecoveryPointStatus[] = ['AVAILABLE', 'DAMAGED'];

/** What the server says a viewer can is about what is whole; `may` is the right itself, for what is damaged. */
export function mayRestore({ status, viewerCan }: { status: RecoveryPointStatus; viewerCan: { restore: boolean } }, may: boolean): boolean {
  return status === 'DAMAGED' ? may : status === 'AVAILABLE' && viewerCan.restore;
}
