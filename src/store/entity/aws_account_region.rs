//! A row of `aws_account_regions`.

use sea_orm::entity::prelude::*;

use crate::time::Instant;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "aws_account_regions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub aws_account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub region: String,
    pub organization_id: Uuid,
    pub asset_kinds: Json,
    pub status: String,
    pub missing_permissions: Json,
    pub inventoried_at: Option<Instant>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
