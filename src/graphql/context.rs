//! What lies in the data of every operation, and how resolvers reach it.
//!
//! Not for recognising callers (`app`). Invariant: loaders belong to one operation of one caller, so nothing that they keep
//! can reach another.

use std::sync::Arc;

use app::{Ctx, Origin, Services};
use async_graphql::{Context, Data};
use jiff::Timestamp;
use secrecy::SecretString;

use crate::error::{read, unauthenticated};
use crate::loaders::Loaders;

/// How the browser's session cookie is written; the HTTP edge implements it. The answers are values of `Set-Cookie`.
pub trait SessionCookie: Send + Sync {
    /// The cookie of a new session; none on transports that have no cookies.
    fn set(&self, secret: &SecretString, expires_at: Timestamp) -> Option<String>;

    /// The cookie of a sign-on that has begun, which belongs to no session yet.
    fn set_sign_on(&self, secret: &SecretString, expires_at: Timestamp) -> Option<String>;

    /// The cookie of a browser in which somebody has signed in: it stays when the session ends.
    fn set_device(&self, secret: &SecretString, expires_at: Timestamp) -> Option<String>;

    /// The removal of the cookie.
    fn clear(&self) -> Option<String>;
}

/// A cookie for transports that have none: nothing happens.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCookie;

impl SessionCookie for NoCookie {
    fn set(&self, _: &SecretString, _: Timestamp) -> Option<String> {
        None
    }

    fn set_sign_on(&self, _: &SecretString, _: Timestamp) -> Option<String> {
        None
    }

    fn set_device(&self, _: &SecretString, _: Timestamp) -> Option<String> {
        None
    }

    fn clear(&self) -> Option<String> {
        None
    }
}

/// What every operation needs; put it into the request's data with [`RequestContext::attach`].
#[derive(Clone)]
pub struct RequestContext {
    /// What use cases work with.
    pub services: Arc<Services>,
    /// Who calls; none for a stranger, who may only sign in.
    pub caller: Option<Ctx>,
    /// Where the request comes from.
    pub origin: Origin,
    /// Where session cookies are set.
    pub cookie: Arc<dyn SessionCookie>,
}

impl std::fmt::Debug for RequestContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestContext")
            .field("caller", &self.caller)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

impl RequestContext {
    /// Puts this and fresh loaders into the data of one operation.
    pub fn attach(self, data: &mut Data) {
        if let Some(caller) = &self.caller {
            data.insert(Loaders::new(caller));
        }
        data.insert(self);
    }
}

/// The request's own data.
pub(crate) fn request<'a>(ctx: &Context<'a>) -> async_graphql::Result<&'a RequestContext> {
    ctx.data::<RequestContext>()
}

/// Who calls; strangers are refused.
pub(crate) fn viewer<'a>(ctx: &Context<'a>) -> async_graphql::Result<&'a Ctx> {
    request(ctx)?.caller.as_ref().ok_or_else(unauthenticated)
}

/// The loaders of this operation.
pub(crate) fn loaders<'a>(ctx: &Context<'a>) -> async_graphql::Result<&'a Loaders> {
    ctx.data::<Loaders>().map_err(|_absent| unauthenticated())
}

/// Gives the browser of a new session its cookies: that of the session, and that of a known device.
pub(crate) fn signed_in(
    ctx: &Context<'_>,
    session: app::sessions::NewSession,
) -> async_graphql::Result<Ctx> {
    let cookies = &request(ctx)?.cookie;
    send_cookie(ctx, cookies.set(session.secret.text(), session.expires_at));
    if let Some(device) = read(app::devices::remember(&session.ctx))? {
        send_cookie(ctx, cookies.set_device(&device.secret, device.expires_at));
    }
    Ok(session.ctx)
}

/// Sends the browser a value of `Set-Cookie` with the answer.
pub(crate) fn send_cookie(ctx: &Context<'_>, cookie: Option<String>) {
    if let Some(cookie) = cookie {
        ctx.append_http_header("set-cookie", cookie);
    }
}
