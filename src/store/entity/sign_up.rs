//! A row of `sign_ups`.

use sea_orm::entity::prelude::*;

use crate::time::Instant;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_ups")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub email: String,
    pub name: String,
    pub organization_name: String,
    pub password_hash: String,
    pub terms_version: String,
    pub address: Option<String>,
    pub created_at: Instant,
    pub secret_hash: Option<Vec<u8>>,
    pub secret_ends_at: Option<Instant>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
