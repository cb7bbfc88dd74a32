// Alerts that stand for recovery points which do not end until two people say so. Pure.
import type { AlertKind } from '../gql/graphql';

export const BRAKED = ['MASS_EXPIRY', 'CLOCKS_DISAGREE', 'VAULT_TAMPERED'] as const satisfies readonly AlertKind[];
export type Braked = (typeof BRAKED)[number];

export const isBraked = (kind: AlertKind): kind is Braked => BRAKED.some((one) => one === kind);
