//! Approvals: changes that take two people.
//!
//! Not for carrying the changes out (`app`). Invariant: whoever asked never decides, and what was agreed to is the exact plan
//! whose hash both have seen; when the world has moved, the plan of it is another one and nothing happens.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::audit::canonical;
use crate::ids::{
    ApprovalRequestId, AssetId, LegalHoldId, OrganizationId, RecoveryPointId, RepositoryId, UserId,
};
use crate::permission::Permission;
use crate::recovery_point::{RecoveryPoint, RecoveryPointStatus};
use crate::vault_lock::LockTerms;

/// How long a request can be decided, in days.
pub const APPROVAL_DAYS: i64 = 7;

/// What waits for a second person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalAction {
    /// Recovery points end before their time.
    DeleteRecoveryPoints,
    /// Recovery points are kept shorter.
    ShortenRecoveryPointRetention,
    /// A legal hold ends.
    ReleaseLegalHold,
    /// A governance lock asks for less.
    LoosenVaultLock,
    /// Points end that nobody foresaw.
    ReleaseExpiryBrake,
}

impl ApprovalAction {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::DeleteRecoveryPoints,
        Self::ShortenRecoveryPointRetention,
        Self::ReleaseLegalHold,
        Self::LoosenVaultLock,
        Self::ReleaseExpiryBrake,
    ];

    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DeleteRecoveryPoints => "delete_recovery_points",
            Self::ShortenRecoveryPointRetention => "shorten_recovery_point_retention",
            Self::ReleaseLegalHold => "release_legal_hold",
            Self::LoosenVaultLock => "loosen_vault_lock",
            Self::ReleaseExpiryBrake => "release_expiry_brake",
        }
    }

    /// The action of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.name() == name)
    }

    /// The right that whoever asks for it needs, still when it is carried out.
    #[must_use]
    pub const fn permission(self) -> Permission {
        match self {
            Self::DeleteRecoveryPoints | Self::ShortenRecoveryPointRetention => {
                Permission::RecoveryPointDelete
            }
            Self::ReleaseLegalHold => Permission::LegalHoldManage,
            Self::LoosenVaultLock | Self::ReleaseExpiryBrake => Permission::SettingsManage,
        }
    }
}

/// A point as a plan has seen it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedPoint {
    /// The point.
    pub id: RecoveryPointId,
    /// Its asset.
    pub asset_id: AssetId,
    /// Its state.
    pub status: RecoveryPointStatus,
    /// The instant that it shows.
    pub taken_at: Timestamp,
    /// Its end.
    pub expires_at: Option<Timestamp>,
}

impl From<&RecoveryPoint> for PlannedPoint {
    fn from(point: &RecoveryPoint) -> Self {
        Self {
            id: point.id,
            asset_id: point.asset_id,
            status: point.status,
            taken_at: point.taken_at,
            expires_at: point.expires_at,
        }
    }
}

/// Points too many to list: how many, and one digest of all their ids in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointSet {
    /// How many.
    pub count: u64,
    /// SHA-256 over the ids, hexadecimal.
    pub digest: String,
}

impl PointSet {
    /// The set of these ids, in whatever order.
    #[must_use]
    pub fn of(ids: &[RecoveryPointId]) -> Self {
        let mut sorted = ids.to_vec();
        sorted.sort_unstable();
        let mut hash = Sha256::new();
        for id in &sorted {
            hash.update(id.uuid().as_bytes());
        }
        Self {
            count: u64::try_from(sorted.len()).unwrap_or(u64::MAX),
            digest: hexadecimal(&hash.finalize()),
        }
    }
}

/// A repository whose signed head is not what it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoubtedVault {
    /// The repository.
    pub repository_id: RepositoryId,
    /// In what it is not.
    pub doubt: String,
}

/// Exactly what is done when a request is approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum ApprovalPlan {
    /// These points are due at once; the undo window follows.
    DeleteRecoveryPoints {
        /// The points, by id.
        points: Vec<PlannedPoint>,
    },
    /// These points end then.
    ShortenRecoveryPointRetention {
        /// The points, by id.
        points: Vec<PlannedPoint>,
        /// Their new end.
        until: Timestamp,
    },
    /// This hold ends.
    ReleaseLegalHold {
        /// The hold.
        legal_hold_id: LegalHoldId,
        /// Its name.
        name: String,
        /// What it keeps.
        points: PointSet,
    },
    /// The lock asks for less; points that it has kept so far stay locked.
    LoosenVaultLock {
        /// The version that this changes.
        version: i32,
        /// What it asks for.
        from: LockTerms,
        /// What it shall ask for; none removes it.
        to: Option<LockTerms>,
    },
    /// These points end although nobody foresaw it, and the clock is believed again.
    ReleaseExpiryBrake {
        /// The points.
        points: PointSet,
        /// Their ids, in order: the world goes on while a request waits, and no other point is ever let go for it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        ids: Vec<RecoveryPointId>,
        /// Repositories whose heads are doubted: they begin anew with what the database says of their points.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        vaults: Vec<DoubtedVault>,
    },
}

