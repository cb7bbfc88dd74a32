//! The duty that brings every change of a point into the head of its repository within seconds.
//!
//! Not for the heads themselves. Invariant: whatever changes what keeps a point is told in the outbox by the transaction that does
//! it, and the place in the outbox is written after the heads; so a crash at any place loses nothing.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use domain::event::{Event, Topic};
use domain::{OrganizationId, RecoveryPointId, RepositoryId};
use jiff::SignedDuration;
use store::{events, organizations, recovery_points, repositories, vault_heads};
use tasks::duty::{Duty, DutyContext, DutyError};

use super::{HeadFailure, Look, keep};
use crate::services::Services;

/// From one look to the next.
const PERIOD: SignedDuration = SignedDuration::from_secs(10);
/// Events that are read at once.
const PAGE: u64 = 2_000;

/// Writes heads.
pub struct HeadDuty {
    services: Arc<Services>,
}

impl fmt::Debug for HeadDuty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeadDuty").finish_non_exhaustive()
    }
}

impl HeadDuty {
    /// With what workflows share.
    #[must_use]
    pub const fn new(services: Arc<Services>) -> Self {
        Self { services }
    }

    async fn follow(
        &self,
        cx: &DutyContext,
        organization: OrganizationId,
    ) -> Result<(), HeadFailure> {
        let reader = cx.store.read();
        let newest = events::bounds(&reader, organization).await?;
        let newest = newest.map_or(0, |(_, newest)| newest);
        let cursor = vault_heads::system_cursor(&reader, organization).await?;
        if cursor == Some(newest) {
            return Ok(());
        }
        let changed = changed(cx, organization, cursor).await?;
        let look = Look {
            services: &self.services,
            store: &cx.store,
            clock: cx.clock.as_ref(),
            ids: cx.ids.as_ref(),
        };
        let mut failed = None;
        for row in repositories::list(&reader, organization).await? {
            if !cx.has_lease() {
                return Ok(());
            }
            if changed.as_ref().is_none_or(|ids| ids.contains(&row.id)) {
                failed = keep(&look, &row).await.err().or(failed);
            }
        }
        // Whatever could not be written is tried again from the same place.
        if let Some(error) = failed {
            return Err(error);
        }
        // What the heads themselves told (an alert, a row put back) is looked at once more, and finds nothing.
        let mut tx = cx.store.begin().await?;
        vault_heads::system_follow(&mut tx, organization, newest).await?;
        Ok(tx.commit().await?)
    }
}

/// The repositories of whose points the events after `cursor` tell; none stands for all.
async fn changed(
    cx: &DutyContext,
    organization: OrganizationId,
    cursor: Option<i64>,
) -> Result<Option<BTreeSet<RepositoryId>>, HeadFailure> {
    let reader = cx.store.read();
    let Some(mut place) = cursor else {
        return Ok(None);
    };
    // Events are not kept for ever: whoever was away for longer looks at everything.
    if place > 0 && !events::exists(&reader, organization, place).await? {
        return Ok(None);
    }
    let mut points = BTreeSet::new();
    loop {
        let page = events::since(&reader, organization, place, PAGE).await?;
        let Some(last) = page.last() else { break };
        place = last.sequence;
        for event in &page {
            match mark(event) {
                Mark::Nothing => {}
                Mark::Point(id) => {
                    points.insert(id);
                }
                Mark::All => return Ok(None),
            }
        }
    }
    let ids: Vec<RecoveryPointId> = points.into_iter().collect();
    let found = recovery_points::lookup_many(&reader, organization, &ids).await?;
    Ok(Some(
        found
            .iter()
            .filter_map(|point| point.repository_id)
            .collect(),
    ))
}

enum Mark {
    Nothing,
    Point(RecoveryPointId),
    All,
}

fn mark(event: &Event) -> Mark {
    match event.topic {
        Topic::RecoveryPoint => event.subject.parse().map_or(Mark::All, Mark::Point),
        // Which points it is about, it does not say; holds come and go seldom.
        Topic::LegalHold => Mark::All,
        Topic::Task
        | Topic::Asset
        | Topic::Policy
        | Topic::Compliance
        | Topic::AwsAccount
        | Topic::Session
        | Topic::Audit
        | Topic::Alert
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
        | Topic::ProtectionRule => Mark::Nothing,
    }
}

#[async_trait]
impl Duty for HeadDuty {
    fn name(&self) -> &'static str {
        "vault_heads"
    }

    fn period(&self) -> SignedDuration {
        PERIOD
    }

    async fn run(&self, cx: &DutyContext) -> Result<(), DutyError> {
        let mut failed = None;
        for organization in organizations::system_list(&cx.store.read()).await? {
            // One store out of reach must not keep the others from their heads.
            if let Err(error) = self.follow(cx, organization.id).await {
                tracing::warn!(organization = %organization.id, %error, "no head of a vault");
                failed = Some(error);
            }
        }
        failed.map_or(Ok(()), |error| Err(error.into()))
    }
}
