//! How long single calls take while all objects of a large cache are over at once.
//!
//! They are inserted, all with the same time to live, and nothing happens until that is over for each of them. Then lookups of them and
//! inserts of others take turns.

use std::thread;
use std::time::{Duration, Instant};

use super::contender::{Cache, Label, Visitor, visit};
use super::plan::Plan;
use crate::error::CompareError;
use crate::measure::calls::{idle, time_each};
use crate::results::{CallTimes, Timed};
use crate::workload::{Ints, Shape};

/// The first call comes so long after the last object's time: no clock is that coarse.
const AFTERWARDS: Duration = Duration::from_millis(20);

/// Every contender that knows such times, and somebody who only reads the clock; rounds take turns.
///
/// # Errors
/// A cache that can't be made.
pub fn run(plan: &Plan) -> Result<Vec<Timed<Label>>, CompareError> {
    let mut labels: Vec<Option<Label>> = vec![None];
    labels.extend(plan.contenders.iter().copied().map(Some));
    let mut results: Vec<_> = labels.into_iter().map(Timed::new).collect();
    for _ in 0..plan.burst_rounds {
        for burst in &mut results {
            burst.rounds.extend(round(burst.label, plan)?);
        }
    }
    results.retain(|burst| !burst.rounds.is_empty());
    Ok(results)
}

/// One contender's calls; `None` if it knows no times.
fn round(label: Option<Label>, plan: &Plan) -> Result<Option<CallTimes>, CompareError> {
    match label {
        Some(label) => visit(label, Expire { plan }),
        None => Ok(Some(time_each(plan.burst_objects, |_| idle()))),
    }
}

/// Fills a cache, waits until all is over, and calls.
struct Expire<'a> {
    plan: &'a Plan,
}

impl Visitor for Expire<'_> {
    type Output = Result<Option<CallTimes>, CompareError>;

    fn visit<C: Cache>(self) -> Self::Output {
        let &Plan {
            burst_objects: objects,
            burst_ttl: ttl,
            ..
        } = self.plan;
        let Some(cache) = C::expiring(ttl)? else {
            return Ok(None);
        };
        let insert = |index| {
            let key = Ints::key(index);
            cache.insert(key, Ints::value(&key, 0));
        };
        let begin = Instant::now();
        (0..objects).for_each(insert);
        if begin.elapsed() >= ttl {
            return Err(CompareError::TooSlow {
                who: C::LABEL.title(),
            });
        }
        thread::sleep(ttl + AFTERWARDS);
        Ok(Some(time_each(objects, |call| {
            if call % 2 == 0 {
                insert(objects + call);
            } else {
                cache.get(Ints::key(call));
            }
        })))
    }
}
