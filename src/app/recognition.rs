//! From a proof of identity to a caller: who it is, in which organization, and what they may do there now.
//!
//! Not for how secrets look (`identity`) or how people sign in (`sessions.rs`). Invariant: nobody is recognised whose membership
//! is not active, who comes from an address that the organization does not allow, or who names a unit they do not see.

use std::sync::Arc;

use domain::access::Access;
use domain::api_token::{ApiToken, TokenOwner};
use domain::organization_settings::OrganizationSettings;
use domain::user::User;
use domain::{OrganizationId, UserId};
use identity::SecretDigest;
use store::access::MemberAccess;

use crate::context::{Caller, Credential, Ctx, Origin, Services};
use crate::error::Error;
use crate::{api_tokens, sessions};

/// The context of whoever this session or token stands for; none when it has ended.
pub(crate) async fn recognise(
    services: &Arc<Services>,
    digest: SecretDigest,
    kind: Kind,
    origin: &Origin,
) -> Result<Option<Ctx>, Error> {
    let found = match kind {
        Kind::Session => sessions::caller(services, digest, origin).await?,
        Kind::ApiToken => api_tokens::caller(services, digest, origin).await?,
    };
    Ok(
        found
            .map(|(caller, access)| Ctx::new(Arc::clone(services), caller, access, origin.clone())),
    )
}

/// What a secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of a browser session.
    Session,
    /// An API token.
    ApiToken,
}

/// Whether a caller who was recognised before would be recognised now with the same rights. No use of the session: a stream that
/// nobody looks at must not keep it.
pub async fn still_stands(ctx: &Ctx) -> Result<bool, Error> {
    let (digest, kind) = match ctx.credential() {
        None => return Ok(true),
        Some(Credential::Session { digest, .. }) => (*digest, Kind::Session),
        Some(Credential::ApiToken { digest, .. }) => (*digest, Kind::ApiToken),
    };
    let origin = Origin {
        is_unattended: true,
        ..ctx.origin().clone()
    };
    match recognise(ctx.services(), digest, kind, &origin).await {
        Ok(now) => Ok(now.is_some_and(|now| now.access() == ctx.access())),
        Err(Error::AddressNotAllowed | Error::UnknownUnit) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What a member may do now when they come like this; none when they are no active member.
pub(crate) async fn member(
    services: &Services,
    organization: OrganizationId,
    user: UserId,
    origin: &Origin,
) -> Result<Option<(User, Access, OrganizationSettings)>, Error> {
    let reader = services.store.read();
    let whole_tree = origin.unit.is_some();
    let found = store::access::of_member(&reader, organization, user, whole_tree).await?;
    let Some(found) = found else {
        return Ok(None);
    };
    let Some(user) = store::users::system_lookup(&reader, user).await? else {
        return Ok(None);
    };
    let (access, settings) = admitted(found, origin)?;
    Ok(Some((user, access, settings)))
}

/// What a token's bearer may do now; none when its owner is no active member.
pub(crate) async fn bearer(
    services: &Services,
    token: ApiToken,
    credential: Credential,
    origin: &Origin,
) -> Result<Option<(Caller, Access)>, Error> {
    match &token.owner {
        TokenOwner::User(user) => {
            let found = member(services, token.organization_id, *user, origin).await?;
            Ok(found.map(|(user, access, _)| (Caller::User { user, credential }, access)))
        }
        TokenOwner::Service(grants) => {
            let reader = services.store.read();
            let found = store::access::of_grants(&reader, token.organization_id, grants).await?;
            let Some(found) = found else {
                return Ok(None);
            };
            let (access, _) = admitted(found, origin)?;
            Ok(Some((Caller::Service { token, credential }, access)))
        }
    }
}

/// Checks the address and narrows the access to the unit that the request names.
fn admitted(found: MemberAccess, origin: &Origin) -> Result<(Access, OrganizationSettings), Error> {
    let MemberAccess { access, settings } = found;
    if !settings.allows_address(origin.address.as_deref()) {
        return Err(Error::AddressNotAllowed);
    }
    let access = match &origin.unit {
        None => access,
        Some(text) => {
            let unit = text.parse().map_err(|_malformed| Error::UnknownUnit)?;
            access.narrowed(unit).ok_or(Error::UnknownUnit)?
        }
    };
    Ok((access, settings))
}
