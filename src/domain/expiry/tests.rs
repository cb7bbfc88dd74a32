//! T-15: random policies and histories against a model that counts days by hand; then the clocks and the brake.

use super::*;
use crate::frequency::{Frequency, Interval, StartTime, due, next_after_all};
use crate::ids::OrganizationId;
use crate::life::{Held, Life};
use crate::recovery_point::{Placement, Proof, RecoveryPointStatus as Status};
use crate::retention::{Retention, RetentionUnit};

const HISTORIES: u64 = 100_000;
const UNDO: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Months whose ends differ, leap days, and days on which clocks are changed.
const STARTS: [&str; 8] = [
    "2024-01-30T22:00:00Z",
    "2024-02-27T23:30:00Z",
    "2026-03-27T00:30:00Z",
    "2026-10-23T00:10:00Z",
    "2027-12-30T12:00:00Z",
    "2028-02-28T01:00:00Z",
    "2100-02-27T05:00:00Z",
    "2026-05-30T23:59:59Z",
];
const ZONES: [&str; 5] = [
    "UTC",
    "Europe/Berlin",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "America/St_Johns",
];

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % sides
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let sides = u64::try_from(all.len()).unwrap();
        &all[usize::try_from(self.roll(sides)).unwrap()]
    }

    fn count(&mut self, most: u64) -> u32 {
        u32::try_from(self.roll(most) + 1).unwrap()
    }
}

/// Days since 1970 of a date, and the date of such a day: by counting, not by a library.
fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn length(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let before = year - 1;
    let leaps = before / 4 - before / 100 + before / 400;
    let months: i64 = (1..month).map(|month| length(year, month)).sum();
    before * 365 + leaps + months + day - 719_163
}

/// The end by hand, in seconds.
fn end_by_hand(taken_at: Timestamp, keep: Retention) -> i64 {
    let seconds = taken_at.as_second();
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let value = i64::from(keep.value);
    let date = taken_at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let (year, month) = (i64::from(date.year()), i64::from(date.month()));
    let months = match keep.unit {
        RetentionUnit::Days => return seconds + value * 86_400,
        RetentionUnit::Weeks => return seconds + value * 7 * 86_400,
        RetentionUnit::Months => value,
        RetentionUnit::Years => value * 12,
    };
    assert_eq!(days, day_number(year, month, i64::from(date.day())));
    let month = year * 12 + month - 1 + months;
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
    let day = i64::from(date.day()).min(length(year, month));
    day_number(year, month, day) * 86_400 + rest
}

fn frequencies(dice: &mut Dice) -> Vec<Frequency> {
    (0..=dice.roll(3))
        .map(|_| {
            let every = match dice.roll(6) {
                0 => Interval::Hours {
                    value: dice.count(12),
                },
                1 => Interval::Days {
                    value: dice.count(3),
                },
                2 => Interval::Weeks {
                    value: 1,
                    weekdays: vec![u8::try_from(dice.roll(7)).unwrap()],
                },
                3 => Interval::Months {
                    value: dice.count(2),
                    day: 31,
                },
                4 => Interval::Months {
                    value: 1,
                    day: u8::try_from(dice.roll(31) + 1).unwrap(),
                },
                _ => Interval::Years { value: 1 },
            };
            let (unit, most) = *dice.of(&[
                (RetentionUnit::Days, 40),
                (RetentionUnit::Weeks, 6),
                (RetentionUnit::Months, 14),
                (RetentionUnit::Years, 2),
            ]);
            let keep = Retention {
                value: dice.count(most),
                unit,
            };
            Frequency { every, keep }
        })
        .collect()
}

fn asset(number: u64) -> AssetId {
    AssetId::from_uuid(uuid::Uuid::from_u128(u128::from(number)))
}

fn point(number: u64, asset_number: u64, taken_at: Timestamp, end: Timestamp) -> RecoveryPoint {
    let nil = uuid::Uuid::nil();
    RecoveryPoint {
        id: RecoveryPointId::from_uuid(uuid::Uuid::from_u128(u128::from(number))),
        organization_id: OrganizationId::from_uuid(nil),
        asset_id: asset(asset_number),
        policy_id: None,
        task_id: None,
        placement: Placement::Vault,
        status: Status::Available,
        proof: Proof::None,
        proven_at: None,
        taken_at,
        expires_at: Some(end),
        size_bytes: 1,
        added_bytes: 1,
        is_full: false,
        repository_id: None,
        snapshot_id: None,
        base_snapshot_id: None,
        content_digest: None,
        source_digest: None,
        region: None,
        tier: crate::copy_target::StorageTier::Standard,
        life: Life {
            foreseen_end: Some(end),
            ..Life::default()
        },
    }
}

