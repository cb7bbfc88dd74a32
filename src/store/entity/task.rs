//! A row of `tasks`.

use sea_orm::entity::prelude::*;

use crate::time::Instant;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tasks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub kind: String,
    pub spec: Json,
    pub workflow_version: i32,
    pub status: String,
    pub actor: Json,
    pub asset_id: Option<Uuid>,
    pub aws_account_id: Option<Uuid>,
    pub policy_id: Option<Uuid>,
    pub operation_id: Option<Uuid>,
    pub recovery_point_id: Option<Uuid>,
    pub nominal_at: Option<Instant>,
    pub unique_key: Option<String>,
    pub concurrency_key: Option<String>,
    pub run_after: Instant,
    pub attempt: i32,
    pub failures: Json,
    pub lease_owner: Option<String>,
    pub lease_expires_at: Option<Instant>,
    pub abort_requested: bool,
    pub progress_done: i64,
    pub progress_total: i64,
    pub step: Option<String>,
    pub failure: Option<Json>,
    pub result: Option<Json>,
    pub created_at: Instant,
    pub started_at: Option<Instant>,
    pub finished_at: Option<Instant>,
    pub deadline_at: Option<Instant>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
