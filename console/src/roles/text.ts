// Words of roles and rights. Invariant: every right has its words, or this does not compile.
import type { Permission } from '../gql/graphql';

export const roles = {
  title: 'Roles', one: 'Role', add: 'New role', builtIn: 'comes with Holdfast', own: 'your own', hint: 'What a role allows, it allows at the organizational units at which somebody has it, and below them.', right: 'Right', matrix: 'Rights by role', allowed: 'allowed', none: 'no', name: 'Name', description: 'Description', descriptionHint: 'What the role is for.',
  rights: 'Rights', save: 'Save', create: 'Create role', saved: 'The role has been saved. It counts from the next request of everybody who has it.', created: (name: string) => `The role ${name} has been made.`, remove: 'Delete role', removeQuestion: (name: string) => `Delete the role ${name}?`, removeHint: 'People and service tokens that have it lose what it allows.',
  readOnly: 'This role comes with Holdfast and cannot be changed. Copy it to make your own.', copy: 'Copy', copyOf: (name: string) => `Copy of ${name}`, conflict: 'Somebody else has changed the role meanwhile; this is how it is now.', gone: 'There is no such role.',
  groups: { daily: 'Daily work', protection: 'Protection', people: 'People and access', organization: 'Organization' },
  permissions: {
    READ: 'See assets, policies, tasks, recovery points and accounts', BACKUP_RUN: 'Back up by hand', RESTORE_RUN: 'Restore', VERIFICATION_RUN: 'Verify recovery points', POLICY_WRITE: 'Create, change, pause and delete policies', POLICY_ASSIGN: 'Assign policies to assets', AWS_ACCOUNT_MANAGE: 'Connect, change and disconnect AWS accounts',
    RECOVERY_KIT_EXPORT: 'Export recovery kits: the keys of the vault', API_TOKEN_MANAGE: 'Make and revoke own API tokens', AUDIT_READ: 'Read the audit log', AUDIT_EXPORT: 'Export the audit log', SETTINGS_MANAGE: 'Change settings of the organization', SERVICE_TOKEN_MANAGE: 'Make and revoke service tokens', SESSION_MANAGE: 'End sessions and tokens of others',
    SSO_MANAGE: 'Set up identity providers', UNIT_MANAGE: 'Create, rename, move and delete organizational units', ROLE_MANAGE: 'Create, change and delete roles', USER_MANAGE: 'Invite, suspend and remove people, and change their roles',
    ALERT_MANAGE: 'Acknowledge alerts', RETENTION_MANAGE: 'Keep recovery points longer, and take ending ones back', RECOVERY_POINT_DELETE: 'Ask for recovery points to end early', LEGAL_HOLD_MANAGE: 'Place legal holds, and ask for their release', APPROVAL_DECIDE: 'Decide what another person asked for',
  } satisfies Record<Permission, string>,
} as const;
