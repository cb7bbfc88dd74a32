//! Break-glass administrators: who may sign in with a password while an organization enforces sign-on through its providers.
//!
//! Not for the switch itself (`organizations.settings`). Invariant: a line belongs to a membership and goes with it.

crate::ddl::migration!(
    "CREATE TABLE break_glass_admins (
        organization_id {id} NOT NULL,
        user_id {id} NOT NULL,
        created_at {time} NOT NULL,
        PRIMARY KEY (organization_id, user_id),
        FOREIGN KEY (organization_id, user_id)
            REFERENCES memberships (organization_id, user_id) ON DELETE CASCADE
    ) {strict}",
);
