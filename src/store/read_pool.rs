//! The connections of readers: of the service itself, or of a tenant.
//!
//! Not for transactions that write (`tx.rs`). Invariant: what a tenant's reader asks PostgreSQL runs in a transaction of that
//! tenant, one per query, so that no connection is held between queries and each sees what is committed.

use std::sync::Arc;

use async_trait::async_trait;
use domain::OrganizationId;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    TransactionTrait,
};

use crate::dialect::row_level_security::{self, RowLevelSecurity};
use crate::store::Inner;

/// Where a [`crate::Reader`] reads.
#[derive(Debug, Clone)]
pub struct ReadPool {
    store: Arc<Inner>,
    /// Of whom; none = of the service itself.
    organization: Option<OrganizationId>,
}

impl ReadPool {
    pub(crate) fn of_all(store: &Arc<Inner>) -> Self {
        Self {
            store: Arc::clone(store),
            organization: None,
        }
    }

    pub(crate) fn of(store: &Arc<Inner>, organization: OrganizationId) -> Self {
        Self {
            store: Arc::clone(store),
            organization: Some(organization),
        }
    }

    /// A transaction of the tenant, when there is one and the database keeps tenants apart. Its drop rolls it back, and the pool
    /// sends that before anybody else gets the connection; nobody has to wait for it.
    async fn entered(&self) -> Result<Option<DatabaseTransaction>, DbErr> {
        let Some(organization) = self.organization else {
            return Ok(None);
        };
        match self.store.row_level_security().await? {
            RowLevelSecurity::NotThere | RowLevelSecurity::Off => Ok(None),
            RowLevelSecurity::On => {
                let tx = self.store.reader().begin().await?;
                row_level_security::enter(&tx, organization).await?;
                Ok(Some(tx))
            }
        }
    }
}

#[async_trait]
impl ConnectionTrait for ReadPool {
    fn get_database_backend(&self) -> DbBackend {
        self.store.reader().get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self.entered().await? {
            Some(tx) => tx.execute_raw(statement).await,
            None => self.store.reader().execute_raw(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self.entered().await? {
            Some(tx) => tx.execute_unprepared(sql).await,
            None => self.store.reader().execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self.entered().await? {
            Some(tx) => tx.query_one_raw(statement).await,
            None => self.store.reader().query_one_raw(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self.entered().await? {
            Some(tx) => tx.query_all_raw(statement).await,
            None => self.store.reader().query_all_raw(statement).await,
        }
    }
}
