//! Tests of the grid: properties over arbitrary times, all zones over ten years, and the odd days of the real world.

use jiff::civil::{Date, Weekday, date};
use jiff::{SignedDuration, ToSpan};
use proptest::prelude::*;

use super::*;
use crate::retention::RetentionUnit;

fn start(hour: u8, minute: u8, zone: &str) -> StartTime {
    StartTime {
        hour,
        minute,
        zone: zone.to_owned(),
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn times(every: &Interval, start: &StartTime, after: &str, count: usize) -> Vec<String> {
    let mut times = Vec::new();
    let mut last = at(after);
    for _ in 0..count {
        last = every.next_after(start, last).unwrap();
        times.push(last.to_string());
    }
    times
}

const DAILY: Interval = Interval::Days { value: 1 };

#[test]
fn berlin_fires_once_on_the_day_without_half_past_two_and_on_the_day_with_two() {
    let start = start(2, 30, "Europe/Berlin");
    let spring = times(&DAILY, &start, "2026-03-28T00:00:00Z", 3);
    assert_eq!(
        spring,
        [
            "2026-03-28T01:30:00Z",
            "2026-03-29T01:30:00Z",
            "2026-03-30T00:30:00Z"
        ]
    );
    let autumn = times(&DAILY, &start, "2026-10-24T12:00:00Z", 2);
    assert_eq!(autumn, ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
}

#[test]
fn cairo_skips_midnight_and_fires_at_one() {
    // On 24 April 2026 Egypt goes from 00:00 to 01:00.
    let start = start(0, 0, "Africa/Cairo");
    let spring = times(&DAILY, &start, "2026-04-23T12:00:00Z", 2);
    assert_eq!(spring, ["2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"]);
    let local = at(&spring[0]).to_zoned(start.time_zone());
    assert_eq!((local.date(), local.hour()), (date(2026, 4, 24), 1));
}

#[test]
fn lord_howe_shifts_by_half_an_hour() {
    // On 5 April 2026 the clocks go back from 02:00 to 01:30; on 4 October from 02:00 to 02:30.
    let zone = "Australia/Lord_Howe";
    let fold = times(&DAILY, &start(1, 45, zone), "2026-04-04T00:00:00Z", 2);
    assert_eq!(fold, ["2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"]);
    let gap = times(&DAILY, &start(2, 15, zone), "2026-10-03T12:00:00Z", 1);
    assert_eq!(gap, ["2026-10-03T15:45:00Z"]);
}

#[test]
fn apia_has_no_30_december_2011_and_fires_once_for_it_and_the_31st() {
    let start = start(9, 0, "Pacific/Apia");
    let days = times(&DAILY, &start, "2011-12-28T20:00:00Z", 3);
    assert_eq!(
        days,
        [
            "2011-12-29T19:00:00Z",
            "2011-12-30T19:00:00Z",
            "2011-12-31T19:00:00Z"
        ]
    );
    // A month that wants the missing day takes the one after.
    let monthly = Interval::Months { value: 1, day: 30 };
    let months = times(&monthly, &start, "2011-12-01T00:00:00Z", 1);
    assert_eq!(months, ["2011-12-30T19:00:00Z"]);
}

#[test]
fn months_are_clamped_to_their_length() {
    let monthly = Interval::Months { value: 1, day: 31 };
    let months = times(&monthly, &start(0, 0, "UTC"), "2028-01-31T00:00:00Z", 3);
    assert_eq!(
        months,
        [
            "2028-02-29T00:00:00Z",
            "2028-03-31T00:00:00Z",
            "2028-04-30T00:00:00Z"
        ]
    );
    let quarterly = Interval::Months { value: 3, day: 15 };
    let quarters = times(&quarterly, &start(6, 0, "UTC"), "2026-02-01T00:00:00Z", 2);
    assert_eq!(quarters, ["2026-04-15T06:00:00Z", "2026-07-15T06:00:00Z"]);
}

#[test]
fn weeks_count_from_a_monday_and_end_with_sunday() {
    let weekly = Interval::Weeks {
        value: 2,
        weekdays: vec![0, 3],
    };
    let weeks = times(&weekly, &start(0, 0, "UTC"), "2026-01-01T00:00:00Z", 4);
    // Week 2922 since 1970-01-05 begins on 2026-01-05.
    assert_eq!(
        weeks,
        [
            "2026-01-07T00:00:00Z",
            "2026-01-11T00:00:00Z",
            "2026-01-21T00:00:00Z",
            "2026-01-25T00:00:00Z"
        ]
    );
    let monday = Interval::Weeks {
        value: 1,
        weekdays: Vec::new(),
    };
    assert_eq!(
        times(&monday, &start(0, 0, "UTC"), "2026-01-06T00:00:00Z", 1),
        ["2026-01-12T00:00:00Z"]
    );
}

#[test]
fn years_hours_and_minutes_lie_on_the_epoch() {
    let yearly = Interval::Years { value: 2 };
    assert_eq!(
        times(
            &yearly,
            &start(0, 0, "America/New_York"),
            "2026-01-01T05:00:00Z",
            1
        ),
        ["2028-01-01T05:00:00Z"]
    );
    let minutes = Interval::Minutes { value: 45 };
    assert_eq!(
        times(&minutes, &start(0, 10, "UTC"), "1970-01-01T00:00:00Z", 2),
        ["1970-01-01T00:10:00Z", "1970-01-01T00:55:00Z"]
    );
    // Elapsed time knows no zone: hours keep their distance over a change of the clocks.
    let hours = times(
        &Interval::Hours { value: 12 },
        &start(1, 0, "Europe/Berlin"),
        "2026-03-28T12:00:00Z",
        3,
    );
    assert_eq!(
        hours,
        [
            "2026-03-28T13:00:00Z",
            "2026-03-29T01:00:00Z",
            "2026-03-29T13:00:00Z"
        ]
    );
}

#[test]
fn on_demand_has_no_grid() {
    assert_eq!(
        Interval::OnDemand.next_after(&StartTime::default(), Timestamp::UNIX_EPOCH),
        None
    );
    assert_eq!(
        Interval::OnDemand.last_at_or_before(&StartTime::default(), Timestamp::UNIX_EPOCH),
        None
    );
}

#[test]
fn the_ends_of_the_calendar_are_an_end_and_not_a_crash() {
    for every in patterns() {
        let start = StartTime::default();
        assert_eq!(every.next_after(&start, Timestamp::MAX), None, "{every:?}");
        let first = every.last_at_or_before(&start, Timestamp::MIN);
        assert!(
            first.is_none_or(|first| first <= Timestamp::MIN),
            "{every:?}"
        );
    }
}

#[test]
fn several_frequencies_that_are_due_together_are_found_together() {
    let keep = |value| Retention {
        value,
        unit: RetentionUnit::Days,
    };
    let frequencies = [
        Frequency {
            every: Interval::Hours { value: 1 },
            keep: keep(2),
        },
        Frequency {
            every: DAILY,
            keep: keep(30),
        },
        Frequency {
            every: Interval::OnDemand,
            keep: keep(90),
        },
    ];
    let start = StartTime::default();
    let midnight = at("2026-01-02T00:00:00Z");
    assert_eq!(due(&frequencies, &start, midnight).len(), 2);
    assert_eq!(
        due(&frequencies, &start, at("2026-01-02T01:00:00Z")).len(),
        1
    );
    assert_eq!(
        due(&frequencies, &start, at("2026-01-02T01:00:01Z")).len(),
        0
    );
    let last = at("2026-01-02T05:00:00Z");
    assert_eq!(owed(&frequencies, &start, midnight, last).len(), 2);
    assert_eq!(
        next_after_all(&frequencies, &start, midnight),
        Some(at("2026-01-02T01:00:00Z"))
    );
    assert_eq!(
        last_at_or_before_all(&frequencies, &start, last),
        Some(last)
    );
}

/// A pattern of T-21: an interval, and the local dates that it names, worked out without the grid.
struct Pattern {
    name: &'static str,
    every: Interval,
    has_date: fn(Date) -> bool,
}

fn calendar_patterns() -> [Pattern; 4] {
    [
        Pattern {
            name: "daily",
            every: DAILY,
            has_date: |_| true,
        },
        Pattern {
            name: "weekly",
            every: Interval::Weeks {
                value: 1,
                weekdays: vec![0, 5],
            },
            has_date: |date| matches!(date.weekday(), Weekday::Sunday | Weekday::Friday),
        },
        Pattern {
            name: "monthly",
            every: Interval::Months { value: 1, day: 30 },
            has_date: |date| date.day() == 30.min(date.days_in_month()),
        },
        Pattern {
            name: "yearly",
            every: Interval::Years { value: 1 },
            has_date: |date| date.day_of_year() == 1,
        },
    ]
}

/// Each local date of the pattern has exactly one nominal time, and they strictly increase.
fn check_zone(pattern: &Pattern, start: &StartTime, first: Date, years: i16) {
    let Pattern { name, every, .. } = pattern;
    let zone = start.time_zone();
    let end = first.checked_add(i32::from(years).years()).unwrap();
    let hour = i8::try_from(start.hour).unwrap();
    let minute = i8::try_from(start.minute).unwrap();
    let mut last = None;
    for date in first.series(1.day()).take_while(|date| *date < end) {
        if !(pattern.has_date)(date) {
            continue;
        }
        let wanted = date.at(hour, minute, 0, 0).to_zoned(zone.clone());
        let wanted = wanted.unwrap().timestamp();
        let before = last.unwrap_or(wanted - SignedDuration::from_micros(1));
        // A date that the zone skips shares the instant of the date after, and the two fire once.
        if wanted == before {
            continue;
        }
        assert!(wanted > before, "{name} {} {date}", start.zone);
        let next = every.next_after(start, before);
        assert_eq!(next, Some(wanted), "{name} {} {date}", start.zone);
        // The other direction costs as much again; properties over arbitrary times cover it by day.
        if is_thorough() {
            let again = every.last_at_or_before(start, wanted);
            assert_eq!(again, Some(wanted), "{name} {} {date}", start.zone);
        }
        last = Some(wanted);
    }
}

fn zones() -> Vec<String> {
    let zones = jiff::tz::db().available();
    let zones: Vec<String> = zones.map(|name| name.to_string()).collect();
    assert!(zones.len() > 400, "the database of zones is there");
    zones
}

/// Whether the test has the night for itself: `make nightly` sets this.
fn is_thorough() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch of the test, not of the product"
    )]
    let switch = std::env::var("HOLDFAST_ALL_ZONES");
    switch.is_ok()
}

