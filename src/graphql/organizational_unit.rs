//! Organizational units.
//!
//! Not for what members may do in them (`role.rs`). Invariant: nobody finds a unit outside of their scope and the units above it.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::OrganizationalUnitId;

use crate::context::{loaders, viewer};
use crate::error::{Outcome, UserError, is_conflict, outcome, read};
use crate::node::parse;
use crate::user::IntoId;

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

/// A new organizational unit.
#[derive(InputObject)]
pub(crate) struct CreateOrganizationalUnitInput {
    /// The unit above.
    parent_id: ID,
    /// Name, unique under that parent.
    name: String,
}

/// Result of `createOrganizationalUnit`.
#[derive(SimpleObject)]
pub(crate) struct CreateOrganizationalUnitPayload {
    /// The new unit; null when it was not made.
    organizational_unit: Option<OrganizationalUnit>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Another name of a unit.
#[derive(InputObject)]
pub(crate) struct RenameOrganizationalUnitInput {
    /// The unit.
    id: ID,
    /// The version that you have read; the change is refused when there is a later one.
    expected_version: i32,
    /// The new name.
    name: String,
}

/// Result of `renameOrganizationalUnit`.
#[derive(SimpleObject)]
pub(crate) struct RenameOrganizationalUnitPayload {
    /// The changed unit; on a conflict the unit as it is.
    organizational_unit: Option<OrganizationalUnit>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Another place of a unit.
#[derive(InputObject)]
pub(crate) struct MoveOrganizationalUnitInput {
    /// The unit; all that lies below it goes along.
    id: ID,
    /// The version that you have read; the change is refused when there is a later one.
    expected_version: i32,
    /// The unit above from now on.
    parent_id: ID,
}

/// Result of `moveOrganizationalUnit`.
#[derive(SimpleObject)]
pub(crate) struct MoveOrganizationalUnitPayload {
    /// The changed unit; on a conflict the unit as it is.
    organizational_unit: Option<OrganizationalUnit>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which unit goes.
#[derive(InputObject)]
pub(crate) struct DeleteOrganizationalUnitInput {
    /// The unit.
    id: ID,
    /// The unit that gets its accounts, assets, policies and the units below it; its parent when absent.
    reassign_to: Option<ID>,
}

/// Result of `deleteOrganizationalUnit`.
#[derive(SimpleObject)]
pub(crate) struct DeleteOrganizationalUnitPayload {
    /// Identifier of the unit that is gone.
    deleted_organizational_unit_id: Option<ID>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What an update answers: the unit as it is now, also on a conflict.
async fn shown(
    caller: &app::Ctx,
    id: Option<OrganizationalUnitId>,
    updated: Result<domain::organizational_unit::OrganizationalUnit, app::Error>,
) -> async_graphql::Result<Outcome<OrganizationalUnit>> {
    let (mut unit, user_errors) = outcome(updated)?;
    if let Some(id) = id.filter(|_| is_conflict(&user_errors)) {
        let found = read(app::organizational_units::lookup_many(caller, &[id]).await)?;
        unit = found.into_iter().next();
    }
    Ok((unit.map(OrganizationalUnit), user_errors))
}

/// Mutations of organizational units.
#[derive(Default)]
pub(crate) struct OrganizationalUnitMutation;

#[Object]
impl OrganizationalUnitMutation {
    /// Makes an organizational unit below another.
    async fn create_organizational_unit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new unit.")] input: CreateOrganizationalUnitInput,
    ) -> async_graphql::Result<Option<CreateOrganizationalUnitPayload>> {
        let caller = viewer(ctx)?;
        let parent = parse(&input.parent_id);
        let made = app::organizational_units::create(caller, parent, &input.name).await;
        let (unit, user_errors) = outcome(made)?;
        Ok(Some(CreateOrganizationalUnitPayload {
            organizational_unit: unit.map(OrganizationalUnit),
            user_errors,
        }))
    }

    /// Gives an organizational unit another name.
    async fn rename_organizational_unit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new name.")] input: RenameOrganizationalUnitInput,
    ) -> async_graphql::Result<Option<RenameOrganizationalUnitPayload>> {
        let (caller, id) = (viewer(ctx)?, parse(&input.id));
        let version = input.expected_version;
        let updated = app::organizational_units::rename(caller, id, &input.name, version).await;
        let (organizational_unit, user_errors) = shown(caller, id, updated).await?;
        Ok(Some(RenameOrganizationalUnitPayload {
            organizational_unit,
            user_errors,
        }))
    }

    /// Puts an organizational unit, with all that lies below it, under another parent. Who may see what changes at once.
    async fn move_organizational_unit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new place.")] input: MoveOrganizationalUnitInput,
    ) -> async_graphql::Result<Option<MoveOrganizationalUnitPayload>> {
        let (caller, id) = (viewer(ctx)?, parse(&input.id));
        let (parent, version) = (parse(&input.parent_id), input.expected_version);
        let updated = app::organizational_units::relocate(caller, id, parent, version).await;
        let (organizational_unit, user_errors) = shown(caller, id, updated).await?;
        Ok(Some(MoveOrganizationalUnitPayload {
            organizational_unit,
            user_errors,
        }))
    }

    /// Removes an organizational unit. What lies in it goes to another one; grants at it end.
    async fn delete_organizational_unit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which unit goes.")] input: DeleteOrganizationalUnitInput,
    ) -> async_graphql::Result<Option<DeleteOrganizationalUnitPayload>> {
        let heir = input.reassign_to.map(|id| parse(&id));
        let caller = viewer(ctx)?;
        let deleted = app::organizational_units::delete(caller, parse(&input.id), heir).await;
        let (id, user_errors) = outcome(deleted)?;
        Ok(Some(DeleteOrganizationalUnitPayload {
            deleted_organizational_unit_id: id.map(IntoId::into_id),
            user_errors,
        }))
    }
}
