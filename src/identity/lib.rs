//! Passwords, second factors, links, session secrets, API tokens, OpenID Connect and SAML as protocol logic.
//!
//! Not for who has which (`store`) or who may do what (`app`). Invariant: nothing here is kept in clear: a password leaves as
//! an argon2id hash, a secret as a SHA-256 digest.
//!
//! Architecture invariant: this crate knows neither a database nor a web framework.

pub mod assertion;
pub mod leaked_passwords;
pub mod link;
pub mod oidc;
#[cfg(test)]
mod parser_tests;
pub mod passkey;
pub mod password;
pub mod password_rules;
pub mod recovery_code;
pub mod safe_client;
pub mod saml;
pub mod scim;
pub mod secret;
pub mod signature;
pub mod text_records;
pub mod totp;

pub use assertion::{Assertion, OneTime};
pub use leaked_passwords::LeakedPasswords;
pub use link::LinkSecret;
pub use oidc::{OidcProviders, OidcSettings};
pub use passkey::{Ceremony, PasskeyError, Passkeys, StoredPasskey};
pub use password::{PasswordError, PasswordHash, PasswordSettings, Passwords};
pub use password_rules::{PasswordContext, PasswordProfile, check_password, password_rules};
pub use recovery_code::RecoveryCode;
pub use safe_client::{NameResolver, SafeClient, SafeClientError, SystemResolver, UrlRefusal};
pub use secret::{ApiTokenSecret, SecretDigest, SessionSecret};
pub use text_records::{SystemRecords, TextRecords};
pub use totp::{TotpError, TotpSecret, qr_svg};