/// Ten years of every zone: two patterns at the hours where clocks change, or all at each half hour of the day.
fn check_all_zones(pattern: &Pattern, starts: &[(u8, u8)]) {
    let half_hours: Vec<(u8, u8)> = (0..48).map(|half| (half / 2, half % 2 * 30)).collect();
    let starts = if is_thorough() { &half_hours } else { starts };
    for zone in zones() {
        for (hour, minute) in starts {
            let start = start(*hour, *minute, &zone);
            check_zone(pattern, &start, date(2026, 1, 1), 10);
        }
    }
}

#[test]
fn in_every_zone_each_local_date_of_ten_years_fires_once() {
    let [daily, ..] = calendar_patterns();
    check_all_zones(&daily, &[(2, 30)]);
}

#[test]
fn in_every_zone_each_friday_sunday_month_and_year_of_ten_years_fires_once() {
    let [_, weekly, monthly, yearly] = calendar_patterns();
    check_all_zones(&weekly, &[(0, 0)]);
    if is_thorough() {
        check_all_zones(&monthly, &[]);
        check_all_zones(&yearly, &[]);
    }
}

#[test]
fn twice_a_day_stays_twice_a_day_for_ten_years_at_any_start() {
    let half_day = Interval::Hours { value: 12 };
    let zones = zones();
    // Elapsed time knows no zone, so the starts may share the zones among them.
    for (place, half) in (0..48_u8).enumerate() {
        let zone = &zones[place * zones.len() / 48];
        let start = start(half / 2, half % 2 * 30, zone);
        let mut at = at("2026-01-01T00:00:00Z");
        let first = half_day.next_after(&start, at).unwrap();
        assert!(first - SignedDuration::from_hours(12) <= at, "{zone}");
        for count in 0..3_652 * 2 {
            at = half_day.next_after(&start, at).unwrap();
            assert_eq!(at, first + SignedDuration::from_hours(12 * count), "{zone}");
        }
    }
}