/// Points of a random policy, with their ends by hand.
fn history(dice: &mut Dice, number: u64) -> Vec<(RecoveryPoint, i64)> {
    let start = StartTime {
        hour: u8::try_from(dice.roll(24)).unwrap(),
        minute: u8::try_from(dice.roll(60)).unwrap(),
        zone: (*dice.of(&ZONES)).to_owned(),
    };
    let frequencies = frequencies(dice);
    let mut nominal: Timestamp = dice.of(&STARTS).parse().unwrap();
    let mut points = Vec::new();
    for place in 0..=dice.roll(6) {
        nominal = next_after_all(&frequencies, &start, nominal).unwrap();
        let keeps: Vec<Retention> = due(&frequencies, &start, nominal)
            .iter()
            .map(|frequency| frequency.keep)
            .collect();
        let taken_at =
            nominal + SignedDuration::from_secs(i64::try_from(dice.roll(3_000)).unwrap());
        let end = Retention::longest(&keeps, taken_at).unwrap().end(taken_at);
        let by_hand = keeps
            .iter()
            .map(|keep| end_by_hand(taken_at, *keep))
            .max()
            .unwrap();
        let mut point = point(number * 100 + place, number, taken_at, end);
        if dice.roll(5) == 0 {
            point.status = Status::Damaged;
        }
        points.push((point, by_hand));
    }
    // Two windows close together can be taken the other way round.
    points.sort_by_key(|(point, _)| (point.taken_at, point.id));
    points
}

/// Each point as the model has it: good or not, end, and since when it is ending; none when removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Modelled {
    good: bool,
    end: i64,
    ending_since: Option<i64>,
    removed: bool,
}

/// One run, in the words of the documentation.
fn run_by_hand(all: &mut [Modelled], now: i64, is_protected: bool) {
    let good: Vec<usize> = (0..all.len())
        .filter(|&i| all[i].good && all[i].ending_since.is_none())
        .collect();
    let before = all.to_vec();
    for (place, one) in all.iter_mut().enumerate() {
        match before[place].ending_since {
            None if one.end <= now && !(is_protected && good.last() == Some(&place)) => {
                one.ending_since = Some(now);
            }
            Some(since) if since + UNDO.as_secs() <= now => {
                one.removed = !(is_protected && one.good && good.is_empty());
            }
            None | Some(_) => {}
        }
    }
}

fn run(points: &mut Vec<RecoveryPoint>, now: Timestamp, high_water: Timestamp, is_protected: bool) {
    let held = Held(false);
    let due: Vec<_> = points
        .iter()
        .filter(|p| p.ending(now, held).is_ok())
        .cloned()
        .collect();
    let ending: Vec<_> = points
        .iter()
        .filter(|p| p.removing(now, UNDO, held).is_ok())
        .cloned()
        .collect();
    let good: Vec<_> = points
        .iter()
        .filter(|p| p.status == Status::Available)
        .cloned()
        .collect();
    let protected = points
        .iter()
        .filter(|_| is_protected)
        .map(|p| p.asset_id)
        .collect();
    // The brake has tests of its own.
    let all = Amount {
        points: u64::MAX,
        bytes: u64::MAX,
    };
    let situation = Situation {
        now,
        high_water,
        due: &due,
        ending: &ending,
        good: &good,
        all,
        protected: &protected,
    };
    let plan = plan(&situation);
    assert_eq!(plan.braked, []);
    for point in points.iter_mut() {
        if plan.begin.contains(&point.id) {
            *point = point.ending(now, held).unwrap();
        }
    }
    points.retain(|point| !plan.remove.contains(&point.id));
}

