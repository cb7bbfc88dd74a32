//! Signed heads of repositories: what lies beside a repository, what the database says, and what follows from the difference.
//!
//! Not for the format (`domain::vault_head`). Invariants: a head is created under its number and never replaced, so two replicas
//! cannot fork it; a head that is not trusted changes nothing, and nothing is deleted in its repository until two people have
//! released it. Order of writing: rows, then the head beside the repository, then the database's note of it; so after a crash the
//! vault may be one head ahead, and never behind.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use domain::alert::AlertKind;
use domain::approval::{ApprovalAction, ApprovalPlan, ApprovalStatus};
use domain::audit::chain::Hash;
use domain::expiry::{self, ClockDoubt};
use domain::repository::VaultRepository;
use domain::vault_head::compare::{Agreed, Row, findings, next_points};
use domain::vault_head::{StoredHead, VaultHead};
use domain::{Clock, IdSource, RecoveryPointId};
use jiff::Timestamp;
use store::{Store, approvals, legal_holds, recovery_points, vault_heads};
use tasks::{StepContext, TaskError};
use vault::{HEADS_PREFIX, ObjectStore, StoreError, VaultError};

use crate::failure;
use crate::services::Services;
use crate::vaults::blocking;

mod duty;
mod mend;

pub use duty::HeadDuty;
pub(crate) use mend::tell_of_missing;

/// Heads that stay beside a repository: enough to follow the chain a little way back.
const HEADS_KEPT: u64 = 8;
/// How often it is tried again when other replicas write heads of the same repository at the same time.
const ATTEMPTS: u32 = 10;
/// What two people can agree to and what makes less kept than a head says.
const LESS: [ApprovalAction; 3] = [
    ApprovalAction::DeleteRecoveryPoints,
    ApprovalAction::ShortenRecoveryPointRetention,
    ApprovalAction::ReleaseLegalHold,
];

/// Why a head could not be looked at or written; it says nothing about what the head says.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HeadFailure {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Clocks(#[from] ClockDoubt),
}

impl From<HeadFailure> for TaskError {
    fn from(failure: HeadFailure) -> Self {
        match failure {
            HeadFailure::Store(error) => error.into(),
            HeadFailure::Vault(error) => failure::vault(&error),
            HeadFailure::Clocks(doubt) => TaskError::fail("CLOCKS_DISAGREE", doubt.to_string()),
        }
    }
}

/// What the head of a repository is worth.
#[derive(Debug)]
pub(crate) enum Standing {
    /// It is true, and says what the rows say.
    Trusted {
        head: VaultHead,
        agreed: Agreed,
        /// The time that it was compared at: the earlier of both clocks.
        now: Timestamp,
    },
    /// It is not trusted, for this reason.
    Doubted(String),
}

impl Standing {
    /// Why the snapshot must not be removed; none when nothing speaks against it.
    pub(crate) fn keeps(&self, snapshot: &str) -> Option<String> {
        match self {
            Self::Doubted(why) => Some(why.clone()),
            Self::Trusted { head, agreed, now } => match head.of_snapshot(snapshot) {
                None => Some("the head of its repository does not list it".to_owned()),
                Some(line) => line
                    .kept(*now, agreed)
                    .map(|kept| format!("the head of its repository keeps it: {kept:?}")),
            },
        }
    }
}

/// What it takes to look at heads.
pub(crate) struct Look<'a> {
    pub(crate) services: &'a Services,
    pub(crate) store: &'a Store,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) ids: &'a dyn IdSource,
}

impl<'a> Look<'a> {
    pub(crate) fn of(services: &'a Services, cx: &'a StepContext) -> Self {
        Self {
            services,
            store: &cx.store,
            clock: cx.clock.as_ref(),
            ids: cx.ids.as_ref(),
        }
    }
}

/// What is known before the rows are looked at.
enum Known {
    /// There has never been one.
    First,
    /// This one counts; whether the database knows it already.
    Head {
        head: VaultHead,
        is_noted: bool,
    },
    /// Two people let it begin anew after this number and hash.
    Released(u64, Hash),
    Doubted(String),
}

/// The newest head beside a repository.
struct Found {
    number: u64,
    text: Bytes,
}

/// Brings the head of a repository and the rows of its points in line: rows that say less than the head are put back, and what rows
/// say more, goes into the next head. Idempotent; any number of replicas may do it at once.
pub(crate) async fn keep(look: &Look<'_>, row: &VaultRepository) -> Result<Standing, HeadFailure> {
    for _ in 0..ATTEMPTS {
        if let Some(standing) = once(look, row).await? {
            return Ok(standing);
        }
    }
    let text = "the head of the repository changes faster than it can be read";
    Err(VaultError::Store(StoreError::Throttled(text.to_owned())).into())
}

