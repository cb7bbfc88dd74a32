// Which roles at which units, as rows of two choices; for people, invitations and service tokens alike.
// Invariant: what it holds may be half chosen; `complete` takes what can be sent.
import { ActionIcon, Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import type { RoleGrantInput } from '../gql/graphql';
import { indented } from '../shell/units';
import { roleName } from './rights';
import { grants as words } from './grants-text';

const CHOICES = graphql(`query GrantChoices { roles { id name builtIn } organizationalUnits { id name parent { id } } }`);

export interface Grant { key: number; roleId: string; organizationalUnitId: string }

let next = 0;
export function emptyGrant(): Grant {
  next += 1;
  return { key: next, roleId: '', organizationalUnitId: '' };
}

/** What can be sent: rows of which both sides are chosen. */
export function complete(grants: readonly Grant[]): RoleGrantInput[] {
  return grants.filter(({ roleId, organizationalUnitId }) => roleId !== '' && organizationalUnitId !== '').map(({ roleId, organizationalUnitId }) => ({ roleId, organizationalUnitId }));
}

export function useGrantChoices() {
  const [{ data }] = useQuery({ query: CHOICES });
  const units = indented(data?.organizationalUnits ?? []);
  return {
    roles: (data?.roles ?? []).map((role) => ({ value: role.id, label: roleName(role) })),
    units: units.map(({ id, name, depth }) => ({ value: id, label: `${'\u2003'.repeat(depth)}${name}` })),
  };
}

interface GrantsProps { value: readonly Grant[]; onChange: (value: Grant[]) => void; error?: string | undefined; single?: boolean }

export function Grants({ value, onChange, error, single = false }: GrantsProps) {
  const choices = useGrantChoices();
  const set = (key: number, change: Partial<Grant>) => { onChange(value.map((grant) => (grant.key === key ? { ...grant, ...change } : grant))); };
  return (
    <Stack gap="sm">
      {value.map((grant, index) => (
        <Group key={grant.key} gap="sm" align="flex-end" wrap="nowrap">
          <NativeSelect flex={1} label={words.role} data={[{ value: '', label: words.choose }, ...choices.roles]} value={grant.roleId} onChange={(event) => { set(grant.key, { roleId: event.currentTarget.value }); }} />
          <NativeSelect flex={1} label={words.unit} data={[{ value: '', label: words.choose }, ...choices.units]} value={grant.organizationalUnitId} onChange={(event) => { set(grant.key, { organizationalUnitId: event.currentTarget.value }); }} />
          {!single && <ActionIcon size={30} aria-label={words.remove(index + 1)} disabled={value.length === 1} onClick={() => { onChange(value.filter(({ key }) => key !== grant.key)); }}><IconX size={14} /></ActionIcon>}
        </Group>
      ))}
      {error != null && <Text size="xs" c="var(--mantine-color-error)" role="alert">{error}</Text>}
      {!single && <div><Button size="compact-sm" variant="default" onClick={() => { onChange([...value, emptyGrant()]); }}>{words.add}</Button></div>}
    </Stack>
  );
}
