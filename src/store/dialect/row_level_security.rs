//! Row-level security of PostgreSQL: the second belt of tenant isolation (decision 0008).
//!
//! Not for scopes (`scope.rs`), which come first and hold on both databases. Invariant: role and organization are set for one
//! transaction and end with it, so a pooled connection carries neither.

use domain::OrganizationId;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

/// The role of PostgreSQL whose rows are those of one organization. It cannot sign in.
pub const TENANT_ROLE: &str = "holdfast_tenant";
/// The setting that says which organization it is.
pub const ORGANIZATION_SETTING: &str = "holdfast.organization";
/// Name of the policy of every table; a new meaning gets a new number, and the next start replaces the old one.
pub const POLICY: &str = "holdfast_tenant_1";
/// Tables into which a tenant writes without reading them: mails wait there for people of all organizations.
pub const WRITE_ONLY: &[&str] = &["mails"];

/// Whether the database itself keeps tenants apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowLevelSecurity {
    /// Every transaction of a tenant sees the rows of one organization.
    On,
    /// SQLite has no such thing.
    NotThere,
    /// The user of the database may not make the role [`TENANT_ROLE`], or `Store::migrate` was not called.
    Off,
}

/// By what a row belongs to an organization: the first of these that fits a table. A table that none fits is not a tenant's
/// at all. `{table}` is the table, `{own}` the organization of the transaction; the subquery around it makes PostgreSQL read
/// the setting once per statement. Without a setting it is NULL, which equals nothing.
const RULES: &[Rule] = &[
    Rule {
        table: Some("organizations"),
        column: "id",
        condition: "id = {own}",
    },
    Rule {
        table: None,
        column: "organization_id",
        condition: "organization_id = {own}",
    },
    Rule {
        table: Some("users"),
        column: "id",
        condition: "EXISTS (SELECT FROM memberships WHERE memberships.user_id = users.id
                            AND memberships.organization_id = {own})",
    },
    Rule {
        table: None,
        column: "provider_id",
        condition: "EXISTS (SELECT FROM identity_providers WHERE identity_providers.id = {table}.provider_id
                            AND identity_providers.organization_id = {own})",
    },
    Rule {
        table: None,
        column: "user_id",
        condition: "EXISTS (SELECT FROM memberships WHERE memberships.user_id = {table}.user_id
                            AND memberships.organization_id = {own})",
    },
];

/// The organization of the transaction, read once per statement.
const OWN: &str = "(SELECT nullif(current_setting('holdfast.organization', true), '')::uuid)";

struct Rule {
    /// The only table that it is for; none = all that have the column.
    table: Option<&'static str>,
    column: &'static str,
    condition: &'static str,
}

impl Rule {
    fn sql(&self, order: usize) -> String {
        let table = self
            .table
            .map_or_else(|| "NULL".to_owned(), |table| format!("'{table}'"));
        let condition = self.condition.replace("{own}", OWN).replace('\'', "''");
        format!("({order}, {table}, '{}', '{condition}')", self.column)
    }
}

/// Makes the role, and gives every table that has none its policy. Does what is missing only, so that it runs at every start:
/// a database that was restored into another cluster has lost the role, and new tables come with every release.
///
/// # Errors
/// PostgreSQL's `42501` when the user of the database may not make the role.
pub(crate) async fn apply(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    make_role(db).await?;
    db.execute_unprepared(&policies()).await?;
    Ok(())
}

/// Makes the role. Roles are the cluster's, so other installations may make it at the same moment.
pub(crate) async fn make_role(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    let sql = format!(
        "DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{TENANT_ROLE}') THEN
                BEGIN
                    CREATE ROLE {TENANT_ROLE} NOLOGIN;
                EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
                END;
            END IF;
            IF current_setting('server_version_num')::int >= 160000 THEN
                IF NOT pg_has_role(current_user, '{TENANT_ROLE}', 'SET') THEN
                    EXECUTE 'GRANT {TENANT_ROLE} TO CURRENT_USER WITH SET TRUE, INHERIT FALSE';
                END IF;
            ELSIF NOT pg_has_role(current_user, '{TENANT_ROLE}', 'MEMBER') THEN
                GRANT {TENANT_ROLE} TO CURRENT_USER;
            END IF;
            IF NOT has_schema_privilege('{TENANT_ROLE}', current_schema(), 'USAGE') THEN
                EXECUTE format('GRANT USAGE ON SCHEMA %I TO {TENANT_ROLE}', current_schema());
            END IF;
        END $$"
    );
    db.execute_unprepared(&sql).await.map(drop)
}

