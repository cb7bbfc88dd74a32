//! Verdicts against a model that walks minute by minute, and against the examples of the documentation.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::frequency::{Frequency, Interval, StartTime};
use crate::ids::{OrganizationId, OrganizationalUnitId, PolicyId, PolicyOperationId};
use crate::policy::{CatchUp, PolicyOperation};
use crate::proof_target::{ProofSample, ProofTarget, ProofUnit, ProofWithin};
use crate::recovery_point::Proof;
use crate::retention::{Retention, RetentionUnit};
use crate::schedule::MissReason;

mod history;
mod model;

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn days(value: u32) -> Retention {
    Retention {
        value,
        unit: RetentionUnit::Days,
    }
}

fn hours(value: u32) -> Period {
    Period {
        value,
        unit: PeriodUnit::Hours,
    }
}

fn policy(frequencies: &[(Interval, Retention)]) -> Policy {
    let frequency = |(every, keep): &(Interval, Retention)| Frequency {
        every: every.clone(),
        keep: *keep,
    };
    Policy {
        id: PolicyId::from_uuid(Uuid::nil()),
        organization_id: OrganizationId::from_uuid(Uuid::nil()),
        unit_id: OrganizationalUnitId::from_uuid(Uuid::nil()),
        name: "Gold".into(),
        description: None,
        is_active: true,
        operations: vec![PolicyOperation {
            id: PolicyOperationId::from_uuid(Uuid::nil()),
            asset_kind: AssetKind::EbsVolume,
            placement: Placement::Vault,
            frequencies: frequencies.iter().map(frequency).collect(),
            start: StartTime::default(),
            window: None,
            catch_up: CatchUp::Latest,
            proof: None,
            target: crate::copy_target::CopyTarget::default(),
        }],
        version: 1,
        created_at: at("2026-01-01T00:00:00Z"),
        updated_at: at("2026-01-01T00:00:00Z"),
    }
}

fn facts(policy: Option<&Policy>) -> Facts<'_> {
    Facts {
        kind: AssetKind::EbsVolume,
        discovered_at: at("2026-01-01T00:00:00Z"),
        protected_since: policy.map(|_| at("2026-01-01T00:00:00Z")),
        policy,
        points: Vec::new(),
        newest: BTreeMap::new(),
        proofs: Vec::new(),
        spread: SignedDuration::ZERO,
        missed: Vec::new(),
        failures: Vec::new(),
    }
}

fn point(taken_at: &str, kept_days: u32) -> PointFacts {
    let taken_at = at(taken_at);
    PointFacts {
        id: RecoveryPointId::from_uuid(Uuid::from_u128(
            u128::try_from(taken_at.as_second()).unwrap(),
        )),
        placement: Placement::Vault,
        taken_at,
        expires_at: Some(days(kept_days).end(taken_at)),
        state: PointState::Usable,
        is_proven: false,
        prove_by: None,
    }
}

fn said(assessment: &Assessment, control: Control) -> (Status, Vec<ReasonCode>) {
    let verdict = &assessment.verdicts[&control];
    let codes = verdict.reasons.iter().map(|reason| reason.code);
    (verdict.status, codes.collect())
}

const DAILY: Interval = Interval::Days { value: 1 };
const NOON: &str = "2026-01-10T12:00:00Z";

#[test]
fn an_asset_without_a_policy_is_out_and_its_windows_are_unknown() {
    let assessment = judge(&Controls::default(), &facts(None), at(NOON));
    let out = (Status::Out, vec![ReasonCode::NoPolicy]);
    let unknown = (Status::Unknown, vec![ReasonCode::NoPolicy]);
    assert_eq!(said(&assessment, Control::Protected), out);
    assert_eq!(said(&assessment, Control::PolicyMinimums), out);
    assert_eq!(said(&assessment, Control::RecoveryPoints), unknown);
    assert_eq!(said(&assessment, Control::Proven), unknown);
    assert_eq!(assessment.status(), Status::Out);
    assert_eq!(assessment.next_check_at(), None, "only a change can help");
}

