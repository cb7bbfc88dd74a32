//! The second belt: what PostgreSQL itself keeps from a tenant, whatever a query forgets.
//!
//! Not for scopes (`scopes.rs`). Invariant: every statement here has no condition; without the belt it would reach everything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::{OrganizationId, TestClock};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, Statement};
use uuid::Uuid;

use crate::dialect::row_level_security::{POLICY, TENANT_ROLE, WRITE_ONLY};
use crate::entity::{asset, policy, task, user};
use crate::error::is_privilege;
use crate::testing::{all, empty_postgres};
use crate::tx::sealed::Raw;
use crate::{Backend, DatabaseConfig, RowLevelSecurity, Store, organizations};

/// Tables of which a tenant reaches nothing, and why. A new table that is none's belongs here, with its reason, or gets a rule
/// in `row_level_security.rs`.
const NOT_OF_TENANTS: &[(&str, &str)] = &[
    ("seaql_migrations", "which migrations were run"),
    ("leases", "which replica does the service's own work"),
    ("sign_ups", "who waits here belongs to no organization yet"),
    (
        "refused_sign_ins",
        "nobody was recognised, so there is no organization yet",
    ),
];

/// The PostgreSQL of this run; none without a server.
async fn postgres() -> Option<Store> {
    let mut stores = all().await.into_iter();
    stores.find(|store| store.backend() == Backend::Postgres)
}

async fn rows(db: &impl ConnectionTrait, sql: &str) -> Vec<sea_orm::QueryResult> {
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    db.query_all_raw(statement).await.expect(sql)
}

async fn texts(db: &impl ConnectionTrait, sql: &str) -> Vec<String> {
    let rows = rows(db, sql).await;
    let text = |row: &sea_orm::QueryResult| row.try_get_by_index::<String>(0).unwrap();
    rows.iter().map(text).collect()
}

async fn count(db: &impl ConnectionTrait, table: &str) -> i64 {
    let rows = rows(db, &format!("SELECT count(*) FROM {table}")).await;
    rows[0].try_get_by_index(0).unwrap()
}

async fn affected(db: &impl ConnectionTrait, sql: &str) -> u64 {
    let done = db.execute_unprepared(sql).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"))
        .rows_affected()
}

/// Runs it in a savepoint, so that the transaction goes on after a refusal.
async fn attempt(db: &impl ConnectionTrait, sql: &str) -> Result<u64, DbErr> {
    db.execute_unprepared("SAVEPOINT attempt").await?;
    let done = db.execute_unprepared(sql).await;
    db.execute_unprepared("ROLLBACK TO SAVEPOINT attempt")
        .await?;
    done.map(|done| done.rows_affected())
}

/// The ids that say whose a row is.
struct Tenant {
    organization: Uuid,
    user: Uuid,
    provider: Uuid,
}

impl Tenant {
    fn fresh() -> Self {
        let id = crate::testing::random;
        Self {
            organization: id(),
            user: id(),
            provider: id(),
        }
    }

    fn id(&self) -> OrganizationId {
        OrganizationId::from_uuid(self.organization)
    }

    /// An SQL value for a column that must have one; whose it is, if the column says that.
    fn value(&self, table: &str, column: &str, kind: &str, is_needed: bool) -> Option<String> {
        let known = match (table, column) {
            ("organizations", "id") | (_, "organization_id") => Some(self.organization),
            ("users", "id") | (_, "user_id") => Some(self.user),
            ("identity_providers", "id") | (_, "provider_id") => Some(self.provider),
            _ => None,
        };
        if let Some(id) = known {
            return Some(format!("'{id}'"));
        }
        is_needed.then(|| {
            match kind {
                "uuid" => "gen_random_uuid()",
                "text" => "md5(random()::text)",
                "bytea" => "decode(md5(random()::text), 'hex')",
                "jsonb" => "'{}'",
                "boolean" => "false",
                "integer" | "bigint" => "1",
                "timestamp with time zone" => "now()",
                other => panic!("{table}.{column} is of type {other}"),
            }
            .to_owned()
        })
    }
}

/// Per table of tenants, its columns: name, type, whether a row must give it.
type Columns = BTreeMap<String, Vec<(String, String, bool)>>;

