//! Tests of windows: over midnight, with an open end, and on days on which the clocks change.

use super::*;

fn time(text: &str) -> TimeOfDay {
    let (hour, minute) = text.split_once(':').unwrap();
    TimeOfDay {
        hour: hour.parse().unwrap(),
        minute: minute.parse().unwrap(),
    }
}

fn window(opens: &str, closes: &str) -> BackupWindow {
    BackupWindow {
        opens: time(opens),
        closes: Some(time(closes)),
    }
}

fn open_time(window: BackupWindow, zone: &str, at: &str) -> (String, String) {
    let start = StartTime {
        zone: zone.to_owned(),
        ..StartTime::default()
    };
    let open = window.open_time(&start, at.parse().unwrap()).unwrap();
    (open.opens_at.to_string(), open.closes_at.to_string())
}

#[test]
fn a_window_may_lie_over_midnight_or_have_an_open_end() {
    let day = window("09:00", "17:00");
    assert!(day.contains(time("09:00")) && day.contains(time("16:59")));
    assert!(!day.contains(time("17:00")) && !day.contains(time("08:59")));
    let night = window("22:00", "06:00");
    assert!(night.contains(time("22:00")) && night.contains(time("00:00")));
    assert!(night.contains(time("05:59")) && !night.contains(time("06:00")));
    assert!(!night.contains(time("21:59")));
    let open = BackupWindow {
        closes: None,
        ..night
    };
    assert!(open.contains(time("21:59")) && open.contains(time("12:00")));
    assert_eq!(
        open.open_time(&StartTime::default(), Timestamp::UNIX_EPOCH),
        None
    );
}

#[test]
fn the_open_time_is_the_one_around_an_instant_or_the_next() {
    let night = window("22:00", "06:00");
    let expected = |opens: &str, closes: &str| (opens.to_owned(), closes.to_owned());
    let first = expected("2026-01-01T22:00:00Z", "2026-01-02T06:00:00Z");
    for at in [
        "2026-01-01T06:00:00Z",
        "2026-01-01T12:00:00Z",
        "2026-01-01T22:00:00Z",
        "2026-01-02T05:59:59Z",
    ] {
        assert_eq!(open_time(night, "UTC", at), first, "{at}");
    }
    let second = expected("2026-01-02T22:00:00Z", "2026-01-03T06:00:00Z");
    assert_eq!(open_time(night, "UTC", "2026-01-02T06:00:00Z"), second);
}

#[test]
fn a_window_follows_the_clock_on_the_wall_over_a_change_of_the_clocks() {
    let night = window("22:00", "06:00");
    let (opens, closes) = open_time(night, "Europe/Berlin", "2026-03-28T22:00:00Z");
    assert_eq!(opens, "2026-03-28T21:00:00Z");
    assert_eq!(closes, "2026-03-29T04:00:00Z", "seven hours");
    let (opens, closes) = open_time(night, "Europe/Berlin", "2026-10-24T22:00:00Z");
    assert_eq!(opens, "2026-10-24T20:00:00Z");
    assert_eq!(closes, "2026-10-25T05:00:00Z", "nine hours");
}

#[test]
fn a_window_whose_opening_the_clock_skips_keeps_its_length() {
    // 02:30 does not exist on that day and becomes 03:30, which is after 03:15.
    let short = window("02:30", "03:15");
    let (opens, closes) = open_time(short, "Europe/Berlin", "2026-03-29T00:00:00Z");
    assert_eq!(opens, "2026-03-29T01:30:00Z");
    assert_eq!(closes, "2026-03-29T02:15:00Z");
}

#[test]
fn a_start_that_the_clock_pushes_behind_the_closing_takes_the_window_along() {
    // 02:30 becomes 03:30 on that day, and the window closes at 03:00.
    let window = window("01:00", "03:00");
    let start = StartTime {
        hour: 2,
        minute: 30,
        zone: "Europe/Berlin".to_owned(),
    };
    let nominal_at: Timestamp = "2026-03-29T01:30:00Z".parse().unwrap();
    let open = window.opening_of(&start, nominal_at).unwrap();
    assert_eq!(open.opens_at, nominal_at);
    assert_eq!(open.closes_at.to_string(), "2026-03-29T02:00:00Z");
    let day_after: Timestamp = "2026-03-30T00:30:00Z".parse().unwrap();
    let open = window.opening_of(&start, day_after).unwrap();
    assert_eq!(open.opens_at.to_string(), "2026-03-29T23:00:00Z");
    assert_eq!(open.closes_at.to_string(), "2026-03-30T01:00:00Z");
}

#[test]
fn every_opening_in_every_zone_has_a_length_and_follows_the_one_before() {
    for zone in jiff::tz::db().available() {
        let start = StartTime {
            zone: zone.to_string(),
            ..StartTime::default()
        };
        for window in [window("01:45", "02:15"), window("02:30", "02:00")] {
            let mut at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
            let until: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
            let mut opened = Timestamp::MIN;
            let mut openings = 0;
            while at < until {
                let open = window.open_time(&start, at).unwrap();
                assert!(open.opens_at > opened, "{zone} {at}");
                assert!(open.closes_at > open.opens_at, "{zone} {at}");
                let length = open.closes_at.duration_since(open.opens_at);
                assert!(length < SignedDuration::from_hours(27), "{zone} {at}");
                (at, opened) = (open.closes_at, open.opens_at);
                openings += 1;
            }
            assert!((365..=367).contains(&openings), "{zone}: {openings}");
        }
    }
}

#[test]
fn problems_name_the_time_that_is_wrong() {
    let fields = |window: BackupWindow| -> Vec<String> {
        let problems = window.validate().err().unwrap_or_default();
        let fields = problems.iter().map(|problem| problem.field.join("."));
        fields.collect()
    };
    assert!(fields(window("22:00", "06:00")).is_empty());
    assert_eq!(
        fields(window("24:00", "06:60")),
        ["opens.hour", "closes.minute"]
    );
    assert_eq!(fields(window("06:00", "06:00")), ["closes"]);
}