#[test]
fn a_hundred_thousand_histories_are_kept_as_counting_by_hand_says() {
    let (mut removed, mut kept_as_last) = (0_u64, 0_u64);
    for seed in 1..=HISTORIES {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let history = history(&mut dice, seed);
        let is_protected = dice.roll(2) == 0;
        let mut model: Vec<Modelled> = history
            .iter()
            .map(|(point, end)| Modelled {
                good: point.status == Status::Available,
                end: *end,
                ending_since: None,
                removed: false,
            })
            .collect();
        let mut points: Vec<RecoveryPoint> =
            history.iter().map(|(point, _)| point.clone()).collect();
        let had_good = model.iter().any(|one| one.good);
        let ids: Vec<RecoveryPointId> = points.iter().map(|point| point.id).collect();
        let mut now = points.last().unwrap().taken_at;
        for _ in 0..4 {
            let high_water = now;
            // Often at the very second of an end, or beside it.
            let step = SignedDuration::from_hours(i64::try_from(dice.roll(24 * 60)).unwrap());
            now = now.saturating_add(step).unwrap();
            let end = dice.of(&model).end;
            if dice.roll(2) == 0 && end > now.as_second() {
                now =
                    Timestamp::from_second(end - 1 + i64::try_from(dice.roll(3)).unwrap()).unwrap();
            }
            run(&mut points, now, high_water, is_protected);
            run_by_hand(&mut model, now.as_second(), is_protected);
            for (id, one) in ids.iter().zip(&model) {
                let real = points.iter().find(|point| point.id == *id);
                let ending = real
                    .and_then(|point| point.life.ending_since)
                    .map(Timestamp::as_second);
                assert_eq!(real.is_none(), one.removed, "{seed}: {one:?} at {now}");
                assert!(
                    real.is_none() || ending == one.ending_since,
                    "{seed}: {one:?} at {now}"
                );
            }
            let has_good = points.iter().any(|point| point.status == Status::Available);
            assert!(
                has_good || !had_good || !is_protected,
                "{seed}: the last good point went"
            );
        }
        removed += model
            .iter()
            .filter(|one| one.removed)
            .map(|_| 1)
            .sum::<u64>();
        let overdue = |one: &&Modelled| one.end <= now.as_second() && one.ending_since.is_none();
        kept_as_last += model.iter().filter(overdue).map(|_| 1).sum::<u64>();
    }
    // The histories must reach what they are about.
    assert!(
        removed > 20_000 && kept_as_last > 5_000,
        "{removed} {kept_as_last}"
    );
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const LAST_RUN: &str = "2026-02-01T00:00:00Z";

/// A point that fell due so many minutes after (or before) the last run.
fn due_after(number: u64, asset_number: u64, minutes: i64) -> RecoveryPoint {
    let taken_at =
        at("2026-01-01T00:00:00Z") + SignedDuration::from_secs(i64::try_from(number).unwrap());
    let end = at(LAST_RUN) + SignedDuration::from_mins(minutes);
    point(number, asset_number, taken_at, end)
}

fn planned(due: &[RecoveryPoint], all: Amount, protected: &[AssetId]) -> Plan {
    let good: Vec<_> = due
        .iter()
        .filter(|point| point.status == Status::Available)
        .cloned()
        .collect();
    plan(&Situation {
        now: at(LAST_RUN) + SignedDuration::from_hours(1),
        high_water: at(LAST_RUN),
        due,
        ending: &[],
        good: &good,
        all,
        protected: &protected.iter().copied().collect(),
    })
}

const fn amount(points: u64, bytes: u64) -> Amount {
    Amount { points, bytes }
}

#[test]
fn the_last_good_point_of_a_protected_asset_stays_and_a_damaged_one_is_none() {
    let mut points = [due_after(1, 7, 1), due_after(2, 7, 2)];
    let plan = planned(&points, amount(2, 2), &[asset(7)]);
    assert_eq!(
        (&plan.begin[..], &plan.last_good[..]),
        (&[points[0].id][..], &[points[1].id][..])
    );
    assert_eq!(planned(&points, amount(2, 2), &[]).begin.len(), 2);
    points[1].status = Status::Damaged;
    let plan = planned(&points, amount(2, 2), &[asset(7)]);
    assert_eq!(
        (&plan.begin[..], &plan.last_good[..]),
        (&[points[1].id][..], &[points[0].id][..])
    );
}

#[test]
fn a_point_whose_siblings_were_found_damaged_in_its_undo_window_comes_out_of_it() {
    let mut ending = due_after(1, 7, 1);
    ending.status = Status::Expiring;
    ending.life.status_before = Some(Status::Available);
    ending.life.ending_since = Some(at("2026-01-02T00:00:00Z"));
    let now = at(LAST_RUN);
    let protected = BTreeSet::from([asset(7)]);
    let mut situation = Situation {
        now,
        high_water: now,
        due: &[],
        ending: std::slice::from_ref(&ending),
        good: &[],
        all: amount(1, 1),
        protected: &protected,
    };
    assert_eq!(plan(&situation).last_good, [ending.id]);
    let other = due_after(2, 7, 100);
    situation.good = std::slice::from_ref(&other);
    assert_eq!(plan(&situation).remove, [ending.id]);
}

#[test]
fn what_was_foreseen_ends_however_much_it_is() {
    let points: Vec<_> = (1..=5_000).map(|n| due_after(n, n, 30)).collect();
    assert_eq!(
        planned(&points, amount(5_000, 5_000), &[]).begin.len(),
        5_000
    );
}

#[test]
fn nothing_unforeseen_ends_when_it_is_more_than_ten_points_and_five_percent() {
    // Due before the last run, and not ended then: nobody foresaw that they end now.
    let points: Vec<_> = (1..=11).map(|n| due_after(n, n, -1)).collect();
    let plan = planned(&points, amount(219, 1_000), &[]);
    assert_eq!((plan.begin.len(), plan.braked.len()), (0, 11));
    assert_eq!(plan.braked_amount, amount(11, 11));
    assert_eq!(planned(&points, amount(220, 1_000), &[]).begin.len(), 11);
    assert_eq!(
        planned(&points[..10], amount(20, 1_000), &[]).begin.len(),
        10
    );
}

#[test]
fn nothing_unforeseen_ends_when_it_is_more_than_a_fifth_of_the_bytes() {
    let mut points = [due_after(1, 1, -1), due_after(2, 2, -1)];
    points[1].size_bytes = 200;
    assert_eq!(planned(&points, amount(500, 1_004), &[]).braked.len(), 2);
    assert_eq!(planned(&points, amount(500, 1_005), &[]).begin.len(), 2);
    // One point alone is no mass.
    assert_eq!(planned(&points[1..], amount(2, 201), &[]).begin.len(), 1);
}

#[test]
fn an_end_that_something_else_moved_was_not_foreseen_until_two_people_agree() {
    let moved = |n| {
        let mut point = due_after(n, n, 30);
        point.life.foreseen_end = Some(at("2027-01-01T00:00:00Z"));
        point
    };
    let points: Vec<_> = (1..=20).map(moved).collect();
    let plan = planned(&points, amount(100, 10_000), &[]);
    assert_eq!((plan.begin.len(), plan.braked.len()), (0, 20));
    let cleared: Vec<_> = points
        .iter()
        .map(|point| point.cleared(at(LAST_RUN)))
        .collect();
    assert_eq!(planned(&cleared, amount(100, 10_000), &[]).begin.len(), 20);
    // The brake holds back only what nobody foresaw.
    let mut mixed = points;
    mixed.push(due_after(99, 99, 30));
    let plan = planned(&mixed, amount(100, 10_000), &[]);
    assert_eq!((plan.begin.len(), plan.braked.len()), (1, 20));
}

#[test]
fn the_earliest_clock_counts_and_a_clock_that_differs_or_jumped_is_not_believed() {
    let now = at(LAST_RUN);
    let minutes = SignedDuration::from_mins;
    assert_eq!(believed(&[now, now + minutes(5)], now), Ok(now));
    assert_eq!(
        believed(&[now, now + minutes(6)], now),
        Err(ClockDoubt::Differ(minutes(6)))
    );
    let week = SignedDuration::from_hours(STEP_HOURS_MAX);
    assert_eq!(believed(&[now + week], now), Ok(now + week));
    let later = now + week + minutes(1);
    assert_eq!(
        believed(&[later], now),
        Err(ClockDoubt::Jumped {
            since: now,
            now: later
        })
    );
    // A clock that runs behind is believed: everything is kept longer.
    let years = SignedDuration::from_hours(24 * 3_653);
    assert_eq!(believed(&[now - years], now), Ok(now - years));
    assert!(believed(&[now + years, now + years], now).is_err());
}

#[test]
fn what_is_due_by_the_list_and_not_by_the_believed_clock_stays() {
    let points = [due_after(1, 1, 61)];
    assert_eq!(planned(&points, amount(1, 1), &[]), Plan::default());
}
