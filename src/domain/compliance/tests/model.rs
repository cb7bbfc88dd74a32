//! Verdicts against a model that walks minute by minute over random histories.

use super::*;

/// Minutes that a history has.
const LENGTH: i64 = 330;
/// Monday, 5 January 2026, 00:00.
const MONDAY: i64 = 1_767_571_200;
const CASES: u32 = 20_000;

fn minute(minute: i64) -> Timestamp {
    Timestamp::from_second(MONDAY + minute * 60).unwrap()
}

/// A point of a random history, in minutes.
#[derive(Debug, Clone)]
struct Past {
    taken: i64,
    kept_days: u32,
    proven: Option<i64>,
    prove_by: Option<i64>,
    broken: Option<i64>,
    is_in_vault: bool,
}

#[derive(Debug, Clone)]
struct Case {
    window_hours: u32,
    windows: u32,
    settle: i64,
    spread: i64,
    discovered: i64,
    protected: i64,
    points: Vec<Past>,
    every: bool,
    first_by: Option<i64>,
    moments: Vec<i64>,
}

fn past() -> impl Strategy<Value = Past> {
    let some_minute = || prop::option::of(0..LENGTH);
    (
        0..LENGTH,
        1_u32..4,
        some_minute(),
        some_minute(),
        prop::option::weighted(0.2, 0..LENGTH),
        any::<bool>(),
    )
        .prop_map(
            |(taken, kept_days, proven, prove_by, broken, is_in_vault)| Past {
                taken,
                kept_days,
                proven,
                prove_by,
                broken,
                is_in_vault,
            },
        )
}

fn case() -> impl Strategy<Value = Case> {
    let lengths = (1_u32..3, 1_u32..4, 0_i64..90, 0_i64..30);
    let starts = (-200_i64..200, -200_i64..200);
    let proof = (any::<bool>(), prop::option::weighted(0.8, -10..LENGTH));
    let points = prop::collection::vec(past(), 0..8);
    let moments = prop::collection::vec(0..LENGTH, 2);
    (lengths, starts, points, proof, moments).prop_map(
        |(lengths, (discovered, protected), points, (every, first_by), moments)| Case {
            window_hours: lengths.0,
            windows: lengths.1,
            settle: lengths.2,
            spread: lengths.3,
            discovered,
            protected,
            points,
            every,
            first_by,
            moments,
        },
    )
}

impl Case {
    fn controls(&self) -> Controls {
        let mut controls = Controls::default();
        controls.recovery_points.window = hours(self.window_hours);
        controls.recovery_points.look_back = hours(self.window_hours * self.windows);
        controls.recovery_points.settle_minutes = u32::try_from(self.settle).unwrap();
        controls.recovery_points.keep = days(2);
        controls
    }

    /// What is known at this minute.
    fn facts<'a>(&self, policy: &'a Policy, now: i64) -> Facts<'a> {
        let mut facts = facts(Some(policy));
        facts.discovered_at = minute(self.discovered);
        facts.protected_since = Some(minute(self.protected));
        facts.spread = SignedDuration::from_mins(self.spread);
        facts.proofs = vec![ProofAsk {
            placement: Placement::Vault,
            first_by: self.first_by.map(minute),
            every: self.every,
        }];
        let made = self
            .points
            .iter()
            .enumerate()
            .filter(|(_, past)| past.taken <= now);
        facts.points = made
            .map(|(index, past)| PointFacts {
                id: RecoveryPointId::from_uuid(Uuid::from_u128(u128::try_from(index).unwrap())),
                placement: if past.is_in_vault {
                    Placement::Vault
                } else {
                    Placement::InAccount
                },
                taken_at: minute(past.taken),
                expires_at: Some(days(past.kept_days).end(minute(past.taken))),
                state: if past.broken.is_some_and(|broken| broken <= now) {
                    PointState::Broken
                } else {
                    PointState::Usable
                },
                is_proven: past.proven.is_some_and(|proven| proven <= now),
                prove_by: past.prove_by.map(minute),
            })
            .collect();
        facts
    }
}

/// What the model says at one minute: of the windows the status, the starts of those that are missing, and how many count.
type Said = (Status, Vec<i64>, usize, Status);

