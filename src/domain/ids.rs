//! Identifiers: one newtype per kind of thing, shown as `policy_<base32>`.
//!
//! Not for secrets: an id is hard to guess but never grants anything. Invariant: text with the wrong prefix, length or
//! alphabet never becomes an id, so an id of one kind can never be used as another.

use std::fmt;
use std::str::FromStr;

use data_encoding::{Encoding, Specification};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Clock;

/// Source of fresh ids; injected so that tests can repeat themselves.
pub trait IdSource: Send + Sync + fmt::Debug {
    /// A fresh UUID; version 7, so that ids sort by the time of their making.
    fn uuid(&self) -> Uuid;

    /// `N` bytes of cryptographic randomness, for secrets and tokens.
    fn random(&self, bytes: &mut [u8]);
}

/// Ids of production: `UUIDv7` of the given clock and the random generator of the operating system.
#[derive(Debug)]
pub struct SystemIds<C: Clock> {
    clock: C,
}

impl<C: Clock> SystemIds<C> {
    /// Ids whose time part comes from `clock`.
    pub fn new(clock: C) -> Self {
        Self { clock }
    }
}

impl<C: Clock> IdSource for SystemIds<C> {
    fn uuid(&self) -> Uuid {
        let mut random = [0_u8; 10];
        self.random(&mut random);
        let millis = u64::try_from(self.clock.now().as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    fn random(&self, bytes: &mut [u8]) {
        rand::RngCore::fill_bytes(&mut rand::rng(), bytes);
    }
}

/// Why a text is not an id of the wanted kind. Callers answer it as "not found", so the text says no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an id of a {expected}")]
pub struct MalformedId {
    /// The prefix that was wanted.
    pub expected: &'static str,
}

/// Lower-case Crockford base32 without padding: 26 characters for 16 bytes.
fn encoding() -> Option<Encoding> {
    let mut specification = Specification::new();
    specification
        .symbols
        .push_str("0123456789abcdefghjkmnpqrstvwxyz");
    specification.encoding().ok()
}

static BASE32: std::sync::LazyLock<Option<Encoding>> = std::sync::LazyLock::new(encoding);

fn encode(id: Uuid) -> String {
    BASE32.as_ref().map_or_else(
        || id.simple().to_string(),
        |base32| base32.encode(id.as_bytes()),
    )
}

fn decode(text: &str) -> Option<Uuid> {
    let bytes = BASE32.as_ref()?.decode(text.as_bytes()).ok()?;
    Uuid::from_slice(&bytes).ok()
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// What stands before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// The id with this UUID.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// A fresh id.
            pub fn fresh(source: &dyn IdSource) -> Self {
                Self(source.uuid())
            }

            /// The bare UUID, as the database keeps it.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, encode(self.0))
            }
        }

        impl FromStr for $name {
            type Err = MalformedId;

            fn from_str(text: &str) -> Result<Self, MalformedId> {
                text.strip_prefix($prefix)
                    .and_then(|rest| rest.strip_prefix('_'))
                    .and_then(decode)
                    .map(Self)
                    .ok_or(MalformedId { expected: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*

        /// Every id prefix, in the order of the list in this file.
        pub const PREFIXES: &[&str] = &[$($prefix),*];
    };
}

// Append-only and alphabetical: a prefix that was ever shown to a client is never given to another kind.
ids! {
    /// Something that a person should look at.
    AlertId = "alert";
    /// A personal or service token.
    ApiTokenId = "token";
    /// A change that waits for a second person.
    ApprovalRequestId = "approval";
    /// A thing that can be protected.
    AssetId = "asset";
    /// A direct assignment of a policy to an asset.
    AssignmentId = "assignment";
    /// A record of who did what.
    AuditEventId = "audit";
    /// A linked AWS account.
    AwsAccountKey = "awsaccount";
    /// A domain that a tenant says is its own.
    DomainProofId = "domain";
    /// A passkey of a person.
    PasskeyId = "passkey";
    /// An identity provider of a tenant.
    IdentityProviderId = "idp";
    /// A request to join an organization.
    InvitationId = "invitation";
    /// A ban on the end of recovery points.
    LegalHoldId = "legalhold";
    /// A one-time link in a mail.
    LinkId = "link";
    /// A mail that waits to be sent.
    MailId = "mail";
    /// A tenant.
    OrganizationId = "org";
    /// A part of a tenant.
    OrganizationalUnitId = "unit";
    /// A protection policy.
    PolicyId = "policy";
    /// One operation of a policy.
    PolicyOperationId = "operation";
    /// A rule that gives assets a policy.
    ProtectionRuleId = "rule";
    /// A copy of an asset at a time.
    RecoveryPointId = "point";
    /// A repository in a vault.
    RepositoryId = "repository";
    /// A named set of permissions.
    RoleId = "role";
    /// The schedule of one asset under one operation.
    ScheduleId = "schedule";
    /// A group that an identity provider has pushed.
    ScimGroupId = "scimgroup";
    /// A browser session.
    SessionId = "session";
    /// A sign-up that waits for its confirmation.
    SignUpId = "signup";
    /// A unit of background work.
    TaskId = "task";
    /// A person.
    UserId = "user";
    /// One attempt to prove a recovery point.
    VerificationId = "verification";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::TestClock;

    #[test]
    fn an_id_survives_the_round_trip_through_text() {
        let ids = SystemIds::new(TestClock::default());
        let id = PolicyId::fresh(&ids);
        assert_eq!(id.to_string().parse::<PolicyId>(), Ok(id));
        assert_eq!(id.to_string().len(), "policy_".len() + 26);
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let ids = SystemIds::new(TestClock::default());
        let text = PolicyId::fresh(&ids).to_string();
        assert!(text.parse::<AssetId>().is_err());
        assert!(text.replace("policy_", "asset").parse::<AssetId>().is_err());
    }

    #[test]
    fn foreign_alphabets_and_lengths_are_refused() {
        for text in [
            "",
            "policy",
            "policy_",
            "policy_00",
            "policy_zzzzzzzzzzzzzzzzzzzzzzzzzz",
            "policy_O000",
        ] {
            assert!(text.parse::<PolicyId>().is_err(), "{text}");
        }
    }

    #[test]
    fn prefixes_are_unique() {
        let mut sorted = PREFIXES.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), PREFIXES.len());
    }
}
