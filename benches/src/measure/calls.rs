//! How long single calls take.

use std::time::{Duration, Instant};

use crate::machine::{Waiting, Waits};
use crate::results::CallTimes;

/// Of so many calls, one may be slower than the figure called "most".
const MOST_ONE_IN: usize = 10_000;

/// A call that lasts about as long as an insert, and can't be slow by itself.
pub(crate) fn idle() {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_nanos(100) {}
}

/// Times each of `count` calls: from the reading of the clock before it to the one after it, less the time in which
/// the thread was ready but another one had its core. That is the system's doing, not the call's.
pub(crate) fn time_each(count: u32, mut call: impl FnMut(u32)) -> CallTimes {
    // Written once beforehand, so that the first touch of a page isn't taken for a slow insert.
    let mut nanoseconds = vec![u32::MAX; count as usize];
    let mut waits = Waits::begin(Waiting::This);
    let begin = Instant::now();
    let mut last = begin;
    for (index, slot) in (0..count).zip(&mut nanoseconds) {
        call(index);
        let mut now = Instant::now();
        let mut took = now - last;
        if took >= SUSPECT || index % WAITS_EVERY == 0 {
            took = took.saturating_sub(waits.since_last());
            now = Instant::now();
        }
        *slot = u32::try_from(took.as_nanos()).unwrap_or(u32::MAX);
        last = now;
    }
    summary(&mut nanoseconds, begin.elapsed())
}

/// A call that takes this long may have waited for its core.
const SUSPECT: Duration = Duration::from_micros(50);
/// Calls between two looks at the thread's waits: so that many short ones don't add up and are then taken off
/// one slow call.
const WAITS_EVERY: u32 = 1 << 10;

/// The figures that are reported.
fn summary(nanoseconds: &mut [u32], all: Duration) -> CallTimes {
    nanoseconds.sort_unstable();
    let from_the_end = |slower: usize| {
        nanoseconds
            .iter()
            .rev()
            .nth(slower)
            .copied()
            .map_or(0, u64::from)
    };
    CallTimes {
        median_nanoseconds: from_the_end(nanoseconds.len() / 2),
        most_nanoseconds: from_the_end(nanoseconds.len() / MOST_ONE_IN),
        slowest_nanoseconds: from_the_end(0),
        seconds: all.as_secs_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_of_a_ramp() {
        let mut ramp: Vec<u32> = (1..=100_000).collect();
        let times = summary(&mut ramp, Duration::from_secs(1));
        assert_eq!(times.slowest_nanoseconds, 100_000);
        assert_eq!(times.most_nanoseconds, 99_990);
        assert_eq!(times.median_nanoseconds, 50_000);
    }
}
