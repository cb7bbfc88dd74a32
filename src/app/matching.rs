//! Whether a thing that changed is one that a subscriber asked for.
//!
//! Not for lists: there the database compares. Invariant: the answer is that of the list with the same filter, but a thing that
//! is gone from AWS still matches, because its going is what the subscriber wants to know.

use domain::alert::{Alert, AlertFilter};
use domain::asset::{Asset, AssetFilter, AssetKind};
use domain::aws_account::{AwsAccount, AwsAccountFilter};
use domain::policy::{Policy, PolicyFilter};
use domain::protection_rule::{ProtectionRule, ProtectionRuleFilter};
use domain::recovery_point::{RecoveryPoint, RecoveryPointFilter};
use domain::task::{Task, TaskFilter, TaskKind};
use jiff::Timestamp;

/// Whether the task matches.
#[must_use]
pub fn task(filter: &TaskFilter, task: &Task) -> bool {
    let TaskFilter {
        ids,
        kinds,
        statuses,
        asset_ids,
        aws_account_ids,
        asset_kinds,
        created_from,
        created_until,
    } = filter;
    is_one_of(ids.as_deref(), Some(task.id))
        && is_one_of(kinds.as_deref(), Some(task.spec.kind()))
        && is_one_of(statuses.as_deref(), Some(task.status))
        && is_one_of(asset_ids.as_deref(), task.asset_id)
        && is_one_of(aws_account_ids.as_deref(), task.aws_account_id)
        && is_one_of(asset_kinds.as_deref(), asset_kind(task.spec.kind()))
        && is_between(task.created_at, *created_from, *created_until)
}

/// The kind of the asset that a task of this kind is about.
const fn asset_kind(kind: TaskKind) -> Option<AssetKind> {
    match kind {
        TaskKind::BackupEbs
        | TaskKind::SnapshotEbs
        | TaskKind::RestoreEbs
        | TaskKind::RestoreImage
        | TaskKind::VerifyRecoveryPoint => Some(AssetKind::EbsVolume),
        TaskKind::VerifyAwsAccount
        | TaskKind::SyncInventory
        | TaskKind::ExpireRecoveryPoints
        | TaskKind::ReconcileVault
        | TaskKind::PruneVault
        | TaskKind::ApplyProtection
        | TaskKind::AssignPolicy => None,
    }
}

/// Whether the asset matches; `include_deleted` and `compliance` make no difference.
#[must_use]
pub fn asset(filter: &AssetFilter, asset: &Asset) -> bool {
    let AssetFilter {
        ids,
        kinds,
        unit_ids,
        aws_account_ids,
        regions,
        text,
        is_protected,
        policy_ids,
        rule_ids,
        include_deleted: _,
        tag,
        // How an asset stands is no part of it: a subscriber asks for it with the event.
        compliance: _,
    } = filter;
    let has_tag = |(key, value): &(String, Option<String>)| {
        asset
            .tags
            .get(key)
            .is_some_and(|found| value.as_ref().is_none_or(|value| value == found))
    };
    is_one_of(ids.as_deref(), Some(asset.id))
        && is_one_of(kinds.as_deref(), Some(asset.kind))
        && is_one_of(unit_ids.as_deref(), Some(asset.unit_id))
        && is_one_of(aws_account_ids.as_deref(), Some(asset.aws_account_id))
        && is_one_of(regions.as_deref(), Some(asset.region.clone()))
        && contains(text.as_deref(), &[&asset.name, &asset.native_id])
        && is_protected.is_none_or(|wanted| wanted == asset.policy_id.is_some())
        && is_one_of(policy_ids.as_deref(), asset.policy_id)
        && is_one_of(rule_ids.as_deref(), asset.rule_id)
        && tag.as_ref().is_none_or(has_tag)
}

/// Whether the recovery point matches.
#[must_use]
pub fn recovery_point(filter: &RecoveryPointFilter, point: &RecoveryPoint) -> bool {
    let RecoveryPointFilter {
        ids,
        asset_ids,
        placements,
        statuses,
        proofs,
        taken_from,
        taken_until,
        legal_hold,
    } = filter;
    // A point does not know its holds, so nothing of a stream matches one.
    legal_hold.is_none()
        && is_one_of(ids.as_deref(), Some(point.id))
        && is_one_of(asset_ids.as_deref(), Some(point.asset_id))
        && is_one_of(placements.as_deref(), Some(point.placement))
        && is_one_of(statuses.as_deref(), Some(point.status))
        && is_one_of(proofs.as_deref(), Some(point.proof))
        && is_between(point.taken_at, *taken_from, *taken_until)
}

/// Whether the policy matches.
#[must_use]
pub fn policy(filter: &PolicyFilter, policy: &Policy) -> bool {
    let PolicyFilter {
        ids,
        text,
        is_active,
    } = filter;
    is_one_of(ids.as_deref(), Some(policy.id))
        && contains(text.as_deref(), &[&policy.name])
        && is_active.is_none_or(|wanted| wanted == policy.is_active)
}

/// Whether the protection rule matches.
#[must_use]
pub fn protection_rule(filter: &ProtectionRuleFilter, rule: &ProtectionRule) -> bool {
    let ProtectionRuleFilter {
        ids,
        unit_ids,
        policy_ids,
        text,
        is_active,
    } = filter;
    is_one_of(ids.as_deref(), Some(rule.id))
        && is_one_of(unit_ids.as_deref(), Some(rule.unit_id))
        && is_one_of(policy_ids.as_deref(), Some(rule.policy_id))
        && contains(text.as_deref(), &[&rule.name])
        && is_active.is_none_or(|wanted| wanted == rule.is_active)
}

/// Whether the linked account matches.
#[must_use]
pub fn aws_account(filter: &AwsAccountFilter, account: &AwsAccount) -> bool {
    let AwsAccountFilter {
        ids,
        statuses,
        text,
    } = filter;
    is_one_of(ids.as_deref(), Some(account.id))
        && is_one_of(statuses.as_deref(), Some(account.status))
        && contains(text.as_deref(), &[&account.name, &account.account_id])
}

/// Whether the alert matches.
#[must_use]
pub fn alert(filter: &AlertFilter, alert: &Alert) -> bool {
    let AlertFilter {
        ids,
        kinds,
        severities,
        asset_ids,
        is_open,
        is_acknowledged,
        raised_from,
        raised_until,
    } = filter;
    is_one_of(ids.as_deref(), Some(alert.id))
        && is_one_of(kinds.as_deref(), Some(alert.kind))
        && is_one_of(severities.as_deref(), Some(alert.severity))
        && is_one_of(asset_ids.as_deref(), alert.subject.asset_id)
        && is_open.is_none_or(|wanted| wanted == alert.cleared_at.is_none())
        && is_acknowledged.is_none_or(|wanted| wanted == alert.acknowledgement.is_some())
        && is_between(alert.raised_at, *raised_from, *raised_until)
}

fn is_one_of<T: PartialEq>(wanted: Option<&[T]>, found: Option<T>) -> bool {
    wanted.is_none_or(|wanted| found.is_some_and(|found| wanted.contains(&found)))
}

fn is_between(at: Timestamp, from: Option<Timestamp>, until: Option<Timestamp>) -> bool {
    from.is_none_or(|from| at >= from) && until.is_none_or(|until| at < until)
}

fn contains(text: Option<&str>, places: &[&str]) -> bool {
    text.is_none_or(|text| {
        let text = text.to_lowercase();
        places
            .iter()
            .any(|place| place.to_lowercase().contains(&text))
    })
}
