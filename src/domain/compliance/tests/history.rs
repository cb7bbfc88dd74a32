//! Records over time: no holes, no overlaps, and no compliance that nobody looked at.

use super::super::history::{Interval, Record, end, renew};
use super::*;
use crate::limits::CHECK_GRACE_SECONDS;

fn assessment(status: Status, next_check_at: Option<Timestamp>) -> Assessment {
    let reasons = match status {
        Status::In => Vec::new(),
        Status::Out | Status::Unknown => vec![Reason::plain(ReasonCode::WindowsWithoutPoint)],
    };
    let verdict = Verdict {
        status,
        reasons,
        next_check_at,
    };
    Assessment {
        verdicts: [(Control::RecoveryPoints, verdict)].into_iter().collect(),
    }
}

fn seconds(second: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + second).unwrap()
}

fn status_of(interval: &Interval) -> Status {
    super::super::history::overall(&interval.statuses)
}

#[test]
fn a_change_in_time_begins_when_it_was_due() {
    let (first, ended) = renew(None, assessment(Status::In, Some(seconds(100))), seconds(0));
    assert!(ended.is_empty());
    let (second, ended) = renew(Some(&first), assessment(Status::Out, None), seconds(107));
    assert_eq!((second.from, second.since), (seconds(100), seconds(100)));
    assert_eq!((ended[0].from, ended[0].until), (seconds(0), seconds(100)));
    assert_eq!(status_of(&ended[0]), Status::In);
}

#[test]
fn nothing_is_written_when_nothing_changed() {
    let (first, _) = renew(None, assessment(Status::In, Some(seconds(100))), seconds(0));
    let same = assessment(Status::In, Some(seconds(900)));
    let (second, ended) = renew(Some(&first), same, seconds(101));
    assert!(ended.is_empty());
    assert_eq!(
        (second.from, second.due_at),
        (seconds(0), Some(seconds(900)))
    );
}

#[test]
fn an_hour_in_which_nobody_looked_is_unknown_and_not_in() {
    let (first, _) = renew(None, assessment(Status::In, Some(seconds(100))), seconds(0));
    let same = assessment(Status::In, Some(seconds(9_000)));
    let (second, ended) = renew(Some(&first), same, seconds(3_700));
    let all: Vec<_> = ended
        .iter()
        .map(|one| (one.from, one.until, status_of(one)))
        .collect();
    assert_eq!(
        all,
        [
            (seconds(0), seconds(100), Status::In),
            (seconds(100), seconds(3_700), Status::Unknown),
        ]
    );
    assert_eq!(second.since, seconds(3_700));
    assert!(first.is_overdue(seconds(3_700)));
    let doubtful = first.unchecked();
    assert_eq!(doubtful.status(), Status::Unknown);
    let reasons = &doubtful.standings[&Control::RecoveryPoints].reasons;
    assert_eq!(reasons[0].code, ReasonCode::CheckOverdue);
}

#[test]
fn what_was_out_stays_out_while_nobody_looks() {
    let (first, _) = renew(
        None,
        assessment(Status::Out, Some(seconds(100))),
        seconds(0),
    );
    let (second, ended) = renew(Some(&first), assessment(Status::Out, None), seconds(3_700));
    assert!(ended.is_empty());
    assert_eq!(second.since, seconds(0));
}

fn status() -> impl Strategy<Value = Status> {
    prop::sample::select(Status::ALL)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn intervals_follow_one_another_and_never_count_time_without_a_look(
        looks in prop::collection::vec((0_i64..400, status(), prop::option::of(-20_i64..400)), 1..12),
        gone_after in 0_i64..400,
    ) {
        let mut now = 0;
        let mut record: Option<Record> = None;
        let mut all: Vec<Interval> = Vec::new();
        let mut dues: Vec<(i64, Option<i64>)> = Vec::new();
        for (pause, status, due) in looks {
            now += pause;
            let due = due.map(|due| now + due);
            let judged = assessment(status, due.map(seconds));
            let (next, ended) = renew(record.as_ref(), judged, seconds(now));
            prop_assert_eq!(next.status(), status);
            all.extend(ended);
            dues.push((now, due));
            record = Some(next);
        }
        let gone = seconds(now + gone_after);
        all.extend(end(record.as_ref().unwrap(), gone));
        for pair in all.windows(2) {
            prop_assert_eq!(pair[0].until, pair[1].from);
        }
        for one in &all {
            prop_assert!(one.from < one.until);
        }
        if let (Some(first), Some(last)) = (all.first(), all.last()) {
            prop_assert_eq!(first.from, seconds(dues[0].0));
            prop_assert_eq!(last.until, gone);
        }
        // Each second that counts as in lies before the time at which it was to be looked at again, or within the grace.
        for one in all.iter().filter(|one| status_of(one) == Status::In) {
            let covered = dues.iter().map(|(looked, due)| {
                let until = due.map_or(i64::MAX, |due| due.max(*looked) + CHECK_GRACE_SECONDS);
                (*looked, until)
            });
            let covered: Vec<_> = covered.collect();
            let (from, until) = (one.from.as_second() - 1_767_225_600, one.until.as_second() - 1_767_225_600);
            for second in from..until {
                let latest = covered.iter().rev().find(|(looked, _)| *looked <= second);
                prop_assert!(latest.is_none_or(|(_, until)| second < *until || covered.iter().any(|(looked, _)| *looked > second && *looked - second <= CHECK_GRACE_SECONDS)));
            }
        }
    }
}
