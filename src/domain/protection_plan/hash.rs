//! The hash of a plan: what was decided, and the state of the world that it was decided on.
//!
//! Not a secret and no proof of anything by itself. Invariant: two plans with the same hash want the same, of the same policies and
//! rules, and change the policies of the same assets in the same way.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Effect, Situation};
use crate::audit::canonical;
use crate::protection_rule::{EntryKey, ListEntry};

/// Bytes that are kept of each part: 128 bits of SHA-256, enough that nobody finds another plan with the same.
const PART_BYTES: usize = 16;

/// The parts: what is wanted, policies, rules, assets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanHash([[u8; PART_BYTES]; 4]);

/// What is not as it was when the plan was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// The draft itself is another one.
    Draft,
    /// A policy was added, changed or removed.
    Policies,
    /// A rule was added, changed, moved or removed.
    Rules,
    /// Other assets would change their policy.
    Assets,
}

impl Moved {
    const ALL: [Self; 4] = [Self::Draft, Self::Policies, Self::Rules, Self::Assets];

    /// As a sentence.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Draft => "The draft is not the one that was previewed.",
            Self::Policies => "A policy was added, changed or removed since the preview.",
            Self::Rules => "A rule was added, changed, moved or removed since the preview.",
            Self::Assets => {
                "Other assets than in the preview would change their policy: assets came, went or changed."
            }
        }
    }
}

impl PlanHash {
    /// The hash of a plan: `wanted` is what it changes, without ids that were made for it.
    #[must_use]
    pub fn of(wanted: &Value, before: &Situation, effect: &Effect) -> Self {
        let policies = before.policies.iter();
        let mut policies: Vec<(String, i32)> = policies
            .map(|policy| (policy.id.to_string(), policy.version))
            .collect();
        policies.sort();
        let rules: Vec<Value> = before
            .list
            .units()
            .map(|unit| {
                let entries = before.list.of_unit(unit).iter().map(entry);
                serde_json::json!([unit, entries.collect::<Vec<_>>()])
            })
            .collect();
        Self([
            part(canonical::text(&canonical::plain(wanted.clone())).as_bytes()),
            part(serde_json::json!(policies).to_string().as_bytes()),
            part(serde_json::json!(rules).to_string().as_bytes()),
            part(&effect.digest),
        ])
    }

    /// What has moved since a plan with this hash was made; nothing when the plan still holds.
    #[must_use]
    pub fn moved_since(&self, earlier: &Self) -> Vec<Moved> {
        let pairs = self.0.iter().zip(&earlier.0).zip(Moved::ALL);
        let moved = pairs.filter(|((now, then), _)| now != then);
        moved.map(|(_, what)| what).collect()
    }
}

fn entry(entry: &ListEntry) -> Value {
    let version = match entry {
        ListEntry::Rule(rule) => rule.version,
        ListEntry::DirectAssignments | ListEntry::ChildUnits => 0,
    };
    let name = match entry.key() {
        EntryKey::DirectAssignments => "direct_assignments".to_owned(),
        EntryKey::ChildUnits => "child_units".to_owned(),
        EntryKey::Rule(id) => id.to_string(),
    };
    serde_json::json!([name, version])
}

fn part(bytes: &[u8]) -> [u8; PART_BYTES] {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let mut part = [0; PART_BYTES];
    for (to, from) in part.iter_mut().zip(digest) {
        *to = from;
    }
    part
}

impl fmt::Display for PlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.0.map(|part| data_encoding::HEXLOWER.encode(&part));
        f.write_str(&parts.join("-"))
    }
}

/// A text that is no hash of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not the hash of a plan")]
pub struct MalformedPlanHash;

impl FromStr for PlanHash {
    type Err = MalformedPlanHash;

    fn from_str(text: &str) -> Result<Self, MalformedPlanHash> {
        let mut parts = [[0; PART_BYTES]; 4];
        let mut texts = text.split('-');
        for part in &mut parts {
            let text = texts.next().ok_or(MalformedPlanHash)?;
            let bytes = data_encoding::HEXLOWER.decode(text.as_bytes());
            let bytes = bytes.map_err(|_malformed| MalformedPlanHash)?;
            *part = bytes.try_into().map_err(|_length| MalformedPlanHash)?;
        }
        match texts.next() {
            None => Ok(Self(parts)),
            Some(_) => Err(MalformedPlanHash),
        }
    }
}
