//! A row of `audit_events`.

use sea_orm::entity::prelude::*;

use crate::time::Instant;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub occurred_at: Instant,
    pub actor: Json,
    pub action: String,
    pub target: Option<String>,
    pub outcome: String,
    pub summary: Json,
    pub address: Option<String>,
    pub request_id: String,
    pub interface: String,
    pub sequence: i64,
    pub previous_hash: Option<Vec<u8>>,
    pub hash: Option<Vec<u8>>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