/// Rights and policies of the tables. People are added before they are members, so anybody may add one.
fn policies() -> String {
    let rules: Vec<String> = RULES
        .iter()
        .enumerate()
        .map(|(order, rule)| rule.sql(order))
        .collect();
    let rules = rules.join(", ");
    let write_only = WRITE_ONLY.join("', '");
    format!(
        "DO $$
        DECLARE
            mine record;
            old record;
            condition text;
        BEGIN
            FOR mine IN SELECT oid, relname FROM pg_class
                WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
            LOOP
                IF mine.relname IN ('{write_only}') THEN
                    IF NOT has_table_privilege('{TENANT_ROLE}', mine.oid, 'INSERT') THEN
                        EXECUTE format('GRANT INSERT ON %I TO {TENANT_ROLE}', mine.relname);
                    END IF;
                    CONTINUE;
                END IF;
                SELECT replace(rule.condition, '{{table}}', quote_ident(mine.relname)) INTO condition
                    FROM (VALUES {rules}) AS rule (rank, relname, attname, condition)
                    JOIN pg_attribute ON attrelid = mine.oid AND pg_attribute.attname = rule.attname AND NOT attisdropped
                    WHERE rule.relname IS NULL OR rule.relname = mine.relname
                    ORDER BY rule.rank LIMIT 1;
                IF condition IS NULL OR EXISTS (
                    SELECT FROM pg_policy WHERE polrelid = mine.oid AND polname = '{POLICY}'
                ) THEN
                    CONTINUE;
                END IF;
                FOR old IN SELECT polname FROM pg_policy WHERE polrelid = mine.oid LOOP
                    EXECUTE format('DROP POLICY %I ON %I', old.polname, mine.relname);
                END LOOP;
                EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO {TENANT_ROLE}', mine.relname);
                EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', mine.relname);
                EXECUTE format('CREATE POLICY {POLICY} ON %I TO {TENANT_ROLE} USING (%s) WITH CHECK (%s)',
                    mine.relname, condition, condition);
                IF mine.relname = 'users' THEN
                    CREATE POLICY {POLICY}_add ON users FOR INSERT TO {TENANT_ROLE} WITH CHECK (true);
                END IF;
            END LOOP;
        END $$"
    )
}

/// Whether [`apply`] has been here and the role can be taken.
pub(crate) async fn detect(db: &impl ConnectionTrait) -> Result<RowLevelSecurity, DbErr> {
    if db.get_database_backend() == DbBackend::Sqlite {
        return Ok(RowLevelSecurity::NotThere);
    }
    let sql = format!(
        "SELECT EXISTS (
            SELECT FROM pg_roles WHERE rolname = '{TENANT_ROLE}' AND pg_has_role(current_user, oid,
                CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)
        ) AND EXISTS (
            SELECT FROM pg_policies WHERE schemaname = current_schema() AND tablename = 'organizations'
                AND policyname = '{POLICY}'
        ) AS is_on"
    );
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?;
    let is_on = row.map_or(Ok(false), |row| row.try_get::<bool>("", "is_on"))?;
    Ok(if is_on {
        RowLevelSecurity::On
    } else {
        RowLevelSecurity::Off
    })
}

/// Makes this transaction one of the organization.
pub(crate) async fn enter(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
) -> Result<(), DbErr> {
    // One round trip; the text of a UUID has hexadecimal digits and hyphens only.
    let sql = format!(
        "SET LOCAL {ORGANIZATION_SETTING} = '{}'; SET LOCAL ROLE {TENANT_ROLE}",
        organization.uuid()
    );
    db.execute_unprepared(&sql).await.map(drop)
}
