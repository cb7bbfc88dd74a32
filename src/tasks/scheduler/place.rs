//! The place of a run in its window.
//!
//! Not for when the window is (`domain::schedule`). Invariant: a place depends on the asset and on nothing random, lies inside of the
//! window, and leaves at least half of it for the work.

use domain::AssetId;
use domain::schedule::RunTime;
use jiff::{SignedDuration, Timestamp};

/// Where in the window an asset's run begins: always at the same place, so that the distance between its runs stays the same.
/// Runs that are late are spread from now on, or a downtime would end with all of them at once. The place lies in the first half
/// of what is left of the window, and in the first tenth of the time to the next one.
pub(super) fn place_in_window(
    asset: AssetId,
    run: &RunTime,
    next_nominal_at: Option<Timestamp>,
    (now, spread): (Timestamp, SignedDuration),
) -> Option<Timestamp> {
    let left = |from: Timestamp, until: Option<Timestamp>, share: i32| {
        until.map_or(spread, |until| until.duration_since(from) / share)
    };
    let width_from = |from: Timestamp| {
        let of_window = left(from, run.closes_at, 2);
        spread.min(of_window).min(left(from, next_nominal_at, 10))
    };
    let is_late = now.duration_since(run.begins_at) > width_from(run.begins_at);
    let from = if is_late { now } else { run.begins_at };
    let width = width_from(from).as_micros();
    if width <= 0 {
        return Some(from);
    }
    // The low half of a UUIDv7 is random.
    let (_, low) = asset.uuid().as_u64_pair();
    let place = i128::from(low & 0xffff_ffff).saturating_mul(width) >> 32;
    let place = SignedDuration::from_micros(i64::try_from(place).ok()?);
    from.checked_add(place).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn minutes(minutes: i64) -> SignedDuration {
        SignedDuration::from_mins(minutes)
    }

    fn asset(low: u64) -> AssetId {
        AssetId::from_uuid(Uuid::from_u64_pair(0x0190_0000_0000_7000, low))
    }

    proptest! {
        #[test]
        fn a_place_lies_in_the_window_and_before_the_next_and_is_always_the_same(
            low: u64,
            late in 0_i64..2_000,
            length in 1_i64..1_000,
            next in 1_i64..5_000,
            spread in 0_i64..60,
        ) {
            let begins_at = Timestamp::UNIX_EPOCH + minutes(10_000);
            let now = begins_at + minutes(late);
            let run = RunTime {
                begins_at,
                closes_at: Some(now + minutes(length)),
            };
            let next = now + minutes(next);
            let at = (now, minutes(spread));
            let place = place_in_window(asset(low), &run, Some(next), at).unwrap();
            prop_assert_eq!(place_in_window(asset(low), &run, Some(next), at), Some(place));
            prop_assert!(place >= begins_at);
            prop_assert!(place < now + minutes(length) || spread == 0);
            prop_assert!(place < next || spread == 0);
            if late > spread {
                prop_assert!(place >= now, "it is late, so it begins from now on");
            }
        }
    }

    #[test]
    fn runs_that_are_late_together_do_not_begin_together() {
        let begins_at = Timestamp::UNIX_EPOCH;
        let now = begins_at + minutes(400 * 1_440);
        let run = RunTime {
            begins_at,
            closes_at: None,
        };
        let mut of_minute = [0; 5];
        for number in 0..1_000_u64 {
            // As random as the low half of an id is.
            let low = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let place = place_in_window(asset(low), &run, None, (now, minutes(5))).unwrap();
            let minute = place.duration_since(now).as_mins();
            of_minute[usize::try_from(minute).unwrap()] += 1;
        }
        assert!(of_minute.iter().all(|count| *count > 150), "{of_minute:?}");
        let short = RunTime {
            closes_at: Some(now + minutes(2)),
            ..run
        };
        let last = place_in_window(asset(u64::MAX), &short, None, (now, minutes(5))).unwrap();
        assert!(
            last <= now + minutes(1),
            "half of the window is left for the work"
        );
    }
}
