//! The hash chain of an audit log: what a hash covers, and how a log is checked against a checkpoint.
//!
//! Not for signatures (`checkpoint.rs`). Invariant: a log that [`Verifier`] accepts holds exactly the events, in exactly the
//! order, that the checkpoint was made of; what is newer than the checkpoint is only known to hang together.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::checkpoint::Checkpoint;
use super::{AuditEvent, Recorded, canonical};

/// What every hash starts with: no other SHA-256 of this program can be taken for one of these.
const DOMAIN: &[u8] = b"holdfast audit v1\n";
/// Version of the record's fields, in the record itself.
const VERSION: u32 = 1;

/// A SHA-256 of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// What stands before the first event.
    pub const START: Self = Self([0; 32]);

    /// The hash of these 32 bytes.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

/// A text that is not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash is 64 lower-case hexadecimal digits")]
pub struct MalformedHash;

impl FromStr for Hash {
    type Err = MalformedHash;

    fn from_str(text: &str) -> Result<Self, MalformedHash> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes());
        bytes
            .ok()
            .and_then(|bytes| Self::from_slice(&bytes))
            .ok_or(MalformedHash)
    }
}

/// The time as the record says it: UTC with microseconds, which is what both databases keep.
#[must_use]
pub fn time(at: Timestamp) -> String {
    format!("{at:.6}")
}

/// What the hash of an event covers: every field, and its number.
#[must_use]
pub fn record(event: &AuditEvent, sequence: u64) -> Value {
    json!({
        "version": VERSION,
        "sequence": sequence,
        "id": event.id.to_string(),
        "organization_id": event.organization_id.to_string(),
        "occurred_at": time(event.occurred_at),
        "actor": event.actor,
        "interface": event.interface.name(),
        "action": event.action,
        "target": event.target,
        "outcome": event.outcome.name(),
        "summary": event.summary,
        "address": event.address,
        "request_id": event.request_id,
    })
}

/// The hash of a canonical record after `previous`. Every part has a fixed or a written length, so no two inputs share bytes.
#[must_use]
pub fn hash(previous: &Hash, record: &str) -> Hash {
    let length = u64::try_from(record.len()).unwrap_or(u64::MAX);
    let mut sha = Sha256::new();
    sha.update(DOMAIN);
    sha.update(previous.0);
    sha.update(length.to_be_bytes());
    sha.update(record.as_bytes());
    Hash(sha.finalize().into())
}

/// The event as the next of the chain after `sequence` events that end in `previous`.
#[must_use]
pub fn extend(event: AuditEvent, sequence: u64, previous: Hash) -> Recorded {
    let sequence = sequence.saturating_add(1);
    let text = canonical::text(&record(&event, sequence));
    Recorded {
        event,
        sequence,
        previous_hash: previous,
        hash: hash(&previous, &text),
    }
}

/// One event as it stands in an export or a database, not yet believed.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The record.
    pub record: Value,
    /// Hash of the event before it, as claimed.
    pub previous_hash: Hash,
    /// Its own hash, as claimed.
    pub hash: Hash,
}

impl From<&Recorded> for Entry {
    fn from(recorded: &Recorded) -> Self {
        Self {
            record: record(&recorded.event, recorded.sequence),
            previous_hash: recorded.previous_hash,
            hash: recorded.hash,
        }
    }
}

impl Entry {
    /// The line of an export.
    #[must_use]
    pub fn to_line(&self) -> String {
        canonical::text(&json!({
            "record": self.record,
            "previous_hash": self.previous_hash.to_string(),
            "hash": self.hash.to_string(),
        }))
    }

    /// Reads a line of an export.
    #[must_use]
    pub fn from_line(line: &str) -> Option<Self> {
        let mut value: Value = serde_json::from_str(line).ok()?;
        let hash = |name: &str| value.get(name)?.as_str()?.parse().ok();
        let (previous_hash, own) = (hash("previous_hash")?, hash("hash")?);
        let members = value.as_object_mut()?;
        if members.len() != 3 {
            return None;
        }
        Some(Self {
            record: members.remove("record")?,
            previous_hash,
            hash: own,
        })
    }

    fn sequence(&self) -> Option<u64> {
        self.record.get("sequence")?.as_u64()
    }

    fn organization(&self) -> Option<&str> {
        self.record.get("organization_id")?.as_str()
    }
}