async fn columns(db: &impl ConnectionTrait) -> Columns {
    let sql = format!(
        "SELECT c.table_name::text, c.column_name::text, c.data_type::text,
                c.is_nullable = 'NO' AND c.column_default IS NULL AND c.is_identity = 'NO'
         FROM information_schema.columns c
         JOIN pg_policies p ON p.schemaname = c.table_schema AND p.tablename = c.table_name AND p.policyname = '{POLICY}'
         WHERE c.table_schema = current_schema() ORDER BY c.ordinal_position"
    );
    let mut columns = Columns::new();
    for row in rows(db, &sql).await {
        let table = row.try_get_by_index(0).unwrap();
        columns.entry(table).or_default().push((
            row.try_get_by_index(1).unwrap(),
            row.try_get_by_index(2).unwrap(),
            row.try_get_by_index(3).unwrap(),
        ));
    }
    columns
}

/// A statement that adds a row of this tenant to the table.
fn insert(table: &str, columns: &[(String, String, bool)], tenant: &Tenant) -> String {
    let given = columns.iter().filter_map(|(column, kind, is_needed)| {
        let value = tenant.value(table, column, kind, *is_needed)?;
        Some((column.as_str(), value))
    });
    let (names, values): (Vec<&str>, Vec<String>) = given.unzip();
    format!(
        "INSERT INTO {table} ({}) VALUES ({})",
        names.join(", "),
        values.join(", ")
    )
}

/// Two tenants with one row in every table.
async fn two_tenants(store: &Store) -> (Columns, Tenant, Tenant) {
    let tx = store.begin().await.unwrap();
    let columns = columns(tx.db()).await;
    let (ours, theirs) = (Tenant::fresh(), Tenant::fresh());
    // The rows are made up, so their foreign keys lead nowhere.
    affected(tx.db(), "SET LOCAL session_replication_role = replica").await;
    for (table, columns) in &columns {
        for tenant in [&ours, &theirs] {
            assert_eq!(affected(tx.db(), &insert(table, columns, tenant)).await, 1);
        }
    }
    tx.commit().await.unwrap();
    (columns, ours, theirs)
}

#[tokio::test]
async fn every_table_is_behind_the_belt_or_says_why_not() {
    let Some(store) = postgres().await else {
        return;
    };
    assert_eq!(
        store.row_level_security().await.unwrap(),
        RowLevelSecurity::On
    );
    let reader = store.read();
    let of_kind = async |condition: &str| -> BTreeSet<String> {
        let sql = format!(
            "SELECT relname::text FROM pg_class c WHERE relnamespace = current_schema()::regnamespace
             AND relkind IN ('r', 'p') AND {condition}"
        );
        texts(reader.db(), &sql).await.into_iter().collect()
    };
    let has_column =
        "EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'organization_id')";
    let of_organizations = of_kind(has_column).await;
    assert!(of_organizations.len() >= 30, "{of_organizations:?}");
    let behind = of_kind(&format!(
        "relrowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid AND polname = '{POLICY}'
            AND polcmd = '*' AND polqual IS NOT NULL AND polwithcheck IS NOT NULL)"
    ))
    .await;
    let open: Vec<_> = of_organizations.difference(&behind).collect();
    assert!(open.is_empty(), "without a policy: {open:?}");
    let declared: BTreeSet<String> = NOT_OF_TENANTS
        .iter()
        .map(|(table, _)| *table)
        .chain(WRITE_ONLY.iter().copied())
        .map(str::to_owned)
        .collect();
    let others = of_kind("true").await;
    let others: BTreeSet<_> = others.difference(&behind).cloned().collect();
    assert_eq!(others, declared);
    // Those others cannot be read at all.
    for table in &declared {
        let tx = store.begin_in(Tenant::fresh().id()).await.unwrap();
        let read = attempt(tx.db(), &format!("SELECT FROM {table}")).await;
        assert!(is_privilege(&read.unwrap_err()), "{table}");
    }
}

