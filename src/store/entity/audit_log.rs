//! A row of `audit_logs`.

use sea_orm::entity::prelude::*;

use crate::time::Instant;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_logs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    pub size: i64,
    pub head: Vec<u8>,
    pub anchor_size: i64,
    pub anchor: Vec<u8>,
    pub checkpoint_size: Option<i64>,
    pub checkpoint_at: Option<Instant>,
    pub checkpoint_text: Option<String>,
    pub exported_at: Option<Instant>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
