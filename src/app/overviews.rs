//! Figures over the whole fleet, for the head of a dashboard.
//!
//! Not for lists, and not for what is going on (`activity.rs`). Invariant: figures of a day follow from the days before it, so
//! that the newest one is what the vault holds now.

use std::collections::BTreeMap;

use domain::asset::AssetFilter;
use domain::permission::Permission;
use domain::recovery_point::Proof;
use domain::{AssetId, PolicyId};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use store::overviews::PointsOfDay;

pub use store::overviews::{DayOfAsset, ProtectionCount};

use crate::context::Ctx;
use crate::error::Error;

/// Most days of a history.
const DAYS_MAX: u32 = 366;

/// What the vault held at the end of a day in UTC, or holds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageDay {
    /// The day.
    pub day: Date,
    /// Bytes that all points together restore to.
    pub protected_bytes: u64,
    /// Bytes that they take, without what they share.
    pub stored_bytes: u64,
}

/// Assets by kind, account and unit, and how many of them a policy protects.
pub async fn protection(ctx: &Ctx) -> Result<Vec<ProtectionCount>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::overviews::protection(&ctx.read(), ctx.scope()).await?)
}

/// How many assets match, by the policy that protects them; however many there are.
pub async fn by_policy(
    ctx: &Ctx,
    filter: &AssetFilter,
) -> Result<BTreeMap<Option<PolicyId>, u64>, Error> {
    ctx.require(Permission::Read)?;
    let filter = &crate::compliance::fresh(ctx, filter).await?;
    Ok(store::overviews::by_policy(&ctx.read(), ctx.scope(), filter).await?)
}

/// The recovery points that can be restored, by what was proven of them; however many there are.
pub async fn by_proof(ctx: &Ctx) -> Result<BTreeMap<Proof, u64>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::overviews::by_proof(&ctx.read(), ctx.scope()).await?)
}

/// The last days of the vault, oldest first; the last one is today.
pub async fn storage(ctx: &Ctx, days: u32) -> Result<Vec<StorageDay>, Error> {
    ctx.require(Permission::Read)?;
    let taken = store::overviews::points_taken(&ctx.read(), ctx.scope()).await?;
    let ended = store::overviews::points_ended(&ctx.read(), ctx.scope()).await?;
    Ok(history(&taken, &ended, ctx.now(), days.clamp(1, DAYS_MAX)))
}

/// Days of the asset that have points, oldest first, of the last so many days.
pub async fn days_of_asset(ctx: &Ctx, asset: AssetId, days: u32) -> Result<Vec<DayOfAsset>, Error> {
    ctx.require(Permission::Read)?;
    let hours = i64::from(days.clamp(1, DAYS_MAX)).saturating_mul(24);
    let from = ctx
        .now()
        .saturating_sub(SignedDuration::from_hours(hours))
        .unwrap_or(Timestamp::MIN);
    Ok(store::overviews::days_of_asset(&ctx.read(), ctx.scope(), asset, from).await?)
}

fn history(
    taken: &[PointsOfDay],
    ended: &[PointsOfDay],
    now: Timestamp,
    days: u32,
) -> Vec<StorageDay> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let first = today.saturating_sub(Span::new().days(days.saturating_sub(1)));
    let mut changes: BTreeMap<Date, (i128, i128)> = BTreeMap::new();
    for (points, sign) in [(taken, 1_i128), (ended, -1_i128)] {
        for one in points {
            // Whatever lies outside of the calendar was there before, or is not over yet.
            let Ok(day) = one.day.parse::<Date>() else {
                continue;
            };
            // A clock that ran ahead must not hide a point.
            let change = changes.entry(day.min(today)).or_default();
            change.0 += sign * i128::from(one.size_bytes);
            change.1 += sign * i128::from(one.added_bytes);
        }
    }
    let before = changes.range(..first).map(|(_, change)| change);
    let mut held = before.fold((0, 0), |sum, change| (sum.0 + change.0, sum.1 + change.1));
    let mut history = Vec::new();
    let mut day = first;
    for _ in 0..days {
        let change = changes.get(&day).copied().unwrap_or_default();
        held = (held.0 + change.0, held.1 + change.1);
        history.push(StorageDay {
            day,
            protected_bytes: u64::try_from(held.0).unwrap_or_default(),
            stored_bytes: u64::try_from(held.1).unwrap_or_default(),
        });
        day = day.saturating_add(Span::new().days(1));
    }
    history
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(day: &str, size_bytes: u64, added_bytes: u64) -> PointsOfDay {
        PointsOfDay {
            day: day.to_owned(),
            size_bytes,
            added_bytes,
        }
    }

    #[test]
    fn a_history_begins_with_what_was_there_before_it_and_ends_today() {
        let taken = [
            points("2026-11-01", 100, 40),
            points("2026-11-28", 100, 10),
            points("2026-11-30", 100, 5),
        ];
        let ended = [points("2026-11-29", 100, 40)];
        let now = "2026-11-30T12:00:00Z".parse().unwrap();
        let shown: Vec<_> = history(&taken, &ended, now, 4)
            .into_iter()
            .map(|day| (day.day.to_string(), day.protected_bytes, day.stored_bytes))
            .collect();
        let expected = [
            ("2026-11-27", 100, 40),
            ("2026-11-28", 200, 50),
            ("2026-11-29", 100, 10),
            ("2026-11-30", 200, 15),
        ];
        assert_eq!(
            shown,
            expected.map(|(day, size, added)| (day.to_owned(), size, added))
        );
    }

    #[test]
    fn a_point_of_tomorrow_counts_today() {
        let now = "2026-11-30T12:00:00Z".parse().unwrap();
        let shown = history(&[points("2026-12-01", 7, 3)], &[], now, 1);
        assert_eq!(shown.len(), 1);
        assert_eq!((shown[0].protected_bytes, shown[0].stored_bytes), (7, 3));
    }
}