#[test]
fn policies_that_do_nothing_do_not_protect() {
    let protected = |policy: &Policy, ignore_deactivated: bool| {
        let mut controls = Controls::default();
        controls.protected.ignore_deactivated = ignore_deactivated;
        said(
            &judge(&controls, &facts(Some(policy)), at(NOON)),
            Control::Protected,
        )
    };
    let fine = (Status::In, Vec::new());
    let out = |code| (Status::Out, vec![code]);
    let mut gold = policy(&[(DAILY, days(30))]);
    assert_eq!(protected(&gold, false), fine);
    gold.is_active = false;
    assert_eq!(protected(&gold, false), out(ReasonCode::PolicyInactive));
    assert_eq!(protected(&gold, true), fine);
    let by_hand = policy(&[(Interval::OnDemand, days(30))]);
    assert_eq!(protected(&by_hand, false), out(ReasonCode::OnlyOnDemand));
    let mut other = policy(&[(DAILY, days(30))]);
    other.operations[0].asset_kind = AssetKind::Ec2Instance;
    assert_eq!(
        protected(&other, false),
        out(ReasonCode::PolicyForOtherKinds)
    );
}

#[test]
fn one_frequency_must_be_both_often_and_long_enough() {
    let minimums = |frequencies: &[(Interval, Retention)]| {
        let policy = policy(frequencies);
        let assessment = judge(&Controls::default(), &facts(Some(&policy)), at(NOON));
        said(&assessment, Control::PolicyMinimums)
    };
    let weekly = |weekdays: Vec<u8>| Interval::Weeks { value: 1, weekdays };
    let fine = (Status::In, Vec::new());
    let out = |code| (Status::Out, vec![code]);
    assert_eq!(minimums(&[(DAILY, days(7))]), fine);
    assert_eq!(minimums(&[(DAILY, days(6))]), out(ReasonCode::KeptTooShort));
    let gold = [(Interval::Hours { value: 12 }, days(2)), (DAILY, days(30))];
    assert_eq!(minimums(&gold), fine);
    let split = [
        (Interval::Hours { value: 12 }, days(2)),
        (weekly(vec![1]), days(30)),
    ];
    assert_eq!(minimums(&split), out(ReasonCode::KeptTooShort));
    assert_eq!(
        minimums(&[(weekly(vec![]), days(30))]),
        out(ReasonCode::TooRare)
    );
    let every_day = weekly(vec![0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(minimums(&[(every_day, days(30))]), fine);
    let not_on_sunday = weekly(vec![1, 2, 3, 4, 5, 6]);
    assert_eq!(
        minimums(&[(not_on_sunday, days(30))]),
        out(ReasonCode::TooRare)
    );
}

#[test]
fn gaps_are_the_longest_that_an_interval_leaves() {
    use super::controls::longest_gap;
    let day = 24 * 60;
    let weeks = |value, weekdays: &[u8]| {
        longest_gap(&Interval::Weeks {
            value,
            weekdays: weekdays.to_vec(),
        })
    };
    assert_eq!(weeks(1, &[]), Some(7 * day));
    assert_eq!(weeks(1, &[1, 3]), Some(5 * day), "from Wednesday to Monday");
    assert_eq!(
        weeks(1, &[6, 0]),
        Some(6 * day),
        "Saturday and Sunday follow each other"
    );
    assert_eq!(weeks(2, &[1, 3]), Some(12 * day));
    assert_eq!(longest_gap(&Interval::OnDemand), None);
    let months = longest_gap(&Interval::Months { value: 12, day: 31 });
    assert_eq!(months, longest_gap(&Interval::Years { value: 1 }));
}

#[test]
fn a_missing_window_says_why_and_when_it_is_forgiven() {
    let gold = policy(&[(DAILY, days(30))]);
    let mut facts = facts(Some(&gold));
    facts.points = (1..=10)
        .filter(|day| *day != 4)
        .map(|day| point(&format!("2026-01-{day:02}T02:00:00Z"), 30))
        .collect();
    facts.missed = vec![MissedWindows {
        first_nominal_at: at("2026-01-04T02:00:00Z"),
        last_nominal_at: at("2026-01-04T02:00:00Z"),
        windows: 1,
        reason: MissReason::Downtime,
    }];
    let controls = Controls::default();
    let verdict = judge(&controls, &facts, at(NOON)).verdicts[&Control::RecoveryPoints].clone();
    assert_eq!(verdict.status, Status::Out);
    let reason = &verdict.reasons[0];
    assert_eq!(
        reason.message,
        "1 of 7 windows has no recovery point that is kept long enough."
    );
    assert_eq!(
        reason.windows,
        [MissingWindow {
            from: at("2026-01-04T00:00:00Z"),
            until: at("2026-01-05T00:00:00Z"),
            cause: WindowCause::Missed,
            detail: Some("downtime".into()),
        }]
    );
    // The 10th has its point; the day after it has none yet, and with it the 4th leaves the seven days.
    let next = verdict.next_check_at.unwrap();
    assert_eq!(next, at("2026-01-12T04:00:00Z"));
    facts.points.push(point("2026-01-11T02:00:00Z", 30));
    assert_eq!(judge(&controls, &facts, next).status(), Status::In);
}

#[test]
fn what_is_wrong_with_the_point_of_a_window_is_named() {
    let gold = policy(&[(DAILY, days(30))]);
    let cause = |change: &dyn Fn(&mut PointFacts)| {
        let mut facts = facts(Some(&gold));
        facts.points = (1..=10)
            .map(|day| point(&format!("2026-01-{day:02}T02:00:00Z"), 30))
            .collect();
        change(&mut facts.points[8]);
        let assessment = judge(&Controls::default(), &facts, at(NOON));
        let reasons = &assessment.verdicts[&Control::RecoveryPoints].reasons;
        reasons.first().map(|reason| reason.windows[0].cause)
    };
    assert_eq!(cause(&|_| {}), None);
    assert_eq!(cause(&|point| point.state = PointState::Served), None);
    let broken = cause(&|point| point.state = PointState::Broken);
    assert_eq!(broken, Some(WindowCause::PointBroken));
    let short = cause(&|point| point.expires_at = Some(days(6).end(point.taken_at)));
    assert_eq!(short, Some(WindowCause::PointKeptTooShort));
    assert_eq!(
        cause(&|point| point.expires_at = None),
        None,
        "kept for ever"
    );
}

#[test]
fn a_proof_that_fails_to_come_is_out_at_its_deadline() {
    let gold = policy(&[(DAILY, days(30))]);
    let mut facts = facts(Some(&gold));
    let proven = |facts: &Facts<'_>, when: &str, required: bool| {
        let mut controls = Controls::default();
        controls.proven.required = required;
        let assessment = judge(&controls, facts, at(when));
        (
            said(&assessment, Control::Proven).0,
            assessment.verdicts[&Control::Proven].next_check_at,
        )
    };
    assert_eq!(proven(&facts, NOON, false), (Status::In, None));
    assert_eq!(proven(&facts, NOON, true), (Status::Out, None));
    facts.proofs = vec![ProofAsk {
        placement: Placement::Vault,
        first_by: Some(at("2026-01-08T00:00:00Z")),
        every: false,
    }];
    let first_by = Some(at("2026-01-08T00:00:00Z"));
    assert_eq!(
        proven(&facts, "2026-01-07T23:59:59Z", false),
        (Status::Unknown, first_by)
    );
    assert_eq!(
        proven(&facts, "2026-01-08T00:00:00Z", false),
        (Status::Out, None)
    );
    for day in 2..=9 {
        let mut point = point(&format!("2026-01-{day:02}T02:00:00Z"), 30);
        point.prove_by = Some(days(7).end(point.taken_at));
        point.is_proven = day == 5;
        facts.points.push(point);
    }
    // The 5th speaks for those before it; the 6th is due on the 13th.
    let due = at("2026-01-13T02:00:00Z");
    assert_eq!(proven(&facts, NOON, false), (Status::In, Some(due)));
    let sixth = proven(&facts, "2026-01-13T02:00:00Z", false);
    assert_eq!(sixth, (Status::Out, Some(at("2026-01-14T02:00:00Z"))));
    facts.proofs[0].every = true;
    assert_eq!(
        proven(&facts, NOON, false).0,
        Status::Out,
        "the 2nd is late"
    );
}

#[test]
fn the_first_proof_is_due_when_the_first_point_was() {
    let mut gold = policy(&[(DAILY, days(30)), (Interval::OnDemand, days(7))]);
    let since = at("2026-01-01T10:00:00Z");
    assert!(proof_asks(&gold, AssetKind::EbsVolume, since).is_empty());
    let target = |sample| ProofTarget {
        level: Proof::Restored,
        within: ProofWithin {
            value: 3,
            unit: ProofUnit::Hours,
        },
        sample,
    };
    gold.operations[0].proof = Some(target(ProofSample::Every));
    let asks = proof_asks(&gold, AssetKind::EbsVolume, since);
    assert_eq!(asks.len(), 1);
    assert_eq!(asks[0].1.first_by, Some(at("2026-01-02T13:00:00Z")));
    assert!(asks[0].1.every);
    assert!(proof_asks(&gold, AssetKind::Ec2Instance, since).is_empty());
    let id = |number| RecoveryPointId::from_uuid(Uuid::from_u128(number));
    let each = prove_by(&target(ProofSample::Latest), id(1), since);
    assert_eq!(each, Some(at("2026-01-01T13:00:00Z")));
    // Of a share each point that is drawn has its deadline, and nobody knows when the first one is drawn.
    let share = ProofSample::Percent { percent: 30 };
    let drawn = (0..1_000).filter(|number| prove_by(&target(share), id(*number), since).is_some());
    assert!((200..400).contains(&drawn.count()));
    gold.operations[0].proof = Some(target(share));
    let ask = proof_asks(&gold, AssetKind::EbsVolume, since)[0].1;
    assert_eq!((ask.first_by, ask.every), (None, true));
}

#[test]
fn an_asset_is_overdue_after_one_and_a_half_intervals() {
    let mut gold = policy(&[(Interval::Hours { value: 4 }, days(2)), (DAILY, days(30))]);
    let overdue = |policy: &Policy, newest: Option<&str>| {
        let mut facts = facts(Some(policy));
        facts.newest = newest
            .map(|newest| (Placement::Vault, at(newest)))
            .into_iter()
            .collect();
        overdue_at(&facts)
    };
    assert_eq!(overdue(&gold, None), Some(at("2026-01-01T06:00:00Z")));
    let late = overdue(&gold, Some("2026-01-05T00:10:00Z"));
    assert_eq!(late, Some(at("2026-01-05T06:10:00Z")));
    gold.updated_at = at("2026-01-09T00:00:00Z");
    let edited = overdue(&gold, Some("2026-01-05T00:10:00Z"));
    assert_eq!(edited, Some(at("2026-01-09T06:00:00Z")));
    gold.is_active = false;
    assert_eq!(overdue(&gold, None), None);
    let minute = policy(&[(Interval::Minutes { value: 1 }, days(2))]);
    assert_eq!(overdue(&minute, None), Some(at("2026-01-01T00:01:30Z")));
}

#[test]
fn settings_that_make_no_sense_are_named() {
    assert_eq!(Controls::default().validate(), Ok(()));
    let mut bad = Controls::default();
    bad.recovery_points.window = hours(5);
    bad.recovery_points.settle_minutes = 10_081;
    bad.policy_minimums.every.value = 0;
    bad.policy_minimums.keep.value = 0;
    let problems = bad.validate().unwrap_err();
    let fields: Vec<String> = problems.iter().map(|one| one.field.join(".")).collect();
    assert_eq!(
        fields,
        [
            "policyMinimums.every.value",
            "policyMinimums.keep.value",
            "recoveryPoints.lookBack",
            "recoveryPoints.settleMinutes"
        ]
    );
    let mut bad = Controls::default();
    bad.recovery_points.window.unit = PeriodUnit::Minutes;
    assert!(bad.validate().is_err());
    let stored: Controls = serde_json::from_value(serde_json::json!({})).unwrap();
    assert_eq!(stored, Controls::default());
}

#[test]
fn names_lead_back_to_what_they_name() {
    for status in Status::ALL {
        assert_eq!(Status::from_name(status.name()), Some(*status));
    }
    for code in ReasonCode::ALL {
        assert!(!code.sentence().is_empty());
    }
}
