//! Whether each window of the look-back period has a recovery point.
//!
//! Not for making any. Invariant: a window is judged once it has settled, and only when the asset was there and had a policy from
//! its first moment on.

use jiff::Timestamp;

use super::controls::RecoveryPointsControl;
use super::reason::missed_detail;
use super::{
    Facts, MissingWindow, PointFacts, PointState, Reason, ReasonCode, Status, Verdict, WindowCause,
};

/// Monday, 3 January 2000, 00:00 in UTC: where the grid of all windows starts.
const GRID_START: i64 = 946_857_600;

/// Judges the windows that have settled at `at`.
pub(super) fn judge(control: RecoveryPointsControl, facts: &Facts<'_>, at: Timestamp) -> Verdict {
    let Some(protected_since) = facts.protected_since else {
        return Verdict::of(Status::Unknown, Reason::plain(ReasonCode::NoPolicy));
    };
    let look = Look::new(control, facts, protected_since, at);
    let count = control.windows();
    let counted = (0..count).filter(|back| look.counts(-back)).count();
    let missing: Vec<i64> = (0..count)
        .map(|back| -back)
        .filter(|window| look.is_missing(*window))
        .collect();
    let next = Some(look.next_change(counted > 0));
    if counted == 0 {
        return Verdict::of(Status::Unknown, Reason::plain(ReasonCode::Seeding)).until(next);
    }
    if missing.is_empty() {
        return Verdict::fine().until(next);
    }
    let message = match missing.len() {
        1 => format!("1 of {counted} windows has no recovery point that is kept long enough."),
        many => {
            format!("{many} of {counted} windows have no recovery point that is kept long enough.")
        }
    };
    let windows = missing.iter().map(|window| look.explain(*window)).collect();
    let reason = Reason::told(ReasonCode::WindowsWithoutPoint, message).with_windows(windows);
    Verdict::of(Status::Out, reason).until(next)
}

/// The windows around a moment; number 0 is the last that has settled, -1 the one before it, 1 the next.
struct Look<'a> {
    control: RecoveryPointsControl,
    facts: &'a Facts<'a>,
    /// Windows count that begin no earlier.
    countable_from: Timestamp,
    /// End of window 0, in seconds.
    end: i64,
    /// Length of a window, in seconds.
    width: i64,
    /// From the end of a window until it is judged, in seconds.
    settle: i64,
}

impl<'a> Look<'a> {
    fn new(
        control: RecoveryPointsControl,
        facts: &'a Facts<'a>,
        protected_since: Timestamp,
        at: Timestamp,
    ) -> Self {
        let width = control.window.minutes().max(1) * 60;
        let settle = i64::from(control.settle_minutes) * 60 + facts.spread.as_secs();
        let settled = at.as_second() - settle - GRID_START;
        Self {
            control,
            facts,
            countable_from: protected_since.max(facts.discovered_at),
            end: GRID_START + settled.div_euclid(width) * width,
            width,
            settle,
        }
    }

    fn start(&self, window: i64) -> Timestamp {
        moment(self.end + (window - 1) * self.width)
    }

    fn end(&self, window: i64) -> Timestamp {
        moment(self.end + window * self.width)
    }

    fn counts(&self, window: i64) -> bool {
        self.start(window) >= self.countable_from
    }

    fn is_missing(&self, window: i64) -> bool {
        self.counts(window) && !self.points(window).any(|point| self.suffices(point))
    }

    fn points(&self, window: i64) -> impl Iterator<Item = &PointFacts> {
        let (from, until) = (self.start(window), self.end(window));
        let points = self.facts.points.iter();
        points.filter(move |point| point.taken_at >= from && point.taken_at < until)
    }

    fn suffices(&self, point: &PointFacts) -> bool {
        point.state != PointState::Broken && self.keeps(point)
    }

    fn keeps(&self, point: &PointFacts) -> bool {
        let least = self.control.keep.end(point.taken_at);
        point.expires_at.is_none_or(|end| end >= least)
    }

    /// When the verdict changes if nothing happens: a window settles that has no point yet, or that is the first to count, or a
    /// missing one leaves the look-back period. While the window of this moment has its point, that is after the next one.
    fn next_change(&self, any_counted: bool) -> Timestamp {
        let windows = self.control.windows();
        // Behind the newest point every window that counts is missing, so a change is found soon; if clocks disagree and it is
        // not, looking again does no harm.
        let furthest = windows + self.settle / self.width + 3;
        let mut counted = any_counted;
        let changing = (1..furthest).find(|step| {
            let leaves = self.is_missing(step - windows);
            let first = !counted && self.counts(*step);
            // The sentence names how many windows count, so it changes while there are missing ones.
            let grows = self.counts(*step) && !self.counts(step - windows);
            counted = counted || self.counts(*step);
            leaves || first || self.is_missing(*step) || (grows && self.any_missing(*step))
        });
        let step = changing.unwrap_or(furthest);
        moment(self.end + step * self.width + self.settle)
    }

    /// Whether a window is missing when `last` is the newest that has settled.
    fn any_missing(&self, last: i64) -> bool {
        (0..self.control.windows()).any(|back| self.is_missing(last - back))
    }

    fn explain(&self, window: i64) -> MissingWindow {
        let (from, until) = (self.start(window), self.end(window));
        let (cause, detail) = self.cause(window);
        MissingWindow {
            from,
            until,
            cause,
            detail,
        }
    }

    fn cause(&self, window: i64) -> (WindowCause, Option<String>) {
        let (from, until) = (self.start(window), self.end(window));
        if self.points(window).any(|point| self.keeps(point)) {
            return (WindowCause::PointBroken, None);
        }
        if self.points(window).next().is_some() {
            return (WindowCause::PointKeptTooShort, None);
        }
        let failures = self.facts.failures.iter();
        let mut failed = failures.filter(|failure| failure.at >= from && failure.at < until);
        if let Some(failure) = failed.next() {
            return (WindowCause::TaskFailed, Some(failure.code.clone()));
        }
        let mut missed = self
            .facts
            .missed
            .iter()
            .filter(|missed| missed.first_nominal_at < until && missed.last_nominal_at >= from);
        match missed.next() {
            Some(missed) => (WindowCause::Missed, Some(missed_detail(missed.reason))),
            None => (WindowCause::NothingRan, None),
        }
    }
}

fn moment(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::MAX)
}