#[tokio::test]
async fn statements_without_a_condition_reach_nothing_of_another_tenant() {
    let Some(store) = postgres().await else {
        return;
    };
    let (columns, ours, theirs) = two_tenants(&store).await;
    let before = crate::testing::contents(&store).await;
    let tx = store.begin_in(ours.id()).await.unwrap();
    for (table, of_table) in &columns {
        assert_eq!(count(tx.db(), table).await, 1, "{table}");
        let column = &of_table[0].0;
        let update = format!("UPDATE {table} SET {column} = {column}");
        // Identity columns cannot be set.
        if table != "events" {
            let touched = attempt(tx.db(), &update).await;
            assert_eq!(touched.unwrap(), 1, "{table}");
        }
        let foreign = attempt(tx.db(), &insert(table, of_table, &theirs)).await;
        if table != "users" {
            let error = foreign.expect_err(table);
            assert!(is_privilege(&error), "{table}: {error}");
        }
        for (column, stolen) in [
            ("organization_id", theirs.organization),
            ("provider_id", theirs.provider),
            ("user_id", theirs.user),
        ] {
            if !of_table.iter().any(|(name, ..)| name == column) {
                continue;
            }
            let is_key = match column {
                "organization_id" => true,
                "provider_id" => !of_table.iter().any(|(name, ..)| name == "organization_id"),
                _ => !of_table
                    .iter()
                    .any(|(name, ..)| name == "organization_id" || name == "provider_id"),
            };
            let moved = format!("UPDATE {table} SET {column} = '{stolen}'");
            if is_key {
                let error = attempt(tx.db(), &moved).await.expect_err(table);
                assert!(is_privilege(&error), "{table}.{column}: {error}");
            }
        }
        let deleted = attempt(tx.db(), &format!("DELETE FROM {table}")).await;
        // A foreign key may hold the row; nothing else may.
        match deleted {
            Ok(deleted) => assert_eq!(deleted, 1, "{table}"),
            Err(error) => assert!(
                crate::Error::from(error).is_constraint(crate::error::FOREIGN_KEY),
                "{table}"
            ),
        }
    }
    tx.commit().await.unwrap();
    assert_eq!(crate::testing::contents(&store).await, before);
    // Deletes that stay: what is the other's is all that is left.
    let tx = store.begin_in(ours.id()).await.unwrap();
    for table in columns.keys() {
        let _held = attempt_kept(tx.db(), &format!("DELETE FROM {table}")).await;
    }
    tx.commit().await.unwrap();
    let tx = store.begin_in(theirs.id()).await.unwrap();
    for table in columns.keys() {
        assert_eq!(count(tx.db(), table).await, 1, "{table}");
    }
}

/// As [`attempt`], and what was done stays.
async fn attempt_kept(db: &impl ConnectionTrait, sql: &str) -> Result<u64, DbErr> {
    db.execute_unprepared("SAVEPOINT attempt").await?;
    match db.execute_unprepared(sql).await {
        Ok(done) => Ok(done.rows_affected()),
        Err(error) => {
            db.execute_unprepared("ROLLBACK TO SAVEPOINT attempt")
                .await?;
            Err(error)
        }
    }
}

#[tokio::test]
async fn the_role_without_an_organization_sees_nothing() {
    let Some(store) = postgres().await else {
        return;
    };
    let (columns, ..) = two_tenants(&store).await;
    let tx = store.begin().await.unwrap();
    affected(tx.db(), &format!("SET LOCAL ROLE {TENANT_ROLE}")).await;
    for setting in ["", "SET LOCAL holdfast.organization = ''"] {
        affected(tx.db(), setting).await;
        for table in columns.keys() {
            assert_eq!(count(tx.db(), table).await, 0, "{table}");
        }
    }
}

#[tokio::test]
async fn a_finder_that_forgets_its_scope_finds_its_own_only() {
    let Some(store) = postgres().await else {
        return;
    };
    let (_, ours, theirs) = two_tenants(&store).await;
    for tenant in [&ours, &theirs] {
        let reader = store.read_in(tenant.id());
        let db = reader.db();
        assert_eq!(policy::Entity::find().all(db).await.unwrap().len(), 1);
        assert_eq!(asset::Entity::find().all(db).await.unwrap().len(), 1);
        assert_eq!(task::Entity::find().all(db).await.unwrap().len(), 1);
        let users = user::Entity::find().all(db).await.unwrap();
        let ids: Vec<Uuid> = users.iter().map(|user| user.id).collect();
        assert_eq!(ids, [tenant.user]);
        assert_eq!(count(db, "organizations").await, 1);
        // Writing is refused as it is for every reader.
        assert!(
            db.execute_unprepared("UPDATE policies SET version = 2")
                .await
                .is_err()
        );
    }
    assert_eq!(
        policy::Entity::find()
            .all(store.read().db())
            .await
            .unwrap()
            .len(),
        2
    );
}

const WHO: &str =
    "SELECT current_user || '/' || coalesce(current_setting('holdfast.organization', true), '')";

