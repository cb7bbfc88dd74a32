//! Protection rules, and the place of each organization in trying them.
//!
//! Not for what they decided: that is kept with the assets. Invariant: a name belongs to one rule of an organization. The row of
//! `protection_orders` is also the lock of whoever changes what protects the organization's assets.

crate::ddl::migration!(
    "CREATE TABLE protection_rules (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        unit_id {id} NOT NULL REFERENCES organizational_units (id),
        name {text} NOT NULL,
        name_key {text} NOT NULL,
        condition {json} NOT NULL,
        policy_id {id} NOT NULL REFERENCES policies (id),
        is_active {bool} NOT NULL,
        position {int} NOT NULL,
        version {int} NOT NULL,
        created_at {time} NOT NULL,
        updated_at {time} NOT NULL
    ) {strict}",
    "CREATE UNIQUE INDEX protection_rules_name ON protection_rules (organization_id, name)",
    "CREATE INDEX protection_rules_by_name ON protection_rules (organization_id, name_key, id)",
    "CREATE INDEX protection_rules_by_policy ON protection_rules (policy_id, organization_id)",
    "CREATE TABLE protection_orders (
        organization_id {id} NOT NULL PRIMARY KEY REFERENCES organizations (id),
        direct_position {int} NOT NULL,
        child_units_position {int} NOT NULL,
        generation {big} NOT NULL,
        applied_generation {big} NOT NULL,
        cursor_generation {big} NOT NULL,
        cursor_asset_id {id},
        task_id {id}
    ) {strict}",
    // No foreign key: a rule may go before the assets that it chose a policy for are gone through again.
    "ALTER TABLE assets ADD COLUMN rule_id {id}",
    "CREATE INDEX assets_by_rule ON assets (rule_id, organization_id)",
    "CREATE INDEX assets_by_id ON assets (organization_id, id)",
);
