//! The caller's organization.
//!
//! Not for making one (`holdfast init`). Invariant: nobody sees another organization than their own.

use async_graphql::{Context, ID, Object};
use domain::OrganizationId;
use domain::organization::KeySource;

use crate::context::viewer;
use crate::error::read;
use crate::node::parse;
use crate::scalars::{Arn, DateTime};
use crate::user::IntoId as _;

/// The tenant; everything else belongs to exactly one.
pub(crate) struct Organization(pub(crate) domain::organization::Organization);

impl Organization {
    /// The organization with this id, when it is the caller's own.
    pub(crate) async fn find(ctx: &Context<'_>, id: &ID) -> async_graphql::Result<Option<Self>> {
        let caller = viewer(ctx)?;
        if parse::<OrganizationId>(id) != Some(caller.organization()) {
            return Ok(None);
        }
        Self::of(caller).await
    }

    /// The organization of this caller.
    pub(crate) async fn of(caller: &app::Ctx) -> async_graphql::Result<Option<Self>> {
        let own = app::organizations::own(caller).await;
        Ok(read(own)?.map(Self))
    }
}

/// The tenant; everything else belongs to exactly one.
#[Object]
impl Organization {
    /// Globally unique identifier.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into_id()
    }

    /// Name to show.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Key in AWS KMS that wraps the keys of the vault; null when the root key of this installation does.
    async fn kms_key_arn(&self) -> Option<Arn> {
        match &self.0.key_source {
            KeySource::AwsKms { key_arn } => Some(Arn(key_arn.clone())),
            KeySource::Local => None,
        }
    }

    /// When the organization was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

/// Root fields of the organization.
#[derive(Default)]
pub(crate) struct OrganizationQuery;

#[Object]
impl OrganizationQuery {
    /// The organization that the viewer belongs to.
    async fn organization(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Organization>> {
        Organization::of(viewer(ctx)?).await
    }
}
