//! The slowest single insert while a table grows from nothing.

use std::time::{Duration, Instant};

use super::child::Task;
use crate::contender::{Hashed, HashedVisitor, Label, visit_hashed};
use crate::error::CompareError;
use crate::ets::Ets;
use crate::machine::{Waiting, Waits};
use crate::plan::Plan;
use crate::results::{Growth, InsertTimes};
use crate::workload::{Ints, Shape};

/// Of so many inserts, one may be slower than the figure called "most".
pub const MOST_ONE_IN: usize = 10_000;

/// Grows every contender to the largest number of objects, each time in a fresh process; rounds take turns.
///
/// # Errors
/// A child that fails.
pub fn run(plan: &Plan) -> Result<Vec<Growth>, CompareError> {
    let objects = plan.objects_max();
    let mut labels: Vec<Option<Label>> = vec![None];
    labels.extend(plan.contenders.iter().copied().map(Some));
    let mut results: Vec<Growth> = labels
        .into_iter()
        .map(|label| Growth {
            label,
            rounds: Vec::new(),
        })
        .collect();
    for _ in 0..plan.growth_rounds {
        for growth in &mut results {
            growth.rounds.extend(grow_once(growth.label, objects)?);
        }
    }
    results.retain(|growth| !growth.rounds.is_empty());
    Ok(results)
}

/// Grows one contender in a process of its own; `None` if it isn't there.
fn grow_once(label: Option<Label>, objects: u32) -> Result<Option<InsertTimes>, CompareError> {
    if label != Some(Label::Ets) {
        return Task::Growth {
            contender: label,
            objects,
        }
        .in_child()
        .map(Some);
    }
    Ets::start(1)?
        .map(|mut ets| ets.growth(objects))
        .transpose()
}

/// Grows a contender in this process. Without one, only reads the clock until as many readings are taken.
///
/// # Errors
/// A label that is not a Rust map.
pub fn measure(label: Option<Label>, objects: u32) -> Result<InsertTimes, CompareError> {
    let Some(label) = label else {
        return Ok(time_each(objects, |_| idle()));
    };
    visit_hashed::<Ints, _>(label, Grow { objects }).unwrap_or_else(|| {
        Err(CompareError::Child {
            arguments: Vec::new(),
            output: format!("{label:?} is not grown in a child"),
        })
    })
}

/// Inserts into an empty table.
struct Grow {
    objects: u32,
}

impl HashedVisitor for Grow {
    type Output = Result<InsertTimes, CompareError>;

    fn visit<S: Shape, C: Hashed<S>>(self) -> Self::Output {
        let table = C::create()?;
        Ok(time_each(self.objects, |index| {
            let key = S::key(index);
            table.write(&key, S::value(&key, 0));
        }))
    }
}

/// Lasts about as long as an insert, and can't be slow by itself.
fn idle() {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_nanos(100) {}
}

/// Times each of `count` calls: from the reading of the clock before it to the one after it, less the time in which
/// the thread was ready but another one had its core. That is the system's doing, not the call's.
fn time_each(count: u32, mut call: impl FnMut(u32)) -> InsertTimes {
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
fn summary(nanoseconds: &mut [u32], all: Duration) -> InsertTimes {
    nanoseconds.sort_unstable();
    let from_the_end = |slower: usize| {
        nanoseconds
            .iter()
            .rev()
            .nth(slower)
            .copied()
            .map_or(0, u64::from)
    };
    InsertTimes {
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
