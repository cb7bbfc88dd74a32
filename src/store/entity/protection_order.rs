//! A row of `protection_orders`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "protection_orders")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    pub direct_position: i32,
    pub child_units_position: i32,
    pub generation: i64,
    pub applied_generation: i64,
    pub cursor_generation: i64,
    pub cursor_asset_id: Option<Uuid>,
    pub task_id: Option<Uuid>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
