//! The duty that keeps compliance true: it marks the assets of which the outbox tells, and judges those that are due.
//!
//! Not for judging itself (`domain::compliance`). Invariant: whatever changes a verdict either is told in the outbox by the
//! transaction that does it, or comes at the time that the last judgement named; so nothing is lost by a crash at any place, and
//! an asset about which nothing happens costs nothing.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use domain::compliance::Controls;
use domain::event::{Event, Topic};
use domain::policy::Policy;
use domain::{AssetId, OrganizationId, PolicyId, RecoveryPointId};
use jiff::{SignedDuration, Timestamp};
use store::Tx;
use store::compliance::{self, Checked, DueAsset};

use crate::duty::{Duty, DutyContext, DutyError};

mod alarm;
mod judge;

use judge::{Evidence, judge_all};

/// From one turn to the next.
const PERIOD: SignedDuration = SignedDuration::from_secs(10);
/// Assets judged in one transaction.
const BATCH: u64 = 500;
/// Events read at once, and assets marked in one transaction.
const PAGE: u64 = 2_000;
/// The cursor is written at least this often, so that a reader sees that somebody looks.
const SIGN_OF_LIFE: SignedDuration = SignedDuration::from_secs(30);
/// Intervals removed in one transaction.
const PURGE: u64 = 2_000;

/// The duty that keeps compliance true.
#[derive(Debug, Clone, Copy)]
pub struct Compliance {
    history: SignedDuration,
}

impl Compliance {
    /// Keeps intervals for so many days.
    #[must_use]
    pub fn with_history_days(days: u32) -> Self {
        Self {
            history: SignedDuration::from_hours(24 * i64::from(days)),
        }
    }

    /// Marks and judges all that is due; how many assets were judged.
    pub async fn catch_up(&self, cx: &DutyContext) -> Result<usize, store::Error> {
        let all = store::organizations::system_list(&cx.store.read()).await?;
        for organization in &all {
            follow(cx, organization.id).await?;
        }
        let mut sum = 0;
        while cx.has_lease() {
            let judged = judge_batch(cx).await?;
            sum += judged;
            if judged == 0 {
                break;
            }
        }
        Ok(sum)
    }

