//! A row of `compliance_intervals`.

use sea_orm::entity::prelude::*;

use crate::time::Instant;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "compliance_intervals")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub asset_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub from_at: Instant,
    pub until_at: Instant,
    pub organization_id: Uuid,
    pub status: String,
    pub protected: Option<String>,
    pub policy_minimums: Option<String>,
    pub recovery_points: Option<String>,
    pub proven: Option<String>,
    pub codes: Json,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