impl ApprovalPlan {
    /// What it does.
    #[must_use]
    pub const fn action(&self) -> ApprovalAction {
        match self {
            Self::DeleteRecoveryPoints { .. } => ApprovalAction::DeleteRecoveryPoints,
            Self::ShortenRecoveryPointRetention { .. } => {
                ApprovalAction::ShortenRecoveryPointRetention
            }
            Self::ReleaseLegalHold { .. } => ApprovalAction::ReleaseLegalHold,
            Self::LoosenVaultLock { .. } => ApprovalAction::LoosenVaultLock,
            Self::ReleaseExpiryBrake { .. } => ApprovalAction::ReleaseExpiryBrake,
        }
    }

    /// The canonical text: equal plans have equal texts.
    #[must_use]
    pub fn text(&self) -> String {
        // Ids, texts, numbers and times always serialize.
        let value = serde_json::to_value(self).unwrap_or_default();
        canonical::text(&canonical::plain(value))
    }

    /// The plan as a record in a log has it: sets are told by their digests, never by thousands of ids.
    #[must_use]
    pub fn brief(&self) -> Self {
        let mut brief = self.clone();
        if let Self::ReleaseExpiryBrake { ids, .. } = &mut brief {
            ids.clear();
        }
        brief
    }

    /// SHA-256 of the canonical text, hexadecimal.
    #[must_use]
    pub fn hash(&self) -> String {
        hexadecimal(&Sha256::digest(self.text()))
    }

    /// The points that it names one by one.
    #[must_use]
    pub fn points(&self) -> &[PlannedPoint] {
        match self {
            Self::DeleteRecoveryPoints { points }
            | Self::ShortenRecoveryPointRetention { points, .. } => points,
            Self::ReleaseLegalHold { .. }
            | Self::LoosenVaultLock { .. }
            | Self::ReleaseExpiryBrake { .. } => &[],
        }
    }

    /// What it does, in a sentence.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            Self::DeleteRecoveryPoints { points } => {
                format!("{} now.", ends(count(points)))
            }
            Self::ShortenRecoveryPointRetention { points, until } => {
                format!("{} at {until} already.", ends(count(points)))
            }
            Self::ReleaseLegalHold { name, points, .. } => format!(
                "The legal hold \"{name}\" no longer keeps {}.",
                of_points(points.count)
            ),
            Self::LoosenVaultLock { from, to, .. } => {
                let from = from.minimum_days;
                to.map_or_else(
                    || format!("The vault lock of {from} days is removed for new recovery points."),
                    |to| {
                        let to = to.minimum_days;
                        format!(
                            "The vault lock of {from} days becomes {to} for new recovery points."
                        )
                    },
                )
            }
            Self::ReleaseExpiryBrake { points, vaults, .. } => {
                let text = format!("{} although nobody foresaw it.", ends(points.count));
                match vaults.len() {
                    0 => text,
                    1 => format!(
                        "{text} One repository whose head is doubted begins anew with what the database says."
                    ),
                    vaults => format!(
                        "{text} {vaults} repositories whose heads are doubted begin anew with what the database says."
                    ),
                }
            }
        }
    }
}

fn count(points: &[PlannedPoint]) -> u64 {
    u64::try_from(points.len()).unwrap_or(u64::MAX)
}

fn of_points(count: u64) -> String {
    match count {
        1 => "1 recovery point".to_owned(),
        count => format!("{count} recovery points"),
    }
}

fn ends(count: u64) -> String {
    format!(
        "{} {}",
        of_points(count),
        if count == 1 { "ends" } else { "end" }
    )
}

