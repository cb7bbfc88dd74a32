//! A row of `approval_requests`.

use sea_orm::entity::prelude::*;

use crate::time::Instant;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "approval_requests")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub action: String,
    pub plan: Json,
    pub plan_hash: String,
    pub reason: String,
    pub requested_by: Uuid,
    pub requested_at: Instant,
    pub expires_at: Instant,
    pub status: String,
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<Instant>,
    pub note: Option<String>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
