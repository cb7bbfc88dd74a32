//! Global ids, the interface `Node`, and the root fields that read by id.
//!
//! Not for lists. Invariant: a malformed id, one of another organization and one that never existed all read as null.

use std::str::FromStr;

use async_graphql::{Context, ID, Interface, Object};
use domain::limits::BATCH_SIZE_MAX;
use domain::{
    AlertId, ApiTokenId, ApprovalRequestId, AssetId, AwsAccountKey, IdentityProviderId,
    LegalHoldId, OrganizationId, OrganizationalUnitId, PolicyId, Problem, ProtectionRuleId,
    RecoveryPointId, RoleId, TaskId, UserId, VerificationId,
};

use crate::alert::Alert;
use crate::api_token::ApiToken;
use crate::approval::ApprovalRequest;
use crate::asset::Asset;
use crate::aws_account::AwsAccount;
use crate::context::{loaders, viewer};
use crate::error::read;
use crate::identity_provider::IdentityProvider;
use crate::legal_hold::LegalHold;
use crate::organization::Organization;
use crate::organizational_unit::OrganizationalUnit;
use crate::policy::Policy;
use crate::protection_rule::ProtectionRule;
use crate::recovery_point::RecoveryPoint;
use crate::role::Role;
use crate::task::Task;
use crate::user::User;
use crate::verification::Verification;

/// An object with a globally unique, opaque, stable identifier, which `node` and `nodes` read.
#[derive(Interface)]
#[graphql(field(
    name = "id",
    ty = "ID",
    desc = "Globally unique identifier; opaque, and stable for the life of the object."
))]
pub(crate) enum Node {
    /// An alert.
    Alert(Alert),
    /// An API token.
    ApiToken(ApiToken),
    /// A change that waits for a second person.
    ApprovalRequest(ApprovalRequest),
    /// An asset.
    Asset(Asset),
    /// A linked AWS account.
    AwsAccount(AwsAccount),
    /// An identity provider.
    IdentityProvider(IdentityProvider),
    /// A legal hold.
    LegalHold(LegalHold),
    /// The organization.
    Organization(Organization),
    /// An organizational unit.
    OrganizationalUnit(OrganizationalUnit),
    /// A policy.
    Policy(Policy),
    /// A protection rule.
    ProtectionRule(ProtectionRule),
    /// A recovery point.
    RecoveryPoint(RecoveryPoint),
    /// A role.
    Role(Role),
    /// A task.
    Task(Task),
    /// A person.
    User(User),
    /// One attempt to prove a recovery point.
    Verification(Verification),
}

/// An id of one kind; none when the text is anything else.
pub(crate) fn parse<T: FromStr>(id: &ID) -> Option<T> {
    id.parse().ok()
}

/// Ids of a filter: what cannot be an id matches nothing.
pub(crate) fn parse_all<T: FromStr>(ids: Option<Vec<ID>>) -> Option<Vec<T>> {
    ids.map(|ids| ids.iter().filter_map(parse).collect())
}

/// Ids of an input, each kept at its place so that a problem can name it.
pub(crate) fn parse_each<T: FromStr>(ids: &[ID]) -> Vec<Option<T>> {
    ids.iter().map(parse).collect()
}

