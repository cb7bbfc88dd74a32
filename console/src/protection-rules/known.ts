// What conditions name, with the names that people know it by. Pure.
import { graphql } from '../gql';
import type { KnownFragment } from '../gql/graphql';
import { indented } from '../shell/units';

export const KNOWN = graphql(`fragment Known on Query {
  awsAccounts(first: 100) { nodes { id name accountId regions { region } } }
  organizationalUnits { id name parent { id } }
}`);

interface Choice { value: string; label: string }
export interface Known { accounts: Choice[]; units: Choice[]; regions: string[]; nameOf: (value: string) => string }

export function knownOf({ awsAccounts, organizationalUnits }: KnownFragment): Known {
  const accounts = awsAccounts?.nodes ?? [];
  const units = organizationalUnits ?? [];
  const names = new Map([...accounts, ...units].map(({ id, name }) => [id, name]));
  return {
    accounts: accounts.map((one) => ({ value: one.id, label: `${one.name} (${one.accountId})` })),
    units: indented(units).map((one) => ({ value: one.id, label: `${'\u2003'.repeat(one.depth)}${one.name}` })),
    regions: [...new Set(accounts.flatMap(({ regions }) => regions.map(({ region }) => region)))].sort(),
    nameOf: (value) => names.get(value) ?? value,
  };
}