/// None when it must be looked at again.
async fn once(look: &Look<'_>, row: &VaultRepository) -> Result<Option<Standing>, HeadFailure> {
    let objects = look.services.vaults.store_of(row).await?;
    // The database's note first: a head that is written in between is newer, which is in order; the other way round it would look
    // like one that was taken away.
    let stored = vault_heads::lookup(&look.store.read(), row.organization_id, row.id).await?;
    let place = objects.clone();
    let found = blocking(move || Ok(newest(place.as_ref())?)).await?;
    let (head, before) = match judge(look, row, stored.as_ref(), found.as_ref()).await? {
        Known::Doubted(why) => {
            mend::doubt(look, row, stored.as_ref(), &why).await?;
            return Ok(Some(Standing::Doubted(why)));
        }
        Known::Head { head, is_noted } => {
            if !is_noted {
                note(look, &head).await?;
            }
            let before = Some((head.number, head.hash()));
            (Some(head), before)
        }
        Known::Released(number, hash) => (None, Some((number, hash))),
        Known::First => (None, None),
    };
    let server = look.clock.now();
    // By a clock that is off, what has ended in order would look as if it had ended early.
    let now = expiry::believed(&[server, look.store.now().await?], server)?;
    let rows = rows(look, row, head.as_ref()).await?;
    let mut agreed = Agreed::default();
    if let Some(head) = &head
        && !findings(head, &rows, &agreed, now).is_empty()
    {
        let reader = look.store.read();
        agreed = Agreed::of(&approvals::approved(&reader, row.organization_id, &LESS).await?);
        let wrong = findings(head, &rows, &agreed, now);
        if mend::put_back(look, row, &wrong).await? {
            return Ok(None);
        }
    }
    if let Some(head) = &head {
        mend::forget_mended(look, row).await?;
        let points = next_points(Some(head), &rows, &agreed, now);
        if points == head.points() {
            let head = head.clone();
            return Ok(Some(Standing::Trusted { head, agreed, now }));
        }
    }
    let points = next_points(head.as_ref(), &rows, &agreed, now);
    let of = (row.id, row.organization_id);
    let next = VaultHead::after(before, of, look.clock.now(), points);
    if !write(look, objects, &next).await? {
        return Ok(None);
    }
    note(look, &next).await?;
    let head = next;
    Ok(Some(Standing::Trusted { head, agreed, now }))
}

/// What the database's note and the newest object say of each other.
async fn judge(
    look: &Look<'_>,
    row: &VaultRepository,
    stored: Option<&StoredHead>,
    found: Option<&Found>,
) -> Result<Known, HeadFailure> {
    if let Some((stored, why)) = stored.and_then(|stored| Some((stored, stored.doubt.as_ref()?))) {
        if !is_released(look, stored).await? {
            return Ok(Known::Doubted(why.clone()));
        }
        let number = found.map_or(stored.number, |found| found.number.max(stored.number));
        return Ok(Known::Released(number, stored.hash));
    }
    let Some(found) = found else {
        return Ok(stored.map_or(Known::First, |stored| {
            Known::Doubted(format!(
                "head {} was written and there is none beside the repository",
                stored.number
            ))
        }));
    };
    let opened = open(look, row, found);
    let (known, hash) = stored.map_or((0, Hash::START), |stored| (stored.number, stored.hash));
    Ok(match opened {
        Err(why) => Known::Doubted(format!("head {}: {why}", found.number)),
        Ok(head) if head.number == known && head.hash() == hash => Known::Head {
            head,
            is_noted: true,
        },
        // Written by a replica that died before it could note it.
        Ok(head) if head.number == known.saturating_add(1) && head.previous == hash => {
            Known::Head {
                head,
                is_noted: false,
            }
        }
        Ok(head) if head.number < known => Known::Doubted(format!(
            "the newest head beside the repository is {}, and {known} was written",
            head.number
        )),
        Ok(head) if head.number == known => {
            Known::Doubted(format!("head {known} is another one than was written"))
        }
        Ok(head) => Known::Doubted(format!(
            "the database knows head {known}, and beside the repository lies {}: the database was edited, or is an old copy",
            head.number
        )),
    })
}

/// Whether two people released exactly this doubt.
async fn is_released(look: &Look<'_>, stored: &StoredHead) -> Result<bool, HeadFailure> {
    let Some(id) = stored.released_by else {
        return Ok(false);
    };
    let (reader, organization) = (look.store.read(), stored.organization_id);
    let request = approvals::lookup(&reader, organization, approvals::Seen::All, id).await?;
    Ok(request.is_some_and(|request| {
        let names_it = match &request.plan {
            ApprovalPlan::ReleaseExpiryBrake { vaults, .. } => vaults
                .iter()
                .any(|vault| vault.repository_id == stored.repository_id),
            ApprovalPlan::DeleteRecoveryPoints { .. }
            | ApprovalPlan::ShortenRecoveryPointRetention { .. }
            | ApprovalPlan::ReleaseLegalHold { .. }
            | ApprovalPlan::LoosenVaultLock { .. } => false,
        };
        let is_later = stored
            .doubted_at
            .is_none_or(|at| request.requested_at >= at);
        request.status == ApprovalStatus::Approved && names_it && is_later
    }))
}