pub(crate) async fn find(ctx: &Context<'_>, id: &ID) -> async_graphql::Result<Option<Node>> {
    let prefix = id.split_once('_').map_or("", |(prefix, _)| prefix);
    Ok(match prefix {
        AlertId::PREFIX => Alert::find(ctx, id).await?.map(Node::Alert),
        ApiTokenId::PREFIX => ApiToken::find(ctx, id).await?.map(Node::ApiToken),
        ApprovalRequestId::PREFIX => ApprovalRequest::find(ctx, id)
            .await?
            .map(Node::ApprovalRequest),
        AssetId::PREFIX => Asset::find(ctx, id).await?.map(Node::Asset),
        AwsAccountKey::PREFIX => AwsAccount::find(ctx, id).await?.map(Node::AwsAccount),
        IdentityProviderId::PREFIX => IdentityProvider::find(ctx, id)
            .await?
            .map(Node::IdentityProvider),
        LegalHoldId::PREFIX => LegalHold::find(ctx, id).await?.map(Node::LegalHold),
        OrganizationId::PREFIX => Organization::find(ctx, id).await?.map(Node::Organization),
        PolicyId::PREFIX => Policy::find(ctx, id).await?.map(Node::Policy),
        ProtectionRuleId::PREFIX => ProtectionRule::find(ctx, id)
            .await?
            .map(Node::ProtectionRule),
        RecoveryPointId::PREFIX => RecoveryPoint::find(ctx, id).await?.map(Node::RecoveryPoint),
        OrganizationalUnitId::PREFIX => OrganizationalUnit::find(ctx, id)
            .await?
            .map(Node::OrganizationalUnit),
        RoleId::PREFIX => Role::find(ctx, id).await?.map(Node::Role),
        TaskId::PREFIX => Task::find(ctx, id).await?.map(Node::Task),
        UserId::PREFIX => User::find(ctx, id).await?.map(Node::User),
        VerificationId::PREFIX => Verification::find(ctx, id).await?.map(Node::Verification),
        _ => None,
    })
}

/// A thing that loaders know by its id.
macro_rules! found_by_loader {
    ($($object:ident: $id:ty;)*) => {$(
        impl $object {
            /// The thing with this id; null when it is malformed, missing or foreign.
            pub(crate) async fn find(
                ctx: &Context<'_>,
                id: &ID,
            ) -> async_graphql::Result<Option<Self>> {
                viewer(ctx)?;
                match parse::<$id>(id) {
                    Some(id) => Ok(loaders(ctx)?.load(id).await?.map(Self::from)),
                    None => Ok(None),
                }
            }
        }
    )*};
}

found_by_loader! {
    Alert: AlertId;
    Asset: AssetId;
    AwsAccount: AwsAccountKey;
    Policy: PolicyId;
    ProtectionRule: ProtectionRuleId;
    RecoveryPoint: RecoveryPointId;
    Task: TaskId;
    OrganizationalUnit: OrganizationalUnitId;
    Role: RoleId;
    User: UserId;
    Verification: VerificationId;
}

/// Root fields that read by id.
#[derive(Default)]
pub(crate) struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object with this identifier; null when there is none that you may see.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Identifier as another field returned it.")] id: ID,
    ) -> async_graphql::Result<Option<Node>> {
        viewer(ctx)?;
        find(ctx, &id).await
    }

    /// The objects with these identifiers, in their order; null in the place of each that you may not see.
    #[graphql(complexity = "ids.len() * child_complexity / 10 + 1")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Up to 100 identifiers.")] ids: Vec<ID>,
    ) -> async_graphql::Result<Option<Vec<Option<Node>>>> {
        viewer(ctx)?;
        if ids.len() > BATCH_SIZE_MAX {
            let message = format!("At most {BATCH_SIZE_MAX} ids can be read at once.");
            return read(Err(Problem::invalid("ids", message).into()));
        }
        let found = ids.iter().map(|id| find(ctx, id));
        let found = futures_util::future::try_join_all(found).await?;
        Ok(Some(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_drop_what_cannot_be_an_id_and_inputs_keep_its_place() {
        let good = PolicyId::from_uuid(uuid::Uuid::nil()).to_string();
        let ids = vec![ID::from("asset_0"), ID::from(good), ID::from("x")];
        assert_eq!(parse_all::<PolicyId>(Some(ids.clone())).unwrap().len(), 1);
        assert_eq!(parse_all::<PolicyId>(None), None);
        let each = parse_each::<PolicyId>(&ids);
        assert_eq!(
            each.iter().map(Option::is_some).collect::<Vec<_>>(),
            [false, true, false]
        );
    }
}
