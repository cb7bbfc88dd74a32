//! A person's own word: what concerns an account in every organization takes a password or a second factor of the person.
//!
//! Not for what concerns one organization (`Ctx::authorize`). Invariant: the identity provider of one organization, which can
//! sign anybody on whom it knows, decides nothing in another; it does for people who have nothing but this provider.

use domain::membership::Membership;
use domain::{OrganizationId, UserId};

use crate::actions::Proof;
use crate::context::{Credential, Ctx};
use crate::error::Error;

/// Refuses a session that came through an identity provider until its person has proven themselves by what is their own; and one
/// whose proof is old, where it has to be fresh. Programs pass: what they may not do is refused where it is done.
pub(crate) async fn require(ctx: &Ctx, proof: Proof) -> Result<(), Error> {
    let (
        Some(user),
        Some(Credential::Session {
            provider_id,
            own_proof_at,
            ..
        }),
    ) = (ctx.user(), ctx.credential())
    else {
        return Ok(());
    };
    if own_proof_at.is_some() || provider_id.is_none() {
        return if proof.is_fresh() {
            ctx.require_fresh(*own_proof_at)
        } else {
            Ok(())
        };
    }
    let reader = ctx.system_read();
    let factors = store::second_factors::of_user(&reader, user.id).await?;
    if user.password_changed_at.is_some() || factors.is_needed() {
        return Err(Error::OwnProofNeeded);
    }
    if belongs_elsewhere(&reader, ctx.organization(), user.id).await? {
        let message = "You have neither a password nor a second factor of your own, and belong to another organization too, for which the \
                       identity provider of this one does not speak.";
        return Err(Error::precondition("", message));
    }
    if proof.is_fresh() {
        ctx.require_proof()?;
    }
    Ok(())
}

/// Whether an account is more than this organization's: invitations do not count, because anybody may send one.
pub(crate) async fn belongs_elsewhere(
    db: &impl store::Connection,
    organization: OrganizationId,
    user: UserId,
) -> Result<bool, Error> {
    let memberships = store::memberships::system_list_of_user(db, user).await?;
    let is_elsewhere =
        |one: &Membership| one.organization_id != organization && one.state.has_joined();
    Ok(memberships.iter().any(is_elsewhere))
}

#[cfg(test)]
mod tests;