/// Walks minute by minute and says what holds, for facts that stand still.
fn walk(case: &Case, facts: &Facts<'_>) -> Vec<Said> {
    let width = i64::from(case.window_hours) * 60;
    let mut settled: Vec<i64> = Vec::new();
    let mut said = Vec::new();
    for now in -3_000..LENGTH {
        // A Monday's midnight begins every window of 1 to 2 hours.
        let end = now - case.settle - case.spread;
        if end.rem_euclid(width) == 0 {
            settled.push(end - width);
        }
        if now < 0 {
            continue;
        }
        let windows = usize::try_from(case.windows).unwrap();
        let latest = settled.iter().rev().take(windows);
        let counted: Vec<i64> = latest
            .copied()
            .filter(|start| *start >= case.discovered && *start >= case.protected)
            .collect();
        let missing: Vec<i64> = counted
            .iter()
            .copied()
            .filter(|start| {
                !facts.points.iter().any(|point| {
                    let taken = (point.taken_at.as_second() - MONDAY) / 60;
                    let kept = point.expires_at.unwrap().as_second() - point.taken_at.as_second();
                    (*start..*start + width).contains(&taken)
                        && point.state == PointState::Usable
                        && kept >= 2 * 86_400
                })
            })
            .collect();
        let status = match (counted.len(), missing.len()) {
            (0, _) => Status::Unknown,
            (_, 0) => Status::In,
            _ => Status::Out,
        };
        // The number that counts is part of the sentence only when some are missing.
        let shown = if missing.is_empty() { 0 } else { counted.len() };
        said.push((status, missing, shown, proven(case, facts, now)));
    }
    said
}

fn proven(case: &Case, facts: &Facts<'_>, now: i64) -> Status {
    let usable: Vec<&PointFacts> = facts
        .points
        .iter()
        .filter(|point| point.state == PointState::Usable && point.placement == Placement::Vault)
        .collect();
    let any = usable.iter().any(|point| point.is_proven);
    let late = usable.iter().any(|point| {
        let later = usable
            .iter()
            .any(|other| other.is_proven && other.taken_at >= point.taken_at);
        let due = point.prove_by.is_some_and(|by| by <= minute(now));
        due && !point.is_proven && (case.every || !later)
    });
    if late || (!any && case.first_by.is_some_and(|by| by <= now)) {
        Status::Out
    } else if any {
        Status::In
    } else {
        Status::Unknown
    }
}

fn of(assessment: &Assessment) -> Said {
    let windows = &assessment.verdicts[&Control::RecoveryPoints];
    let reason = windows.reasons.iter();
    let reason = reason
        .clone()
        .find(|one| one.code == ReasonCode::WindowsWithoutPoint);
    let missing: Vec<i64> = reason.map_or_else(Vec::new, |reason| {
        let starts = reason.windows.iter();
        starts
            .map(|window| (window.from.as_second() - MONDAY) / 60)
            .collect()
    });
    let shown = reason.map_or(0, |reason| {
        let (_, rest) = reason.message.split_once(" of ").unwrap();
        rest.split(' ').next().unwrap().parse().unwrap()
    });
    (
        windows.status,
        missing,
        shown,
        assessment.verdicts[&Control::Proven].status,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn verdicts_equal_the_model_and_stand_until_the_next_check(case in case()) {
        let gold = policy(&[(DAILY, days(30))]);
        let controls = case.controls();
        for now in &case.moments {
            let facts = case.facts(&gold, *now);
            let said = walk(&case, &facts);
            let assessment = judge(&controls, &facts, minute(*now));
            let index = usize::try_from(*now).unwrap();
            prop_assert_eq!(&of(&assessment), &said[index], "at minute {}", now);
            let next = assessment.next_check_at();
            for later in *now..LENGTH {
                if next.is_some_and(|next| next <= minute(later)) {
                    break;
                }
                let index = usize::try_from(later).unwrap();
                prop_assert_eq!(&of(&assessment), &said[index], "until minute {}", later);
            }
        }
    }

    /// Looked at only when it says so, an asset has the same record as one that is looked at every minute.
    #[test]
    fn looking_when_due_finds_what_looking_every_minute_finds(case in case()) {
        let gold = policy(&[(DAILY, days(30))]);
        let controls = case.controls();
        let end = LENGTH - 1;
        let facts = case.facts(&gold, end);
        let mut lazy = judge(&controls, &facts, minute(0));
        for now in 0..LENGTH {
            if lazy.next_check_at().is_some_and(|next| next <= minute(now)) {
                lazy = judge(&controls, &facts, minute(now));
            }
            if now % 7 == 0 {
                let eager = judge(&controls, &facts, minute(now));
                prop_assert_eq!(of(&lazy), of(&eager), "at minute {}", now);
            }
        }
    }
}
