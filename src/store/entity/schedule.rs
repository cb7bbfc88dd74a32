//! A row of `schedules`.

use sea_orm::entity::prelude::*;

use crate::time::Instant;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "schedules")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub asset_id: Uuid,
    pub policy_id: Uuid,
    pub operation_id: Uuid,
    pub next_nominal_at: Option<Instant>,
    pub settled_until: Instant,
    pub owed_from: Option<Instant>,
    pub parked_at: Option<Instant>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
