// What conditions name, with the names that people know it by. Invariant: a sentence never says an identifier.
import { REGIONS } from '../aws-accounts/regions';
import { graphql } from '../gql';
import type { KnownFragment } from '../gql/graphql';
import { indented } from '../shell/units';
import { useNames } from '../shell/useNames';
import { text } from '../text';
import { accountsOf, type Node } from './condition';

export const KNOWN = graphql(`fragment Known on Query { organizationalUnits { id name parent { id } } }`);

interface Choice { value: string; label: string }
export interface Known { units: Choice[]; regions: string[]; nameOf: (value: string) => string }

/** `conditions` are those that are shown: the accounts that they name are asked for. */
export function useKnown({ organizationalUnits }: KnownFragment, conditions: readonly Node[]): Known {
  const units = organizationalUnits ?? [];
  const names = new Map(units.map(({ id, name }) => [id, name]));
  const accounts = new Set(conditions.flatMap(accountsOf));
  const nameOf = useNames([...accounts]);
  return {
    units: indented(units).map((one) => ({ value: one.id, label: `${'\u2003'.repeat(one.depth)}${one.name}` })),
    regions: REGIONS.map(({ value }) => value),
    nameOf: (value) => {
      if (!accounts.has(value)) return names.get(value) ?? value;
      const name = nameOf(value);
      return name === undefined ? text.list.naming : name ?? text.rules.unseenAccount;
    },
  };
}