    async fn purge(&self, cx: &DutyContext) -> Result<(), store::Error> {
        let now = cx.clock.now();
        let until = now.saturating_sub(self.history).unwrap_or(Timestamp::MIN);
        while cx.has_lease() {
            let mut tx = cx.store.begin().await?;
            let removed = compliance::system_purge(&mut tx, until, PURGE).await?;
            tx.commit().await?;
            if removed < PURGE {
                break;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Duty for Compliance {
    fn name(&self) -> &'static str {
        "compliance"
    }

    fn period(&self) -> SignedDuration {
        PERIOD
    }

    async fn run(&self, cx: &DutyContext) -> Result<(), DutyError> {
        self.catch_up(cx).await?;
        for organization in store::organizations::system_list(&cx.store.read()).await? {
            alarm::ring(cx, organization.id).await?;
        }
        Ok(self.purge(cx).await?)
    }
}

/// What events say must be looked at.
#[derive(Debug, Default, PartialEq, Eq)]
struct Marks {
    assets: BTreeSet<AssetId>,
    points: BTreeSet<RecoveryPointId>,
    policies: BTreeSet<PolicyId>,
    all: bool,
}

impl Marks {
    fn of(organization: OrganizationId, events: &[Event]) -> Self {
        let mut marks = Self::default();
        for event in events {
            match event.topic {
                Topic::Asset => marks.assets.extend(event.subject.parse::<AssetId>()),
                Topic::RecoveryPoint => {
                    marks
                        .points
                        .extend(event.subject.parse::<RecoveryPointId>());
                }
                Topic::Policy => marks.policies.extend(event.subject.parse::<PolicyId>()),
                Topic::Compliance => marks.all |= event.subject == organization.to_string(),
                // What a rule does to an asset is told of the asset.
                Topic::Task
                | Topic::AwsAccount
                | Topic::Session
                | Topic::Audit
                | Topic::Alert
                | Topic::LegalHold
                | Topic::Approval
                | Topic::User
                | Topic::Invitation
                | Topic::Role
                | Topic::OrganizationalUnit
                | Topic::ServiceToken
                | Topic::IdentityProvider
                | Topic::DomainProof
                | Topic::Organization
                | Topic::OwnAccount
                | Topic::ProtectionRule => {}
            }
        }
        marks
    }
}

/// Marks the assets of which the organization's events tell, from the last place on. A crash before the place is written marks
/// them once more. An asset is due since the event, so that a record tells when something happened and not when it was noticed.
async fn follow(cx: &DutyContext, organization: OrganizationId) -> Result<(), store::Error> {
    let reader = cx.store.read();
    let cursor = compliance::system_cursor(&reader, organization).await?;
    let known = match cursor {
        None => false,
        Some((0, _)) => true,
        Some((place, _)) => store::events::exists(&reader, organization, place).await?,
    };
    let mut place = cursor.map_or(0, |(place, _)| place);
    let mut is_written = false;
    if !known {
        // Nobody looked yet, or for longer than events are kept: then everything may have changed since the last look.
        let since = cursor.map_or_else(|| cx.clock.now(), |(_, at)| at);
        let newest = store::events::bounds(&reader, organization).await?;
        place = newest.map_or(0, |(_, newest)| newest);
        mark_assets_of(cx, organization, None, since).await?;
        write_place(cx, organization, place).await?;
        is_written = true;
    }
    while cx.has_lease() {
        let events = store::events::since(&reader, organization, place, PAGE).await?;
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            let now = cx.clock.now();
            let is_alive = cursor.is_some_and(|(_, at)| now.duration_since(at) < SIGN_OF_LIFE);
            if !is_written && !is_alive {
                write_place(cx, organization, place).await?;
            }
            return Ok(());
        };
        place = last.sequence;
        mark(
            cx,
            organization,
            Marks::of(organization, &events),
            first.created_at,
        )
        .await?;
        write_place(cx, organization, place).await?;
        is_written = true;
    }
    Ok(())
}

async fn write_place(
    cx: &DutyContext,
    organization: OrganizationId,
    place: i64,
) -> Result<(), store::Error> {
    let mut tx = cx.store.begin().await?;
    compliance::system_follow(&mut tx, organization, place, cx.clock.now()).await?;
    tx.commit().await
}

async fn mark(
    cx: &DutyContext,
    organization: OrganizationId,
    marks: Marks,
    due_at: Timestamp,
) -> Result<(), store::Error> {
    // A clock that ran ahead must not hide what it wrote.
    let due_at = due_at.min(cx.clock.now());
    if marks.all {
        return mark_assets_of(cx, organization, None, due_at).await;
    }
    if !marks.assets.is_empty() || !marks.points.is_empty() {
        let assets: Vec<AssetId> = marks.assets.into_iter().collect();
        let points: Vec<RecoveryPointId> = marks.points.into_iter().collect();
        let mut tx = cx.store.begin().await?;
        compliance::system_mark(&mut tx, organization, &assets, due_at).await?;
        compliance::system_mark_points(&mut tx, organization, &points, due_at).await?;
        tx.commit().await?;
    }
    for policy in marks.policies {
        mark_assets_of(cx, organization, Some(policy), due_at).await?;
    }
    Ok(())
}

/// Marks all assets of the organization, or of one of its policies, page by page.
async fn mark_assets_of(
    cx: &DutyContext,
    organization: OrganizationId,
    policy: Option<PolicyId>,
    due_at: Timestamp,
) -> Result<(), store::Error> {
    let mut after = None;
    loop {
        let reader = cx.store.read();
        let page = compliance::system_assets(&reader, organization, policy, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some(*last);
        let mut tx = cx.store.begin().await?;
        compliance::system_mark(&mut tx, organization, &page, due_at).await?;
        tx.commit().await?;
    }
}

/// Judges a batch of assets that are due; how many there were.
async fn judge_batch(cx: &DutyContext) -> Result<usize, store::Error> {
    let now = cx.clock.now();
    let mut tx = cx.store.begin().await?;
    let due = compliance::system_lock_due(&mut tx, now, BATCH).await?;
    if due.is_empty() {
        tx.rollback().await?;
        return Ok(0);
    }
    let count = due.len();
    let mut by_organization: BTreeMap<OrganizationId, Vec<DueAsset>> = BTreeMap::new();
    for asset in due {
        let all = by_organization.entry(asset.organization_id).or_default();
        all.push(asset);
    }
    for (organization, due) in by_organization {
        let checked = judge_of(&tx, organization, due, now).await?;
        compliance::system_write(&mut tx, &checked, now).await?;
    }
    tx.commit().await?;
    Ok(count)
}

async fn judge_of(
    tx: &Tx,
    organization: OrganizationId,
    due: Vec<DueAsset>,
    now: Timestamp,
) -> Result<Vec<Checked>, store::Error> {
    let controls: Controls = compliance::controls(tx, organization).await?.controls;
    let policies: BTreeSet<PolicyId> = due.iter().filter_map(|asset| asset.policy_id).collect();
    let policies: Vec<PolicyId> = policies.into_iter().collect();
    let policies = store::policies::lookup_many(tx, organization, &policies).await?;
    let policies: BTreeMap<PolicyId, Policy> = policies
        .into_iter()
        .map(|policy| (policy.id, policy))
        .collect();
    let evidence = Evidence::read(tx, &controls, &policies, &due, now).await?;
    judge_all(tx, &controls, &policies, evidence, due, now).await
}
