// Rights in the order in which people think of them, and names of roles. Pure. Invariant: no right is left out.
import { named } from '../format';
import type { Permission } from '../gql/graphql';
import { roles } from './text';

const PLACED: { title: string; rights: readonly Permission[] }[] = [
  { title: roles.groups.daily, rights: ['READ', 'BACKUP_RUN', 'RESTORE_RUN', 'VERIFICATION_RUN', 'ALERT_MANAGE', 'API_TOKEN_MANAGE'] },
  { title: roles.groups.protection, rights: ['POLICY_WRITE', 'POLICY_ASSIGN', 'AWS_ACCOUNT_MANAGE', 'RETENTION_MANAGE', 'LEGAL_HOLD_MANAGE', 'RECOVERY_POINT_DELETE', 'RECOVERY_KIT_EXPORT'] },
  { title: roles.groups.people, rights: ['USER_MANAGE', 'ROLE_MANAGE', 'UNIT_MANAGE', 'SSO_MANAGE', 'SERVICE_TOKEN_MANAGE', 'SESSION_MANAGE'] },
  { title: roles.groups.organization, rights: ['SETTINGS_MANAGE', 'APPROVAL_DECIDE', 'AUDIT_READ', 'AUDIT_EXPORT'] },
];
const placed = new Set(PLACED.flatMap(({ rights }) => rights));
const rest = (Object.keys(roles.permissions) as Permission[]).filter((right) => !placed.has(right));

/** All rights: one that nobody has placed stands at the end. */
export const GROUPS = PLACED.map(({ title, rights }, index) => ({ title, rights: index === PLACED.length - 1 ? [...rights, ...rest] : rights }));

/** `Backup admin` for a role that comes with Holdfast, the name as it is for any other. */
export function roleName(role: { name: string; builtIn: boolean } | null | undefined): string {
  if (role == null) return '–';
  return role.builtIn ? named(role.name) : role.name;
}

export function rightName(right: Permission): string {
  const names: Partial<Record<Permission, string>> = roles.permissions;
  return names[right] ?? named(right);
}
