//! How punctually objects expire.
//!
//! The clock is read before and after each insert and each lookup, so that what is told as too early or too late is so
//! whatever the calls took: a miss counts from the latest moment at which the object can have been looked for to the
//! earliest one at which its time can have been over, a hit the other way round.

use std::thread;
use std::time::{Duration, Instant};

use super::contender::{Cache, Visitor, visit};
use super::plan::Plan;
use super::results::Expiry;
use crate::error::CompareError;
use crate::workload::{Ints, Shape};

/// Between two looks at all objects.
const PAUSE: Duration = Duration::from_millis(1);
/// Objects that are still there so long after their time are not waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Every contender that knows such times.
///
/// # Errors
/// A cache that can't be made.
pub fn run(plan: &Plan) -> Result<Vec<Expiry>, CompareError> {
    let mut results = Vec::new();
    for &label in &plan.contenders {
        results.extend(visit(label, Observe { plan })?);
    }
    Ok(results)
}

/// Inserts, and looks until all is gone.
struct Observe<'a> {
    plan: &'a Plan,
}

impl Visitor for Observe<'_> {
    type Output = Result<Option<Expiry>, CompareError>;

    fn visit<C: Cache>(self) -> Self::Output {
        let ttl = self.plan.ttl;
        let cache = C::expiring(ttl)?;
        Ok(cache.map(|cache| observe(&cache, self.plan.expiring_objects, ttl)))
    }
}

/// An object that was still there when it was looked up last.
struct Living {
    key: u64,
    /// Its time may be over from here on.
    due_from: Instant,
    /// Its time is over from here on.
    due_by: Instant,
}

impl Living {
    fn inserted<C: Cache>(cache: &C, key: u64, ttl: Duration) -> Self {
        let before = Instant::now();
        cache.insert(key, Ints::value(&key, 0));
        Self {
            key,
            due_from: before + ttl,
            due_by: Instant::now() + ttl,
        }
    }
}

/// One contender's objects, from the first insert to the last miss.
fn observe<C: Cache>(cache: &C, objects: u32, ttl: Duration) -> Expiry {
    let mut living: Vec<Living> = (0..objects)
        .map(|index| Living::inserted(cache, Ints::key(index), ttl))
        .collect();
    let (mut misses, mut hits) = (Vec::new(), Vec::new());
    let end = Instant::now() + ttl + PATIENCE;
    while !living.is_empty() && Instant::now() < end {
        living.retain(|object| {
            let before = Instant::now();
            let is_there = cache.get(object.key).is_some();
            if is_there {
                hits.push(milliseconds(object.due_by, before));
            } else {
                misses.push(milliseconds(object.due_from, Instant::now()));
            }
            is_there
        });
        thread::sleep(PAUSE);
    }
    Expiry {
        label: C::LABEL,
        first_miss: misses.into_iter().min_by(f64::total_cmp),
        last_hit: hits.into_iter().max_by(f64::total_cmp),
        remaining: living.len(),
    }
}

/// From one moment to another, which may be earlier.
fn milliseconds(from: Instant, to: Instant) -> f64 {
    let (later, earlier) = (
        to.saturating_duration_since(from),
        from.saturating_duration_since(to),
    );
    (later.as_secs_f64() - earlier.as_secs_f64()) * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_moment_is_negative() {
        let (from, to) = (Instant::now(), Instant::now() + Duration::from_millis(20));
        assert!(milliseconds(from, to) >= 20.0);
        assert_eq!(milliseconds(to, from), -milliseconds(from, to));
    }
}
