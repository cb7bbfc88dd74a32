//! The address to which an organization has the checkpoints of its audit log posted, and how it answers.
//!
//! Not for posting (`app::audit::webhooks`). Invariant: when an address answers, nothing is left of its failures.

use jiff::{SignedDuration, Timestamp};

use super::StoredCheckpoint;
use crate::ids::OrganizationId;
use crate::limits::{AUDIT_WEBHOOK_PATIENCE_MINUTES, AUDIT_WEBHOOK_PAUSE_MAX_SECONDS};

/// First pause after a failure, in seconds; it doubles each time.
const PAUSE_SECONDS: i64 = 30;

/// An address, and how it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Whose log.
    pub organization_id: OrganizationId,
    /// Where checkpoints are posted.
    pub url: String,
    /// The newest checkpoint that arrived: its size, and when it was made.
    pub arrived: Option<(u64, Timestamp)>,
    /// Its failures without an answer; none while it answers.
    pub failing: Option<Failing>,
}

/// An address that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failing {
    /// The first failure.
    pub since: Timestamp,
    /// How many there were.
    pub failures: u32,
    /// When it is tried again.
    pub again_at: Timestamp,
}

impl Webhook {
    /// After this checkpoint arrived.
    #[must_use]
    pub fn answered(self, checkpoint: &StoredCheckpoint) -> Self {
        Self {
            arrived: Some((checkpoint.size, checkpoint.made_at)),
            failing: None,
            ..self
        }
    }

    /// After a failure at `now`.
    #[must_use]
    pub fn failed(self, now: Timestamp) -> Self {
        let before = self.failing.map_or(0, |failing| failing.failures);
        let doubled = 1_i64.checked_shl(before.min(16)).unwrap_or(1);
        let seconds = PAUSE_SECONDS.saturating_mul(doubled);
        let pause = SignedDuration::from_secs(seconds.min(AUDIT_WEBHOOK_PAUSE_MAX_SECONDS));
        Self {
            failing: Some(Failing {
                since: self.failing.map_or(now, |failing| failing.since),
                failures: before.saturating_add(1),
                again_at: now.saturating_add(pause).unwrap_or(Timestamp::MAX),
            }),
            ..self
        }
    }

    /// Whether it has failed for so long that the organization must know.
    #[must_use]
    pub fn is_down(&self, now: Timestamp) -> bool {
        let patience = SignedDuration::from_mins(AUDIT_WEBHOOK_PATIENCE_MINUTES);
        self.failing
            .is_some_and(|failing| now.duration_since(failing.since) >= patience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour_and_an_answer_ends_them() {
        let mut now: Timestamp = "2026-01-02T00:00:00Z".parse().unwrap();
        let mut hook = Webhook {
            organization_id: OrganizationId::from_uuid(uuid::Uuid::from_u128(7)),
            url: "https://a.example/".to_owned(),
            arrived: None,
            failing: None,
        };
        let (began, mut pauses) = (now, Vec::new());
        for _ in 0..40 {
            hook = hook.failed(now);
            let failing = hook.failing.unwrap();
            assert_eq!(failing.since, began);
            let waited = now.duration_since(began);
            assert_eq!(hook.is_down(now), waited >= SignedDuration::from_hours(1));
            pauses.push(failing.again_at.duration_since(now).as_secs());
            now = failing.again_at;
        }
        assert_eq!(pauses[..8], [30, 60, 120, 240, 480, 960, 1_920, 3_600]);
        assert!(pauses[8..].iter().all(|pause| *pause == 3_600));

        let checkpoint = StoredCheckpoint {
            size: 3,
            made_at: began,
            text: String::new(),
            exported_at: None,
        };
        let hook = hook.answered(&checkpoint);
        assert_eq!((hook.arrived, hook.failing), (Some((3, began)), None));
        assert!(!hook.is_down(Timestamp::MAX));
    }
}
