//! Organizational units.
//!
//! Not for what members may do in them (`role.rs`). Invariant: nobody finds a unit outside of their scope and the units above it.

use async_graphql::{Context, ID, Object};

use crate::context::{loaders, viewer};
use crate::error::read;
use crate::user::IntoId as _;

/// A part of the organization that limits what its members see; a grant at a unit covers the units below it.
pub(crate) struct OrganizationalUnit(pub(crate) domain::organizational_unit::OrganizationalUnit);

impl From<domain::organizational_unit::OrganizationalUnit> for OrganizationalUnit {
    fn from(unit: domain::organizational_unit::OrganizationalUnit) -> Self {
        Self(unit)
    }
}

/// A part of the organization that limits what its members see; a grant at a unit covers the units below it.
#[Object]
impl OrganizationalUnit {
    /// Globally unique identifier.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into_id()
    }

    /// Name to show, unique among the units of the same parent.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The unit above; null for the root.
    async fn parent(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Self>> {
        match self.0.parent_id {
            Some(parent) => Ok(loaders(ctx)?.load(parent).await?.map(Self)),
            None => Ok(None),
        }
    }

    /// Version, which an update names so that it overwrites nothing unseen.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Root fields of organizational units.
#[derive(Default)]
pub(crate) struct OrganizationalUnitQuery;

#[Object]
impl OrganizationalUnitQuery {
    /// The organizational units that you see, by name; build the tree of them by `parent`.
    async fn organizational_units(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<Vec<OrganizationalUnit>>> {
        let units = read(app::organizational_units::list(viewer(ctx)?).await)?;
        Ok(Some(units.into_iter().map(OrganizationalUnit).collect()))
    }
}
