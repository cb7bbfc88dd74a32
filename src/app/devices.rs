//! Known devices: browsers in which a person has signed in before (OWASP, "Slow down online guessing attacks with device cookies").
//!
//! Not a way to sign in, and not shown to anybody. A cookie of this kind only decides whose mistakes count: guesses from a known
//! device wait by themselves, so that a stranger who guesses cannot lock the owner out. Invariant: a cookie counts for one e-mail
//! address, and one that was not made here under the root key counts for nothing.

use data_encoding::BASE64URL_NOPAD;
use domain::OrganizationId;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::context::{Ctx, DeviceToken, Origin, Services};
use crate::error::Error;
use crate::ports::PortError;

/// How long a device is known after the last sign-in in it, in days.
const DEVICE_DAYS: i64 = 180;
/// Random bytes that tell devices of one person apart.
const ID_BYTES: usize = 16;
/// What the sealed text is for.
const PURPOSE: &str = "device";

/// What a browser keeps.
#[derive(Debug)]
pub struct DeviceCookie {
    /// The value of the cookie.
    pub secret: SecretString,
    /// When it is worth nothing any more.
    pub expires_at: Timestamp,
}

/// What is sealed in it.
#[derive(Debug, Serialize, Deserialize)]
struct Device {
    id: String,
    email: String,
    expires_at: Timestamp,
}

/// The cookie for the browser in which the caller has just signed in; none for programs.
pub fn remember(ctx: &Ctx) -> Result<Option<DeviceCookie>, Error> {
    let Some(user) = ctx.user() else {
        return Ok(None);
    };
    let mut id = [0_u8; ID_BYTES];
    ctx.ids().random(&mut id);
    let life = SignedDuration::from_hours(24 * DEVICE_DAYS);
    let expires_at = ctx.now().saturating_add(life).unwrap_or(Timestamp::MAX);
    let device = Device {
        id: hex::encode(id),
        email: user.email.clone(),
        expires_at,
    };
    let text = serde_json::to_string(&device).map_err(|error| PortError(error.to_string()))?;
    let sealer = &ctx.services().sealer;
    let sealed = sealer.seal(nobody(), PURPOSE, &SecretString::from(text))?;
    Ok(Some(DeviceCookie {
        secret: BASE64URL_NOPAD.encode(sealed.as_bytes()).into(),
        expires_at,
    }))
}

/// The id of the device that the request comes from, if the person of this address has signed in there before.
pub(crate) fn known(services: &Services, origin: &Origin, email: &str) -> Option<String> {
    let DeviceToken(token) = origin.device.as_ref()?;
    let sealed = BASE64URL_NOPAD
        .decode(token.expose_secret().as_bytes())
        .ok()?;
    let sealed = String::from_utf8(sealed).ok()?;
    let text = services.sealer.open(nobody(), PURPOSE, &sealed).ok()?;
    let device: Device = serde_json::from_str(text.expose_secret()).ok()?;
    let counts = device.email == email && services.clock.now() < device.expires_at;
    counts.then_some(device.id)
}

/// A device belongs to a person, whatever the organizations.
const fn nobody() -> OrganizationId {
    OrganizationId::from_uuid(uuid::Uuid::nil())
}

#[cfg(test)]
mod tests;