#[test]
fn zones_with_odd_changes_fire_once_a_date_at_the_odd_hours_too() {
    for zone in [
        "Europe/Berlin",
        "Africa/Cairo",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Africa/Casablanca",
        "America/Scoresbysund",
        "Antarctica/Troll",
        "Pacific/Kwajalein",
    ] {
        for pattern in calendar_patterns() {
            for (hour, minute) in [(0, 0), (2, 0), (2, 30), (23, 30)] {
                let start = start(hour, minute, zone);
                for first in [date(1993, 1, 1), date(2005, 1, 1), date(2026, 1, 1)] {
                    check_zone(&pattern, &start, first, 10);
                }
            }
        }
    }
}

fn patterns() -> Vec<Interval> {
    vec![
        Interval::Minutes { value: 1 },
        Interval::Minutes { value: 999 },
        Interval::Hours { value: 5 },
        DAILY,
        Interval::Days { value: 999 },
        Interval::Weeks {
            value: 1,
            weekdays: vec![],
        },
        Interval::Weeks {
            value: 3,
            weekdays: vec![6, 0, 0],
        },
        Interval::Months { value: 1, day: 31 },
        Interval::Months {
            value: 999,
            day: 29,
        },
        Interval::Years { value: 1 },
        Interval::Years { value: 999 },
    ]
}