/// What is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The log begins later than the checkpoint allows: events at its start were removed.
    #[error(
        "the log begins at event {found}, but the checkpoint says that it begins at {expected} or before"
    )]
    Start {
        /// First event that there must be.
        expected: u64,
        /// First event that there is.
        found: u64,
    },
    /// An event is missing, doubled or in the wrong place.
    #[error("event {expected} is missing: event {found} stands in its place")]
    Order {
        /// The number that must follow.
        expected: u64,
        /// The number that follows.
        found: u64,
    },
    /// An event has no number or belongs to another organization.
    #[error("what stands after event {after} is no event of this log")]
    Foreign {
        /// The last event that is one.
        after: u64,
    },
    /// An event does not continue from the one before it.
    #[error("event {sequence} does not continue from the event before it")]
    Link {
        /// The event.
        sequence: u64,
    },
    /// An event was changed: its hash is that of something else.
    #[error("event {sequence} was changed")]
    Changed {
        /// The event.
        sequence: u64,
    },
    /// The events hang together, but are not those that the checkpoint was made of: the log was written anew.
    #[error("the log up to event {sequence} is not the one that the checkpoint was made of")]
    Head {
        /// The event that the checkpoint names.
        sequence: u64,
    },
    /// The log ends before the checkpoint does: its end was cut off.
    #[error("the log ends with event {found}, but the checkpoint covers {expected}")]
    Truncated {
        /// Events that the checkpoint covers.
        expected: u64,
        /// The last event that there is.
        found: u64,
    },
}

/// What a check has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// First event of the log.
    pub first: u64,
    /// Last event of the log.
    pub last: u64,
    /// Events that the checkpoint vouches for: up to this number.
    pub covered: u64,
}

/// Checks a log, event by event in its order, against a checkpoint.
#[derive(Debug, Clone)]
pub struct Verifier {
    checkpoint: Checkpoint,
    first: Option<u64>,
    last: u64,
    head: Hash,
}

impl Verifier {
    /// A check against this checkpoint, whose signature was checked already.
    #[must_use]
    pub const fn new(checkpoint: Checkpoint) -> Self {
        Self {
            last: checkpoint.anchor_size,
            head: checkpoint.anchor,
            checkpoint,
            first: None,
        }
    }

    /// The next event.
    pub fn next(&mut self, entry: &Entry) -> Result<(), Broken> {
        let foreign = Broken::Foreign { after: self.last };
        let own = self.checkpoint.organization_id.to_string();
        if entry.organization() != Some(own.as_str()) {
            return Err(foreign);
        }
        let sequence = entry.sequence().ok_or(foreign)?;
        if self.first.is_none() {
            self.begin(sequence, entry)?;
        }
        let expected = self.last.saturating_add(1);
        if sequence != expected {
            return Err(Broken::Order {
                expected,
                found: sequence,
            });
        }
        if entry.previous_hash != self.head {
            return Err(Broken::Link { sequence });
        }
        if hash(&entry.previous_hash, &canonical::text(&entry.record)) != entry.hash {
            return Err(Broken::Changed { sequence });
        }
        for (size, head) in [
            (self.checkpoint.anchor_size, self.checkpoint.anchor),
            (self.checkpoint.size, self.checkpoint.head),
        ] {
            if sequence == size && entry.hash != head {
                return Err(Broken::Head { sequence });
            }
        }
        self.last = sequence;
        self.head = entry.hash;
        Ok(())
    }

    /// A log may begin earlier than the cut that the checkpoint knows of, never later.
    fn begin(&mut self, sequence: u64, entry: &Entry) -> Result<(), Broken> {
        let expected = self.checkpoint.anchor_size.saturating_add(1);
        if sequence == 0 || sequence > expected {
            return Err(Broken::Start {
                expected,
                found: sequence,
            });
        }
        if sequence < expected {
            self.last = sequence.saturating_sub(1);
            self.head = if self.last == 0 {
                Hash::START
            } else {
                entry.previous_hash
            };
        }
        self.first = Some(sequence);
        Ok(())
    }

    /// The end of the log.
    pub fn finish(self) -> Result<Verified, Broken> {
        let expected = self.checkpoint.size;
        if self.last < expected {
            return Err(Broken::Truncated {
                expected,
                found: self.last,
            });
        }
        if self.last == expected && self.head != self.checkpoint.head {
            return Err(Broken::Head { sequence: expected });
        }
        Ok(Verified {
            first: self.first.unwrap_or(self.last),
            last: self.last,
            covered: expected,
        })
    }
}

#[cfg(test)]
mod tests;
