//! A row of `repositories`.

use sea_orm::entity::prelude::*;

use crate::time::Instant;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "repositories")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub aws_account_id: Uuid,
    pub region: String,
    pub asset_kind: String,
    pub shard: i32,
    pub location: Json,
    pub wrapped_key: Json,
    pub stored_bytes: i64,
    pub created_at: Instant,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