/// The head in the text, when this installation signed it for this repository and this number.
fn open(look: &Look<'_>, row: &VaultRepository, found: &Found) -> Result<VaultHead, String> {
    let key = &look.services.head_key;
    let text = std::str::from_utf8(&found.text).map_err(|_binary| "it is no text".to_owned())?;
    let head = VaultHead::open(text, &key.note_key(), |public, body, signature| {
        key.is_valid(public, body, signature)
    });
    let head = head.map_err(|error| error.to_string())?;
    let is_ours = head.repository_id == row.id && head.organization_id == row.organization_id;
    if is_ours && head.number == found.number {
        Ok(head)
    } else {
        Err("it is of another repository, or of another number".to_owned())
    }
}

/// The rows that a head must fit: all that name the repository, and all that the head names.
async fn rows(
    look: &Look<'_>,
    row: &VaultRepository,
    head: Option<&VaultHead>,
) -> Result<BTreeMap<RecoveryPointId, Row>, HeadFailure> {
    let (reader, organization) = (look.store.read(), row.organization_id);
    let mut points = recovery_points::all_of_repository(&reader, organization, row.id).await?;
    let mut rows: BTreeMap<RecoveryPointId, Row> = BTreeMap::new();
    let listed = head.into_iter().flat_map(VaultHead::points);
    let known: std::collections::BTreeSet<_> = points.iter().map(|point| point.id).collect();
    let elsewhere: Vec<_> = listed
        .map(|line| line.point_id)
        .filter(|id| !known.contains(id))
        .collect();
    points.extend(recovery_points::lookup_many(&reader, organization, &elsewhere).await?);
    let ids: Vec<RecoveryPointId> = points.iter().map(|point| point.id).collect();
    for point in points {
        let holds = std::collections::BTreeSet::new();
        rows.insert(point.id, Row { point, holds });
    }
    for (point, hold) in legal_holds::open_of_points(&reader, organization, &ids).await? {
        if let Some(row) = rows.get_mut(&point) {
            row.holds.insert(hold);
        }
    }
    Ok(rows)
}

/// Creates the head beside the repository; false when another replica was faster.
async fn write(
    look: &Look<'_>,
    objects: Arc<dyn ObjectStore>,
    head: &VaultHead,
) -> Result<bool, HeadFailure> {
    let key = &look.services.head_key;
    let text = head.signed(&key.note_key(), &key.sign(&head.body()));
    let text = text.map_err(|error| VaultError::Internal(error.to_string()))?;
    let number = head.number;
    Ok(blocking(move || {
        match objects.create(&name(number), text.into()) {
            Ok(()) => {}
            Err(StoreError::AlreadyExists(_)) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        // An old head that cannot be removed (a bucket that locks everything) does no harm.
        if let Some(old) = number.checked_sub(HEADS_KEPT) {
            let _left_there = objects.delete(&name(old));
        }
        Ok(true)
    })
    .await?)
}

/// Notes a head in the database.
async fn note(look: &Look<'_>, head: &VaultHead) -> Result<(), HeadFailure> {
    let key = &look.services.head_key;
    let body = head.body();
    let text = key.note_key().note(&body, &key.sign(&body));
    let mut tx = look.store.begin().await?;
    vault_heads::set(&mut tx, head, &text).await?;
    Ok(tx.commit().await?)
}

fn name(number: u64) -> String {
    format!("{HEADS_PREFIX}{number:020}")
}

/// The numbers of the heads beside a repository, in order.
pub fn numbers(objects: &dyn ObjectStore) -> Result<Vec<u64>, StoreError> {
    let listed = objects.list(HEADS_PREFIX)?;
    let number = |key: &str| key.strip_prefix(HEADS_PREFIX)?.parse().ok();
    let mut numbers: Vec<u64> = listed
        .iter()
        .filter_map(|object| number(&object.key))
        .collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// The text of the head of this number.
pub fn text(objects: &dyn ObjectStore, number: u64) -> Result<Bytes, StoreError> {
    objects.read(&name(number))
}

fn newest(objects: &dyn ObjectStore) -> Result<Option<Found>, StoreError> {
    let Some(number) = numbers(objects)?.last().copied() else {
        return Ok(None);
    };
    let text = text(objects, number)?;
    Ok(Some(Found { number, text }))
}

/// What kind of alert all of this raises.
const KIND: AlertKind = AlertKind::VaultTampered;