fn any_interval() -> impl Strategy<Value = Interval> {
    let value = 1_u32..=60;
    prop_oneof![
        value.clone().prop_map(|value| Interval::Minutes { value }),
        value.clone().prop_map(|value| Interval::Hours { value }),
        value.clone().prop_map(|value| Interval::Days { value }),
        (value.clone(), prop::collection::vec(0_u8..7, 0..7))
            .prop_map(|(value, weekdays)| Interval::Weeks { value, weekdays }),
        (value.clone(), 1_u8..=31).prop_map(|(value, day)| Interval::Months { value, day }),
        value.prop_map(|value| Interval::Years { value }),
    ]
}

fn any_start() -> impl Strategy<Value = StartTime> {
    let zones = [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Africa/Cairo",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
        "America/St_Johns",
    ];
    (0_u8..24, 0_u8..60, prop::sample::select(zones.to_vec()))
        .prop_map(|(hour, minute, zone)| start(hour, minute, zone))
}

proptest! {
    #[test]
    fn next_is_strictly_later_and_is_its_own_last(
        every in any_interval(),
        start in any_start(),
        microsecond in -2_000_000_000_000_000_i64..4_000_000_000_000_000,
    ) {
        let after = Timestamp::from_microsecond(microsecond).unwrap();
        let next = every.next_after(&start, after).unwrap();
        prop_assert!(next > after);
        prop_assert_eq!(every.last_at_or_before(&start, next), Some(next));
        // Nothing lies between: the last one before `next` is at or before `after`.
        let before = next - SignedDuration::from_nanos(1);
        let last = every.last_at_or_before(&start, before).unwrap();
        prop_assert!(last <= after);
        prop_assert_eq!(every.next_after(&start, last), Some(next));
    }
}
