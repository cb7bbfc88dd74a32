// Rights in the order in which people think of them, and names of roles. Pure. A right that the server adds later still shows.
import { named } from '../format';
import type { Permission } from '../gql/graphql';
import { roles } from './text';

export const GROUPS: { title: string; rights: readonly Permission[] }[] = [
  { title: roles.groups.daily, rights: ['READ', 'BACKUP_RUN', 'RESTORE_RUN', 'VERIFICATION_RUN', 'API_TOKEN_MANAGE'] },
  { title: roles.groups.protection, rights: ['POLICY_WRITE', 'POLICY_ASSIGN', 'AWS_ACCOUNT_MANAGE', 'RECOVERY_KIT_EXPORT'] },
  { title: roles.groups.people, rights: ['USER_MANAGE', 'ROLE_MANAGE', 'UNIT_MANAGE', 'SSO_MANAGE', 'SERVICE_TOKEN_MANAGE', 'SESSION_MANAGE'] },
  { title: roles.groups.organization, rights: ['SETTINGS_MANAGE', 'AUDIT_READ', 'AUDIT_EXPORT'] },
];

/** `Backup admin` for a role that comes with Holdfast, the name as it is for any other. */
export function roleName(role: { name: string; builtIn: boolean } | null | undefined): string {
  if (role == null) return '–';
  return role.builtIn ? named(role.name) : role.name;
}

export function rightName(right: Permission): string {
  const names: Partial<Record<Permission, string>> = roles.permissions;
  return names[right] ?? named(right);
}
