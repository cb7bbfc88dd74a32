//! The absence alarm: one alert per policy whose assets have no recovery point in time.
//!
//! Not for finding out when that is (`domain::compliance::overdue_at`). Invariant: it looks at rows that outlive the scheduler, so a
//! scheduler that is dead rings it (reliability.md S7). One alert per policy and not per asset: after an outage of a fleet, a
//! million alerts would hide what they say.

use std::collections::BTreeMap;

use domain::alert::{AlertFilter, AlertKind, AlertSubject, NewAlert};
use domain::page::{Direction, PageEnd, PageRequest};
use domain::{AlertId, OrganizationId, PolicyId};
use serde_json::json;
use store::alerts;
use store::compliance::{Overdue, system_overdue_by_policy};

use crate::duty::DutyContext;

/// Raises, renews and clears the organization's alerts about backups that are overdue.
pub(super) async fn ring(
    cx: &DutyContext,
    organization: OrganizationId,
) -> Result<(), store::Error> {
    let now = cx.clock.now();
    let reader = cx.store.read();
    let overdue = system_overdue_by_policy(&reader, organization, now).await?;
    let open = open_alerts(cx, organization).await?;
    let ids: Vec<PolicyId> = overdue.iter().map(|one| one.policy_id).collect();
    let names: BTreeMap<PolicyId, String> =
        store::policies::lookup_many(&reader, organization, &ids)
            .await?
            .into_iter()
            .map(|policy| (policy.id, policy.name))
            .collect();
    let over: Vec<&String> = open
        .keys()
        .filter(|open| !overdue.iter().any(|one| key(one.policy_id) == **open))
        .collect();
    let wanted: Vec<NewAlert> = overdue
        .iter()
        .map(|one| alert(cx, organization, one, names.get(&one.policy_id)))
        // One that says the same already is left alone.
        .filter(|new| open.get(&new.key) != Some(&new.evidence))
        .collect();
    if wanted.is_empty() && over.is_empty() {
        return Ok(());
    }
    let mut tx = cx.store.begin().await?;
    for new in &wanted {
        alerts::raise(&mut tx, new).await?;
    }
    for key in over {
        alerts::clear(&mut tx, organization, key).await?;
    }
    tx.commit().await
}

/// What the open alerts of this kind say, by key.
async fn open_alerts(
    cx: &DutyContext,
    organization: OrganizationId,
) -> Result<BTreeMap<String, serde_json::Value>, store::Error> {
    let filter = AlertFilter {
        kinds: Some(vec![AlertKind::BackupOverdue]),
        is_open: Some(true),
        ..AlertFilter::default()
    };
    let mut open = BTreeMap::new();
    let mut page = PageRequest::default();
    loop {
        let reader = cx.store.read();
        let direction = Direction::Ascending;
        let found = alerts::list(&reader, organization, &filter, direction, &page).await?;
        let next = found.items.last().map(|(cursor, _)| cursor.clone());
        let has_next = found.has_next;
        let items = found.items.into_iter();
        open.extend(items.map(|(_, alert)| (alert.key, alert.evidence)));
        match next.filter(|_| has_next) {
            Some(after) => {
                page = PageRequest {
                    from: PageEnd::Start { after: Some(after) },
                    ..page
                }
            }
            None => return Ok(open),
        }
    }
}

fn key(policy: PolicyId) -> String {
    format!("backup_overdue/{policy}")
}

fn alert(
    cx: &DutyContext,
    organization: OrganizationId,
    overdue: &Overdue,
    name: Option<&String>,
) -> NewAlert {
    let policy = name.map_or_else(String::new, |name| format!(" \"{name}\""));
    let assets = match overdue.assets {
        1 => "1 asset".to_owned(),
        many => format!("{many} assets"),
    };
    let cause = format!(
        "{assets} of the policy{policy} got no recovery point for one and a half times as long as the policy wants, the first since {}. \
         Look whether Holdfast's scheduler and workers run, and why tasks fail.",
        overdue.since
    );
    NewAlert {
        evidence: json!({ "assets": overdue.assets, "since": overdue.since }),
        subject: AlertSubject {
            policy_id: Some(overdue.policy_id),
            ..AlertSubject::default()
        },
        ..NewAlert::new(
            AlertId::fresh(cx.ids.as_ref()),
            organization,
            AlertKind::BackupOverdue,
            key(overdue.policy_id),
            cause,
        )
    }
}
