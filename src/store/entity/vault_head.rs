//! A row of `vault_heads`.

use sea_orm::entity::prelude::*;

use crate::time::Instant;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "vault_heads")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub repository_id: Uuid,
    pub organization_id: Uuid,
    pub number: i64,
    pub hash: String,
    pub note: String,
    pub made_at: Instant,
    pub doubt: Option<String>,
    pub doubted_at: Option<Instant>,
    pub released_by: Option<Uuid>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
