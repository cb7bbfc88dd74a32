//! People in several organizations: memberships, roles, grants of roles at units, invitations.
//!
//! Not for settings. Invariant: whoever could act before can act after it: each user becomes a member with a grant at the root
//! unit. Built-in roles are code and have fixed ids (`domain::role`): 0 Super Admin, 1 Backup Admin, 3 Reporting/Audit Admin,
//! 6 Helpdesk Admin, which takes the place of the former Restore Admin.

crate::ddl::migration!(
    "CREATE TABLE memberships (
        organization_id {id} NOT NULL REFERENCES organizations (id),
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        state {text} NOT NULL,
        invited_by {id},
        created_at {time} NOT NULL,
        last_active_at {time},
        PRIMARY KEY (organization_id, user_id)
    ) {strict}",
    "CREATE INDEX memberships_list ON memberships (organization_id, created_at, user_id)",
    "CREATE INDEX memberships_by_user ON memberships (user_id, organization_id)",
    "CREATE TABLE roles (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        name {text} NOT NULL,
        description {text},
        permissions {json} NOT NULL,
        version {int} NOT NULL,
        created_at {time} NOT NULL
    ) {strict}",
    "CREATE UNIQUE INDEX roles_name ON roles (organization_id, name)",
    "CREATE TABLE role_grants (
        organization_id {id} NOT NULL,
        user_id {id} NOT NULL,
        role_id {id} NOT NULL,
        unit_id {id} NOT NULL REFERENCES organizational_units (id),
        source {text} NOT NULL,
        created_at {time} NOT NULL,
        PRIMARY KEY (organization_id, user_id, role_id, unit_id, source),
        FOREIGN KEY (organization_id, user_id)
            REFERENCES memberships (organization_id, user_id) ON DELETE CASCADE
    ) {strict}",
    "CREATE INDEX role_grants_by_role ON role_grants (organization_id, role_id)",
    "CREATE INDEX role_grants_by_unit ON role_grants (unit_id)",
    "CREATE TABLE invitations (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL,
        user_id {id} NOT NULL,
        invited_by {id},
        secret_hash {bytes} NOT NULL,
        created_at {time} NOT NULL,
        expires_at {time} NOT NULL,
        accepted_at {time},
        revoked_at {time},
        FOREIGN KEY (organization_id, user_id)
            REFERENCES memberships (organization_id, user_id) ON DELETE CASCADE
    ) {strict}",
    "CREATE UNIQUE INDEX invitations_secret_hash ON invitations (secret_hash)",
    "CREATE INDEX invitations_by_user ON invitations (organization_id, user_id, created_at)",
    "INSERT INTO memberships (organization_id, user_id, state, created_at)
        SELECT organization_id, id, 'active', created_at FROM users",
    "INSERT INTO role_grants (organization_id, user_id, role_id, unit_id, source, created_at)
        SELECT users.organization_id, users.id,
            CASE users.role
                WHEN 'super_admin' THEN {zero_id 0}
                WHEN 'backup_admin' THEN {zero_id 1}
                WHEN 'audit_admin' THEN {zero_id 3}
                ELSE {zero_id 6}
            END,
            organizational_units.id, 'manual', users.created_at
        FROM users JOIN organizational_units
            ON organizational_units.organization_id = users.organization_id
            AND organizational_units.parent_id IS NULL",
    "DROP INDEX users_list",
    "ALTER TABLE users DROP COLUMN organization_id",
    "ALTER TABLE users DROP COLUMN role",
    "ALTER TABLE users ADD COLUMN password_changed_at {time}",
    "ALTER TABLE users ADD COLUMN email_confirmed_at {time}",
    "UPDATE users SET email_confirmed_at = created_at",
    "UPDATE users SET password_changed_at = created_at WHERE password_hash IS NOT NULL",
);
