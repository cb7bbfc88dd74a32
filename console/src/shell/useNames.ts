// Names of things of which only the identifier is known, as in the condition of a rule. Not for choosing (parts/Picker.tsx).
// Invariant: however many there are, all are asked for, in as few questions as the server takes.
import { useEffect, useMemo, useState } from 'react';
import { useClient } from 'urql';
import { graphql } from '../gql';
import { text } from '../text';
import type { NameOf } from './identifiers';
import { BY_ID_MAX, inParts } from './parts';

const NAMES = graphql(`query Names($ids: [ID!]!) {
  nodes(ids: $ids) {
    __typename id ... on ApiToken { name } ... on Asset { name } ... on AwsAccount { name } ... on IdentityProvider { name } ... on LegalHold { name } ... on Organization { name }
    ... on OrganizationalUnit { name } ... on Policy { name } ... on ProtectionRule { name } ... on Role { name } ... on User { name }
  }
}`);

/** The name; null when there is none that the viewer may see, undefined while nobody knows. */
export function useNames(ids: readonly string[]): (id: string) => string | null | undefined {
  const client = useClient();
  const [names, setNames] = useState<ReadonlyMap<string, string | null>>(new Map());
  const wanted = [...new Set(ids)].sort().join(' ');
  useEffect(() => {
    let left = false;
    for (const part of inParts(wanted === '' ? [] : wanted.split(' '), BY_ID_MAX)) {
      void client.query(NAMES, { ids: part }, { requestPolicy: 'cache-first' }).toPromise().then(({ data }) => {
        if (left || data?.nodes == null) return;
        const found = new Map(data.nodes.flatMap((node) => (node != null && 'name' in node ? [[node.id, node.name] as const] : [])));
        setNames((old) => new Map([...old, ...part.map((id) => [id, found.get(id) ?? null] as const)]));
      });
    }
    return () => { left = true; };
  }, [client, wanted]);
  return useMemo(() => (id: string) => names.get(id), [names]);
}

/** What is shown of a name that may not be known. */
export const shownName = (name: string | null | undefined) => (name === undefined ? text.list.naming : name ?? text.list.unseen);

/** For texts that hold identifiers: what has no name, or none yet, is called by its identifier. */
export function useNameOf(ids: readonly string[]): NameOf {
  const known = useNames(ids);
  return useMemo(() => (id) => known(id) ?? id, [known]);
}