#[tokio::test]
async fn a_pooled_connection_carries_nothing_over() {
    let Some(config) = empty_postgres().await else {
        return;
    };
    // One writer, so that each transaction has the connection of the one before it.
    let config = DatabaseConfig {
        max_connections: 2,
        ..config
    };
    let clock = Arc::new(TestClock::default());
    let store = Store::open(&config, clock).await.unwrap();
    store.migrate().await.unwrap();
    let tenant = Tenant::fresh().id();
    let plain = async || {
        let tx = store.begin().await.unwrap();
        let found = texts(tx.db(), WHO).await;
        tx.rollback().await.unwrap();
        assert!(
            !found[0].contains(TENANT_ROLE) && found[0].ends_with('/'),
            "{found:?}"
        );
    };
    plain().await;
    for ending in 0..4 {
        let tx = store.begin_in(tenant).await.unwrap();
        let inside = texts(tx.db(), WHO).await;
        assert_eq!(inside, [format!("{TENANT_ROLE}/{}", tenant.uuid())]);
        match ending {
            0 => tx.commit().await.unwrap(),
            1 => tx.rollback().await.unwrap(),
            2 => drop(tx),
            _ => {
                let failed = tx.db().execute_unprepared("SELECT 1 / 0").await;
                assert!(failed.is_err());
                drop(tx);
            }
        }
        plain().await;
    }
    for _ in 0..10 {
        let reader = store.read_in(tenant);
        let inside = texts(reader.db(), WHO).await;
        assert_eq!(inside, [format!("{TENANT_ROLE}/{}", tenant.uuid())]);
        let failed = rows_of_nothing(reader.db()).await;
        assert!(failed.is_err());
        for _ in 0..2 {
            let outside = texts(store.read().db(), WHO).await;
            assert!(
                !outside[0].contains(TENANT_ROLE) && outside[0].ends_with('/'),
                "{outside:?}"
            );
        }
    }
}

async fn rows_of_nothing(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    let statement = Statement::from_string(DbBackend::Postgres, "SELECT 1 / 0");
    db.query_all_raw(statement).await.map(drop)
}

#[tokio::test]
async fn a_user_who_may_not_make_roles_gets_no_belt_until_an_operator_grants_it() {
    let Some(config) = empty_postgres().await else {
        return;
    };
    let schema = config.schema.clone().unwrap();
    let clock = || Arc::new(TestClock::default());
    let admin = Store::open(&config, clock()).await.unwrap();
    // A user of its own, who owns the schema and nothing else.
    let name = format!("plain_{}", crate::testing::random().simple());
    let tx = admin.begin().await.unwrap();
    affected(
        tx.db(),
        &format!(
            "CREATE ROLE {name} LOGIN PASSWORD 'plain'; ALTER SCHEMA {schema} OWNER TO {name}"
        ),
    )
    .await;
    tx.commit().await.unwrap();
    let (start, rest) = config.url.split_once("://").unwrap();
    let (_, server) = rest.split_once('@').unwrap();
    let config = DatabaseConfig {
        url: format!("{start}://{name}:plain@{server}"),
        ..config
    };
    let store = Store::open(&config, clock()).await.unwrap();
    store.migrate().await.unwrap();
    assert_eq!(
        store.row_level_security().await.unwrap(),
        RowLevelSecurity::Off
    );
    // Everything works, by scopes alone.
    let nobody = Tenant::fresh().id();
    let tx = store.begin_in(nobody).await.unwrap();
    assert_eq!(texts(tx.db(), WHO).await, [format!("{name}/")]);
    tx.commit().await.unwrap();
    let reader = store.read_in(nobody);
    assert_eq!(organizations::lookup(&reader, nobody).await.unwrap(), None);

    let tx = admin.begin().await.unwrap();
    crate::dialect::row_level_security::make_role(tx.db())
        .await
        .unwrap();
    affected(tx.db(), &format!("GRANT {TENANT_ROLE} TO {name}")).await;
    tx.commit().await.unwrap();
    let store = Store::open(&config, clock()).await.unwrap();
    store.migrate().await.unwrap();
    assert_eq!(
        store.row_level_security().await.unwrap(),
        RowLevelSecurity::On
    );
    let tx = store.begin_in(nobody).await.unwrap();
    let inside = texts(tx.db(), WHO).await;
    assert_eq!(inside, [format!("{TENANT_ROLE}/{}", nobody.uuid())]);
}

#[tokio::test]
async fn sqlite_has_scopes_only() {
    let stores = all().await;
    assert_eq!(
        stores[0].row_level_security().await.unwrap(),
        RowLevelSecurity::NotThere
    );
    let tenant = Tenant::fresh().id();
    stores[0]
        .begin_in(tenant)
        .await
        .unwrap()
        .commit()
        .await
        .unwrap();
}