fn hexadecimal(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalStatus {
    /// It waits.
    Pending,
    /// A second person agreed, and it was done.
    Approved,
    /// A second person refused.
    Denied,
    /// Nobody decided in time.
    Expired,
    /// Whoever asked for it took it back.
    Cancelled,
}

impl ApprovalStatus {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Pending,
        Self::Approved,
        Self::Denied,
        Self::Expired,
        Self::Cancelled,
    ];

    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.name() == name)
    }
}

/// A change that waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalRequest {
    /// Its id.
    pub id: ApprovalRequestId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// Exactly what is done.
    pub plan: ApprovalPlan,
    /// Hash of the plan.
    pub plan_hash: String,
    /// Why.
    pub reason: String,
    /// Who asks.
    pub requested_by: UserId,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// Until when it can be decided.
    pub expires_at: Timestamp,
    /// Where it stands, as it was written; see [`Self::status_at`].
    pub status: ApprovalStatus,
    /// Who decided or took it back.
    pub decided_by: Option<UserId>,
    /// When; an approved one was carried out at that moment.
    pub decided_at: Option<Timestamp>,
    /// What whoever decided had to say.
    pub note: Option<String>,
}

impl ApprovalRequest {
    /// Where it stands at `now`: nobody writes down that time has passed.
    #[must_use]
    pub fn status_at(&self, now: Timestamp) -> ApprovalStatus {
        if self.status == ApprovalStatus::Pending && self.expires_at <= now {
            ApprovalStatus::Expired
        } else {
            self.status
        }
    }
}

/// Which requests a list shows; all given members must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApprovalFilter {
    /// Only these states.
    pub statuses: Option<Vec<ApprovalStatus>>,
    /// Only these actions.
    pub actions: Option<Vec<ApprovalAction>>,
    /// Not what this person asked for.
    pub not_of: Option<UserId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> RecoveryPointId {
        RecoveryPointId::from_uuid(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn a_plan_survives_the_database_with_its_hash() {
        let plan = ApprovalPlan::ShortenRecoveryPointRetention {
            points: vec![PlannedPoint {
                id: id(1),
                asset_id: AssetId::from_uuid(uuid::Uuid::nil()),
                status: RecoveryPointStatus::Available,
                taken_at: "2026-01-01T00:00:00.5Z".parse().unwrap(),
                expires_at: None,
            }],
            until: "2026-02-01T00:00:00Z".parse().unwrap(),
        };
        let stored = serde_json::to_value(&plan).unwrap();
        let read: ApprovalPlan = serde_json::from_value(stored).unwrap();
        assert_eq!((read.hash(), read.action()), (plan.hash(), plan.action()));
        assert_eq!(plan.hash().len(), 64);
        assert_eq!(
            plan.text()
                .matches("\"action\":\"shorten_recovery_point_retention\"")
                .count(),
            1
        );
    }

    #[test]
    fn a_set_of_points_does_not_depend_on_order_and_does_on_each() {
        assert_eq!(PointSet::of(&[id(1), id(2)]), PointSet::of(&[id(2), id(1)]));
        assert_ne!(PointSet::of(&[id(1), id(2)]), PointSet::of(&[id(1), id(3)]));
        assert_ne!(PointSet::of(&[id(1)]).digest, PointSet::of(&[]).digest);
    }

    #[test]
    fn names_survive_the_round_trip() {
        for one in ApprovalAction::ALL {
            assert_eq!(ApprovalAction::from_name(one.name()), Some(*one));
        }
        for one in ApprovalStatus::ALL {
            assert_eq!(ApprovalStatus::from_name(one.name()), Some(*one));
        }
    }

    #[test]
    fn a_summary_counts_as_people_do() {
        let hold = |count| ApprovalPlan::ReleaseLegalHold {
            legal_hold_id: LegalHoldId::from_uuid(uuid::Uuid::nil()),
            name: "Case 7".to_owned(),
            points: PointSet {
                count,
                digest: String::new(),
            },
        };
        let brake = |count| ApprovalPlan::ReleaseExpiryBrake {
            points: PointSet {
                count,
                digest: String::new(),
            },
            ids: Vec::new(),
            vaults: Vec::new(),
        };
        assert_eq!(
            [
                hold(1).summary(),
                hold(2).summary(),
                brake(1).summary(),
                brake(0).summary()
            ],
            [
                "The legal hold \"Case 7\" no longer keeps 1 recovery point.",
                "The legal hold \"Case 7\" no longer keeps 2 recovery points.",
                "1 recovery point ends although nobody foresaw it.",
                "0 recovery points end although nobody foresaw it.",
            ]
        );
    }
}
