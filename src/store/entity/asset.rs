//! A row of `assets`.

use sea_orm::entity::prelude::*;

use crate::time::Instant;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "assets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub unit_id: Uuid,
    pub aws_account_id: Uuid,
    pub region: String,
    pub kind: String,
    pub native_id: String,
    pub arn: String,
    pub name: String,
    pub name_key: String,
    pub tags: Json,
    pub details: Json,
    pub policy_id: Option<Uuid>,
    pub rule_id: Option<Uuid>,
    pub discovered_at: Instant,
    pub seen_at: Instant,
    pub deleted_at: Option<Instant>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
