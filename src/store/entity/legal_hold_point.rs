//! A row of `legal_hold_points`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "legal_hold_points")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub legal_hold_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub recovery_point_id: Uuid,
    pub organization_id: Uuid,
    pub is_open: bool,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
